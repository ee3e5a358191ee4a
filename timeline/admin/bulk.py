"""One decision for many items of the inbox, as one act with one undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from timeline.admin.pages import admin_page
from timeline.admin.read_only import editor_of
from timeline.admin.review import undo_last
from timeline.admin.review_session import ReviewSession, inbox_url, item_url
from timeline.curation import assignments, decide
from timeline.curation.alike import alike
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter, Item
from timeline.display.claims import doubts_of
from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.display.titles import row_title
from timeline.models import Actor, Claim, Correction, Event
from timeline.models.dated import Status

MAX_ITEMS = 200  # of one act
MAX_PREVIEWED = 10
MAX_REASON_CHARS = 2_000
DECISIONS = ("occurred", "reject", "accept")
Field = Correction.Field


@dataclass(slots=True)
class _Outcome:
    """What came of an act: the decisions, the keys of the items that were decided, and why others were not."""

    made: list[Correction] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def decide_together(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """`bulk/` (POST): do `action` with every ticked `item`, `event/<id>` or `claim/<id>`, and show the inbox again."""
    asked, session = InboxFilter.parse(request.GET), ReviewSession(request)
    action = request.POST.get("action", "")
    if action in ("undo", "redo"):
        return undo_last(model_admin, request, asked, action == "undo")
    keys = list(dict.fromkeys(request.POST.getlist("item")))
    events, claims = _rows(keys[:MAX_ITEMS])
    if not events and not claims:
        messages.warning(request, gettext("Tick the items first."))
    elif len(keys) > MAX_ITEMS:
        messages.warning(request, gettext("At most %(most)d items can be decided together.") % {"most": MAX_ITEMS})
    elif action == "later":
        for key in keys:
            session.put_off(key)
        messages.success(request, _counted(len(keys), gettext("later")))
    elif action == "assign":
        _assign(request, [*events, *claims])
    elif action in DECISIONS:
        _decide(model_admin, request, action, events, claims)
    else:
        messages.error(request, gettext("Unknown action."))
    return HttpResponseRedirect(inbox_url(asked))


def _rows(keys: Sequence[str]) -> tuple[list[Event], list[Claim]]:
    ids: dict[str, list[str]] = {"event": [], "claim": []}
    for key in keys:
        what, _, pk = key.partition("/")
        if what in ids and pk:
            ids[what].append(pk)
    numbers = [int(pk) for pk in ids["claim"] if pk.isascii() and pk.isdigit() and len(pk) < 19]
    live = Event.objects.filter(pk__in=ids["event"], merged_into=None).select_related("place")
    return list(live), list(Claim.objects.filter(pk__in=numbers).select_related("article"))


def _decide(
    model_admin: ModelAdmin[Any], request: HttpRequest, action: str, events: list[Event], claims: list[Claim]
) -> None:
    """Decide all that can be decided, in one transaction; the rest is reported and stays in the inbox."""
    editor, reason = editor_of(request), request.POST.get("reason", "")[:MAX_REASON_CHARS].strip()
    outcome = _Outcome()
    with decide.locked_items([row.pk for row in events], [row.pk for row in claims]):
        for event in events:
            _try(outcome, f"event/{event.pk}", row_title(event), partial(_of_event, event, action, editor, reason))
        for claim in claims:
            _try(outcome, f"claim/{claim.pk}", claim.evidence[:60], partial(_of_claim, claim, action, editor, reason))
        signals.update_events({pk for row in outcome.made for pk in (row.event_id, row.other_id) if pk})
    session = ReviewSession(request)
    session.decided_together(outcome.keys, [row.pk for row in outcome.made])
    words = {"occurred": gettext("Took place"), "reject": gettext("Not an event"), "accept": gettext("Correct")}[action]
    for event in {row.event_id: row.event for row in outcome.made}.values():
        model_admin.log_change(request, event, words)
    if outcome.keys:
        messages.success(request, _counted(len(outcome.keys), words))
    if any(row.waits for row in outcome.made):
        messages.info(request, gettext("It waits for a second editor."))
    for problem in outcome.problems:
        messages.error(request, problem)


def _try(outcome: _Outcome, key: str, name: str, act: Callable[[], list[Correction]]) -> None:
    try:
        with transaction.atomic():
            outcome.made += act()
            outcome.keys.append(key)
    except ValidationError as error:
        outcome.problems.append(f"{name}: {' '.join(error.messages)}")


def _of_event(event: Event, action: str, editor: User, reason: str) -> list[Correction]:
    if action == "accept":
        made = decide.accept_event(event, editor, reason)
    elif action == "reject":
        made = decide.correct_field(event, Field.REJECTED, True, editor, reason)
    else:
        made = decide.correct_field(event, Field.STATUS, Status.OCCURRED.value, editor, reason)
    assignments.finish(event, editor)
    return [made]


def _of_claim(claim: Claim, action: str, editor: User, reason: str) -> list[Correction]:
    if action == "reject":
        return [decide.reject_claim(claim, editor, reason)]
    event = decide.accept_claim(claim, editor, reason)
    made = [event.corrections.filter(editor=editor, field=Field.ACCEPTED).latest("pk")]
    if action == "occurred":
        made.append(decide.correct_field(event, Field.STATUS, Status.OCCURRED.value, editor, reason))
    return made


def _assign(request: HttpRequest, items: Sequence[Event | Claim]) -> None:
    to = request.POST.get("to", "")
    person = next((one for one in assignments.editors() if str(one.pk) == to), None)
    if person is None:
        messages.warning(request, gettext("Choose a colleague."))
        return
    try:
        with transaction.atomic():
            for item in items:
                assignments.assign(item, person, editor_of(request))
    except (ValidationError, PermissionDenied) as error:
        messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
        return
    messages.success(request, _counted(len(items), gettext("assigned to %(name)s") % {"name": person.get_username()}))


def _counted(n: int, words: str) -> str:
    count = ngettext("%(n)d item", "%(n)d items", n) % {"n": n}
    return gettext("%(count)s: %(what)s.") % {"count": count, "what": words}


# --- doubtful claims of the same sign ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PreviewedClaim:
    """One of the claims that would be decided, in words."""

    url: str
    title: str
    span: str
    state: str
    quote: str
    language: str
    source: str
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlikePage:
    """The variables of `admin/timeline/alike.html`: all items that are decided, of which the first are shown."""

    title: str
    back: str
    bulk: str
    keys: list[str]
    shown: list[PreviewedClaim]
    more: int


def doubtful_alike(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """`claim/<id>/alike/`: show ten of the doubtful claims of the same sign, and what can be decided about all."""
    claim, asked = get_object_or_404(Claim, pk=pk, event=None), InboxFilter.parse(request.GET)
    ids = [row.pk for row in alike(claim)]
    rows = Claim.objects.filter(pk__in=ids[:MAX_PREVIEWED]).select_related("article__source")
    by_pk = {row.pk: row for row in rows.defer("article__markup", "article__text")}
    names = Actor.objects.in_bulk({code for row in by_pk.values() for code in row.participants})
    n = len(ids)
    page = AlikePage(
        title=ngettext("%(n)d doubtful reading of this kind", "%(n)d doubtful readings of this kind", n) % {"n": n},
        back=item_url(Item("", claim.pk, (), 0, 0, timezone.localdate()), asked),
        bulk=inbox_url(asked, "bulk"),
        keys=[f"claim/{one}" for one in ids],
        shown=[_previewed(by_pk[one], names, asked) for one in ids[:MAX_PREVIEWED] if one in by_pk],
        more=max(n - MAX_PREVIEWED, 0),
    )
    return admin_page(model_admin, request, "admin/timeline/alike.html", page)


def _previewed(claim: Claim, names: dict[str, Actor], asked: InboxFilter) -> PreviewedClaim:
    who = " · ".join(names[code].name for code in claim.participants if code in names)
    return PreviewedClaim(
        url=item_url(Item("", claim.pk, (), 0, 0, claim.reported), asked),
        title=f"{who}: {claim.get_type_display()}" if who else claim.get_type_display(),
        span=span_words(claim.when),
        state=state_words(claim.status),
        quote=claim.evidence,
        language=claim.article.language,
        source=claim.article.source.name,
        doubts=doubts_of(claim),
    )
