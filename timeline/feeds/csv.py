"""CSV (RFC 4180) of all events of a filter, streamed in constant memory."""

from __future__ import annotations

import csv
import hashlib
import threading
import unicodedata
from collections.abc import Callable, Generator, Iterator
from typing import Any

from django.db.models import Max
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response

from timeline.display.event import EventView
from timeline.feeds.base import FeedRequest, feed
from timeline.feeds.metadata import STRAY, FeedMetadata, metadata_of, moment, plain, precision
from timeline.http.problems import problem_of
from timeline.models import Event
from timeline.query.changes import last_change

BATCH = 1_000
BOM = "\ufeff"  # spreadsheets need it to recognise UTF-8
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")  # full-width signs are run, too
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Mn", "Zl", "Zp", "Zs")  # categories of characters without a shape of their own
COLUMNS = (
    *("id", "url", "title", "span", "kind", "type", "stage", "place", "place_name", "participants"),
    *("participant_names", "start", "end", "edtf", "precision", "granularity", "modifier", "extent", "by_law"),
    *("alternatives", "status", "lapsed", "believed_since", "first_reported", "claims", "sources", "curated"),
    *("contradicted", "revision", "changed_at", "evidence", "note"),
)
MAX_CONCURRENT = 1  # exports in one process
MAX_WAITING = 1  # requests that wait, each in a thread; further ones get 503 with Retry-After
WAIT_SECONDS = 10.0
RETRY_SECONDS = 15


class Places:
    """A queue with few places: `enter` gives one or refuses, `leave` gives it back."""

    def __init__(self, at_work: int, waiting: int) -> None:
        self._at_work = threading.BoundedSemaphore(at_work)
        self._all = threading.BoundedSemaphore(at_work + waiting)

    def enter(self, seconds: float) -> bool:
        """Take a place if one is free or becomes free within so many seconds; return whether it was taken."""
        if not self._all.acquire(blocking=False):
            return False
        if self._at_work.acquire(timeout=seconds):
            return True
        self._all.release()
        return False

    def leave(self) -> None:
        self._at_work.release()
        self._all.release()


PLACES = Places(MAX_CONCURRENT, MAX_WAITING)


@feed()
def table(request: FeedRequest) -> HttpResponseBase:
    """`/export.csv`: the page's filter and `lang`; in order of (day, id).

    304 where the reader has this state already, 503 with Retry-After where too many are being made.
    """
    tag = _tag(request)
    if known := get_conditional_response(request.http, etag=tag):
        return known
    response: HttpResponseBase
    if request.http.method == "HEAD":
        response = HttpResponse()
    elif PLACES.enter(WAIT_SECONDS):
        response = StreamingHttpResponse(_Lines(request, PLACES.leave))
    else:
        return problem_of("busy", headers={"Retry-After": str(RETRY_SECONDS)})
    response["Content-Type"] = "text/csv; charset=utf-8; header=present"
    response["Content-Disposition"] = 'attachment; filename="newsdesk.csv"'
    response["ETag"] = tag
    return response


def _tag(request: FeedRequest) -> str:
    """Return the entity tag of all that the table depends on; weak, since it is sent compressed and plain."""
    newest = Event.objects.aggregate(Max("changed_at"))["changed_at__max"]
    state = (last_change(), newest, request.today, request.address("csv"), request.language)
    return f'W/"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


class _Lines:
    """The lines as bytes, a batch at a time; `close` gives the place back, whether or not all were taken."""

    def __init__(self, request: FeedRequest, leave: Callable[[], None]) -> None:
        self._lines = _lines(request)
        self._leave = leave
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        yield from self._lines
        self.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._lines.close()
            self._leave()


class _Echo:
    """A file for the csv module that returns each line."""

    def write(self, line: str) -> str:
        return line


def _lines(request: FeedRequest) -> Generator[bytes, None, None]:
    writer, rows = csv.writer(_Echo(), lineterminator="\r\n"), _Rows(request.base)
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
