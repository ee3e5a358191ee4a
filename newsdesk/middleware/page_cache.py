"""What was drawn for one reader is given to the next, while nothing happened and for a minute at most.

A small cache in each web process (RFC 9111 from within): the answers to anonymous reading that any proxy may keep, too,
with the Age that says how long they lay here. It is forgotten whenever the log of changes goes on or a new day begins.

While the database does not answer, the last that was known is given for up to an hour, and says so.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_max_age
from django.utils.html import format_html

from newsdesk.middleware.conditional import PUBLIC, SAFE_METHODS
from timeline.http.problems import OUTAGE, stale_words
from timeline.query.changes import last_change
from timeline.resilience.retry import is_temporary

MAX_AGE_SECONDS = 60  # as manners.PUBLIC lets others keep it
MAX_STALE_SECONDS = 3600  # while the database does not answer
MAX_ANSWER_BYTES = 1_000_000  # bytes of one answer
MAIN = re.compile(rb"<main\b[^<>]*>")
HTMX_HEADER_PREFIX = "HTTP_HX_"  # htmx is given a part of the page at the same address

Key = tuple[object, ...]


class CachedAnswer(NamedTuple):
    """One answer, the moment (monotonic seconds) at which it was made, and what was asked (of whatever data)."""

    status: int
    headers: dict[str, str]
    content: bytes
    at: float
    asked: Key


class AnonymousPageCache:
    """Middleware inside the choice of language; NEWSDESK_PAGES_KEPT says how many answers, 0: none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PAGES_KEPT:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.kept: OrderedDict[Key, CachedAnswer] = OrderedDict()
        self.lock = threading.Lock()
        self.rests_until = 0.0  # until then a database that took so long to fail is not asked whether it is back

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_anonymous(request):
            return self.get_response(request)
        asked, begun = key_of(request), time.monotonic()
        if begun < self.rests_until and (stale := self._last_known(asked)):
            return stale
        try:
            change = last_change()
        except Error as error:
            if not is_temporary(error):
                raise
            self.rests_until = 2 * time.monotonic() - begun
            return self._last_known(asked) or self.get_response(request)
        key = (change, timezone.localdate(), *asked)
        if known := self._find(key):
            response = HttpResponse(known.content, status=known.status, headers=known.headers)
            response["Age"] = str(int(time.monotonic() - known.at))
            return response
        began = time.monotonic()
        answer = self.get_response(request)
        if OUTAGE in request.META:
            return self._last_known(asked) or answer
        if isinstance(answer, HttpResponse) and _is_cacheable(answer):
            self._keep(key, CachedAnswer(answer.status_code, dict(answer.items()), answer.content, began, asked))
        return answer

    def _find(self, key: Key) -> CachedAnswer | None:
        with self.lock:
            known = self.kept.get(key)
            if known is None or time.monotonic() - known.at >= MAX_AGE_SECONDS:
                return None
            self.kept.move_to_end(key)
            return known

    def _last_known(self, asked: Key) -> HttpResponse | None:
        """The newest answer to the same question, whatever has happened since."""
        with self.lock:
            found = [known for known in self.kept.values() if known.asked == asked]
        known = max(found, key=lambda known: known.at, default=None)
        if known is None or (age := time.monotonic() - known.at) >= MAX_STALE_SECONDS:
            return None
        return _marked_stale(known, int(age))

    def _keep(self, key: Key, answer: CachedAnswer) -> None:
        with self.lock:
            self.kept[key] = answer
            self.kept.move_to_end(key)
            while len(self.kept) > settings.PAGES_KEPT:
                self.kept.popitem(last=False)


def _marked_stale(known: CachedAnswer, age: int) -> HttpResponse:
    """An answer `age` seconds old that nobody keeps any further; a page says in words how old it is."""
    content = known.content
    if main := MAIN.search(content):
        line = format_html(
            '\n<p class="notice" role="status">{}</p>', stale_words(timezone.now() - timedelta(seconds=age))
        )
        content = content[: main.end()] + line.encode() + content[main.end() :]
    response = HttpResponse(content, status=known.status, headers=known.headers)
    response["Age"], response["Cache-Control"] = str(age), "no-cache"
    response["Cache-Status"] = f"newsdesk; hit; ttl={MAX_AGE_SECONDS - age}"  # RFC 9211
    del response["ETag"]
    return response


def _is_anonymous(request: HttpRequest) -> bool:
    """Whether nothing in the request says who reads: no cookie but that of the language, no credentials."""
    others = set(request.COOKIES) - {settings.LANGUAGE_COOKIE_NAME}
    return request.method in SAFE_METHODS and not others and "Authorization" not in request.headers


def key_of(request: HttpRequest) -> Key:
    """All of an anonymous request that its answer can depend on.

    The path and the query stand as they came: two spellings are one address only where the view says so. What is not
    here (`X-Forwarded-For`, `Accept`, `SCRIPT_NAME` …) no answer that is kept may read: tests/http/test_kept_answers.py
    compares kept answers with fresh ones.
    """
    parts = sorted((name, value) for name, value in request.META.items() if name.startswith(HTMX_HEADER_PREFIX))
    language = getattr(request, "LANGUAGE_CODE", "")
    address = (request.scheme, request.get_host(), request.path, request.META.get("QUERY_STRING", ""))
    return (request.method, *address, language, *parts)


def _is_cacheable(answer: HttpResponse) -> bool:
    """Small, whole, without a cookie, and for anybody; what says nothing is public, as in `conditional`."""
    if answer.status_code != 200 or answer.cookies or len(answer.content) > MAX_ANSWER_BYTES:
        return False
    says = answer.headers.get("Cache-Control", PUBLIC)
    return says.startswith("public") and (get_max_age(answer) or MAX_AGE_SECONDS) >= MAX_AGE_SECONDS
