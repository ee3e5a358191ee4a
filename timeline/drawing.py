"""Layout of the timeline picture: days and words in, marks with coordinates out. Templates only place them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest

from timeline.scale import Scale
from timeline.shapes import Ends, Piece, bar, diamond, line, needs_arrow

MARKS = 400  # more are counted in words: the page costs the same however many there are
WIDTH, GUTTER, MARGIN = 1280.0, 158.0, 14.0
HEAD, GROUP, ROW, TALL = 76.0, 30.0, 28.0, 40.0  # TALL: a row with a label above its bar
FONT, GAP, LABEL = 12.5, 14.0, 460.0
HALF = 7.0  # half a diamond
SHORTEST = 7.0  # a bar of one week on a decade is still seen


@dataclass(frozen=True, slots=True)
class Item:
    """One event: days inclusive, None open; `lane` is a key, `name` what a screen reader says."""

    id: str
    group: str
    lane: str
    start: date | None
    end: date | None
    deadline: bool
    lasting: bool
    status: str
    label: str
    name: str
    url: str
    weight: int = 1
    alternatives: tuple[tuple[date | None, date | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """Text with its baseline; `anchor` as in SVG."""

    text: str
    x: str
    y: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """An event drawn. `left`, `right`, `top`, `bottom` bound its shape and label: no other mark is in there."""

    id: str
    group: str
    status: str
    name: str
    url: str
    pieces: tuple[Piece, ...]
    label: Label
    left: float
    right: float
    top: float
    bottom: float

    @property
    def box(self) -> dict[str, str]:
        """Attributes of the rectangle that takes the click and shows the focus."""
        width, height = self.right - self.left, self.bottom - self.top
        return {
            "x": f"{self.left:.1f}",
            "y": f"{self.top:.1f}",
            "width": f"{width:.1f}",
            "height": f"{height:.1f}",
        }


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    full: str
    label: Label
    rule: str  # y of the line below
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    label: Label
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A vertical line with words: a tick, a heading, today."""

    x: str
    label: Label


@dataclass(frozen=True, slots=True)
class Picture:
    width: str
    height: str
    top: str
    bottom: str
    left: str
    right: str
    ticks: tuple[Rule, ...]
    headings: tuple[Label, ...]
    today: Rule | None
    as_of: Rule | None
    groups: tuple[Group, ...]

    @property
    def marks(self) -> list[Mark]:
        return [mark for group in self.groups for lane in group.lanes for mark in lane.marks]


@dataclass(frozen=True, slots=True)
class Words:
    """What the picture says: names of groups and lanes, ticks and headings by day, the two lines."""

    groups: dict[str, str]
    lanes: dict[str, str]
    ticks: dict[date, str]
    headings: dict[date, str]
    today: str
    as_of: str = ""


def scale(start: date, end: date) -> Scale:
    """The axis of the picture from the first to the last day."""
    return Scale(start, max(start, end), GUTTER, WIDTH - MARGIN)


def draw(axis: Scale, items: Iterable[Item], words: Words, *, today: date, as_of: date | None = None) -> Picture:
    """Place the items (those past MARKS are left out, the caller says so) in their groups and lanes."""
    shown = list(items)[:MARKS]
    y = HEAD
    groups = []
    for key, name in words.groups.items():
        mine = [item for item in shown if item.group == key]
        if mine:
            group, y = _group(axis, key, name, mine, words, y)
            groups.append(group)
    bottom = y + 6
    first, second = _lines(axis, words, today, as_of)
    return Picture(
        width=f"{WIDTH:.0f}",
        height=f"{bottom + 6:.0f}",
        top="56",
        bottom=f"{bottom:.0f}",
        left=f"{GUTTER:.0f}",
        right=f"{WIDTH - MARGIN:.0f}",
        ticks=tuple(_ticks(axis, words)),
        headings=tuple(_headings(axis, words)),
        today=first,
        as_of=second,
        groups=tuple(groups),
    )


def text_width(text: str, size: float = FONT) -> float:
    """An estimate in px that is rather too wide: a CJK sign is one em, a Latin letter about 0.56."""
    ems = 0.0
    for sign in text:
        if unicodedata.east_asian_width(sign) in "WFA":
            ems += 1.0
        elif sign.isupper() or sign in "mwMW%@":
            ems += 0.74
        else:
            ems += 0.3 if sign in " ilj.,:;'|!()[]" else 0.57
    return ems * size


def fitted(text: str, width: float, size: float = FONT) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ·，、,") + "…"


# --- groups, lanes, rows ------------------------------------------------------------------------


def _group(axis: Scale, key: str, name: str, items: Sequence[Item], words: Words, y: float) -> tuple[Group, float]:
    label = Label(name, "16", f"{y + 20:.1f}")
    y += GROUP
    lanes = []
    for lane in _lane_order(items, words):
        mine = [item for item in items if item.lane == lane]
        marks, bottom = _rows(axis, mine, y)
        full = words.lanes.get(lane, lane)
        beside = Label(fitted(full, GUTTER - 34, 13), "26", f"{_first_line(marks, y):.1f}")
        lanes.append(Lane(lane, full, beside, f"{bottom:.1f}", tuple(marks)))
        y = bottom
    return Group(key, label, tuple(lanes)), y + 4


def _lane_order(items: Sequence[Item], words: Words) -> list[str]:
    """Lanes most spoken of first."""
    weight: dict[str, int] = {}
    for item in items:
        weight[item.lane] = weight.get(item.lane, 0) + max(1, item.weight)
    return sorted(weight, key=lambda lane: (-weight[lane], words.lanes.get(lane, lane)))


def _first_line(marks: Sequence[Mark], y: float) -> float:
    first = [mark for mark in marks if mark.top == y]
    return max((mark.bottom for mark in first), default=y + ROW) - ROW / 2 + 4.5


def _rows(axis: Scale, items: Sequence[Item], y: float) -> tuple[list[Mark], float]:
    """Marks packed into rows, each in the first where it overlaps none; and the y below the last row."""
    placed = sorted((_placed(axis, item) for item in items), key=lambda p: (p.left, p.right, p.item.id))
    rows: list[list[_Placed]] = []
    for mark in placed:
        for row in rows:
            if row[-1].right + GAP <= mark.left:
                row.append(mark)
                break
        else:
            rows.append([mark])
    marks = []
    for row in rows:
        bottom = y + (TALL if any(p.above for p in row) else ROW)
        marks += [p.at(y, bottom) for p in row]
        y = bottom
    return marks, y + 4


# --- one mark -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item with its x, before its row is known."""

    item: Item
    segments: tuple[tuple[float, float], ...]
    ends: Ends
    text: str
    text_x: float
    anchor: str
    above: bool
    left: float
    right: float

    def at(self, top: float, bottom: float) -> Mark:
        middle = bottom - ROW / 2
        baseline = middle - 12.5 if self.above else middle + 4.5
        item = self.item
        return Mark(
            id=item.id,
            group=item.group,
            status=item.status,
            name=item.name,
            url=item.url,
            pieces=self._pieces(middle),
            label=Label(self.text, f"{self.text_x:.1f}", f"{baseline:.1f}", self.anchor),
            left=self.left,
            right=self.right,
            top=top,
            bottom=bottom,
        )

    def _pieces(self, y: float) -> tuple[Piece, ...]:
        item = self.item
        if _is_point(item):
            return diamond(self.segments[0][0], y, HALF, item.group, item.status)
        if self.ends.open_left or self.ends.open_right:
            return line(*self.segments[0], y, item.group, item.status, self.ends)
        return bar(self.segments, y, item.group, item.status, self.ends)


def _is_point(item: Item) -> bool:
    return item.start is not None and item.start == item.end


def _placed(axis: Scale, item: Item) -> _Placed:
    segments = _segments(axis, item)
    first, last = segments[0][0], segments[-1][1]
    point = _is_point(item)
    ends = Ends(
        open_left=item.start is None,
        open_right=item.end is None,
        cut_left=item.start is not None and item.start < axis.start,
        cut_right=item.end is not None and item.end > axis.end,
        flag=item.deadline and not point and item.end is not None and item.end <= axis.end,
        lasting=item.lasting,
    )
    reach = HALF if point else 0.0
    left = first - reach - (18.0 if needs_arrow(item.status) else 0.0)
    right = last + reach + (10.0 if ends.flag else 0.0)
    placed = _Placed(item, segments, ends, item.label, 0.0, "start", False, left, right)
    return _labelled(axis, placed, point)


def _segments(axis: Scale, item: Item) -> tuple[tuple[float, float], ...]:
    """Where the shape lies: the middle of an exact day, else from the first to the last day, or each alternative."""
    if item.start is not None and _is_point(item):
        x = axis.middle(item.start)
        return ((x, x),)
    spans = item.alternatives if len(item.alternatives) > 1 and item.start and item.end else ()
    found = [_extent(axis, start, end) for start, end in spans or ((item.start, item.end),)]
    apart = all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))
    return tuple(found) if apart else (_extent(axis, item.start, item.end),)


def _extent(axis: Scale, start: date | None, end: date | None) -> tuple[float, float]:
    left = axis.before(start) if start else axis.left
    right = axis.behind(end) if end else axis.right
    if right - left < SHORTEST:
        left = min(max((left + right - SHORTEST) / 2, axis.left), axis.right - SHORTEST)
        right = left + SHORTEST
    return left, right


def _labelled(axis: Scale, mark: _Placed, point: bool) -> _Placed:
    """The label behind the shape, before it, or above it where the shape is long or there is no room."""
    first, last = mark.segments[0][0], mark.segments[-1][1]
    text = fitted(mark.text, max(LABEL, last - first - 4))
    width = text_width(text)
    fits_above = not point and last - first >= width + 4
    if not fits_above and mark.right + 5 + width <= axis.right:
        return replace(mark, text=text, text_x=mark.right + 5, right=mark.right + 5 + width)
    if not fits_above and mark.left - 5 - width >= axis.left:
        x = mark.left - 5
        return replace(mark, text=text, text_x=x, anchor="end", left=x - width)
    x = max(axis.left, min(first + 2, axis.right - width))
    left, right = min(mark.left, x), max(mark.right, x + width)
    return replace(mark, text=text, text_x=x, above=True, left=left, right=right)


# --- the axis -----------------------------------------------------------------------------------


def _ticks(axis: Scale, words: Words) -> Iterable[Rule]:
    for day in axis.ticks():
        x = axis.before(day)
        text = words.ticks.get(day, "")
        if x + text_width(text, 11) + 4 > WIDTH:
            text = ""
        yield Rule(f"{x:.1f}", Label(text, f"{x + 4:.1f}", "50"))


def _headings(axis: Scale, words: Words) -> Iterable[Label]:
    days = axis.headings()
    for day, following in zip_longest(days, days[1:]):
        x, text = axis.before(day), words.headings.get(day, "")
        edge = axis.before(following) if following else WIDTH
        if x + text_width(text, 15) + 10 <= edge:
            yield Label(text, f"{x + 4:.1f}", "28")


def _lines(axis: Scale, words: Words, today: date, as_of: date | None) -> tuple[Rule | None, Rule | None]:
    """Today and the day as known on, with their words on the sides away from each other."""
    both = as_of is not None and axis.holds(as_of) and axis.holds(today)
    known_first = as_of is not None and as_of <= today
    first = _line(axis, today, words.today, both and not known_first)
    second = _line(axis, as_of, words.as_of, both and known_first) if as_of else None
    return first, second


def _line(axis: Scale, day: date, text: str, to_left: bool) -> Rule | None:
    if not axis.holds(day):
        return None
    x, width = axis.middle(day), text_width(text, 11) + 5
    to_left = (to_left and x - width > axis.left) or x + width > WIDTH
    if to_left:
        return Rule(f"{x:.1f}", Label(text, f"{x - 5:.1f}", "66", "end"))
    return Rule(f"{x:.1f}", Label(text, f"{x + 5:.1f}", "66"))
