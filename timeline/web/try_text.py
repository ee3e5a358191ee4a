"""`/try/`: mark the dates in a text that the reader types. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from timeline.display.try_text import MAX_TEXT_CHARS, TryText, TryTextError
from timeline.http.pages import render_page
from timeline.http.rate_limit import wait_for
from timeline.sandbox.caller import SANDBOX, BusyError, LimitError
from timeline.second_reader.client import is_on

TRIALS = 120  # texts that one client may try in a minute


@dataclass(frozen=True, slots=True)
class TryPage:
    """The variables of `timeline/try.html` and `_findings.html`.

    `day`: as typed; `problems`: what is wrong, by field; `busy`: the text is to be sent again in a second; `may_ask`: a
    language model can be asked about it as well.
    """

    day: str
    text: str = ""
    findings: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    busy: bool = False
    may_ask: bool = False
    longest: int = MAX_TEXT_CHARS


def may_ask(request: HttpRequest) -> bool:
    """Return whether a model is set and the user works in the administration."""
    return is_on() and request.user.is_authenticated and request.user.is_staff


@require_http_methods(["GET", "HEAD", "POST"])
def try_text(request: HttpRequest) -> HttpResponse:
    """Mark the dates in a text that the reader types; htmx gets only the findings."""
    today = timezone.localdate()
    if request.method != "POST":
        SANDBOX.prepare()  # it starts while the reader types
        return render_page(request, "timeline/try.html", TryPage(today.isoformat(), may_ask=may_ask(request)))
    fields = {name: str(value) for name, value in request.POST.items()}
    wait = wait_for(request, "try", TRIALS)
    status, page = (429, too_many(fields, wait)) if wait else _findings(fields, today)
    page = replace(page, may_ask=may_ask(request))
    template = "timeline/_findings.html" if request.headers.get("HX-Request") == "true" else "timeline/try.html"
    response = render_page(request, template, page, status)
    if wait or page.busy:
        response["Retry-After"] = str(wait or 1)
    return response


def too_many(fields: Mapping[str, str], seconds: int) -> TryPage:
    """Return the page for a client that has to wait some seconds."""
    slow = gettext("Too many texts in a minute. Please try again in %(seconds)d seconds.") % {"seconds": seconds}
    return TryPage(fields.get("day", ""), fields.get("text", ""), problems={"text": slow})


def _findings(fields: Mapping[str, str], today: date) -> tuple[int, TryPage]:
    """Return the status of the answer, and the page with the findings or with what is wrong."""
    day, text = fields.get("day", ""), fields.get("text", "")
    try:
        sample = TryText.parse(fields, today)
        found = SANDBOX.call("mark", text=sample.text, day=sample.day.isoformat(), language=get_language() or "en")
    except TryTextError as error:
        return 400, TryPage(day, text, problems=error.problems)
    except BusyError:
        return 503, TryPage(day, text, busy=True)
    except LimitError:
        slow = gettext("Processing this text takes too long and was stopped. Please try a shorter part of it.")
        return 503, TryPage(day, text, problems={"text": slow})
    return 200, TryPage(day, text, findings=mark_safe(found.decode()))  # rendered by `timeline.sandbox.jobs`
