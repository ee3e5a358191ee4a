"""What was drawn for one reader is given to the next, while nothing happened and for a minute at most.

A small cache in each web process (RFC 9111 from within): the answers to anonymous reading that any proxy may keep, too,
with the Age that says how long they lay here. It is forgotten whenever the log of changes goes on or a new day begins.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_max_age

from newsdesk.manners import PUBLIC, READING
from timeline.following import last_change

SECONDS = 60  # as manners.PUBLIC lets others keep it
LARGEST = 1_000_000  # bytes of one answer
PART = "HTTP_HX_"  # htmx is given a part of the page at the same address

Key = tuple[object, ...]


class Kept(NamedTuple):
    """One answer, and the moment (monotonic seconds) at which it was made."""

    status: int
    headers: dict[str, str]
    content: bytes
    at: float


class KeepingForAll:
    """Middleware inside the choice of language; NEWSDESK_PAGES_KEPT says how many answers, 0: none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.PAGES_KEPT:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.kept: OrderedDict[Key, Kept] = OrderedDict()
        self.lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_anybodys(request):
            return self.get_response(request)
        key = (last_change(), timezone.localdate(), *_asked(request))
        if known := self._find(key):
            response = HttpResponse(known.content, status=known.status, headers=known.headers)
            response["Age"] = str(int(time.monotonic() - known.at))
            return response
        began = time.monotonic()
        answer = self.get_response(request)
        if isinstance(answer, HttpResponse) and _may_be_kept(answer):
            self._keep(key, Kept(answer.status_code, dict(answer.items()), answer.content, began))
        return answer

    def _find(self, key: Key) -> Kept | None:
        with self.lock:
            known = self.kept.get(key)
            if known is None or time.monotonic() - known.at >= SECONDS:
                return None
            self.kept.move_to_end(key)
            return known

    def _keep(self, key: Key, answer: Kept) -> None:
        with self.lock:
            self.kept[key] = answer
            self.kept.move_to_end(key)
            while len(self.kept) > settings.PAGES_KEPT:
                self.kept.popitem(last=False)


def _is_anybodys(request: HttpRequest) -> bool:
    """Whether nothing in the request says who reads: no cookie but that of the language, no credentials."""
    others = set(request.COOKIES) - {settings.LANGUAGE_COOKIE_NAME}
    return request.method in READING and not others and "Authorization" not in request.headers


def _asked(request: HttpRequest) -> Key:
    parts = sorted((name, value) for name, value in request.META.items() if name.startswith(PART))
    language = getattr(request, "LANGUAGE_CODE", "")
    return (request.method, request.scheme, request.get_host(), request.get_full_path(), language, *parts)


def _may_be_kept(answer: HttpResponse) -> bool:
    """Small, whole, without a cookie, and for anybody: as newsdesk.manners says of what says nothing itself."""
    if answer.status_code != 200 or answer.cookies or len(answer.content) > LARGEST:
        return False
    says = answer.headers.get("Cache-Control", PUBLIC)
    return says.startswith("public") and (get_max_age(answer) or SECONDS) >= SECONDS
