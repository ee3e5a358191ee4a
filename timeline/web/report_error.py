"""`/events/…/report/`: a reader says what is wrong about an event, without an account; editors see it in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from timeline.display.event import view_known
from timeline.display.redirects import living
from timeline.http.pages import render_page
from timeline.http.rate_limit import wait_for, wait_words
from timeline.models import ErrorReport, Event
from timeline.validation.columns import max_chars

MAX_REPORTS = 5  # that one client may send in an hour
HOUR = 3600
MAX_OPEN = 50  # reports of one event that no editor has settled
MAX_TEXT_CHARS, MAX_CONTACT_CHARS = max_chars(ErrorReport, "text"), max_chars(ErrorReport, "contact")


@dataclass(frozen=True, slots=True)
class ErrorReportPage:
    """The variables of `timeline/report_error.html`. `sent`: the report has been stored; `problem`: "" for none."""

    event_url: str
    event_title: str
    action: str
    text: str = ""
    contact: str = ""
    problem: str = ""
    sent: bool = False
    max_text: int = MAX_TEXT_CHARS
    max_contact: int = MAX_CONTACT_CHARS


@require_http_methods(["GET", "HEAD", "POST"])
def report_error(request: HttpRequest, pk: str) -> HttpResponse:
    """Show the form; store what a reader sends, at most MAX_REPORTS in an hour, and lead to the thanks."""
    event = _event(pk)
    text, contact = (request.POST.get(name, "").strip() for name in ("text", "contact"))
    if request.method != "POST":
        return render_page(request, "timeline/report_error.html", _page(event))
    status, problem, wait = 400, _problem(text, contact), 0
    if not problem and (wait := wait_for(request, "report", MAX_REPORTS, HOUR)):
        status, problem = 429, wait_words(wait)
    if not problem and ErrorReport.objects.filter(event=event, settled_at=None).count() >= MAX_OPEN:
        status, problem = 503, gettext("Many reports of this event are waiting for an editor; yours was not stored.")
    if problem:
        page = _page(event, text=text, contact=contact, problem=problem)
        response = render_page(request, "timeline/report_error.html", page, status)
        if wait:
            response["Retry-After"] = str(wait)
        return response
    ErrorReport.objects.create(event=event, text=text, contact=contact, language=get_language() or "")
    return HttpResponseRedirect(reverse("report-sent", args=[event.pk]))


@require_safe
def sent(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that the report arrived."""
    return render_page(request, "timeline/report_error.html", _page(_event(pk), sent=True))


def _event(pk: str) -> Event:
    """Return the event, or the one it was merged into. Raises Http404 for one that is gone."""
    event = living(get_object_or_404(Event, pk=pk))
    if event is None or event.retracted:
        raise Http404(gettext("There is no such event."))
    return event


def _problem(text: str, contact: str) -> str:
    if not text:
        return gettext("Please say what is wrong.")
    if len(text) > MAX_TEXT_CHARS or len(contact) > MAX_CONTACT_CHARS:
        return gettext("At most %(text)s characters, and %(contact)s of contact.") % {
            "text": MAX_TEXT_CHARS,
            "contact": MAX_CONTACT_CHARS,
        }
    return ""


def _page(event: Event, *, text: str = "", contact: str = "", problem: str = "", sent: bool = False) -> ErrorReportPage:
    view = view_known(event, timezone.localdate(), None)
    return ErrorReportPage(
        event_url=event.get_absolute_url(),
        event_title=view.title if view else event.pk,
        action=reverse("report-error", args=[event.pk]),
        text=text,
        contact=contact,
        problem=problem,
        sent=sent,
    )
