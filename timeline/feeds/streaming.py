"""Tables too large for memory: sent while they are read, few at a time, and not again to who has them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator

from django.db.models import Max
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response

from timeline.feeds.base import FeedRequest
from timeline.http.problems import problem_of
from timeline.models import Event
from timeline.query.changes import last_change
from timeline.query.parser import LANG

MAX_CONCURRENT = 1  # exports in one process
MAX_WAITING = 1  # requests that wait, each in a thread; further ones get 503 with Retry-After
WAIT_SECONDS = 10.0
RETRY_SECONDS = 15
Lines = Generator[bytes, None, None]


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


def streamed(
    request: FeedRequest, lines: Callable[[FeedRequest], Lines], name: str, media: str, *state: object
) -> HttpResponseBase:
    """Return the lines as a file of this name and media type.

    304 where the reader has this state already, 503 with Retry-After where too many are being made. `state`: what the
    table depends on besides events, day, language and address; anything with a `repr`.
    """
    tag = _tag(request, *state)
    if known := get_conditional_response(request.http, etag=tag):
        return known
    response: HttpResponseBase
    if request.http.method == "HEAD":
        response = HttpResponse()
    elif PLACES.enter(WAIT_SECONDS):
        response = StreamingHttpResponse(_Sent(lines(request), PLACES.leave))
    else:
        return problem_of("busy", headers={"Retry-After": str(RETRY_SECONDS)})
    response["Content-Type"] = media
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = tag
    return response


def _tag(request: FeedRequest, *more: object) -> str:
    """Return the entity tag of all that the table depends on; weak, since it is sent compressed and plain."""
    newest = Event.objects.aggregate(Max("changed_at"))["changed_at__max"]
    language = request.language, request.http.GET.get(LANG.key)
    state = (last_change(), newest, request.today, request.base, request.http.path, request.query, language, *more)
    return f'W/"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


class _Sent:
    """The lines, a batch at a time; `close` gives the place back, whether or not all were taken."""

    def __init__(self, lines: Lines, leave: Callable[[], None]) -> None:
        self._lines = lines
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
