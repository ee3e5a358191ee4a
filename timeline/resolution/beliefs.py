"""Replay the claims of one event by day of report and record each change of belief.

Each claim supports the windows that agree with it, newer claims more than older ones. The window with the most
support is believed, with the status that the reports give (`statuses.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from timeline.extraction.gazetteer import FIXED_BY_LAW, day_by_law
from timeline.extraction.when import Days, When
from timeline.resolution.claim import ClaimValue, ordinals_of
from timeline.resolution.statuses import Reports

LAW_TOLERANCE = timedelta(days=7)  # by which a report may miss that day
HALF_LIFE_DAYS = 45  # after which a report counts half
MAX_DOUBLINGS = 900  # over a hundred years; the sum of many more overflows a float
MIN_AHEAD_SUPPORT = 0.1  # of the best support, for a window ahead when the best supported one has passed
LIST_SHARE = 0.1  # of another, that a claim counts which lists the countries of a journey: of each stop it says little
POSTPONEMENT_PENALTY = 0.5  # of its own weight, that a report of the new day takes from each earlier window
POSTPONEMENT_WEIGHT = 3.0  # of a report of the new day

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
        factor = POSTPONEMENT_WEIGHT if claim.status == "postponed" else LIST_SHARE if claim.lists_several else 1.0
        amount = 0.0 if reprint else self.weight(claim.reported) * factor * claim.probability
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
    support, reports, counted = _Support(claims[0].reported), Reports(), set[int]()
    by_day: dict[date, list[ClaimValue]] = defaultdict(list)
    of_window: dict[Days, list[ClaimValue]] = defaultdict(list)
    for claim in claims:
        by_day[claim.reported].append(claim)
    for day, of_day in by_day.items():
        for claim in of_day:
            group = reprints[claim.pk]
            support.add(claim, reprint=group in counted)
            if group not in counted:
                reports.add(claim, support.weight(day) * claim.probability)
            counted.add(group)
            of_window[claim.when.days].append(claim)
        best = support.best()
        assert best is not None
        status = reports.status(best, day)
        if best.when.end is not None and best.when.end < day and status not in ("occurred", "cancelled"):
            best = support.best(ahead_of=day) or best  # nothing took place on the old day, and another is reported
            status = reports.status(best, day)
        _record(beliefs, _by_law(best, type), status, day, _shown(of_window[best.when.days], best, status))
    return beliefs


def _shown(claims: Sequence[ClaimValue], best: ClaimValue, status: str) -> ClaimValue:
    """Return the claim to show as evidence: of those with exactly the days of `best` the plainest, then the newest."""
    return max(claims, key=lambda c: (c.is_plain, c.status == status, c.probability, c.place == best.place, c.reported))


def _record(beliefs: list[Belief], when: When, status: str, day: date, shown: ClaimValue) -> None:
    """Append what is believed at the end of a day, if it differs from the belief before."""
    before = beliefs[-1] if beliefs else None
    if before is not None and before.when.days == when.days and before.status == status:
        return
    change = "first" if before is None else _change(before.when.days, when.days)
    if before is not None:
        beliefs[-1] = replace(before, until=day)
    beliefs.append(Belief(day, None, when, status, shown.pk, change))


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


def _change(before: Days, now: Days) -> str:
    if before == now:
        return "status"
    (a, b), (c, d) = ordinals_of(before), ordinals_of(now)
    if a <= c and d <= b:
        return "narrowed"
    return "revised" if a <= d and c <= b else "moved"
