"""The review screen: articles beside the event, and a key for every decision about it.

A GET changes nothing. A POST does the one action of its button: it goes through `curation` and is logged in the admin,
and the next item of the inbox is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext

from timeline.admin.read_only import editor_of
from timeline.admin.review_fields import ReviewForm
from timeline.admin.review_page import claim_page, event_page
from timeline.admin.review_session import (
    ReviewSession,
    address,
    back_of,
    inbox_url,
    next_url,
    review_url,
    with_back,
)
from timeline.curation import assignments, decide
from timeline.curation import values as checking
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter, reasons_of
from timeline.curation.review import changes_since, claim_form_values, form_values
from timeline.display.redirects import living
from timeline.display.titles import row_title
from timeline.models import Claim, Correction, Event, Reason
from timeline.models.dated import Status

Field = Correction.Field
FATES = {"occurred": Status.OCCURRED, "cancelled": Status.CANCELLED}


class NothingToDecideError(Exception):
    """An action that changes nothing; the message is for the editor."""


# --- an event -----------------------------------------------------------------------------------


def review_event(model_admin: ModelAdmin[Any], request: HttpRequest, pk: str) -> HttpResponse:
    """`/admin/timeline/attention/event/<id>/`, with the filter of the inbox as its query."""
    event = get_object_or_404(Event, pk=pk)
    asked = InboxFilter.parse(request.GET)
    if event.merged_into_id is not None and request.method != "POST":
        target = living(event)
        if target is None:
            raise Http404("merged in a circle")
        return HttpResponseRedirect(with_back(address("event", asked, target.pk), back_of(request)))
    if request.method != "POST":
        return event_page(model_admin, request, event, ReviewForm.fresh(form_values(event), decide.stamp(event)), asked)
    return _Act(model_admin, request, event, asked).answer()


class _Act:
    """One action of an editor on an event."""

    def __init__(self, model_admin: ModelAdmin[Any], request: HttpRequest, event: Event, asked: InboxFilter) -> None:
        self.model_admin, self.request, self.event, self.asked = model_admin, request, event, asked
        self.typing = ReviewForm.sent(request.POST)
        self.seen = self.typing.seen
        self.editor = editor_of(request)
        self.today = timezone.localdate()
        self.about: list[str] = [event.pk]

    def answer(self) -> HttpResponse:
        name, _, what = self.request.POST.get("action", "save").partition(":")
        if name == "later":
            ReviewSession(self.request).put_off(f"event/{self.event.pk}")
            return self._next()
        if name in ("undo", "redo"):
            return undo_last(self.model_admin, self.request, self.asked, name == "undo")
        if name == "preview":
            return self._preview()
        if name in ("comment", "finish"):
            return colleagues_act(self.request, self.event, name) or self._show_again([], 400)
        try:
            return self._do(name, what)
        except decide.StaleEventError as overtaken:
            return self._overtaken(overtaken.event)
        except ValidationError as error:
            return self._show_again([*error.messages], 400)
        except NothingToDecideError as error:
            return self._show_again([str(error)], 400)

    def _do(self, name: str, what: str) -> HttpResponse:
        stays = name in ("unlock", "approve")
        with transaction.atomic():
            if name == "unlock":
                made = self._act_on_decision(what, decide.undo_correction)
            elif name == "approve":
                made = self._act_on_decision(what, decide.approve_correction)
            else:
                made = self._decide(name, what)
            say_typed(self.request, self.event)
            assignments.finish(self.event, self.editor)
            signals.update_events(self.about)
        words = self._log(name, made)
        messages.success(self.request, words)
        if stays:
            return HttpResponseRedirect(self.request.get_full_path())
        ReviewSession(self.request).decided(f"event/{self.event.pk}", [row.pk for row in made])
        left = name in ("take", "leave") and Reason.PROPOSAL in reasons_of(self.event.pk, self.today)
        return HttpResponseRedirect(self.request.get_full_path()) if left else self._next()

    def _decide(self, name: str, what: str) -> list[Correction]:
        if name in ("save", "accept", *FATES):
            return self._save(name)
        if name not in ("reject", "take", "leave", "merge", "split"):
            raise NothingToDecideError(gettext("Unknown action."))
        made = self._typed()  # whatever is decided, nothing that was typed is lost
        event, editor, reason, seen = self.event, self.editor, self.typing.reason, self.seen
        if name == "reject":
            return [*made, decide.correct_field(event, Field.REJECTED, True, editor, reason, seen)]
        if name in ("take", "leave"):
            return [*made, self._proposal(what, take=name == "take")]
        if name == "merge":
            return [*made, self._merge(what)]
        claims = [int(pk) for pk in self.request.POST.getlist("claim") if pk.isdecimal() and len(pk) < 19]
        split = decide.split_event(event, claims, editor, reason, seen)
        self.about.append(split.other_id or "")
        return [*made, split]

    def _values(self) -> dict[str, Any]:
        """Return the values of the changed fields. Raises ValidationError where one is wrong."""
        values = self.typing.values(form_values(self.event), self.today)
        if self.typing.problems:
            raise ValidationError(gettext("Nothing was saved; see the notes beside the fields."))
        return values

    def _typed(self) -> list[Correction]:
        """Decide the changed fields beside another decision, which then looks at the event as they leave it."""
        values = self._values()
        if not values:
            return []
        made = decide.correct_fields(self.event, values, self.editor, self.typing.reason, self.seen)
        self.event.refresh_from_db()
        self.seen = ""
        return made

    def _save(self, name: str) -> list[Correction]:
        """Decide the changed fields, whatever button was pressed, and what the button adds."""
        values = self._values()
        if name in FATES:
            values[Field.STATUS] = FATES[name].value
        if not values and name == "accept":
            return [decide.accept_event(self.event, self.editor, self.typing.reason, self.seen)]
        if not values:
            raise NothingToDecideError(gettext("No changes. If everything is right, choose “Correct”."))
        return decide.correct_fields(self.event, values, self.editor, self.typing.reason, self.seen)

    def _proposal(self, field: str, *, take: bool) -> Correction:
        """Take the machine's value, or decide the present one again, so that the proposal is settled."""
        if field not in self.event.proposals:
            raise ValidationError(gettext("This proposal no longer exists."))
        value = self.event.proposals[field] if take else checking.values_of(self.event)[field]
        return decide.correct_field(self.event, field, value, self.editor, self.typing.reason, self.seen)

    def _merge(self, what: str) -> Correction:
        into = (what or self.request.POST.get("into", "")).strip().rstrip("/").rpartition("/")[2]
        other = Event.objects.filter(pk=into).first() if into else None
        if other is None:
            raise ValidationError(gettext("Enter the ID or address of the other event."))
        self.about.append(other.pk)
        return decide.merge_events(self.event, other, self.editor, self.typing.reason, self.seen)

    def _act_on_decision(self, pk: str, act: Callable[[Correction, Any, str], None]) -> list[Correction]:
        """Undo or approve a decision about this event."""
        row = self.event.corrections.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
        if row is None:
            raise ValidationError(gettext("This event has no such decision."))
        act(row, self.editor, self.typing.reason)
        self.about += [row.other_id] if row.other_id else []
        return [row]

    def _log(self, name: str, made: list[Correction]) -> str:
        fields = ", ".join(str(Field(row.field).label) for row in made)
        words = {
            "unlock": gettext("Undone: %(fields)s."),
            "approve": gettext("Approved: %(fields)s."),
        }.get(name, gettext("Decided: %(fields)s.")) % {"fields": fields}
        self.model_admin.log_change(self.request, self.event, words)
        if name != "approve" and any(row.waits for row in made):
            words += " " + gettext("It waits for a second editor.")
        return said_of(self.event.pk, words)

    # --- responses ----------

    def _next(self) -> HttpResponse:
        return HttpResponseRedirect(next_url(self.request, self.asked, self.today, f"event/{self.event.pk}"))

    def _preview(self) -> HttpResponse:
        """Show the typed values again, with the days as text and every problem; store nothing."""
        self.typing.values(form_values(self.event), self.today)
        return self._show_again([], 200)

    def _show_again(self, problems: list[str], status: int) -> HttpResponse:
        """Show the page with the typed values; keep the stamp, so that changes by others are still noticed."""
        self.event.refresh_from_db()
        return event_page(
            self.model_admin, self.request, self.event, self.typing, self.asked, problems=problems, status=status
        )

    def _overtaken(self, event: Event) -> HttpResponse:
        """Report that the event changed meanwhile: who did what, and the typed values over the present ones."""
        looked = self.typing.looked or timezone.now() - timedelta(hours=1)
        typing = self.typing.rebased(event, decide.stamp(event))
        steps = changes_since(event, looked)
        return event_page(self.model_admin, self.request, event, typing, self.asked, steps=steps, status=409)


def said_of(event: str, words: str) -> str:
    """Return a message about an event: its title, which leads to its review screen, and what was done with it."""
    row = Event.objects.select_related("place").get(pk=event)
    return format_html('<a href="{}">{}</a> · {}', review_url(event), row_title(row), words)


def undo_last(model_admin: ModelAdmin[Any], request: HttpRequest, asked: InboxFilter, undo: bool) -> HttpResponse:
    """Undo or redo the last action of this session, and show its item."""
    session = ReviewSession(request)
    acts = session.undo if undo else session.redo
    if not acts:
        nothing = gettext("Nothing to undo.") if undo else gettext("Nothing to redo.")
        messages.warning(request, nothing)
        return HttpResponseRedirect(request.get_full_path())
    rows = list(Correction.objects.filter(pk__in=acts[-1]).select_related("event", "other").order_by("pk"))
    try:
        with decide.locked_together(rows):
            for row in reversed(rows) if undo else rows:
                (decide.undo_correction if undo else decide.redo_correction)(row, editor_of(request))
            signals.update_events({pk for row in rows for pk in (row.event_id, row.other_id) if pk})
    except PermissionDenied as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
    if undo:
        session.taken_back()
    else:
        session.done_again()
    fields = {"fields": ", ".join(str(Field(row.field).label) for row in rows)}
    words = (gettext("Undone: %(fields)s.") if undo else gettext("Redone: %(fields)s.")) % fields
    events = {row.event_id: row.event for row in rows}
    for event in events.values():
        model_admin.log_change(request, event, words)
    if len(events) != 1:
        messages.success(request, words)
        return HttpResponseRedirect(inbox_url(asked))
    (pk,) = events
    messages.success(request, said_of(pk, words))
    return HttpResponseRedirect(with_back(address("event", asked, pk), back_of(request)))


# --- among editors ------------------------------------------------------------------------------


def say_typed(request: HttpRequest, item: Event | Claim) -> None:
    """Store the comment that was typed, if any. Raises ValidationError."""
    if text := request.POST.get("comment", "").strip():
        assignments.comment(item, text, editor_of(request))


def colleagues_act(request: HttpRequest, item: Event | Claim, action: str) -> HttpResponse | None:
    """Comment on an item and ask a colleague about it, or say that it is done; None where something is wrong."""
    editor, to = editor_of(request), request.POST.get("to", "")
    try:
        if action == "finish":
            assignments.finish(item, editor)
        else:
            person = next((one for one in assignments.editors() if str(one.pk) == to), None)
            if person is None and not request.POST.get("comment", "").strip():
                raise ValidationError(gettext("Write a comment or choose a colleague."))
            with transaction.atomic():
                say_typed(request, item)
                if person is not None:
                    assignments.assign(item, person, editor, second="second" in request.POST)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None
    return HttpResponseRedirect(request.get_full_path())


# --- a doubtful claim ---------------------------------------------------------------------------


def review_claim(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/timeline/attention/claim/<id>/`: accept a claim, reject it as no event, or leave it doubtful."""
    claim = get_object_or_404(Claim.objects.select_related("article__source").defer("article__markup"), pk=pk)
    asked = InboxFilter.parse(request.GET)
    if claim.event_id is not None:
        if request.method == "POST":
            messages.info(request, gettext("This report now belongs to an event, shown here."))
        return HttpResponseRedirect(address("event", asked, claim.event_id))
    if request.method != "POST":
        return claim_page(model_admin, request, claim, ReviewForm.fresh(claim_form_values(claim)), asked)
    return _ClaimAct(model_admin, request, claim, asked).answer()


class _ClaimAct:
    """One action of an editor on a doubtful claim."""

    def __init__(self, model_admin: ModelAdmin[Any], request: HttpRequest, claim: Claim, asked: InboxFilter) -> None:
        self.model_admin, self.request, self.claim, self.asked = model_admin, request, claim, asked
        self.typing = ReviewForm.sent(request.POST)
        self.today = timezone.localdate()
        self.key = f"claim/{claim.pk}"

    def answer(self) -> HttpResponse:
        action, session = self.request.POST.get("action", "accept"), ReviewSession(self.request)
        if action in ("undo", "redo"):
            return undo_last(self.model_admin, self.request, self.asked, action == "undo")
        if action == "preview":
            self.typing.values(claim_form_values(self.claim), self.today)
            return self._show_again([], 200)
        if action in ("comment", "finish"):
            return colleagues_act(self.request, self.claim, action) or self._show_again([], 400)
        if action == "later":
            session.put_off(self.key)
        elif action == "leave":
            signals.dismiss_claim(self.claim)
            session.decided(self.key, [])
            self.model_admin.log_change(self.request, self.claim, gettext("Left as doubtful."))
            messages.success(self.request, gettext("Left as doubtful."))
        elif action in ("accept", "reject"):
            try:
                made = self._decide(accept=action == "accept")
            except ValidationError as error:
                return self._show_again([*error.messages], 400)
            session.decided(self.key, [row.pk for row in made])
            words = gettext("Decided: %(fields)s.") % {"fields": ", ".join(str(Field(r.field).label) for r in made)}
            self.model_admin.log_change(self.request, made[0].event, words)
            messages.success(self.request, said_of(made[0].event_id, words))
        else:
            return self._show_again([gettext("Unknown action.")], 400)
        return HttpResponseRedirect(next_url(self.request, self.asked, self.today, self.key))

    def _decide(self, *, accept: bool) -> list[Correction]:
        """Accept the claim as an event with what was changed of it, all at once, or reject it."""
        editor, reason = editor_of(self.request), self.typing.reason
        values = self.typing.values(claim_form_values(self.claim), self.today) if accept else {}
        if self.typing.problems:
            raise ValidationError(gettext("Nothing was saved; see the notes beside the fields."))
        with transaction.atomic():
            say_typed(self.request, self.claim)
            made = [_decide_claim(self.claim, editor, reason, accept=accept)]
            assignments.finish(self.claim, editor)
            if values:
                made += decide.correct_fields(made[0].event, values, editor, reason)
            signals.update_events([made[0].event_id])
        return made

    def _show_again(self, problems: list[str], status: int) -> HttpResponse:
        return claim_page(
            self.model_admin, self.request, self.claim, self.typing, self.asked, problems=problems, status=status
        )


def _decide_claim(claim: Claim, editor: User, reason: str, *, accept: bool) -> Correction:
    if not accept:
        return decide.reject_claim(claim, editor, reason)
    event = decide.accept_claim(claim, editor, reason)
    return event.corrections.filter(editor=editor, field=Field.ACCEPTED).latest("pk")
