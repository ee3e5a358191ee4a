"""Cache anonymous pages in each process for a minute, or until an event changes.

A small in-process cache (RFC 9111): it keeps the answers to anonymous reads that any proxy may keep too, and sends Age
with the seconds since they were made. A new row in the change log or a new day invalidates all of it. While the
database does not answer, the last known answer is served for up to an hour, with a notice.
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
from timeline.http.preferences import THEME_COOKIE
from timeline.http.problems import OUTAGE, stale_words
from timeline.query.changes import last_change
from timeline.resilience.retry import is_temporary

MAX_AGE_SECONDS = 60  # as conditional.PUBLIC lets others keep it
MAX_STALE_SECONDS = 3600  # while the database does not answer
MAX_ANSWER_BYTES = 1_000_000  # of one answer
MAIN = re.compile(rb"<main\b[^<>]*>")
HTMX_HEADER_PREFIX = "HTTP_HX_"  # htmx gets a part of the page at the same URL

Key = tuple[object, ...]


class CachedAnswer(NamedTuple):
    """One answer, when it was made (monotonic seconds), and its request key without the state of the data."""

    status: int
    headers: dict[str, str]
    content: bytes
    at: float
    request_key: Key


class AnonymousPageCache:
    """Middleware inside the choice of language; NEWSDESK_PAGES_KEPT is the number of answers kept, 0 for none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PAGES_KEPT:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.answers: OrderedDict[Key, CachedAnswer] = OrderedDict()
        self.lock = threading.Lock()
        # After a failed query, the database is not asked again for as long as the failure took.
        self.skip_database_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_anonymous(request):
            return self.get_response(request)
        request_key, begun = key_of(request), time.monotonic()
        if begun < self.skip_database_until and (stale := self._last_known(request_key)):
            return stale
        try:
            change = last_change()
        except Error as error:
            if not is_temporary(error):
                raise
            self.skip_database_until = 2 * time.monotonic() - begun
            return self._last_known(request_key) or self.get_response(request)
        key = (change, timezone.localdate(), *request_key)
        if known := self._find(key):
            response = HttpResponse(known.content, status=known.status, headers=known.headers)
            response["Age"] = str(int(time.monotonic() - known.at))
            return response
        began = time.monotonic()
        answer = self.get_response(request)
        if OUTAGE in request.META:
            return self._last_known(request_key) or answer
        if isinstance(answer, HttpResponse) and _is_cacheable(answer):
            self._keep(key, CachedAnswer(answer.status_code, dict(answer.items()), answer.content, began, request_key))
        return answer

    def _find(self, key: Key) -> CachedAnswer | None:
        with self.lock:
            known = self.answers.get(key)
            if known is None or time.monotonic() - known.at >= MAX_AGE_SECONDS:
                return None
            self.answers.move_to_end(key)
            return known

    def _last_known(self, request_key: Key) -> HttpResponse | None:
        """Return the newest answer to the same request, whatever has changed since."""
        with self.lock:
            found = [known for known in self.answers.values() if known.request_key == request_key]
        known = max(found, key=lambda known: known.at, default=None)
        if known is None or (age := time.monotonic() - known.at) >= MAX_STALE_SECONDS:
            return None
        return _marked_stale(known, int(age))

    def _keep(self, key: Key, answer: CachedAnswer) -> None:
        with self.lock:
            self.answers[key] = answer
            self.answers.move_to_end(key)
            while len(self.answers) > settings.PAGES_KEPT:
                self.answers.popitem(last=False)


def _marked_stale(known: CachedAnswer, age: int) -> HttpResponse:
    """Return an answer `age` seconds old that nobody may cache further; a page gets a notice with its age."""
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
    """Return whether nothing identifies the reader: no cookie but those of language and theme, no credentials."""
    others = set(request.COOKIES) - {settings.LANGUAGE_COOKIE_NAME, THEME_COOKIE}
    named = settings.USER_HEADER and settings.USER_HEADER in request.META
    return request.method in SAFE_METHODS and not others and not named and "Authorization" not in request.headers


def key_of(request: HttpRequest) -> Key:
    """Return everything of an anonymous request that its answer can depend on.

    The path and the query are kept verbatim: only the view knows which spellings mean the same. An answer that is
    cached may read nothing else (`X-Forwarded-For`, `Accept`, `SCRIPT_NAME` …): tests/http/test_cached_responses.py
    compares cached answers with fresh ones.
    """
    parts = sorted((name, value) for name, value in request.META.items() if name.startswith(HTMX_HEADER_PREFIX))
    preferences = (getattr(request, "LANGUAGE_CODE", ""), getattr(request, "theme", ""))
    address = (request.scheme, request.get_host(), request.path, request.META.get("QUERY_STRING", ""))
    return (request.method, *address, *preferences, *parts)


def _is_cacheable(answer: HttpResponse) -> bool:
    """Return whether it is a small, complete, public 200 without cookies.

    An answer without Cache-Control is public, as in `conditional`.
    """
    if answer.status_code != 200 or answer.cookies or len(answer.content) > MAX_ANSWER_BYTES:
        return False
    says = answer.headers.get("Cache-Control", PUBLIC)
    return says.startswith("public") and (get_max_age(answer) or MAX_AGE_SECONDS) >= MAX_AGE_SECONDS
