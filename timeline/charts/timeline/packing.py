"""Pack marks into rows and lanes of limited height; events without room are left to be counted."""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from timeline.charts.scale import Scale
from timeline.charts.timeline.marks import ROW, TALL, Item, Placed, labelled, outlined

MAX_MARKS = 300  # whatever the data: the page has at most 200 kB
MAX_CANDIDATES = 300  # events considered for them: many are in lanes that are full
MAX_LANES = 28  # with more lanes, FEWER get one of their own, and the rest share one
FEWER = 20
OTHERS = "…"  # key of the lane of the rest
OTHER_ROWS = 6
LANE_ROWS = 4  # of a lane at least; with few lanes each may have more
SHARED_ROWS = 40  # shared by all lanes
ROWS = 44 * ROW  # the height of all rows but those of the rest
GAP = 14.0  # between two marks of a row
PAD = 4.0  # below the last row of a lane
MAX_HEIGHT = ROWS + 2 * (OTHER_ROWS * TALL + PAD)  # of all rows, which limits the height of the picture


@dataclass(slots=True)
class Row:
    """Marks side by side in order of x; `height` is that of the tallest."""

    height: float = 0.0
    marks: list[tuple[float, float, str, Placed]] = field(default_factory=list)

    def takes(self, mark: Placed) -> bool:
        """Return whether the mark fits between those of the row."""
        at = bisect(self.marks, (mark.left, mark.right, mark.item.id))
        behind = at == len(self.marks) or mark.right + GAP <= self.marks[at][0]
        return behind and (at == 0 or self.marks[at - 1][1] + GAP <= mark.left)

    def add(self, mark: Placed) -> None:
        insort(self.marks, (mark.left, mark.right, mark.item.id, mark))
        self.height = max(self.height, mark.height)


@dataclass(slots=True)
class Lane:
    """Rows of one key; `weight` is the sum of its events' weights."""

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
    """Return an item's own label; `alone`: its lane does not name its actor."""
    return item.alone if alone and item.alone else item.label


def packed_lanes(axis: Scale, items: Sequence[Item], wording: Wording = own_words) -> list[Lane]:
    """Return lanes with the items that fit, tried in the given order: the most important come first.

    `wording` gives their labels; it is called only for items whose shapes fit.
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
        if not _fits_shape(lane, mark, *bounds):
            continue
        grown = _add_mark(lane, labelled(axis, mark, wording(item, not own)), *bounds)
        if own:
            room -= grown or 0.0
        if grown is not None:
            lanes[key].weight += max(1, item.weight)
            count += 1
    found = [lane for lane in lanes.values() if lane.rows]
    for lane in found:
        lane.rows = _repacked(lane)
    return found


def _fits_shape(lane: Lane, mark: Placed, rows: int, room: float) -> bool:
    """Return whether the shape alone would fit."""
    return (len(lane.rows) < rows and room >= ROW + PAD) or any(row.takes(mark) for row in lane.rows)


def _add_mark(lane: Lane, mark: Placed, rows: int, room: float) -> float | None:
    """Put the mark into the first row where it fits; return the lane's growth, None where there is no room."""
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


def _repacked(lane: Lane) -> list[Row]:
    """Pack the same marks from left to right, each into the first row that takes it, unless that is taller."""
    rows: list[Row] = []
    for mark in sorted(lane.marks, key=lambda m: (m.left, m.right, m.item.id)):
        row = next((row for row in rows if row.takes(mark)), None)
        if row is None:
            rows.append(row := Row())
        row.add(mark)
    return rows if sum(row.height for row in rows) + PAD <= lane.height else lane.rows
