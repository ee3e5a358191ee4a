"""Log one line for each request, and bind an id that all its other log lines and the tasks it sends carry."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bound_contextvars

from timeline.http import clients
from timeline.http.probes import PROBES
from timeline.operations import counters

log = logging.getLogger("newsdesk.requests")

HEADER = "X-Request-ID"
REQUEST_ID = re.compile(r"[-A-Za-z0-9]{8,64}")  # an id that a proxy has given
MAX_LOGGED_CHARS = 300  # of a path, and of a query
SLOW_SECONDS = 1.0  # from which on a request is counted as slow
REFUSALS = (429, 503)  # too many requests; not available


class RequestLog:
    """Middleware, outermost but for `Proxies`: log each request and return its id in X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        name = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        begun = time.monotonic()
        with bound_contextvars(request=name):
            response = self.get_response(request)
            if request.path_info not in PROBES:
                seconds = time.monotonic() - begun
                _log(request, response, seconds)
                _count(request, response, seconds)
        response[HEADER] = name
        return response


def _log(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    line = {
        "method": request.method,
        "path": request.path_info[:MAX_LOGGED_CHARS],
        "query": request.META.get("QUERY_STRING", "")[:MAX_LOGGED_CHARS],
        "status": response.status_code,
        "seconds": round(seconds, 4),
        "client": clients.name_of(request),
    }
    log.info("request answered", extra=line)


def _count(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count what needs attention; all others cost nothing."""
    if seconds >= SLOW_SECONDS:
        match = request.resolver_match  # the route, not the path: strangers choose that
        counters.count("newsdesk_slow_requests", route=(match.route if match else "")[:MAX_LOGGED_CHARS])
    if response.status_code in REFUSALS:
        counters.count("newsdesk_refusals", status=str(response.status_code))
