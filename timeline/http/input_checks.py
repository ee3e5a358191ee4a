"""Refuse input that no view can handle: unstorable characters, encodings other than UTF-8, values out of range.

A value is out of range where the database cannot store or compare it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.utils.translation import gettext_lazy as _

from timeline.http.problems import bad_request, value_refused
from timeline.http.trackers import without_trackers
from timeline.query.parser import FilterError
from timeline.validation.characters import UNSTORABLE, is_storable

log = logging.getLogger(__name__)

API_PREFIX = "/api/"  # here bodies are JSON, checked by timeline.api.bodies
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
# Lazy, as all messages here: the reader's language is known when the answer is written (`bad_request`).
REASON = _("Contains a character that is not allowed (NUL or an unpaired surrogate).")
UTF_8 = ("utf-8", "utf8", "us-ascii")


class InputChecks:
    """Middleware before everything that uses the URL: text that it lets through can be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            _check_address(request)
        except (BadRequest, FilterError) as error:
            return bad_request(request, error)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Check the fields of forms; here, after the rate limit (`timeline.http.rate_limit`)."""
        if request.method in ("GET", "HEAD", "OPTIONS") or request.path_info.startswith(API_PREFIX):
            return None
        try:
            _check_form(request)
        except (BadRequest, FilterError) as error:
            return bad_request(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return 400 for a value that only the database can refuse.

        For example a number beyond the column with which it is compared.
        """
        if not value_refused(error):
            return None
        log.warning("the database refused a value: %s %s", request.method, request.path, exc_info=error)
        return bad_request(request, BadRequest(_("A number or text is too large.")))


def _check_address(request: HttpRequest) -> None:
    """Check the path, the query and the cookies. Raises BadRequest and FilterError."""
    if not is_storable(request.path_info):  # such a path matches no view, and the replacement does not either
        request.path_info = UNSTORABLE.sub("\ufffd", request.path_info)
        request.path = settings.PREFIX + request.path_info
    request.encoding = settings.DEFAULT_CHARSET  # whatever charset a header claims for the query
    try:
        raw = request.META.get("QUERY_STRING", "").encode("latin-1").decode()
        if not request.path_info.startswith(API_PREFIX):
            raw = without_trackers(raw)
            request.META["QUERY_STRING"] = raw.encode().decode("latin-1")
        parse_qsl(raw, keep_blank_values=True, errors="strict")
    except UnicodeError as error:
        raise BadRequest(_("The query is not valid UTF-8.")) from error
    _check_fields(request.GET.lists())
    for name in [name for name, value in request.COOKIES.items() if not is_storable([name, value])]:
        del request.COOKIES[name]  # not a cookie of ours


def _check_form(request: HttpRequest) -> None:
    """Check names and values of the fields, and the names of files. Raises BadRequest and FilterError."""
    params = request.content_params or {}
    if request.content_type in FORMS and params.get("charset", UTF_8[0]).lower() not in UTF_8:
        raise BadRequest(_("Forms must be sent in UTF-8."))
    try:
        fields = request.POST.lists()
    except UnreadablePostError as error:  # the client disconnected
        raise BadRequest(_("The form did not arrive completely.")) from error
    _check_fields(fields)
    _check_fields((name, [file.name or "" for file in files]) for name, files in request.FILES.lists())


def _check_fields(fields: Iterable[tuple[str, list[Any]]]) -> None:
    wrong = list(_unstorable(fields))
    if wrong:
        raise FilterError([(UNSTORABLE.sub("\ufffd", name)[:40], cast(str, REASON), "") for name in wrong])


def _unstorable(fields: Iterable[tuple[str, list[Any]]]) -> Iterator[str]:
    return (name for name, values in fields if not is_storable([name, *values]))
