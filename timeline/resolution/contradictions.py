"""Find reports of one event that contradict one another: other days within a week, or another status of a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.when import Days
from timeline.resolution.claim import ClaimValue, ordinals_of
from timeline.resolution.statuses import PUT_OFF, TAKEN_FOR_GRANTED

CONTRADICTION_DAYS = 7  # two reports farther apart do not contradict one another


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The pks of two claims of different sources that contradict one another within CONTRADICTION_DAYS."""

    first: int
    second: int


def contradictions(claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> list[Contradiction]:
    """Find exact, disjoint days and conflicting statuses that two sources gave within CONTRADICTION_DAYS.

    Return the newest contradiction of each pair of days, in the order of the days, and then those of statuses.
    """
    own = [c for c in claims if c.when.is_exact and reprints[c.pk] == c.pk]
    return [*_of_days(own), *_of_statuses(own)]


def _of_statuses(claims: Sequence[ClaimValue]) -> list[Contradiction]:
    """Find plain reports that something is off beside one of the same day or later that takes it for granted.

    What was planned before does not contradict a cancellation. Of each day of the event the newest pair is returned.
    """
    newest: dict[Days, Contradiction] = {}
    put_off: dict[Days, ClaimValue] = {}  # the newest of each window
    plain = [c for c in claims if c.is_plain]
    for claim in sorted(plain, key=lambda c: (c.reported, c.status not in PUT_OFF, c.identity)):
        days = claim.when.days
        off = put_off.get(days)
        if claim.status in PUT_OFF:
            put_off[days] = claim
        elif off is not None and claim.status in TAKEN_FOR_GRANTED and _within_a_week(off, claim):
            newest[days] = Contradiction(off.pk, claim.pk)
    return [newest[days] for days in sorted(newest, key=ordinals_of)]


def _within_a_week(one: ClaimValue, other: ClaimValue) -> bool:
    return one.source != other.source and (other.reported - one.reported).days < CONTRADICTION_DAYS


def _of_days(claims: Sequence[ClaimValue]) -> list[Contradiction]:
    newest: dict[tuple[Days, Days], Contradiction] = {}
    by_days: dict[Days, list[ClaimValue]] = {}  # each window is compared once for all its claims; last reported, last
    for claim in claims:
        if claim.status == "postponed":
            continue
        own = claim.when.days
        low, high = ordinals_of(own)
        for days, others in reversed(by_days.items()):
            if (claim.reported - others[-1].reported).days >= CONTRADICTION_DAYS:
                break
            first, last = ordinals_of(days)
            if max(low, first) - min(high, last) <= 1:
                continue
            if other := next((c for c in _recent(others, claim.reported) if c.source != claim.source), None):
                pair = (days, own) if first < low else (own, days)
                newest[pair] = Contradiction(other.pk, claim.pk)
        by_days[own] = by_days.pop(own, [])
        by_days[own].append(claim)
    return [newest[pair] for pair in sorted(newest, key=lambda p: (ordinals_of(p[0]), ordinals_of(p[1])))]


def _recent(claims: Sequence[ClaimValue], day: date) -> Iterator[ClaimValue]:
    """Yield the claims that are less than CONTRADICTION_DAYS old on `day`, the newest first."""
    for claim in reversed(claims):
        if (day - claim.reported).days >= CONTRADICTION_DAYS:
            return
        yield claim
