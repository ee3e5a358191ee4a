"""CSV (RFC 4180) of all events of a filter, streamed in constant memory."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import translation

from timeline.display.event import EventView
from timeline.feeds.base import FeedRequest, feed
from timeline.feeds.metadata import STRAY, FeedMetadata, metadata_of, moment, plain, precision
from timeline.feeds.streaming import Lines, streamed

BATCH = 1_000
CSV = "text/csv; charset=utf-8; header=present"
BOM = "\ufeff"  # spreadsheets need it to recognise UTF-8
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")  # full-width signs are run, too
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Mn", "Zl", "Zp", "Zs")  # categories of characters without a shape of their own
COLUMNS = (
    *("id", "url", "title", "span", "kind", "type", "stage", "place", "place_name", "participants"),
    *("participant_names", "start", "end", "edtf", "precision", "granularity", "modifier", "extent", "by_law"),
    *("alternatives", "status", "lapsed", "believed_since", "first_reported", "claims", "sources", "curated"),
    *("contradicted", "revision", "changed_at", "evidence", "note"),
)


@feed()
def table(request: FeedRequest) -> HttpResponseBase:
    """`/export.csv`: the page's filter and `lang`; in order of (day, id)."""
    return streamed(request, _lines, "newsdesk.csv", CSV)


class Echo:
    """A file for the csv module that returns each line."""

    def write(self, line: str) -> str:
        return line


def _lines(request: FeedRequest) -> Lines:
    writer, rows = csv.writer(Echo(), lineterminator="\r\n"), _Rows(request.base)
    yield (BOM + writer.writerow(COLUMNS)).encode()
    after = None
    while True:
        with translation.override(request.language):
            events = request.chosen.events(request.today, after=after, limit=BATCH)
            metadata = metadata_of(events)
            lines = [writer.writerow(rows.row(event, metadata[event.id])) for event in events if event.id in metadata]
        yield "".join(lines).encode()
        if len(events) < BATCH:
            return
        after = (events[-1].day, events[-1].id)


class _Rows:
    """Turns events into rows; names and addresses, which many share, are made once."""

    def __init__(self, base: str) -> None:
        path = reverse("event", args=["ID"])
        self.before, self.after = (guarded(part) for part in (base + path).split("ID"))
        self.words: dict[object, str] = {}

    def row(self, event: EventView, metadata: FeedMetadata) -> list[Any]:
        place, actors = event.place, event.participants
        codes = tuple(actor.code for actor in actors)
        link = f"{self.before}{event.id}{self.after}" + (f"?as_of={event.as_of}" if event.as_of else "")
        return [
            *(event.id, link, guarded(event.title), guarded(event.span)),
            *(event.kind, event.type, event.stage, place.code if place else ""),
            self._once(place.code, lambda: place.name) if place else "",
            " ".join(codes),
            self._once(codes, lambda: "; ".join(actor.name for actor in actors)),
            *(event.when.start or "", event.when.end or "", event.when.edtf, precision(event)),
            *(event.when.grain, event.when.modifier, event.when.extent, _yes(event.when.by_law)),
            " ".join(f"{start or '..'}/{end or '..'}" for start, end in event.when.alternatives),
            *(event.status, _yes(event.lapsed), event.believed_since, event.first_reported),
            *(event.claim_count, event.source_count, _yes(metadata.curated), _yes(metadata.contradicted)),
            *(metadata.revision, moment(metadata.changed), guarded(event.evidence), guarded(event.note)),
        ]

    def _once(self, key: object, words: Callable[[], str]) -> str:
        known = self.words.get(key)
        if known is None:
            known = self.words[key] = guarded(words())
        return known


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def guarded(cell: str) -> str:
    """Escape text so that no spreadsheet runs it as a formula: put an apostrophe before what begins like one.

    What is not seen before it (blanks, marks, control characters) hides no beginning.
    Rule: https://owasp.org/www-community/attacks/CSV_Injection.
    """
    text = plain(cell) if "\r" in cell or STRAY.search(cell) else cell
    seen = next((at for at, c in enumerate(text) if unicodedata.category(c) not in UNSEEN), 0)
    return f"'{text}" if cell.startswith("\r") or text.startswith(FORMULA, seen) or text.startswith("\t") else text
