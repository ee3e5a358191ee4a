"""Where newsrooms differ about an event: by day, what each side says and how many newsrooms say it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timeline.charts.beliefs.frame import ClaimPoint
from timeline.display.dates import day_words, span_words
from timeline.display.sentences import state_words
from timeline.extraction.when import Days
from timeline.models import Claim, Contradiction, Event

MAX_DAYS = 20  # the newest on which newsrooms differed
MAX_NAMED = 5  # newsrooms of one side that are named; the others are counted
MANY = 10  # claims of the same days, against which what one claim says alone is folded


@dataclass(frozen=True, slots=True)
class Report:
    """A claim of a side; `url`: its place in its article."""

    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Side:
    """What some newsrooms say: `span`, in words, `newsrooms` of them; the first MAX_NAMED are in `reports`."""

    span: str
    newsrooms: int
    reports: list[Report]

    @property
    def unnamed(self) -> int:
        return self.newsrooms - len(self.reports)


@dataclass(frozen=True, slots=True)
class DifferentDay:
    """A day on which newsrooms differed (`iso`: ISO 8601), each side once, that of most newsrooms first."""

    iso: str
    words: str
    sides: list[Side]


@dataclass(frozen=True, slots=True)
class Differing:
    """The days on which newsrooms differed, newest first; `lone`: those on which one claim stands against many."""

    days: list[DifferentDay]
    lone: list[DifferentDay]

    def __bool__(self) -> bool:
        return bool(self.days or self.lone)


def differing(row: Event, as_of: date | None, points: Sequence[ClaimPoint]) -> Differing:
    """Return where newsrooms differed, as known on `as_of`; `points`: the claims of the event. One query."""
    pairs = Contradiction.objects.filter(event=row).select_related("first__article__source", "second__article__source")
    texts = [f"{side}__article__{name}" for side in ("first", "second") for name in ("markup", "text")]
    of_day = defaultdict[date, dict[int, Claim]](dict)
    same: set[int] = set()  # claims that differ in their status, not in their days
    for pair in pairs.defer(*texts):
        day = max(pair.first.reported, pair.second.reported)
        if as_of is not None and day > as_of:
            continue
        of_day[day] |= {claim.pk: claim for claim in (pair.first, pair.second)}
        if pair.first.when.days == pair.second.when.days:
            same |= {pair.first.pk, pair.second.pk}
    said = Counter(point.when.days for point in points)
    found = Differing([], [])
    for day in sorted(of_day, reverse=True)[:MAX_DAYS]:
        claims = list(of_day[day].values())
        (found.lone if _is_lone(claims, said) else found.days).append(_day(day, claims, same))
    return found


def _is_lone(claims: Sequence[Claim], said: Counter[Days]) -> bool:
    """Return whether all sides but one are what a single claim says, and that one is what many say."""
    counts = sorted(said[days] for days in {claim.when.days for claim in claims})
    return len(counts) > 1 and counts[-1] >= MANY and counts[-2] <= 1


def _day(day: date, claims: Sequence[Claim], same: set[int]) -> DifferentDay:
    sides = defaultdict[str, list[Claim]](list)
    for claim in sorted(claims, key=lambda c: (c.reported, c.pk)):
        span = span_words(claim.when)
        sides[f"{span} · {state_words(claim.status)}" if claim.pk in same else span].append(claim)
    shown = sorted((_side(span, of_side) for span, of_side in sides.items()), key=lambda side: -side.newsrooms)
    return DifferentDay(day.isoformat(), day_words(day), shown)


def _side(span: str, claims: Sequence[Claim]) -> Side:
    first = dict[int, Claim]()
    for claim in claims:
        first.setdefault(claim.article.source_id, claim)
    named = list(first.values())[:MAX_NAMED]
    return Side(span, len(first), [Report(c.article.source.name, _place(c)) for c in named])


def _place(claim: Claim) -> str:
    """Return the claim's place in its article: in the event's list it may be on another page."""
    return f"{claim.article.get_absolute_url()}#claim-{claim.pk}"
