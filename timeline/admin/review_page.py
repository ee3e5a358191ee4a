"""The review screen of an event or of a doubtful claim: what its template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from timeline.admin.pages import admin_page
from timeline.admin.read_only import editor_of
from timeline.admin.review_fields import ReviewForm, choices
from timeline.admin.review_session import ReviewSession, address, back_of, inbox_url, progress
from timeline.admin.translation import translate_url, with_translations
from timeline.curation import assignments
from timeline.curation.alike import alike
from timeline.curation.decide import MAY_APPROVE
from timeline.curation.inbox.queue import InboxFilter, reasons_of
from timeline.curation.review import (
    CandidateView,
    CorrectionView,
    HistoryStep,
    ProposalView,
    ReviewedClaim,
    candidate_views,
    claim_view,
    claim_views,
    correction_views,
    proposal_views,
)
from timeline.display.dates import span_words
from timeline.display.deciding import doubts_in_words
from timeline.display.event import EventView, view_events
from timeline.display.sentences import belief_sentence
from timeline.models import Actor, Assignment, Claim, Comment, ErrorReport, Event, Reason

MAX_REPORTS = 20  # of readers, that are shown


@dataclass(frozen=True, slots=True)
class SessionBar:
    """The bar above the screen: the way to the inbox, how far the session is, and what can be undone."""

    inbox: str
    back: str
    progress: str
    may_undo: bool
    may_redo: bool
    translate: str = ""
    untranslated: str = ""


@dataclass(frozen=True, slots=True)
class Colleagues:
    """What editors ask of one another about an item; `typed`: a comment that was not stored."""

    assigned: list[Assignment]
    comments: list[Comment]
    editors: list[User]
    typed: str
    reports: list[ErrorReport]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The variables of `admin/timeline/review.html`.

    `reasons`: (code, words) of why the event is in the inbox; `claims`: the newest of `claim_count`; `standing`: the
    correction in force of each field; `waiting`: those that need a second editor; `candidates`: numbered events that
    may be the same; `looked`: when the editor was shown the event; `overtaken`: others changed it since, in `steps`.
    """

    session: SessionBar
    title: str
    event: Event
    view: EventView
    sentence: str
    reasons: list[tuple[str, str]]
    claims: list[ReviewedClaim]
    claim_count: int
    standing: Mapping[str, CorrectionView]
    waiting: list[CorrectionView]
    may_approve: bool
    proposals: Mapping[str, ProposalView]
    candidates: list[CandidateView]
    typing: ReviewForm
    names: str
    choices: Mapping[str, list[tuple[str, str]]]
    looked: str
    problems: list[str]
    overtaken: bool
    steps: list[HistoryStep]
    colleagues: Colleagues


@dataclass(frozen=True, slots=True)
class ReviewClaimPage:
    """The variables of `admin/timeline/review_claim.html`.

    `claims`: the one claim, as a list; `names`: who takes part, in words; `typing`: what is accepted, as typed.
    """

    session: SessionBar
    title: str
    claim: Claim
    claims: list[ReviewedClaim]
    typing: ReviewForm
    names: str
    span: str
    choices: Mapping[str, list[tuple[str, str]]]
    doubts: tuple[str, ...]
    problems: list[str]
    alike: int
    alike_url: str
    colleagues: Colleagues
    standing: Mapping[str, CorrectionView] = field(default_factory=dict)  # nothing was decided about it yet
    proposals: Mapping[str, ProposalView] = field(default_factory=dict)


def event_page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    event: Event,
    typing: ReviewForm,
    asked: InboxFilter,
    *,
    problems: list[str] | None = None,
    steps: list[HistoryStep] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show an event with the typed values; `steps`: what others did since the editor looked, None where nothing."""
    today = timezone.localdate()
    view = view_events([event], today)[0]
    shown, count = claim_views(event)
    claims, untranslated = with_translations(request, shown)
    standing, waiting = correction_views(event, editor_of(request).pk)
    page = ReviewPage(
        session=_session_bar(request, asked, f"event/{event.pk}", claims, untranslated),
        title=view.title,
        event=event,
        view=view,
        sentence=belief_sentence(view),
        reasons=[(reason, str(Reason(reason).label)) for reason in reasons_of(event.pk, today)],
        claims=claims,
        claim_count=count,
        standing=standing,
        waiting=waiting,
        may_approve=request.user.has_perm(MAY_APPROVE),
        proposals={one.field: one for one in proposal_views(event)},
        candidates=[] if event.retracted else candidate_views(event, view),
        typing=typing,
        names=" · ".join(actor.name for actor in view.participants),
        choices=choices(),
        looked=(typing.looked or timezone.now()).isoformat(),
        problems=problems or [],
        overtaken=steps is not None,
        steps=steps or [],
        colleagues=_colleagues(request, event),
    )
    return admin_page(model_admin, request, "admin/timeline/review.html", page, status)


def _colleagues(request: HttpRequest, item: Event | Claim) -> Colleagues:
    return Colleagues(
        assigned=list(assignments.open_assignments(item)),
        comments=list(assignments.comments(item)),
        editors=assignments.editors(),
        typed=request.POST.get("comment", ""),
        reports=list(ErrorReport.objects.filter(event=item, settled_at=None)[:MAX_REPORTS])
        if isinstance(item, Event)
        else [],
    )


def _session_bar(
    request: HttpRequest, asked: InboxFilter, key: str, claims: Sequence[ReviewedClaim], untranslated: str
) -> SessionBar:
    session = ReviewSession(request)
    done = progress(request, asked, timezone.localdate(), key)
    return SessionBar(
        inbox=inbox_url(asked),
        back=back_of(request),
        progress=done,
        may_undo=bool(session.undo),
        may_redo=bool(session.redo),
        translate=translate_url(request, claims),
        untranslated=untranslated,
    )


def claim_page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    claim: Claim,
    typing: ReviewForm,
    asked: InboxFilter,
    *,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show a doubtful claim beside its article."""
    names = Actor.objects.in_bulk(claim.participants)
    claims, untranslated = with_translations(request, claim_view(claim))
    page = ReviewClaimPage(
        session=_session_bar(request, asked, f"claim/{claim.pk}", claims, untranslated),
        title=gettext("Doubtful reading"),
        claim=claim,
        claims=claims,
        typing=typing,
        names=" · ".join(names[code].name if code in names else code for code in claim.participants),
        span=span_words(claim.when),
        choices=choices(),
        doubts=tuple(doubts_in_words([claim])[claim.pk]),
        problems=problems or [],
        alike=len(alike(claim)),
        alike_url=address("alike", asked, claim.pk),
        colleagues=_colleagues(request, claim),
    )
    return admin_page(model_admin, request, "admin/timeline/review_claim.html", page, status)
