"""The data of the review screen: reports, corrections, merge candidates, and what changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from timeline.curation.candidates import candidates
from timeline.curation.day_input import ParsedDays
from timeline.curation.values import values_of
from timeline.display.changes import history
from timeline.display.claims import ClaimView, view_claim
from timeline.display.dates import day_words, span_words
from timeline.display.deciding import doubts_in_words
from timeline.display.event import OWN_WORDS, EventView, view_events
from timeline.display.markup import article_markup
from timeline.display.sentences import local_moment, state_words
from timeline.extraction.dates import calendar as cal
from timeline.extraction.when import when_of
from timeline.models import Actor, Article, Claim, Correction, Event
from timeline.models.dated import Type
from timeline.resolution.corrections import LOCKS

MAX_CLAIMS = 30  # that are listed, the newest
NAMING = (Correction.Field.PARTICIPANTS, Correction.Field.PLACE)  # fields whose values are codes of actors
MAX_TEXTS = 6  # articles that are shown whole
Field = Correction.Field


# --- reports ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReviewedClaim:
    """A claim with its source, and with the text of its article (or its sentence alone) with marks."""

    view: ClaimView
    source: str
    published: str
    markup: SafeString
    translation: str = ""  # of its sentence, by a machine


def claim_views(event: Event) -> tuple[list[ReviewedClaim], int]:
    """Return the newest claims that are no reprints, and how many there are in all. Three queries."""
    own = Claim.objects.filter(OWN_WORDS, event=event)
    return _views(own), own.count()


def claim_view(claim: Claim) -> list[ReviewedClaim]:
    """Return the view of one claim, in a list."""
    return _views(Claim.objects.filter(pk=claim.pk))


def _views(claims: QuerySet[Claim]) -> list[ReviewedClaim]:
    rows = list(
        claims.select_related("article__source")
        .defer("article__markup", "article__text")
        .order_by("-reported", "-pk")[:MAX_CLAIMS]
    )
    articles = list(dict.fromkeys(claim.article_id for claim in rows))[:MAX_TEXTS]
    texts = {c.article_id: c.article for c in Claim.objects.filter(article__in=articles).select_related("article")}
    shown: set[int] = set()
    doubts = doubts_in_words(rows)
    found = []
    for claim in rows:
        whole = claim.article_id in texts and claim.article_id not in shown
        shown.add(claim.article_id)
        found.append(_view(claim, texts[claim.article_id] if whole else None, doubts[claim.pk]))
    return found


def _view(claim: Claim, article: Article | None, doubts: Sequence[str]) -> ReviewedClaim:
    view, source = view_claim(claim, doubts=doubts), claim.article.source
    markup = article_markup(article, [claim], {}, closely=True) if article else view.markup
    return ReviewedClaim(view, source.name, local_moment(claim.article.published, source.zone), markup)


# --- corrections ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction in force, or one that waits, with its value in words."""

    row: Correction
    words: str
    editor: str
    mine: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """What the machine says of a locked field, in words."""

    field: str
    name: str
    words: str


def correction_views(event: Event, user: int) -> tuple[dict[str, CorrectionView], list[CorrectionView]]:
    """Return the newest correction in force of each field, and those that wait for a second editor."""
    rows = list(event.corrections.filter(undone_at=None).select_related("editor").order_by("made_at", "pk"))
    names = _actors(row.value for row in rows if row.field in NAMING)
    views = [
        CorrectionView(r, value_words(r.field, r.value, names), r.editor.get_username(), r.editor_id == user)
        for r in rows
    ]
    return {d.row.field: d for d in views if not d.row.waits}, [d for d in views if d.row.waits]


def proposal_views(event: Event) -> list[ProposalView]:
    """Return the proposals of an event, in the order of LOCKS."""
    names = _actors(event.proposals[name] for name in NAMING if name in event.proposals)
    return [
        ProposalView(name, str(Field(name).label), value_words(name, event.proposals[name], names))
        for name in LOCKS
        if name in event.proposals
    ]


def value_words(field: str, value: Any, names: Mapping[str, Actor]) -> str:
    """Return the value of a correction in words. Never raises, whatever an imported database holds."""
    if field == Field.DATES and isinstance(value, dict):
        try:
            return span_words(when_of(value))
        except (TypeError, ValueError):
            return str(value)
    if field == Field.STATUS:
        return state_words(str(value))
    if field == Field.TYPE:
        return str(Type(value).label) if value in Type.values else str(value)
    if field == Field.PLACE and isinstance(value, str):
        return names[value].name if value in names else value or pgettext("place", "none")
    if field == Field.PARTICIPANTS and isinstance(value, list):
        return " · ".join(names[code].name if code in names else str(code) for code in value)
    return str(value) if field in (Field.NOTE, Field.IMPORTANCE) else ""


def _actors(lists: Iterable[Any]) -> dict[str, Actor]:
    several = (codes if isinstance(codes, list) else [codes] for codes in lists)
    codes = {code for codes in several for code in codes if isinstance(code, str) and code}
    return Actor.objects.in_bulk(codes) if codes else {}


# --- merge candidates -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An event that may be the same, with the reasons.

    `number`: the key that merges, 0 where no participant is shared. `means`: what merging will do.
    """

    view: EventView
    reasons: tuple[str, ...]
    state: str
    number: int
    means: str


def candidate_views(event: Event, view: EventView) -> list[CandidateView]:
    """Return the merge candidates of an event, likeliest first."""
    found = candidates(event)
    rows = Event.objects.in_bulk([one.event for one in found])
    views = {v.id: v for v in view_events([rows[c.event] for c in found if c.event in rows], timezone.localdate())}
    shown: list[CandidateView] = []
    for one in found:
        if other := views.get(one.event):
            number = 1 + sum(c.number > 0 for c in shown) if one.shares else 0
            shown.append(CandidateView(other, one.reasons, state_words(other.state), number, _means(view, other)))
    return shown


def _means(view: EventView, other: EventView) -> str:
    words = {"event": view.title, "days": view.span, "other": other.title, "other_days": other.span}
    return gettext("“%(event)s” (%(days)s) becomes part of “%(other)s” (%(other_days)s).") % words


# --- what changed meanwhile ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One act since the editor looked at the event; `who` is "" for the machine."""

    at: datetime
    who: str
    what: str
    reason: str = ""


def changes_since(event: Event, looked: datetime) -> list[HistoryStep]:
    """Return what was corrected, undone and changed since `looked`, in order."""
    rows = list(event.corrections.select_related("editor", "undone_by").order_by("made_at", "pk"))
    names = _actors(row.value for row in rows if row.field in NAMING)
    steps = []
    for row in rows:
        words = value_words(row.field, row.value, names)
        label = str(Field(row.field).label)
        what = f"{label}: {words}" if words else label
        if row.made_at > looked:
            steps.append(HistoryStep(row.made_at, row.editor.get_username(), what, row.reason))
        if row.undone_at and row.undone_at > looked:
            by = row.undone_by.get_username() if row.undone_by else ""
            steps.append(HistoryStep(row.undone_at, by, gettext("undone: %(what)s") % {"what": what}))
    for entry in history(event, None):
        if entry.at > looked:
            change = " → ".join(side for side in (" · ".join(entry.before), " · ".join(entry.after)) if side)
            steps.append(HistoryStep(entry.at, "", f"{entry.what}: {change}" if change else entry.what))
    return sorted(steps, key=lambda step: step.at)


# --- values of the form -------------------------------------------------------------------


def form_values(event: Event) -> dict[str, str]:
    """Return the initial values of the form: days as text that can be parsed again, participants as codes."""
    return {
        "dates": days_text(*event.when.days),
        "status": event.status,
        "type": event.type,
        "participants": ", ".join(values_of(event)[Field.PARTICIPANTS]),
        "place": event.place_id or "",
        "importance": str(event.importance),
        "note": event.note,
    }


def claim_form_values(claim: Claim) -> dict[str, str]:
    """Return the initial values of the form of a doubtful reading: what was read."""
    return {
        "dates": days_text(*claim.when.days),
        "status": claim.status,
        "type": claim.type,
        "participants": ", ".join(claim.participants),
        "place": claim.place,
        "importance": "0",
        "note": "",
    }


def days_text(start: date | None, end: date | None) -> str:
    """Format days as `2025-05-03`, `2025-05`, `2025`, `2025-05-03/2025-06-02` or `../2025-06-02`."""
    if start is not None and start == end:
        return start.isoformat()
    for unit, length in (("year", 4), ("month", 7)):
        if start is not None and cal.unit_of(start, unit) == (start, end):
            return start.isoformat()[:length]
    return "/".join(day.isoformat() if day else ".." for day in (start, end))


def days_preview(typed: ParsedDays) -> str:
    """Return the typed days in words, for the preview."""
    words = span_words(typed.when)
    first, last = (day_words(day) if day else "…" for day in typed.when.days)
    exact = first if typed.when.is_day else f"{first} – {last}"
    return words if words == exact else f"{words} ({exact})"
