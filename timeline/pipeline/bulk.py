"""Write many rows in few statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def update_each(model: type[Model], names: Sequence[str], rows: Mapping[int, Sequence[Any]]) -> None:
    """Set these fields of rows by primary key, in the order of the keys; the values in the order of `names`.

    One UPDATE for each row, sent together: the CASE that `bulk_update` writes for every value takes longer than
    reading the article.
    """
    if not rows:
        return
    by_name: dict[str, Any] = {f.name: f for f in model._meta.concrete_fields}
    fields, quote = [by_name[name] for name in names], connection.ops.quote_name
    columns = ", ".join(f"{quote(f.column)} = %s" for f in fields)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE {quote('id')} = %s"
    values = [
        [*(f.get_db_prep_save(v, connection) for f, v in zip(fields, rows[pk], strict=True)), pk] for pk in sorted(rows)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


class EventRows:
    """The rows of one model that belong to events: those wanted and those stored, by event.

    `ignore_conflicts`: whether to leave out a row whose key another one has.
    """

    def __init__(self, model: type[Model], names: Sequence[str], order: str, *, ignore_conflicts: bool = False) -> None:
        self.model, self.names, self.order, self.ignore_conflicts = model, names, order, ignore_conflicts
        self.wanted: dict[str, list[tuple[Any, ...]]] = {}
        self.stored: dict[str, list[tuple[Any, ...]]] = {}
        self.different: list[str] = []

    def compare(self) -> set[str]:
        """Load the stored rows and return the events whose rows differ."""
        rows = self.model._default_manager.filter(event__in=list(self.wanted)).order_by("event", self.order)
        for event, *row in rows.values_list("event_id", *self.names):
            self.stored.setdefault(event, []).append(tuple(row))
        self.different = [event for event, rows in self.wanted.items() if rows != self.stored.get(event, [])]
        return set(self.different)

    def write(self) -> None:
        """Replace the rows of the events that differ. The events must be stored already."""
        if not self.different:
            return
        self.model._default_manager.filter(event__in=self.different).delete()
        self.model._default_manager.bulk_create(
            (
                self.model(event_id=event, **dict(zip(self.names, row, strict=True)))
                for event in self.different
                for row in self.wanted[event]
            ),
            ignore_conflicts=self.ignore_conflicts,
        )
