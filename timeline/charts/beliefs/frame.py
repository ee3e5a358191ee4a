"""What the belief chart is drawn on, and which claims stand in it. Numbers in, numbers out.

Across goes the day of the report, up the days claimed; both are `scale.Scale`s. Claims of the same days that are
reported within one column of the chart are one mark, so that 2,000 claims stay as readable as three.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from timeline.charts.scale import Scale

Days = tuple[date | None, date | None]
COLUMN = 14.0  # the least width in px that a claim takes across
EDGE = 24.0  # px free on both sides: marks and the strike of what was cancelled reach over their day
FEW = 20  # of so few claims none is cut by the edge
RARE = 0.05  # of more, those with the earliest and the latest days may be
LAST = date(9998, 12, 30).toordinal()


@dataclass(frozen=True, slots=True)
class ClaimPoint:
    """One claim: days inclusive, None open; `reported` is the day it was said, `id` the number of the claim."""

    id: int
    reported: date
    start: date | None
    end: date | None
    status: str
    doubtful: bool = False
    deadline: bool = False
    lasting: bool = False
    alternatives: tuple[Days, ...] = ()

    @property
    def says(self) -> tuple[object, ...]:
        """What makes two claims of one column the same mark."""
        return (self.start, self.end, self.status, self.doubtful, self.deadline, self.lasting, self.alternatives)

    @property
    def exact(self) -> bool:
        return self.start is not None and self.start == self.end


@dataclass(frozen=True, slots=True)
class BeliefBand:
    """One belief: from `since` (inclusive) to `until` (exclusive, None = still) the event had these days."""

    since: date
    until: date | None
    start: date | None
    end: date | None
    status: str
    change: str = ""
    claim: int | None = None
    alternatives: tuple[Days, ...] = ()


@dataclass(frozen=True, slots=True)
class Size:
    """The room of a chart in px: its width, the height of the plot, and the edges around it."""

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
    """The two axes of a chart of some size. `now`: the last day that is known, drawn where it is near."""

    size: Size
    across: Scale
    up: Scale
    now: date

    @property
    def step(self) -> int:
        """The days of one column."""
        return max(1, round(COLUMN / self.across.per_day))

    def column(self, day: date) -> int:
        """Which column of the chart the reports of a day stand in; a column is a day or more."""
        return (day - self.across.start).days // self.step

    def above(self, day: date) -> float:
        """The y where a day ends: days go up."""
        return self.size.bottom - self.up.behind(day)

    def below(self, day: date) -> float:
        """The y where a day begins."""
        return self.size.bottom - self.up.before(day)

    def middle(self, day: date) -> float:
        return self.size.bottom - self.up.middle(day)


def frame(said: Sequence[ClaimPoint], held: Sequence[BeliefBand], now: date, size: Size) -> Frame:
    """The axes that hold the claims and beliefs (at least one of both); `now` is today, or the day as known on."""
    first = min([c.reported for c in said] + [b.since for b in held])
    last = max([c.reported for c in said] + [b.since for b in held])
    if now > last and (now - last).days <= max(30, (last - first).days // 2):
        last = now
    edge = max(2, math.ceil((last - first).days * EDGE / (size.width - size.left - size.right - 2 * EDGE)))
    across = Scale(_moved(first, -edge), _moved(last, edge), size.left, size.width - size.right)
    low, high = _claimed(said, held)
    low, high = _with_reports(low, high, across)
    pad = max(3, round((high - low).days * 0.07))
    return Frame(size, across, Scale(_moved(low, -pad), _moved(high, pad), 0.0, size.plot), now)


def _claimed(said: Sequence[ClaimPoint], held: Sequence[BeliefBand]) -> tuple[date, date]:
    """The first and the last day to draw: all that was believed, and what nearly all claims say."""
    believed = _bounds((b.start, b.end) for b in held)
    claimed = _bounds((c.start, c.end) for c in said)
    if not claimed:
        return min(believed), max(believed)
    if len(said) <= FEW:
        return min(claimed + believed), max(claimed + believed)
    claimed.sort()
    rare = int(len(claimed) * RARE)
    return min([claimed[rare], *believed]), max([claimed[-1 - rare], *believed])


def _bounds(days: Iterable[Days]) -> list[date]:
    return [day for pair in days for day in pair if day is not None]


def _with_reports(low: date, high: date, across: Scale) -> tuple[date, date]:
    """The days of reports are shown, too, where they are near: only then one sees how far ahead something was said."""
    reach = timedelta(days=max(4, int((high - low).days * 0.3)))
    if across.end < low and low - across.end <= reach:
        low = across.end
    if across.start > high and across.start - high <= reach:
        high = across.start
    return low, high


def _moved(day: date, days: int) -> date:
    """Some days on, kept on the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), LAST))


# --- which claims stand in it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bundle:
    """Claims of one column that say the same: drawn as one mark that stands for all of them.

    `newest`: the one linked, which is the one that decided a belief (`decided`) where there is such.
    """

    newest: ClaimPoint
    first: date
    count: int
    column: int
    decided: bool


def bundles(frame: Frame, said: Iterable[ClaimPoint], deciding: frozenset[int]) -> tuple[list[Bundle], int]:
    """At most as many marks as the chart takes, and how many claims are left out of them.

    What decided a belief comes first (`deciding`: numbers of claims); then every column gives what stands alone in
    saying its days or is said by most, then its next one, so that what is left out is left out all over the chart.
    """
    groups: dict[tuple[int, tuple[object, ...]], list[ClaimPoint]] = defaultdict(list)
    step, start = frame.step, frame.across.start
    for claim in said:
        groups[((claim.reported - start).days // step, claim.says)].append(claim)
    told = Counter(claims[0].says for claims in groups.values())
    found = [_bundle(column, claims, deciding) for (column, _), claims in groups.items()]
    found.sort(key=lambda b: (not b.decided, told[b.newest.says] > 1, -b.count, -b.newest.reported.toordinal()))
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
