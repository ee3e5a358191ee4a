"""What the review screen shows: what was said, what is decided, what may be the same, what changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from timeline.curation.candidates import candidates
from timeline.curation.day_input import Typed
from timeline.curation.values import values_of
from timeline.display.changes import history, stored
from timeline.display.dates import day_words, span_words
from timeline.display.event import OWN_WORDS, EventView, view_events
from timeline.display.markup import article_markup, claim_markup
from timeline.display.reasons import doubt_words, stored_reason_words
from timeline.display.sentences import local_moment, state_words
from timeline.extraction.dates import calendar as cal
from timeline.models import Actor, Claim, Correction, Event
from timeline.models.dated import Type
from timeline.resolution.corrections import LOCKS

CLAIMS = 30  # listed, the newest
TEXTS = 6  # of them with the whole text of their article
Field = Correction.Field


# --- what was said ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One claim: who said it, the days it gives, and its article's text (else its sentence alone) marked up."""

    claim: Claim
    source: str
    published: str
    span: str
    state: str
    why: str
    doubts: list[str]
    markup: SafeString
    whole: bool


def told_of(event: Event) -> tuple[list[Told], int]:
    """The newest claims in words of their own, and how many there are. Three queries."""
    own = Claim.objects.filter(OWN_WORDS, event=event)
    return _told(own), own.count()


def told_by(claim: Claim) -> list[Told]:
    """The one claim."""
    return _told(Claim.objects.filter(pk=claim.pk))


def _told(claims: QuerySet[Claim]) -> list[Told]:
    rows = list(
        claims.select_related("article__source")
        .defer("article__markup", "article__text")
        .order_by("-reported", "-pk")[:CLAIMS]
    )
    articles = list(dict.fromkeys(claim.article_id for claim in rows))[:TEXTS]
    texts = {c.article_id: c.article for c in Claim.objects.filter(article__in=articles).select_related("article")}
    shown: set[int] = set()
    found = []
    for claim in rows:
        whole = claim.article_id in texts and claim.article_id not in shown
        shown.add(claim.article_id)
        found.append(_one(claim, texts[claim.article_id] if whole else None))
    return found


def _one(claim: Claim, article: Any) -> Told:
    return Told(
        claim=claim,
        source=claim.article.source.name,
        published=local_moment(claim.article.published, claim.article.source.zone),
        span=span_words(claim),
        state=state_words(claim.status),
        why=stored_reason_words(claim.reasons),
        doubts=[doubt_words(doubt) for doubt in claim.doubts],
        markup=article_markup(article, [claim], {}, closely=True) if article else claim_markup(claim),
        whole=article is not None,
    )


# --- what is decided ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision in force, or one that waits, with its value in words."""

    row: Correction
    words: str
    editor: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the machine would say of a locked field, in words."""

    field: str
    name: str
    words: str


def decisions(event: Event, user: int) -> tuple[dict[str, Decision], list[Decision]]:
    """The decision that stands of each field, and those that wait for a second editor."""
    rows = list(event.corrections.filter(undone_at=None).select_related("editor").order_by("made_at", "pk"))
    names = _actors(row.value for row in rows if row.field == Field.PARTICIPANTS)
    told = [
        Decision(r, value_words(r.field, r.value, names), r.editor.get_username(), r.editor_id == user) for r in rows
    ]
    return {d.row.field: d for d in told if not d.row.waits}, [d for d in told if d.row.waits]


def proposals(event: Event) -> list[Proposal]:
    """By field, what the machine says since it was locked."""
    names = _actors([event.proposals[Field.PARTICIPANTS]] if Field.PARTICIPANTS in event.proposals else [])
    return [
        Proposal(name, str(Field(name).label), value_words(name, event.proposals[name], names))
        for name in LOCKS
        if name in event.proposals
    ]


def value_words(field: str, value: Any, names: Mapping[str, Actor]) -> str:
    """The value of a decision for a reader; what a database from elsewhere may hold never raises."""
    if field == Field.DATES and isinstance(value, dict):
        try:
            return span_words(stored(value))
        except (TypeError, ValueError):
            return str(value)
    if field == Field.STATUS:
        return state_words(str(value))
    if field == Field.TYPE:
        return str(Type(value).label) if value in Type.values else str(value)
    if field == Field.PARTICIPANTS and isinstance(value, list):
        return " · ".join(names[code].name if code in names else str(code) for code in value)
    return str(value) if field in (Field.NOTE, Field.IMPORTANCE) else ""


def _actors(lists: Iterable[Any]) -> dict[str, Actor]:
    codes = {code for codes in lists if isinstance(codes, list) for code in codes if isinstance(code, str)}
    return Actor.objects.in_bulk(codes) if codes else {}


# --- what may be the same -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Twin:
    """An event that may be the same, with the reasons."""

    view: EventView
    reasons: tuple[str, ...]
    state: str


def twins(event: Event) -> list[Twin]:
    """Ranked."""
    found = candidates(event)
    rows = Event.objects.in_bulk([one.event for one in found])
    views = {v.id: v for v in view_events([rows[c.event] for c in found if c.event in rows], timezone.localdate())}
    return [Twin(v, c.reasons, state_words(v.state)) for c in found if (v := views.get(c.event))]


# --- what changed meanwhile ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Who did what since the editor looked at it; `who` is "" for the machine."""

    at: datetime
    who: str
    what: str
    reason: str = ""


def meanwhile(event: Event, looked: datetime) -> list[Step]:
    """What was decided, taken back and changed since a moment, in order."""
    rows = list(event.corrections.select_related("editor", "undone_by").order_by("made_at", "pk"))
    names = _actors(row.value for row in rows if row.field == Field.PARTICIPANTS)
    steps = []
    for row in rows:
        words = value_words(row.field, row.value, names)
        label = str(Field(row.field).label)
        what = f"{label}: {words}" if words else label
        if row.made_at > looked:
            steps.append(Step(row.made_at, row.editor.get_username(), what, row.reason))
        if row.undone_at and row.undone_at > looked:
            by = row.undone_by.get_username() if row.undone_by else ""
            steps.append(Step(row.undone_at, by, gettext("taken back: %(what)s") % {"what": what}))
    for entry in history(event, None):
        if entry.at > looked:
            change = " → ".join(side for side in (" · ".join(entry.before), " · ".join(entry.after)) if side)
            steps.append(Step(entry.at, "", f"{entry.what}: {change}" if change else entry.what))
    return sorted(steps, key=lambda step: step.at)


# --- fields as they are typed -------------------------------------------------------------------


def typed_fields(event: Event) -> dict[str, str]:
    """What stands in the fields of the form: days so that they can be read again, participants as codes."""
    return {
        "dates": days_text(event.start, event.end),
        "status": event.status,
        "type": event.type,
        "participants": ", ".join(values_of(event)[Field.PARTICIPANTS]),
        "importance": str(event.importance),
        "note": event.note,
    }


def days_text(start: date | None, end: date | None) -> str:
    """`2025-05-03`, `2025-05`, `2025`, `2025-05-03/2025-06-02`, `../2025-06-02`."""
    if start is not None and start == end:
        return start.isoformat()
    for unit, length in (("year", 4), ("month", 7)):
        if start is not None and cal.unit_of(start, unit) == (start, end):
            return start.isoformat()[:length]
    return "/".join(day.isoformat() if day else ".." for day in (start, end))


def typed_words(typed: Typed) -> str:
    """The window that was typed, in words, before anything is stored."""
    value = typed.value
    words = span_words(stored(value))
    first, last = (day_words(day) if day else "…" for day in (typed.start, typed.end))
    exact = first if typed.start == typed.end else f"{first} – {last}"
    return words if words == exact else f"{words} ({exact})"
