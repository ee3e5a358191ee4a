"""Return 503 with Retry-After while the database or the queue is down, locked or full; first retry what is safe.

Every view may raise what the database raises; it is caught here, and nowhere else but in the API, whose framework
catches all exceptions itself and calls the same `timeline.http.problems.unavailable`.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from django.db import Error, close_old_connections, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from newsdesk.middleware.conditional import SAFE_METHODS
from timeline.http.problems import OUTAGE, unavailable
from timeline.resilience.retry import MAX_RETRY_SECONDS, RETRY_PAUSES, is_contention, is_temporary


class RetryOrUnavailable:
    """Middleware outside of everything that queries the database.

    Retry a safe request a few times where it met a lock or lost its connection; do not wait for a database that refuses
    connections. Writes are retried by the code that knows their transaction
    (`timeline.resilience.retry.retry_on_contention`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.monotonic()
        for pause in RETRY_PAUSES if request.method in SAFE_METHODS else ():
            response = self.get_response(request)
            error = request.META.pop(OUTAGE, None)
            if error is None or time.monotonic() - begun > MAX_RETRY_SECONDS:
                return response
            if not isinstance(error, Error) or not (is_contention(error) or connection.connection is not None):
                return response
            close_old_connections()
            time.sleep(pause * random.uniform(0.5, 1.5))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return 503 for an error of a view that passes by itself, None for any other."""
        return unavailable(request, error) if is_temporary(error) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error raised by a middleware (`handler500`); Django calls it while it handles the exception."""
    error = sys.exception()
    if error is not None and is_temporary(error):
        return unavailable(request, error)
    return defaults.server_error(request)
