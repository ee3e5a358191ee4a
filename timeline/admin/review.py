"""The review screen: the articles beside the event, and every decision about it by one key.

A GET changes nothing. A POST does one act, named by the button: it goes through `curation`, is noted in the admin's
log, and the next item of the inbox follows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext

from timeline.admin.read_only import editor_of
from timeline.admin.review_fields import ReviewForm, choices
from timeline.admin.review_session import ReviewSession, address, inbox_url, next_url, progress
from timeline.curation import decide
from timeline.curation import values as checking
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter, reasons_of
from timeline.curation.review import (
    candidate_views,
    changes_since,
    claim_view,
    claim_views,
    correction_views,
    proposal_views,
)
from timeline.display.dates import span_words
from timeline.display.event import view_events
from timeline.display.reasons import doubt_words
from timeline.display.redirects import living
from timeline.display.sentences import belief_sentence, state_words
from timeline.models import Actor, Claim, Correction, Event, Reason
from timeline.models.dated import Status

Field = Correction.Field
FATES = {"occurred": Status.OCCURRED, "cancelled": Status.CANCELLED}


class NothingToDecideError(Exception):
    """An act that changes nothing, in words for the editor."""


# --- an event -----------------------------------------------------------------------------------


def of_event(desk: ModelAdmin[Any], request: HttpRequest, pk: str) -> HttpResponse:
    """`/admin/timeline/attention/event/<id>/`, with the filter of the inbox as its query."""
    event = get_object_or_404(Event, pk=pk)
    asked = InboxFilter.parse(request.GET)
    if event.merged_into_id is not None and request.method != "POST":
        heir = living(event)
        if heir is None:
            raise Http404("merged in a circle")
        return HttpResponseRedirect(address("event", asked, heir.pk))
    if request.method != "POST":
        return _page(desk, request, event, ReviewForm.fresh(event, decide.stamp(event)), asked)
    return _Act(desk, request, event, asked).answer()


class _Act:
    """One act of an editor about an event."""

    def __init__(self, desk: ModelAdmin[Any], request: HttpRequest, event: Event, asked: InboxFilter) -> None:
        self.desk, self.request, self.event, self.asked = desk, request, event, asked
        self.typing = ReviewForm.sent(request.POST)
        self.editor = editor_of(request)
        self.today = timezone.localdate()
        self.about: list[str] = [event.pk]

    def answer(self) -> HttpResponse:
        name, _, what = self.request.POST.get("action", "save").partition(":")
        if name == "later":
            ReviewSession(self.request).put_off(f"event/{self.event.pk}")
            return self._next()
        if name in ("undo", "redo"):
            return undo_last(self.desk, self.request, self.asked, name == "undo")
        if name == "preview":
            return self._preview()
        try:
            return self._do(name, what)
        except decide.StaleEventError as overtaken:
            return self._overtaken(overtaken.event)
        except ValidationError as error:
            return self._again([*error.messages], 400)
        except NothingToDecideError as error:
            return self._again([str(error)], 400)

    def _do(self, name: str, what: str) -> HttpResponse:
        stays = name in ("unlock", "approve")
        with transaction.atomic():
            if name == "unlock":
                made = self._of_mine(what, decide.undo_correction)
            elif name == "approve":
                made = self._of_mine(what, decide.approve_correction)
            else:
                made = self._decide(name, what)
            signals.update_events(self.about)
        words = self._log(name, made)
        messages.success(self.request, words)
        if stays:
            return HttpResponseRedirect(self.request.get_full_path())
        ReviewSession(self.request).decided(f"event/{self.event.pk}", [row.pk for row in made])
        left = name in ("take", "leave") and Reason.PROPOSAL in reasons_of(self.event.pk, self.today)
        return HttpResponseRedirect(self.request.get_full_path()) if left else self._next()

    def _decide(self, name: str, what: str) -> list[Correction]:
        event, editor, reason, seen = self.event, self.editor, self.typing.reason, self.typing.seen
        if name in ("save", "accept", *FATES):
            return self._save(name)
        if name == "reject":
            return [decide.correct_field(event, Field.REJECTED, True, editor, reason, seen)]
        if name in ("take", "leave"):
            return [self._proposal(what, take=name == "take")]
        if name == "merge":
            return [self._merge(what)]
        if name == "split":
            claims = [int(pk) for pk in self.request.POST.getlist("claim") if pk.isdecimal() and len(pk) < 19]
            made = decide.split_event(event, claims, editor, reason, seen)
            self.about.append(made.other_id or "")
            return [made]
        raise NothingToDecideError(gettext("Unknown action."))

    def _save(self, name: str) -> list[Correction]:
        """What was changed in the fields, whatever button was pressed, and what the button says."""
        values = self.typing.values(self.event, self.today)
        if self.typing.problems:
            raise ValidationError(gettext("Nothing was saved; see the notes beside the fields."))
        if name in FATES:
            values[Field.STATUS] = FATES[name].value
        if not values and name == "accept":
            return [decide.accept_event(self.event, self.editor, self.typing.reason, self.typing.seen)]
        if not values:
            raise NothingToDecideError(gettext("No changes. If everything is right, choose “Correct”."))
        return decide.correct_fields(self.event, values, self.editor, self.typing.reason, self.typing.seen)

    def _proposal(self, field: str, *, take: bool) -> Correction:
        """Take what the machine says, or decide the same once more, so that it was seen."""
        if field not in self.event.proposals:
            raise ValidationError(gettext("This proposal no longer exists."))
        value = self.event.proposals[field] if take else checking.values_of(self.event)[field]
        return decide.correct_field(self.event, field, value, self.editor, self.typing.reason, self.typing.seen)

    def _merge(self, what: str) -> Correction:
        into = (what or self.request.POST.get("into", "")).strip().rstrip("/").rpartition("/")[2]
        other = Event.objects.filter(pk=into).first() if into else None
        if other is None:
            raise ValidationError(gettext("Enter the ID or address of the other event."))
        self.about.append(other.pk)
        return decide.merge_events(self.event, other, self.editor, self.typing.reason, self.typing.seen)

    def _of_mine(self, pk: str, act: Callable[[Correction, Any, str], None]) -> list[Correction]:
        """Undo or approve a decision about this event."""
        row = self.event.corrections.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
        if row is None:
            raise ValidationError(gettext("This event has no such decision."))
        act(row, self.editor, self.typing.reason)
        self.about += [row.other_id] if row.other_id else []
        return [row]

    def _log(self, name: str, made: list[Correction]) -> str:
        fields = ", ".join(str(Field(row.field).label) for row in made)
        title = view_events([Event.objects.get(pk=self.event.pk)], self.today)[0].title
        words = {
            "unlock": gettext("Undone: %(fields)s."),
            "approve": gettext("Approved: %(fields)s."),
        }.get(name, gettext("Decided: %(fields)s.")) % {"fields": fields}
        self.desk.log_change(self.request, self.event, words)
        if name != "approve" and any(row.waits for row in made):
            words += " " + gettext("It waits for a second editor.")
        return f"{title} · {words}"

    # --- what is answered ---

    def _next(self) -> HttpResponse:
        return HttpResponseRedirect(next_url(self.request, self.asked, self.today, f"event/{self.event.pk}"))

    def _preview(self) -> HttpResponse:
        """What is typed, with the days in words and every problem; nothing is stored."""
        self.typing.values(self.event, self.today)
        return self._again([], 200)

    def _again(self, problems: list[str], status: int) -> HttpResponse:
        """The page with what was typed kept; the stamp stays what it was, so that nothing slips through."""
        self.event.refresh_from_db()
        return _page(self.desk, self.request, self.event, self.typing, self.asked, problems=problems, status=status)

    def _overtaken(self, event: Event) -> HttpResponse:
        """Somebody was faster: who did what, and what was typed over what stands now."""
        looked = self.typing.looked or timezone.now() - timedelta(hours=1)
        typing = self.typing.kept(event, decide.stamp(event))
        context = {"overtaken": True, "steps": changes_since(event, looked)}
        return _page(self.desk, self.request, event, typing, self.asked, more=context, status=409)


def undo_last(desk: ModelAdmin[Any], request: HttpRequest, asked: InboxFilter, undo: bool) -> HttpResponse:
    """Take the last act of this walk back, or do it again; the item is shown."""
    walk = ReviewSession(request)
    acts = walk.undo if undo else walk.redo
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
        walk.taken_back()
    else:
        walk.done_again()
    fields = {"fields": ", ".join(str(Field(row.field).label) for row in rows)}
    words = (gettext("Undone: %(fields)s.") if undo else gettext("Redone: %(fields)s.")) % fields
    messages.success(request, words)
    for row in rows:
        desk.log_change(request, row.event, words)
    event = rows[0].event if rows else None
    return HttpResponseRedirect(address("event", asked, event.pk) if event else inbox_url(asked))


# --- the page -----------------------------------------------------------------------------------


def _page(
    desk: ModelAdmin[Any],
    request: HttpRequest,
    event: Event,
    typing: ReviewForm,
    asked: InboxFilter,
    *,
    problems: list[str] | None = None,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    view = view_events([event], today)[0]
    told, claims = claim_views(event)
    standing, waiting = correction_views(event, editor_of(request).pk)
    reasons = reasons_of(event.pk, today)
    context = {
        **_frame(desk, request, asked, f"event/{event.pk}"),
        "title": view.title,
        "event": event,
        "view": view,
        "sentence": belief_sentence(view),
        "reasons": [(reason, str(Reason(reason).label)) for reason in reasons],
        "told": told,
        "claims": claims,
        "standing": standing,
        "waiting": waiting,
        "may_approve": request.user.has_perm(decide.MAY_APPROVE),
        "proposals": {one.field: one for one in proposal_views(event)},
        "twins": [] if event.retracted else list(enumerate(candidate_views(event), start=1)),
        "typing": typing,
        "choices": choices(event.kind),
        "looked": (typing.looked or timezone.now()).isoformat(),
        "problems": problems or [],
        **(more or {}),
    }
    return TemplateResponse(request, "admin/timeline/review.html", context, status=status)


def _frame(desk: ModelAdmin[Any], request: HttpRequest, asked: InboxFilter, key: str) -> dict[str, Any]:
    walk = ReviewSession(request)
    return {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "asked": asked,
        "inbox": inbox_url(asked),
        "progress": progress(request, asked, timezone.localdate(), key),
        "may_undo": bool(walk.undo),
        "may_redo": bool(walk.redo),
    }


# --- a doubtful claim ---------------------------------------------------------------------------


def of_claim(desk: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/timeline/attention/claim/<id>/`: let it stand, say that it is no event, or leave it doubtful."""
    claim = get_object_or_404(Claim.objects.select_related("article__source").defer("article__markup"), pk=pk)
    asked = InboxFilter.parse(request.GET)
    if claim.event_id is not None:
        if request.method == "POST":
            messages.info(request, gettext("This report now belongs to an event, shown here."))
        return HttpResponseRedirect(address("event", asked, claim.event_id))
    if request.method != "POST":
        return _claim_page(desk, request, claim, asked)
    action, reason = request.POST.get("action", ""), request.POST.get("reason", "")[:2000].strip()
    key, walk, today = f"claim/{claim.pk}", ReviewSession(request), timezone.localdate()
    if action in ("undo", "redo"):
        return undo_last(desk, request, asked, action == "undo")
    if action == "later":
        walk.put_off(key)
    elif action == "leave":
        signals.dismiss_claim(claim)
        walk.decided(key, [])
        desk.log_change(request, claim, gettext("Left as doubtful."))
        messages.success(request, gettext("Left as doubtful."))
    elif action in ("accept", "reject"):
        try:
            made = _decide_claim(claim, action, reason, request)
        except ValidationError as error:
            return _claim_page(desk, request, claim, asked, problems=[*error.messages], status=400)
        walk.decided(key, [made.pk])
        words = gettext("Decided: %(fields)s.") % {"fields": str(Field(made.field).label)}
        desk.log_change(request, made.event, words)
        messages.success(request, words)
    else:
        return _claim_page(desk, request, claim, asked, problems=[gettext("Unknown action.")], status=400)
    return HttpResponseRedirect(next_url(request, asked, today, key))


@transaction.atomic
def _decide_claim(claim: Claim, action: str, reason: str, request: HttpRequest) -> Correction:
    editor = editor_of(request)
    if action == "reject":
        made = decide.reject_claim(claim, editor, reason)
    else:
        event = decide.accept_claim(claim, editor, reason)
        made = event.corrections.filter(editor=editor, field=Field.ACCEPTED).latest("pk")
    signals.update_events([made.event_id])
    return made


def _claim_page(
    desk: ModelAdmin[Any],
    request: HttpRequest,
    claim: Claim,
    asked: InboxFilter,
    *,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    names = Actor.objects.in_bulk(claim.participants)
    context = {
        **_frame(desk, request, asked, f"claim/{claim.pk}"),
        "title": gettext("Doubtful reading"),
        "claim": claim,
        "told": claim_view(claim),
        "who": " · ".join(names[code].name if code in names else code for code in claim.participants),
        "span": span_words(claim),
        "state": state_words(claim.status),
        "doubts": [doubt_words(doubt) for doubt in claim.doubts],
        "problems": problems or [],
    }
    return TemplateResponse(request, "admin/timeline/review_claim.html", context, status=status)
