"""Add an event without an article."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext

from timeline.admin.pages import admin_page
from timeline.admin.read_only import editor_of
from timeline.admin.review_fields import IMPORTANCES, choices
from timeline.admin.review_session import address
from timeline.curation import decide
from timeline.curation.actor_input import parse_actors
from timeline.curation.day_input import ParsedDays, parse_days
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter
from timeline.curation.manual import ManualEvent
from timeline.curation.review import days_preview
from timeline.display.event import view_events
from timeline.models.dated import Kind, Stage, Status, Type, kind_of

NAMES = ("type", "participants", "dates", "status", "stage", "source_note", "why", "importance")
EMPTY = {"status": Status.SCHEDULED.value, "importance": "0"}


@dataclass(frozen=True, slots=True)
class AddEventPage:
    """The variables of `admin/timeline/add_event.html`.

    `text`: the fields as typed; `problems`: by field, `all` for the form; `window`: the typed days in words.
    """

    title: str
    text: Mapping[str, str]
    problems: Mapping[str, str]
    window: str
    elections: list[tuple[str, str]]
    alliances: list[tuple[str, str]]
    choices: Mapping[str, list[tuple[str, str]]]
    stages: list[tuple[str, str]]


def add_event(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """`/admin/timeline/attention/write/`: show the form, store with `action=write`, show the window with `preview`."""
    if request.method != "POST":
        return _form(model_admin, request, EMPTY, {}, None)
    text = {name: request.POST.get(name, "").strip() for name in NAMES}
    written, problems, typed = _parse(text)
    if request.POST.get("action") == "preview" or written is None:
        status = 200 if request.POST.get("action") == "preview" else 400
        return _form(model_admin, request, text, problems, typed, status)
    try:
        event = decide.add_manual_event(written, editor_of(request))
    except ValidationError as error:
        return _form(model_admin, request, text, {"all": " ".join(error.messages)}, typed, 400)
    signals.update_events([event.pk])
    model_admin.log_addition(request, event, gettext("Added manually."))
    title = view_events([event], timezone.localdate())[0].title
    messages.success(request, gettext("%(title)s was added to the timeline.") % {"title": title})
    return HttpResponseRedirect(address("event", InboxFilter(), event.pk))


def _parse(text: dict[str, str]) -> tuple[ManualEvent | None, dict[str, str], ParsedDays | None]:
    """Return the parsed event or, by field, what is wrong with it; and the typed days where they can be parsed."""
    problems: dict[str, str] = {}
    typed, codes = None, []
    try:
        typed = parse_days(text["dates"], timezone.localdate())
    except ValidationError as error:
        problems["dates"] = " ".join(error.messages)
    try:
        codes = parse_actors(text["participants"])
    except ValidationError as error:
        problems["participants"] = " ".join(error.messages)
    if text["type"] not in Type.values:
        problems["type"] = gettext("Choose what kind of event it is.")
    if not text["source_note"]:
        problems["source_note"] = gettext("Give the source: who said it, and where.")
    if problems or typed is None:
        return None, problems, typed
    kind = kind_of(text["type"])
    return (
        ManualEvent(
            kind=kind,
            type=text["type"],
            participants=tuple(codes),
            when=typed.when,
            status=text["status"] or Status.SCHEDULED.value,
            stage=text["stage"] if kind == Kind.ELECTION else "",
            source_note=text["source_note"],
            why=text["why"],
            importance=int(text["importance"]) if text["importance"] in IMPORTANCES else 0,
        ),
        {},
        typed,
    )


def _form(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    text: dict[str, str],
    problems: dict[str, str],
    typed: ParsedDays | None,
    status: int = 200,
) -> HttpResponse:
    page = AddEventPage(
        title=gettext("Add an event manually"),
        text=text,
        problems=problems,
        window=days_preview(typed) if typed else "",
        elections=choices()["elections"],
        alliances=choices()["alliances"],
        choices=choices(),
        stages=[(s.value, str(s.label)) for s in Stage],
    )
    return admin_page(model_admin, request, "admin/timeline/add_event.html", page, status)
