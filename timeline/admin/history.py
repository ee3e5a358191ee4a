"""The history of an event in the admin: who, what, when and why, with buttons to undo decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from timeline.admin.pages import admin_page
from timeline.admin.read_only import editor_of
from timeline.curation import decide as curation
from timeline.curation.history import HistoryEntry, history_page
from timeline.display.titles import row_title
from timeline.models import Correction, Event
from timeline.query.cursors import CursorError

ACTS: dict[str, Callable[[Correction, User, str], None]] = {
    "undo": curation.undo_correction,
    "redo": curation.redo_correction,
    "approve": curation.approve_correction,
}
MAX_REASON_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry, what the reader may do about it, as (action, label), and the other event that it is about."""

    entry: HistoryEntry
    acts: list[tuple[str, str]]
    other: str = ""
    other_name: str = ""


@dataclass(frozen=True, slots=True)
class EventHistoryPage:
    """The variables of `admin/timeline/event/history.html`; `further`: the cursor of the next page, "" at the end."""

    title: str
    name: str
    event: Event
    shown: list[EntryRow]
    further: str
    first: bool


def act_label(name: str) -> str:
    """Return the text of the button for `undo`, `redo` or `approve`. Raises KeyError for any other name."""
    labels = {
        "undo": pgettext("button", "Undo"),
        "redo": pgettext("button", "Redo"),
        "approve": pgettext("button", "Approve"),
    }
    return labels[name]


def permitted_acts(decision: Correction, editor: User) -> list[str]:
    """Return the actions that `curation` permits this editor for a decision in its present state."""
    mine = decision.editor_id == editor.pk
    out = []
    if decision.waits and decision.undone_at is None and not mine and editor.has_perm(curation.MAY_APPROVE):
        out.append("approve")
    if editor.has_perm(curation.MAY_DECIDE if mine else curation.MAY_UNDO_ANY):
        by_two = mine and decision.in_force and decision.approved_by_id and curation.needs_two_pairs(editor)
        out += [] if by_two else ["undo" if decision.undone_at is None else "redo"]
    return out


def perform(act: str, decision: Correction, editor: User, reason: str = "") -> str:
    """Undo, redo or approve, log it in the admin, and return what was done as text.

    Raises PermissionDenied and ValidationError.
    """
    was = (decision.undone_at, decision.waits)
    ACTS[act](decision, editor, reason)
    if (decision.undone_at, decision.waits) == was:
        return _("nothing to do")
    words = {
        "undo": pgettext("decision", "undone"),
        "redo": pgettext("decision", "redone, awaiting approval") if decision.waits else pgettext("decision", "redone"),
        "approve": pgettext("decision", "approved"),
    }[act]
    note(decision, editor, f"{words}: {reason}" if reason else words)
    return words


def note(decision: Correction, editor: User, words: str) -> None:
    """Add a line about a decision to the admin's own log."""
    LogEntry.objects.log_actions(
        user_id=editor.pk, queryset=[decision], action_flag=CHANGE, change_message=words, single_object=True
    )


class EventHistory(admin.ModelAdmin):  # type: ignore[type-arg]
    """The history views of the admin of events."""

    def get_urls(self) -> list[URLPattern]:
        decide = path(
            "<str:object_id>/history/decide/",
            self.admin_site.admin_view(self.decide_view),
            name="timeline_event_history_decide",
        )
        return [decide, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        event = get_object_or_404(Event, pk=object_id)
        shows = request.user.has_perm("timeline.view_correction")
        try:
            page = history_page(event, request.GET.get("after", ""), corrections=shows)
        except CursorError as error:
            raise Http404(str(error)) from error
        editor = editor_of(request)
        shown = _rows(event, page.entries, editor)
        name = row_title(event)
        title = _("History of %(event)s") % {"event": name}
        found = EventHistoryPage(title, name, event, shown, page.next_cursor, "after" not in request.GET)
        return admin_page(self, request, "admin/timeline/event/history.html", found)

    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Undo, redo or approve one decision about the event (POST)."""
        if not (self.has_view_permission(request) and request.user.has_perm("timeline.view_correction")):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        act, number = request.POST.get("act", ""), request.POST.get("decision", "")
        if act not in ACTS or not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Http404
        decision = get_object_or_404(Correction.objects.select_related("event", "other"), pk=int(number))
        if object_id not in (decision.event_id, decision.other_id):
            raise Http404
        reason = request.POST.get("reason", "").strip()[:MAX_REASON_CHARS]
        try:
            words = perform(act, decision, editor_of(request), reason)
            self.message_user(request, f"{decision.get_field_display()}: {words}", messages.SUCCESS)
        except (PermissionDenied, ValidationError) as error:
            self.message_user(request, message_of(error), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:timeline_event_history", args=[object_id]))


def _rows(event: Event, entries: Sequence[HistoryEntry], editor: User) -> list[EntryRow]:
    """Return the entries with the other event of each by name. Three queries for the names."""

    def other(entry: HistoryEntry) -> str:
        if entry.other != event.pk or entry.correction is None:
            return entry.other
        return entry.correction.event_id

    ids = {pk for entry in entries if (pk := other(entry))}
    rows = Event.objects.filter(pk__in=ids).select_related("place").prefetch_related("participants__actor")
    names = {row.pk: row_title(row) for row in rows}
    return [
        EntryRow(entry, _acts(entry, editor), other(entry), names.get(other(entry), other(entry))) for entry in entries
    ]


def _acts(entry: HistoryEntry, editor: User) -> list[tuple[str, str]]:
    if entry.correction is None or not entry.newest:
        return []
    return [(name, act_label(name)) for name in permitted_acts(entry.correction, editor)]


def message_of(error: PermissionDenied | ValidationError) -> str:
    """Return the error's message for the reader."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
