"""Limit how often one client may make costly requests or try a password."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import ngettext

from timeline.http import clients
from timeline.operations import counters

MAX_POSTS_A_MINUTE = 300  # forms of all kinds that one client may send


def wait_for(request: HttpRequest, action: str, limit: int, seconds: int = 60) -> int:
    """Return the seconds until this client may use `action` again; 0 means now, and this visit is counted.

    At most `limit` visits in each window of `seconds`, over all web processes. A client is an address.
    """
    return wait_of(clients.name_of(request), action, limit, seconds)


def limit_headers(action: str, limit: int, wait: int, seconds: int = 60) -> dict[str, str]:
    """Return the headers that say how many visits are allowed, and for a refused one when the next is (IETF draft)."""
    headers = {"RateLimit-Policy": f'"{action}";q={limit};w={seconds}'}
    return headers | ({"RateLimit": f'"{action}";r=0;t={wait}', "Retry-After": str(wait)} if wait else {})


def wait_of(who: str, action: str, limit: int, seconds: int = 60, *, counted: bool = True) -> int:
    """Do the same for a client of any name, such as an account whose password is tried from many addresses.

    With `counted=False`, only check; do not record a visit.
    """
    now = int(time.time())
    window = now // seconds
    digest = hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    name = f"{action}:{digest}:{window}"
    visits = counters.count_visit(name, 2 * seconds, int(counted))
    if visits is None:  # without the queue each process counts for itself
        visits = _visit_here(name, 2 * seconds, int(counted))
    return 0 if visits < limit + counted else (window + 1) * seconds - now


def _visit_here(name: str, seconds: int, by: int) -> int:
    cache.add(f"throttle:{name}", 0, timeout=seconds)
    try:
        return cache.incr(f"throttle:{name}", by)
    except ValueError:  # the cache evicted it between both calls
        return 0


class PostLimit:
    """Middleware: limit each client to MAX_POSTS_A_MINUTE requests that send something.

    The API has its own limits: costly operations are counted separately, and writing needs a token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD", "OPTIONS") or request.path_info.startswith("/api/"):
            return self.get_response(request)
        wait = wait_for(request, "post", MAX_POSTS_A_MINUTE)
        if not wait:
            return self.get_response(request)
        response = HttpResponse(f"{wait_words(wait)}\n", status=429, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = str(wait)
        return response


def wait_words(wait: int) -> str:
    """Return the message after too many attempts; `wait` in seconds."""
    if wait < 120:
        words = ngettext(
            "Too many attempts. Please try again in %(wait)s second.",
            "Too many attempts. Please try again in %(wait)s seconds.",
            wait,
        )
        return words % {"wait": wait}
    minutes = -(-wait // 60)
    words = ngettext(
        "Too many attempts. Please try again in %(wait)s minute.",
        "Too many attempts. Please try again in %(wait)s minutes.",
        minutes,
    )
    return words % {"wait": minutes}
