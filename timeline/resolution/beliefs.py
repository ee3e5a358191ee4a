"""Replay the claims of one event by day of report and record each change of belief; find contradictions.

Each claim supports the windows that agree with it, newer claims more than older ones. The window with the most
support is believed, with the status that most and the newest claims give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from timeline.extraction.gazetteer import day_by_law
from timeline.extraction.when import Days, When
from timeline.resolution.claim import ClaimValue, ordinals_of

FIXED_BY_LAW = frozenset({"US"})  # countries that elect presidents on the day of the law and no other
LAW_TOLERANCE = timedelta(days=7)  # by which a report may miss that day
HALF_LIFE_DAYS = 45  # after which a report counts half
MAX_DOUBLINGS = 900  # over a hundred years; the sum of many more overflows a float
MIN_AHEAD_SUPPORT = 0.1  # of the best support, for a window ahead when the best supported one has passed
POSTPONEMENT_PENALTY = 0.5  # of its own weight, that a report of the new day takes from each earlier window
POSTPONEMENT_WEIGHT = 3.0  # of a report of the new day
CONTRADICTION_DAYS = 7  # two reports farther apart do not contradict one another
FRESH_CANCELLATION_DAYS = 30  # an older cancellation no longer decides
# The shares of the weight of all reports from which on the status is believed.
MIN_OCCURRED_SHARE, MIN_CANCELLED_SHARE, MIN_SCHEDULED_SHARE = 0.15, 0.5, 0.34

_Window = tuple[int, int, bool]  # first and last day as ordinals; whether it lasts throughout


@dataclass(frozen=True, slots=True)
class Belief:
    """What was believed from `since` (inclusive) to `until` (exclusive, None = still).

    `claim`: the pk of the claim that decided. `change`: first, narrowed, moved, revised, status or corrected.
    """

    since: date
    until: date | None
    when: When
    status: str
    claim: int | None
    change: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The pks of two claims of different sources that give disjoint days within CONTRADICTION_DAYS."""

    first: int
    second: int


class _Support:
    """The support of each window: the weights of all claims that agree with it.

    Weights grow with the day of report instead of decaying with age, so that one pass is enough.
    """

    def __init__(self, first: date) -> None:
        self.first = first
        self.own: dict[_Window, float] = {}  # weight of the claims that give exactly this window
        self.total: dict[_Window, float] = {}  # weight of all that agree with it, by how far
        self.agreeing: dict[
            _Window, list[tuple[_Window, float]]
        ] = {}  # the windows that a window supports, and how far
        self.newest: dict[_Window, ClaimValue] = {}  # the newest claim that gives it

    def weight(self, day: date) -> float:
        """Return the weight of a report of this day."""
        return float(2.0 ** min((day - self.first).days / HALF_LIFE_DAYS, MAX_DOUBLINGS))

    def add(self, claim: ClaimValue, *, reprint: bool) -> None:
        """Add the support of a claim; a reprint has no weight."""
        window = (*ordinals_of(claim.when.days), claim.when.is_stay)
        factor = POSTPONEMENT_WEIGHT if claim.status == "postponed" else 1.0
        amount = 0.0 if reprint else self.weight(claim.reported) * factor
        if window not in self.own:
            self._open(window)
        if claim.status == "postponed":
            if any(other[0] > window[1] and self.own[other] > amount for other in self.own):
                amount = 0.0  # it repeats the day from which the event was moved
            elif window[0] > claim.reported.toordinal():
                self._weaken_earlier(window)
        self._count(window, amount)
        self.newest[window] = claim

    def _open(self, window: _Window) -> None:
        self.own[window], self.agreeing[window] = 0.0, []
        for other in self.own:
            if share := _agreement(window, other):
                self.agreeing[window].append((other, share))
            if other != window and (share := _agreement(other, window)):
                self.agreeing[other].append((window, share))
        self.total[window] = sum(w * _agreement(other, window) for other, w in self.own.items())

    def _count(self, window: _Window, amount: float) -> None:
        self.own[window] += amount
        for other, share in self.agreeing[window]:
            self.total[other] += amount * share

    def _weaken_earlier(self, to: _Window) -> None:
        """Reduce the support of the windows before `to`: the event was postponed to it."""
        for other, amount in self.own.items():
            if other[1] < to[0]:
                self._count(other, -amount * POSTPONEMENT_PENALTY)

    def best(self, ahead_of: date | None = None) -> ClaimValue | None:
        """Return the newest claim of the window with the most support; on a tie the narrower, then the newer.

        With `ahead_of`, only windows that end on that day or later and have MIN_AHEAD_SUPPORT count; None if there
        are none.
        """
        windows = list(self.total)
        if ahead_of is not None:
            most = max(self.total.values())
            windows = [w for w in windows if w[1] >= ahead_of.toordinal() and self.total[w] >= MIN_AHEAD_SUPPORT * most]
        if not windows:
            return None
        most = round(max(self.total[w] for w in windows), 6)
        window = max(
            (w for w in windows if round(self.total[w], 6) == most),
            key=lambda w: (w[0] - w[1], self.newest[w].reported, self.newest[w].identity),
        )
        return self.newest[window]


def _agreement(claimed: _Window, window: _Window) -> float:
    """Return how far a claim of the window `claimed` supports `window`, 0 to 1.

    `in summer` supports each day in it; one day of a visit supports the whole visit.
    """
    if claimed == window:
        return 1.0
    if claimed[0] <= window[0] and window[1] <= claimed[1]:
        return 0.4 if claimed[2] else 1.0
    if window[0] <= claimed[0] and claimed[1] <= window[1]:
        return 0.6 if window[2] else 0.3
    if window[2] and not claimed[2] and claimed[0] <= window[0] <= claimed[1]:
        return 1.0  # `at the end of August` gives the beginning of a visit
    return 0.5 if claimed[0] - 1 <= window[1] and window[0] <= claimed[1] + 1 else 0.0


def replay(claims: Sequence[ClaimValue], reprints: Mapping[int, int], type: str) -> list[Belief]:
    """Replay the claims by day of report and return each belief, oldest first.

    `claims`: of one event, in order of report. `reprints`: by claim the first claim in the same words, which alone
    counts. `type`: of the event.
    """
    beliefs: list[Belief] = []
    support, counted = _Support(claims[0].reported), set[int]()
    weights: dict[str, float] = defaultdict(float)  # of the reports, by status
    by_day: dict[date, list[ClaimValue]] = defaultdict(list)
    for claim in claims:
        by_day[claim.reported].append(claim)
    cancelled_on: date | None = None
    for day, of_day in by_day.items():
        for claim in of_day:
            group = reprints[claim.pk]
            support.add(claim, reprint=group in counted)
            if group not in counted:
                weights[claim.status] += support.weight(day)
            counted.add(group)
            if claim.status == "cancelled":
                cancelled_on = day
        best = support.best()
        assert best is not None
        status = _status(weights, best, day, cancelled_on)
        if best.when.end is not None and best.when.end < day and status not in ("occurred", "cancelled"):
            best = support.best(ahead_of=day) or best  # nothing took place on the old day, and another is reported
            status = _status(weights, best, day, cancelled_on)
        _record(beliefs, best, _by_law(best, type), status, day, of_day)
    return beliefs


def _status(weights: Mapping[str, float], best: ClaimValue, day: date, cancelled_on: date | None) -> str:
    """Return the status believed on `day`, where `best` gives the days. `weights`: of the reports, by status."""
    total = sum(weights.values())
    planned = weights["scheduled"] + weights["expected"] + weights["conditional"] + weights["postponed"]
    begun = best.when.start is None or best.when.start <= day
    fresh = (
        weights["cancelled"] > 0 and cancelled_on is not None and (day - cancelled_on).days <= FRESH_CANCELLATION_DAYS
    )
    if fresh and weights["cancelled"] >= MIN_CANCELLED_SHARE * (weights["cancelled"] + planned + weights["occurred"]):
        return "cancelled"
    if begun and weights["occurred"] >= MIN_OCCURRED_SHARE * total and weights["occurred"]:
        return "occurred"
    if not planned:
        return "cancelled" if weights["cancelled"] and not weights["occurred"] else "occurred"
    if best.status == "postponed":
        return "postponed"
    if weights["scheduled"] + weights["postponed"] >= MIN_SCHEDULED_SHARE * planned:
        return "scheduled"
    return "expected" if weights["expected"] >= weights["conditional"] else "conditional"


def _record(
    beliefs: list[Belief], best: ClaimValue, when: When, status: str, day: date, of_day: Sequence[ClaimValue]
) -> None:
    """Append what is believed at the end of a day, if it differs from the belief before."""
    before = beliefs[-1] if beliefs else None
    if before is not None and before.when.days == when.days and before.status == status:
        return
    decided = best if before is None or before.when.days != when.days else _claim_of_status(status, of_day, best)
    belief = Belief(
        since=day,
        until=None,
        when=when,
        status=status,
        claim=decided.pk,
        change="first" if before is None else _change(before.when.days, when.days),
    )
    if before is not None:
        beliefs[-1] = replace(before, until=day)
    beliefs.append(belief)


def _by_law(best: ClaimValue, type: str) -> When:
    """Return the days of the claim, or the day that a law fixes within them (`11月的美国大选`)."""
    if best.kind != "election" or best.place:
        return best.when
    stage = "vote" if best.stage == "postponement" else best.stage
    start, end = best.when.days
    if (
        start is not None
        and start == end
        and (type, stage) == ("presidential", "vote")
        and best.participants[0] in FIXED_BY_LAW
    ):
        start, end = start - LAW_TOLERANCE, start + LAW_TOLERANCE
    day = None if best.status == "postponed" else day_by_law(best.participants[0], type, stage, start, end)
    if day is None or best.when.days == (day, day):
        return best.when
    return When(day, day, extent=best.when.extent, by_law=True)


def _claim_of_status(status: str, of_day: Sequence[ClaimValue], best: ClaimValue) -> ClaimValue:
    """Return the last claim of the day that gives the status, else `best`."""
    return next((c for c in reversed(of_day) if c.status == status), best)


def _change(before: Days, now: Days) -> str:
    if before == now:
        return "status"
    (a, b), (c, d) = ordinals_of(before), ordinals_of(now)
    if a <= c and d <= b:
        return "narrowed"
    return "revised" if a <= d and c <= b else "moved"


def contradictions(claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> list[Contradiction]:
    """Find exact, disjoint days that two sources gave within CONTRADICTION_DAYS of one another.

    Return the newest contradiction of each pair of days, in the order of the days.
    """
    newest: dict[tuple[Days, Days], Contradiction] = {}
    by_days: dict[Days, list[ClaimValue]] = {}  # each window is compared once for all its claims; last reported, last
    for claim in claims:
        if not claim.when.is_exact or reprints[claim.pk] != claim.pk or claim.status == "postponed":
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
