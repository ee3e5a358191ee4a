"""Which events get a place in the picture: its height is bounded, and what finds no room is left to be counted."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from timeline.charts.scale import Scale
from timeline.charts.timeline.marks import ROW, TALL, Item, Placed, labelled, outlined

MAX_MARKS = 300  # at most, whatever the data: the page has at most 200 kB
MAX_CANDIDATES = 300  # events weighed for them: many lie in lanes that are full
MAX_LANES = 28  # where there are more, FEWER have a lane of their own, and the rest stand together
FEWER = 20
OTHERS = "…"  # the lane of the rest
OTHER_ROWS = 6
LANE_ROWS = 4  # of a lane at least; few lanes may have more
SHARED_ROWS = 40  # what they share
ROWS = 44 * ROW  # the height of all rows but those of the rest
GAP = 14.0  # between two marks of a row
PAD = 4.0  # below the last row of a lane
MAX_HEIGHT = ROWS + 2 * (OTHER_ROWS * TALL + PAD)  # of all rows: that is what bounds the height


@dataclass(slots=True)
class Row:
    """Marks side by side in order of x; `height` is that of the tallest."""

    height: float = 0.0
    marks: list[tuple[float, float, str, Placed]] = field(default_factory=list)

    def takes(self, mark: Placed) -> bool:
        """Whether there is room between those that stand here."""
        at = bisect(self.marks, (mark.left, mark.right, mark.item.id))
        behind = at == len(self.marks) or mark.right + GAP <= self.marks[at][0]
        return behind and (at == 0 or self.marks[at - 1][1] + GAP <= mark.left)

    def add(self, mark: Placed) -> None:
        insort(self.marks, (mark.left, mark.right, mark.item.id, mark))
        self.height = max(self.height, mark.height)


@dataclass(slots=True)
class Lane:
    """Rows of what belongs together; `weight` is that of its events."""

    group: str
    key: str
    rows: list[Row] = field(default_factory=list)
    weight: int = 0

    @property
    def height(self) -> float:
        return sum(row.height for row in self.rows) + PAD

    @property
    def marks(self) -> list[Placed]:
        return [mark for row in self.rows for *_, mark in row.marks]


Wording = Callable[[Item, bool], str]


def own_words(item: Item, alone: bool) -> str:
    """The label that an item carries; `alone`: its lane does not say whose it is."""
    return item.alone if alone and item.alone else item.label


def packed_lanes(axis: Scale, items: Sequence[Item], wording: Wording = own_words) -> list[Lane]:
    """Lanes with those items that find room, taken in the order given: the first are worth most.

    `wording` gives their labels; only those are asked for whose shapes find room.
    """
    keys = {(item.group, item.lane) for item in items}
    most = MAX_LANES if len(keys) <= MAX_LANES else FEWER
    rows = max(LANE_ROWS, SHARED_ROWS // max(1, len(keys)))
    lanes: dict[tuple[str, str], Lane] = {}
    room, count = ROWS, 0
    for item in items:
        if count == MAX_MARKS:
            break
        key = (item.group, item.lane)
        own = key in lanes or (len(lanes) < most and room >= ROW + PAD)
        key = key if own else (item.group, OTHERS)
        lane, bounds = lanes.setdefault(key, Lane(*key)), (rows, room) if own else (OTHER_ROWS, ROWS)
        mark = outlined(axis, item)
        if not _may_take(lane, mark, *bounds):
            continue
        grown = _added(lane, labelled(axis, mark, wording(item, not own)), *bounds)
        if own:
            room -= grown or 0.0
        if grown is not None:
            lanes[key].weight += max(1, item.weight)
            count += 1
    found = [lane for lane in lanes.values() if lane.rows]
    for lane in found:
        lane.rows = _packed(lane)
    return found


def _may_take(lane: Lane, mark: Placed, rows: int, room: float) -> bool:
    """Whether the shape alone would find room."""
    return (len(lane.rows) < rows and room >= ROW + PAD) or any(row.takes(mark) for row in lane.rows)


def _added(lane: Lane, mark: Placed, rows: int, room: float) -> float | None:
    """Put the mark into the first row where it fits; what the lane grew by, None where there is no room."""
    for row in lane.rows:
        growth = max(0.0, mark.height - row.height)
        if growth <= room and row.takes(mark):
            row.add(mark)
            return growth
    grown = mark.height + (0.0 if lane.rows else PAD)
    if len(lane.rows) == rows or grown > room:
        return None
    lane.rows.append(Row())
    lane.rows[-1].add(mark)
    return grown


def _packed(lane: Lane) -> list[Row]:
    """The same marks from left to right, each in the first row that takes it, if that is no taller."""
    rows: list[Row] = []
    for mark in sorted(lane.marks, key=lambda m: (m.left, m.right, m.item.id)):
        row = next((row for row in rows if row.takes(mark)), None)
        if row is None:
            rows.append(row := Row())
        row.add(mark)
    return rows if sum(row.height for row in rows) + PAD <= lane.height else lane.rows
