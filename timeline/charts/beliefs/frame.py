"""The axes of the belief chart, and the choice of its claims. Numbers in, numbers out.

The day of the report is horizontal, the claimed days are vertical; both axes are `scale.Scale`s. Claims of the same
days that are reported within one column of the chart are one mark, so that 2,000 claims are as readable as three.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from timeline.charts.scale import Scale
from timeline.extraction.when import Days, When

MIN_COLUMN_WIDTH = 14.0  # px of a column of reports
MARGIN = 24.0  # px free on both sides: marks, and the strike of a cancelled belief, are wider than their day
MAX_UNCUT_CLAIMS = 20  # with up to so many, no claim is cut by the edge
MAX_CUT_SHARE = 0.05  # share of more claims that may be cut at each end: the earliest and the latest days
LAST = date(9998, 12, 30).toordinal()


@dataclass(frozen=True, slots=True)
class ClaimPoint:
    """One claim; `reported` is the day of the report, `id` the claim's primary key."""

    id: int
    reported: date
    when: When
    status: str
    doubtful: bool = False

    @property
    def says(self) -> tuple[object, ...]:
        """Return the fields in which two claims of one column must agree to be the same mark."""
        when = self.when
        return (*when.days, self.status, self.doubtful, when.modifier == "by", when.extent, when.alternatives)


@dataclass(frozen=True, slots=True)
class BeliefBand:
    """One belief: from `since` (inclusive) to `until` (exclusive, None = still) the event had these days."""

    since: date
    until: date | None
    when: When
    status: str
    change: str = ""
    claim: int | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a chart in px: its width, the height of the plot, and the edges around it."""

    width: float
    plot: float
    left: float
    right: float = 12.0
    top: float = 14.0
    foot: float = 44.0
    most: int = 200  # marks

    @property
    def bottom(self) -> float:
        return self.top + self.plot

    @property
    def height(self) -> float:
        return self.bottom + self.foot


@dataclass(frozen=True, slots=True)
class Frame:
    """The two axes of a chart of some size. `now`: the last known day, drawn where it is near."""

    size: Size
    across: Scale
    up: Scale
    now: date

    @property
    def step(self) -> int:
        """The days of one column."""
        return max(1, round(MIN_COLUMN_WIDTH / self.across.per_day))

    def column(self, day: date) -> int:
        """Return the column of a day's reports, from 0; a column is a day or more."""
        return (day - self.across.start).days // self.step

    def above(self, day: date) -> float:
        """Return the y where a day ends: later days are higher."""
        return self.size.bottom - self.up.behind(day)

    def below(self, day: date) -> float:
        """Return the y where a day begins."""
        return self.size.bottom - self.up.before(day)

    def middle(self, day: date) -> float:
        return self.size.bottom - self.up.middle(day)


def frame(points: Sequence[ClaimPoint], bands: Sequence[BeliefBand], now: date, size: Size) -> Frame:
    """Return axes for the claims and beliefs (at least one in all); `now` is today, or the day `as_of`."""
    first = min([c.reported for c in points] + [b.since for b in bands])
    last = max([c.reported for c in points] + [b.since for b in bands])
    if now > last and (now - last).days <= max(30, (last - first).days // 2):
        last = now
    edge = max(2, math.ceil((last - first).days * MARGIN / (size.width - size.left - size.right - 2 * MARGIN)))
    across = Scale(_shifted(first, -edge), _shifted(last, edge), size.left, size.width - size.right)
    low, high = _days_to_draw(points, bands)
    low, high = _with_reports(low, high, across)
    pad = max(3, round((high - low).days * 0.07))
    return Frame(size, across, Scale(_shifted(low, -pad), _shifted(high, pad), 0.0, size.plot), now)


def _days_to_draw(points: Sequence[ClaimPoint], bands: Sequence[BeliefBand]) -> tuple[date, date]:
    """Return the first and the last day to draw: all believed days, and those of nearly all claims."""
    believed = _bounds(b.when.days for b in bands)
    claimed = _bounds(c.when.days for c in points)
    if not claimed:
        return min(believed), max(believed)
    if len(points) <= MAX_UNCUT_CLAIMS:
        return min(claimed + believed), max(claimed + believed)
    claimed.sort()
    rare = int(len(claimed) * MAX_CUT_SHARE)
    return min([claimed[rare], *believed]), max([claimed[-1 - rare], *believed])


def _bounds(days: Iterable[Days]) -> list[date]:
    return [day for pair in days for day in pair if day is not None]


def _with_reports(low: date, high: date, across: Scale) -> tuple[date, date]:
    """Include the days of the reports where they are near: only then one sees how far ahead a claim was made."""
    reach = timedelta(days=max(4, int((high - low).days * 0.3)))
    if across.end < low and low - across.end <= reach:
        low = across.end
    if across.start > high and across.start - high <= reach:
        high = across.start
    return low, high


def _shifted(day: date, days: int) -> date:
    """Return a day so many days later, within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), LAST))


# --- choice of claims ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bundle:
    """Claims of one column that say the same, drawn as one mark.

    `newest`: the claim that the mark links to: the one that decided a belief (`decided`), if any, else the newest.
    """

    newest: ClaimPoint
    first: date
    count: int
    column: int
    decided: bool


def bundles(frame: Frame, points: Iterable[ClaimPoint], deciding: frozenset[int]) -> tuple[list[Bundle], int]:
    """Return at most as many bundles as the chart takes, and the number of claims left out.

    Claims that decided a belief come first (`deciding`: their ids). Then each column gives first the bundle whose days
    are unique or claimed most, then its next one, so that omissions are spread over the whole chart.
    """
    groups: dict[tuple[int, tuple[object, ...]], list[ClaimPoint]] = defaultdict(list)
    step, start = frame.step, frame.across.start
    for claim in points:
        groups[((claim.reported - start).days // step, claim.says)].append(claim)
    frequency = Counter(claims[0].says for claims in groups.values())
    found = [_bundle(column, claims, deciding) for (column, _), claims in groups.items()]
    found.sort(key=lambda b: (not b.decided, frequency[b.newest.says] > 1, -b.count, -b.newest.reported.toordinal()))
    turns: Counter[int] = Counter()
    turn = {}
    for bundle in found:
        turns[bundle.column] += 1
        turn[bundle.newest.id] = turns[bundle.column]
    found.sort(key=lambda b: (not b.decided, turn[b.newest.id], -b.column))
    shown, rest = found[: frame.size.most], found[frame.size.most :]
    return sorted(shown, key=lambda b: (b.newest.reported, b.newest.id)), sum(b.count for b in rest)


def _bundle(column: int, claims: Sequence[ClaimPoint], deciding: frozenset[int]) -> Bundle:
    newest = max(claims, key=lambda c: (c.id in deciding, c.reported, c.id))
    first, decided = min(c.reported for c in claims), newest.id in deciding
    return Bundle(newest, first, len(claims), column, decided)
