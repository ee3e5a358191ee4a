"""Errors below /api/v1/ as problem details (RFC 9457), without internal information."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from timeline.http.problems import Wrong, bad_filter, problem, problem_of, unavailable, value_refused
from timeline.query.parser import FilterError
from timeline.resilience.retry import is_temporary

log = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]


class ProblemError(Exception):
    """A request to be answered with a problem of one of `timeline.http.problems.KINDS`."""

    def __init__(
        self, kind: str, detail: str = "", wrong: Wrong = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail, self.wrong, self.headers = kind, detail, wrong, headers


def answer_to(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Return the problem response for an exception; unexpected ones are logged and answered with a plain 500."""
    if isinstance(error, ProblemError):
        return problem_of(error.kind, error.detail, error.wrong, error.headers)
    if isinstance(error, FilterError):
        return bad_filter(error)
    if isinstance(error, Http404):
        return problem_of("not-found")
    if isinstance(error, ValidationError):  # ninja validates path parameters alone
        return problem_of("not-found")
    if isinstance(error, RequestDataTooBig):
        return problem_of("too-large")
    if isinstance(error, SuspiciousOperation):
        return problem_of("bad-parameter")
    if isinstance(error, UnreadablePostError):  # the client went away
        return problem_of("malformed-body")
    if isinstance(error, Exception) and value_refused(error):
        log.warning("the database refused a value: %s %s", request.method, request.path, exc_info=error)
        return problem_of("bad-parameter")
    if isinstance(error, HttpError):
        return problem(error.status_code, str(error))
    if isinstance(error, Exception) and is_temporary(error):
        return unavailable(request, error)
    log.error("%s %s failed", request.method, request.path, exc_info=True)
    return problem_of("unexpected")


def register(api: NinjaAPI) -> None:
    """Register `answer_to` as the handler of all exceptions of an API."""
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, answer_to)


def guarded(view: View) -> View:
    """Wrap a view: errors outside of operations become problems, HEAD is answered like GET, and OPTIONS with Allow."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = answer_to(request, error)
        request.method = asked
        return _without_method(request, response) if isinstance(response, HttpResponseNotAllowed) else response

    return answer


def _without_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    methods = {method.strip() for method in response["Allow"].split(",")}
    allow = ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": allow})
    return problem_of("method-not-allowed", headers={"Allow": allow})


@csrf_exempt
def unknown(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Answer 404 to all other addresses of the API."""
    return problem_of("not-found")
