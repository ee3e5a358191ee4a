"""`manage.py events [filters] --format table|jsonl|csv`: print the events of the timeline page, for programs."""

from __future__ import annotations

import csv
import io
import unicodedata
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from django.utils import timezone

from timeline.display.event import EventView, newest_claims
from timeline.query.filter import EventFilter
from timeline.query.parameters import PARAMETERS
from timeline.query.parser import FilterError

KEYS = [parameter.key for parameter in PARAMETERS]
PAGE_SIZE = 500
COLUMNS = (
    "id kind type stage participants place start end extent edtf status lapsed believed_since claims sources "
    "title evidence article"
).split()
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


class Command(BaseCommand):
    """Print the events of a filter."""

    help = "Print events: the filters are those of the page, each may be given several times."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in KEYS:
            parser.add_argument(f"--{name.replace('_', '-')}", action="append", default=[], dest=f"filter_{name}")
        parser.add_argument("--format", choices=("table", "jsonl", "csv"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        query = QueryDict(mutable=True)
        for name in KEYS:
            if options[f"filter_{name}"]:
                query.setlist(name, options[f"filter_{name}"])
        try:
            chosen = EventFilter.parse(query)
        except FilterError as error:
            lines = [f"--{name.replace('_', '-')}: {wrong} {allowed}" for name, wrong, allowed in error.problems]
            raise CommandError("\n".join(lines)) from error
        printer = {"table": self._table, "jsonl": self._jsonl, "csv": self._csv}[options["format"]]
        printer(_rows(chosen))

    def _jsonl(self, rows: Iterator[dict[str, Any]]) -> None:
        for row in rows:
            self.stdout.write(orjson.dumps(row).decode())

    def _csv(self, rows: Iterator[dict[str, Any]]) -> None:
        self.stdout.write(_line(COLUMNS), ending="")
        for row in rows:
            self.stdout.write(_line([_cell(row[name]) for name in COLUMNS]), ending="")

    def _table(self, rows: Iterator[dict[str, Any]]) -> None:
        count = 0
        for row in rows:
            count += 1
            self.stdout.write(
                f"{_fitted(_days(row), 24)} {_fitted(row['status'], 11)} {_fitted(row['title'], 44)} {row['id']}"
            )
        self.stdout.write(f"{count} event{'s' if count != 1 else ''}")


def _days(row: dict[str, Any]) -> str:
    start, end = row["start"], row["end"]
    return str(start) if start == end else f"{start or '..'}/{end or '..'}"


def _rows(chosen: EventFilter) -> Iterator[dict[str, Any]]:
    """Yield all matching events, in the order of the page, a page at a time (keyset paging)."""
    today, after = timezone.localdate(), None
    while True:
        events = chosen.events(today, after=after, limit=PAGE_SIZE)
        newest = newest_claims([event.id for event in events], chosen.as_of)
        yield from (_row(event, newest.get(event.id)) for event in events)
        if len(events) < PAGE_SIZE:
            return
        after = (events[-1].day, events[-1].id)


def _row(event: EventView, claim: Any) -> dict[str, Any]:
    return {
        "id": event.id,
        "kind": event.kind,
        "type": event.type,
        "stage": event.stage,
        "participants": [actor.code for actor in event.participants],
        "place": event.place.code if event.place else "",
        "start": event.when.start,
        "end": event.when.end,
        "extent": event.when.extent,
        "edtf": event.when.edtf,
        "status": event.status,
        "lapsed": event.lapsed,
        "believed_since": event.believed_since,
        "claims": event.claim_count,
        "sources": event.source_count,
        "title": event.title,
        "evidence": claim.evidence if claim else event.evidence,
        "article": claim.article.url if claim else "",
    }


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _fitted(text: str, width: int) -> str:
    """Cut or pad a text to a width in terminal columns, where a Chinese character takes two."""
    taken, out = 0, []
    for c in text:
        wide = 2 if unicodedata.east_asian_width(c) in "WF" else 1
        if taken + wide > width:
            break
        out.append(c)
        taken += wide
    return "".join(out) + " " * (width - taken)
