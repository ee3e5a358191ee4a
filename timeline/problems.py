"""Errors of the doors for programs, as RFC 9457 `application/problem+json`."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext

from timeline.filters import BadFilter


def problem(status: int, title: str, detail: str = "", wrong: Any = None) -> HttpResponse:
    """A problem details object: type, title, status, detail, and under `invalid-params` what is wrong."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if wrong:
        body["invalid-params"] = wrong
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/problem+json")


def bad_filter(error: BadFilter) -> HttpResponse:
    """400 with every parameter that is wrong, why, and what is allowed."""
    wrong = [{"name": name, "reason": reason, "allowed": allowed} for name, reason, allowed in error.problems]
    return problem(400, gettext("The parameters cannot be understood"), str(error), wrong)
