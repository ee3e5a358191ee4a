"""The condition of each parameter: from its value and the kind of rows to a Q on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from timeline.display.event import SETTLED, lapsed_before
from timeline.extraction import gazetteer
from timeline.extraction.script import fold
from timeline.models import Claim, Contradiction, EventBelief, EventParticipant, EventSource
from timeline.models.dated import LONGEST, Precision, Status
from timeline.query import search
from timeline.query.windows import days_of

LAPSED = "lapsed"
MOVES = ("narrowed", "moved", "revised")  # changes of days
PUT_OFF = (Status.POSTPONED.value, Status.CANCELLED.value)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a condition is about: those of a table of events, or with `as_of` beliefs.

    `event`: the path from a row to its event, "" for events themselves. `today`: the day of asking.
    `members`: whether a bloc stands for its members.
    """

    event: str
    today: date
    as_of: date | None = None
    members: bool = False

    @property
    def own(self) -> str:
        """The path to days, status and what else beliefs have of their own: a row's, or those of its event."""
        return self.event if self.as_of is None else ""

    @property
    def base(self) -> date:
        """The day that relative spans count from."""
        return self.as_of or self.today


def kind_is(kind: str, rows: Rows) -> Q:
    """Match events of this kind. Every table of events has a copy of the kind; beliefs have none."""
    return Q(kind=kind) if rows.as_of is None else Q(**{f"{rows.event}kind": kind})


def type_in(types: Sequence[str], rows: Rows) -> Q:
    """Match events of any of these types."""
    return Q(**{f"{rows.event}type__in": types})


def actor_in(codes: Sequence[str], rows: Rows) -> Q:
    """Match events in which any of these actors takes part; `codes`: of countries, places or blocs."""
    return Q(Exists(EventParticipant.objects.filter(event=OuterRef(f"{rows.event}pk"), actor__in=codes)))


def bloc_in(slugs: Sequence[str], rows: Rows) -> Q:
    """Match events in which any of these blocs takes part; with `members`, a country that is its member on that day.

    The day is the one at which the list has the event, with `as_of` the one believed then.
    """
    if not rows.members:
        return actor_in(slugs, rows)
    own = rows.own
    day = Coalesce(OuterRef("start"), OuterRef("end"), OuterRef("event__day")) if rows.as_of else OuterRef(f"{own}day")
    since = Q(actor__blocs__since=None) | Q(actor__blocs__since__lte=day)
    until = Q(actor__blocs__until=None) | Q(actor__blocs__until__gte=day)
    of_event = EventParticipant.objects.filter(event=OuterRef(f"{rows.event}pk"))
    return Q(Exists(of_event.filter(since, until, actor__blocs__bloc__in=slugs)))


def region_in(slugs: Sequence[str], rows: Rows) -> Q:
    """Match events in which a country, or a place of a country, of any of these regions takes part."""
    return actor_in(sorted(set[str]().union(*(gazetteer.codes_in(slug) for slug in slugs))), rows)


def source_in(slugs: Sequence[str], rows: Rows) -> Q:
    """Match events that any of these newsrooms reported; with `as_of`, by that day (inclusive)."""
    event = OuterRef(f"{rows.event}pk")
    if rows.as_of is None:
        return Q(Exists(EventSource.objects.filter(event=event, source__slug__in=slugs)))
    claims = Claim.objects.filter(event=event, reported__lte=rows.as_of)
    return Q(Exists(claims.filter(article__source__slug__in=slugs)))


def status_in(statuses: Sequence[str], rows: Rows) -> Q:
    """Match any of these statuses; `lapsed`: the last day is over for some days, and no outcome is known."""
    q = Q(**{f"{rows.own}status__in": [status for status in statuses if status != LAPSED]})
    if LAPSED in statuses:
        q |= Q(end__lt=lapsed_before(min(rows.base, rows.today))) & ~Q(**{f"{rows.own}status__in": SETTLED})
    return q


def precision_in(precisions: Sequence[str], rows: Rows) -> Q:
    """Match any of these lengths. Of beliefs the length is computed: their rows do not keep its class."""
    if rows.as_of is None:
        return Q(**{f"{rows.event}precision__in": precisions})
    q, least = Q(), 0
    for precision, most in LONGEST.items():
        if precision in precisions:
            longer = Q(end__gte=F("start") + timedelta(days=least))
            q |= longer & Q(end__lt=F("start") + timedelta(days=most))
        least = most
    if Precision.LONGER in precisions:
        q |= Q(end__gte=F("start") + timedelta(days=least))
    return q | Q(start=None) | Q(end=None) if Precision.OPEN in precisions else q


def curated_is(answer: str, rows: Rows) -> Q:
    """Match events with a decision of an editor for `yes`, events without one for anything else."""
    return Q(**{f"{rows.event}curated": answer == "yes"})


def contradicted_is(answer: str, rows: Rows) -> Q:
    """Match events with contradictions (`yes`) or without; with `as_of`, only those of claims both reported by then."""
    pairs = Contradiction.objects.all()
    if rows.as_of is not None:
        pairs = pairs.filter(first__reported__lte=rows.as_of, second__reported__lte=rows.as_of)
    differing = Q(**{f"{rows.event}pk__in": pairs.values("event")})
    return differing if answer == "yes" else ~differing


def words_in(words: str, rows: Rows) -> Q:
    """Match events in whose names, type, evidence or titles each word stands; with `as_of`, what was known by then."""
    if rows.as_of is None:
        return Q(**{f"{rows.event}pk__in": search.matching(words).values("event")})
    q = Q()
    for word in words.split():
        q &= _known_word(word, rows)
    return q


def _known_word(word: str, rows: Rows) -> Q:
    """Match a word in names, or as it is typed in the claims known by then: the index also holds later evidence."""
    known = Claim.objects.filter(event=OuterRef("event"), reported__lte=rows.as_of)
    said = Q(evidence__icontains=word) | Q(evidence__icontains=fold(word)) | Q(article__title__icontains=word)
    named = Q(**{f"{rows.event}pk__in": search.matching(word, reports=False).values("event")})
    return Q(Exists(known.filter(said))) | named


def reported_in(window: str, rows: Rows) -> Q:
    """Match events with a claim reported in the window (both ends inclusive); with `as_of`, by that day."""
    claims = Claim.objects.filter(event=OuterRef(f"{rows.event}pk"))
    if rows.as_of is not None:
        claims = claims.filter(reported__lte=rows.as_of)
    return Q(Exists(_between(claims, "reported", window, rows.base)))


def first_reported_in(window: str, rows: Rows) -> Q:
    """Match events first reported in the window (both ends inclusive)."""
    first, last = days_of(window, rows.base)
    q = Q(**{f"{rows.event}first_reported__gte": first}) if first else Q()
    return q & Q(**{f"{rows.event}first_reported__lte": last}) if last else q


def moved_in(window: str, rows: Rows) -> Q:
    """Match events whose days changed, or that were postponed or cancelled, in the window (both ends inclusive)."""
    put_off = Q(change="status", status__in=PUT_OFF)
    beliefs = EventBelief.objects.filter(Q(change__in=MOVES) | put_off)
    return Q(**{f"{rows.event}pk__in": _between(beliefs, "since", window, rows.base).values("event")})


def _between(rows: QuerySet[Any], column: str, window: str, base: date) -> QuerySet[Any]:
    first, last = days_of(window, base)
    if first is not None:
        rows = rows.filter(**{f"{column}__gte": first})
    return rows.filter(**{f"{column}__lte": last}) if last is not None else rows
