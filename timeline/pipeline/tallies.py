"""Keep counts of live events by the month in which they begin; the filter sums them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count

from timeline.models import Event, Tally
from timeline.models.tally import ANY, of_newsroom

MAX_MONTH_ROWS = 5_000  # before compacting; a million events of forty sources have up to 2,900 different ones


class Cell(NamedTuple):
    """The columns by which events are counted, as in Tally. `month`: first day of the month of the event's `day`."""

    month: date
    of: str
    kind: str
    type: str
    status: str
    precision: str
    reach: int
    curated: bool


def cells_of(event: Event, codes: Iterable[str], newsrooms: Iterable[int]) -> list[Cell]:
    """Return the cells in which an event counts, with its participants and sources; none if it is not live."""
    if event.merged_into_id is not None or event.retracted:
        return []
    month, kind, reach = event.day.replace(day=1), event.kind, event.reach
    whole = Cell(month, "", kind, event.type, event.status, event.precision, reach, event.curated)
    each = (ANY, *codes, *map(of_newsroom, newsrooms))
    return [whole, *(Cell(month, of, kind, "", "", "", reach, False) for of in each)]


def add(changes: Counter[Cell]) -> None:
    """Add these differences. Call it in the transaction that writes the events."""
    rows = [Tally(**cell._asdict(), n=n) for cell, n in sorted(changes.items()) if n]
    Tally.objects.bulk_create(rows)


def compact() -> int:
    """Sum the rows of each cell into one, in months with more than MAX_MONTH_ROWS; return how many rows were saved.

    It takes no locks: rows are read and deleted by one statement, and rows that others add meanwhile stay.
    """
    crowded = Tally.objects.order_by().values("month").annotate(rows=Count("pk")).filter(rows__gt=MAX_MONTH_ROWS)
    return sum(_compact(month) for month in sorted(crowded.values_list("month", flat=True)))


@transaction.atomic
def _compact(month: date) -> int:
    quote, table = connection.ops.quote_name, Tally._meta.db_table
    columns = ", ".join(map(quote, [*Cell._fields, "n"]))
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {quote(table)} WHERE {quote('month')} = %s RETURNING {columns}",
            [connection.ops.adapt_datefield_value(month)],
        )
        rows = cursor.fetchall()
    summed: Counter[Cell] = Counter()
    for _, of, kind, type, status, precision, reach, curated, n in rows:
        summed[Cell(month, of, kind, type, status, precision, reach, bool(curated))] += n
    add(summed)
    return len(rows) - sum(1 for n in summed.values() if n)
