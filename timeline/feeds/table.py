"""CSV (RFC 4180) of all events of a filter, streamed: memory does not grow with their number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import translation

from timeline.feeds.door import Asked, feed
from timeline.feeds.told import Told, moment, plain, precision, told
from timeline.schemas import EventView

BATCH = 500
BOM = "\ufeff"  # without it spreadsheets take the file for another encoding
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    *("id", "url", "title", "span", "kind", "type", "stage", "place", "place_name", "participants"),
    *("participant_names", "start", "end", "edtf", "precision", "granularity", "modifier", "extent", "by_law"),
    *("alternatives", "status", "lapsed", "believed_since", "first_reported", "claims", "sources", "curated"),
    *("contradicted", "revision", "changed_at", "evidence", "note"),
)


@feed()
def table(asked: Asked) -> StreamingHttpResponse:
    """`/export.csv`: the page's filter and `lang`; in order of (day, id)."""
    response = StreamingHttpResponse(_lines(asked), content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = 'attachment; filename="newsdesk.csv"'
    return response


class _Echo:
    """What the csv module writes into: it hands each line on."""

    def write(self, line: str) -> str:
        return line


def _lines(asked: Asked) -> Iterator[bytes]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield (BOM + writer.writerow(COLUMNS)).encode()
    after = None
    while True:
        with translation.override(asked.language):
            events = asked.chosen.events(asked.today, after=after, limit=BATCH)
            rows = [_row(event, beside, asked.base) for event, beside in _with(events)]
        yield "".join(writer.writerow([guarded(cell) for cell in row]) for row in rows).encode()
        if len(events) < BATCH:
            return
        after = (events[-1].day, events[-1].id)


def _with(events: list[EventView]) -> list[tuple[EventView, Told]]:
    beside = told(events)
    return [(event, beside[event.id]) for event in events if event.id in beside]


def _row(event: EventView, beside: Told, base: str) -> list[Any]:
    place = event.place
    return [
        *(event.id, base + event.link, event.title, event.span, event.kind, event.type, event.stage),
        *(place.code if place else "", place.name if place else ""),
        " ".join(actor.code for actor in event.participants),
        "; ".join(actor.name for actor in event.participants),
        *(event.start or "", event.end or "", event.edtf, precision(event)),
        *(event.granularity, event.modifier, event.extent, _yes(event.by_law)),
        " ".join(f"{start or '..'}/{end or '..'}" for start, end in event.alternatives),
        *(event.status, _yes(event.lapsed), event.believed_since, event.first_reported),
        *(event.claim_count, event.source_count, _yes(beside.curated), _yes(beside.contradicted)),
        *(beside.revision, moment(beside.changed), event.evidence, event.note),
    ]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def guarded(cell: Any) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe stands before what begins like one.

    Rule: https://owasp.org/www-community/attacks/CSV_Injection.
    """
    text = str(cell)
    return plain(f"'{text}" if text.startswith(FORMULA) else text)
