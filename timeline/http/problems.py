"""Errors for programs, as RFC 9457 `application/problem+json`; each type has a page that explains it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from timeline.query.parser import FilterError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 10  # seconds after which to retry while the database is down or busy
OUTAGE = "newsdesk.outage"  # key in a request's META: the error that left it without an answer
Text = str | Promise
Wrong = Sequence[Mapping[str, Any]]
PROGRAM_PREFIXES = re.compile(r"/api/|.*\.(?:json|atom|ics|jsonld|csv)", re.S)  # prefixes of paths and whole paths
# Messages for what Django itself refuses.
REFUSED: Sequence[tuple[type[Exception], Text]] = (
    (RequestDataTooBig, _("The request is too large.")),
    (TooManyFieldsSent, _("Too many fields.")),
    (TooManyFilesSent, _("Too many files.")),
    (DisallowedModelAdminLookup, _("This list does not support that.")),
    (DisallowedModelAdminToField, _("This list does not support that.")),
    (SuspiciousOperation, _("The request is not valid.")),
)


class Kind(NamedTuple):
    """A type of problem: its status, its title, and what it means and what to do."""

    status: int
    title: Text
    about: Text


# The keys are the ends of URLs that clients compare: never rename or reuse one.
KINDS: dict[str, Kind] = {
    "bad-parameter": Kind(
        400,
        _("Invalid parameters"),
        _("A parameter is unknown, empty, repeated or invalid. See “invalid-params”."),
    ),
    "bad-cursor": Kind(
        400,
        _("The cursor belongs to another list"),
        _("A cursor is valid only for the list and filter it came from. Start again without it."),
    ),
    "malformed-body": Kind(
        400,
        _("The body is not a JSON object"),
        _("Send one JSON object (RFC 8259), encoded in UTF-8."),
    ),
    "bad-key": Kind(
        400,
        _("The Idempotency-Key is missing or malformed"),
        _("Send the header Idempotency-Key with 1 to 200 visible ASCII characters, another one for each new request."),
    ),
    "no-token": Kind(
        401,
        _("Token required"),
        _("Send “Authorization: Bearer …” with a valid token, issued by whoever runs this newsdesk."),
    ),
    "wrong-scope": Kind(
        403,
        _("The token does not allow this"),
        _("The token is valid, but its scopes do not cover this operation."),
    ),
    "not-found": Kind(
        404,
        _("Not found at this address"),
        _("Check the address; the event may not have been known on that day."),
    ),
    "method-not-allowed": Kind(
        405,
        _("This method is not allowed here"),
        _("See the Allow header for the methods that are."),
    ),
    "key-in-use": Kind(
        409,
        _("The same request is in progress"),
        _("Another request with this Idempotency-Key is in progress. Wait as long as Retry-After says."),
    ),
    "gone": Kind(
        410,
        _("The event is gone"),
        _("No article mentions this event any more, or an editor rejected it. Its ID is never reused."),
    ),
    "article-gone": Kind(
        410,
        _("The article was removed"),
        _("It was removed from this site, with what it claimed, and is not stored again."),
    ),
    "too-large": Kind(
        413,
        _("The body is too large"),
        _("See the operation's description for the limit."),
    ),
    "wrong-media-type": Kind(
        415,
        _("The body is not application/json"),
        _("Send the header “Content-Type: application/json”, without another charset than utf-8."),
    ),
    "bad-body": Kind(
        422,
        _("The request body is invalid"),
        _("A field is missing, unknown or invalid. See “invalid-params”."),
    ),
    "key-reused": Kind(
        422,
        _("The Idempotency-Key was used for another body"),
        _("A key identifies one request. Use a new key for a new request."),
    ),
    "too-many-requests": Kind(
        429,
        _("Too many requests"),
        _("Wait as many seconds as Retry-After says."),
    ),
    "busy": Kind(
        503,
        _("The server is handling too many requests"),
        _("Wait as many seconds as Retry-After says, then send the same request again."),
    ),
    "unexpected": Kind(
        500,
        _("Internal server error"),
        _("It was logged. Try again later."),
    ),
    "unavailable": Kind(
        503,
        _("The database or the queue is away or busy"),
        _(
            "Send the same request again, with the same key, after as many seconds as Retry-After says. "
            "Nothing is done twice."
        ),
    ),
    "takes-too-long": Kind(
        503,
        _("The text takes too long to process"),
        _("It was stopped. Send less: a single article without page furniture, or part of it."),
    ),
}


def problem_of(
    kind: str, detail: str = "", wrong: Wrong = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return the problem details of one of KINDS; `wrong` becomes `invalid-params`."""
    known = KINDS[kind]
    return _response(kind, known.status, str(known.title), detail or str(known.about), wrong, headers)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Return 503 for an error that passes (`timeline.resilience.retry`), as a page for people or a problem.

    It uses neither the database nor the session. The error is put into the request's META, for callers with a better
    answer.
    """
    request.META[OUTAGE] = error
    log.warning("%s %s: %s: %s", request.method, request.path, type(error).__name__, " ".join(str(error).split()))
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    language = translation.get_language_from_request(request)
    with translation.override(language):
        if is_for_programs(request.path_info):
            return problem_of("unavailable", headers=headers)
        page = render_to_string("503.html", {"seconds": RETRY_AFTER, "sent": request.method not in ("GET", "HEAD")})
    return HttpResponse(page, status=503, headers=headers | {"Content-Language": language})


def stale_words(known_at: datetime) -> str:
    """Return the notice of a page that was rendered before the database went down."""
    words = gettext("The database cannot be reached just now. This page shows what was known at %(time)s.")
    return words % {"time": f"{known_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"}


def problem(status: int, title: str, detail: str = "", wrong: Any = None) -> HttpResponse:
    """Return a problem with a title of its own, of the first kind that has this status."""
    kind = next((name for name, known in KINDS.items() if known.status == status), "")
    return _response(kind, status, title, detail, wrong or (), None)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return 400 for an unreadable request (`handler400`): a page for people, else a problem.

    It works also before a middleware has chosen the request's language.
    """
    with translation.override(translation.get_language_from_request(request)):
        found = exception.problems if isinstance(exception, FilterError) else [("", _reason(exception), "")]
        problems = [(name, str(reason), str(allowed)) for name, reason, allowed in found]
        if is_for_programs(request.path_info):
            return bad_filter(FilterError(problems)) if problems[0][0] else problem_of("bad-parameter", problems[0][1])
        return render(request, "400.html", {"problems": problems}, status=400)


def is_for_programs(path: str) -> bool:
    """Return whether errors at this path are problems, not pages."""
    return PROGRAM_PREFIXES.match(path) is not None


def _reason(exception: Exception) -> str:
    if isinstance(exception, BadRequest) and exception.args:
        return str(exception)
    return str(next((words for kind, words in REFUSED if isinstance(exception, kind)), REFUSED[-1][1]))


def value_refused(error: BaseException) -> bool:
    """Return whether the database refused a value itself: a number or a text too large for its column.

    SQLite has no such error: there Python raises OverflowError for a number of more than 64 bits.
    """
    return isinstance(error, DataError) or (isinstance(error, OverflowError) and "SQLite" in str(error))


def bad_filter_page(request: HttpRequest, error: FilterError) -> HttpResponse:
    """Return 400 as a page that lists each wrong parameter."""
    return render(request, "timeline/bad_filter.html", {"problems": error.problems}, status=400)


def bad_filter(error: FilterError) -> HttpResponse:
    """Return 400 as a problem with every wrong parameter, why, and what is allowed."""
    wrong = [{"name": name, "reason": reason, "allowed": allowed} for name, reason, allowed in error.problems]
    return problem(400, gettext("Invalid parameters"), str(error), wrong)


def _response(
    kind: str, status: int, title: str, detail: str, wrong: Wrong, headers: Mapping[str, str] | None
) -> HttpResponse:
    body: dict[str, Any] = {"type": type_of(kind), "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if wrong:
        body["invalid-params"] = wrong
    return HttpResponse(orjson.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def type_of(kind: str) -> str:
    """Return the URL of the page about a kind of problem; `about:blank` where the status is enough."""
    return reverse("api:problem", args=[kind]) if kind else "about:blank"
