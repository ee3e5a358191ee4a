"""One event in the picture: its shape, its label and the box of both, before and after its row is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from math import ceil, floor

from timeline.charts.scale import Scale
from timeline.charts.shapes import (
    GHOST,
    Ends,
    Piece,
    arrow,
    bar,
    diamond,
    ghost,
    inner_arrow,
    line,
    markup,
    source_window,
)
from timeline.charts.text import fitted, number, text_width
from timeline.extraction.when import Days, When

ROW, TALL = 28.0, 40.0  # TALL: a row with a label above its bar
LABEL = 460.0
HALF = 7.0  # half a diamond
MIN_BAR_WIDTH = 7.0  # so that a bar of one week in a decade is visible
ARROW = 18.0


@dataclass(frozen=True, slots=True)
class Item:
    """One event; `lane` is a key.

    `before`: the days believed before it was moved. `source_window`: the window that sources give where a law
    gives the day. `alone`: the label where the lane does not name the event's actor.
    """

    id: str
    group: str
    lane: str
    when: When
    status: str
    label: str = ""
    weight: int = 1
    before: Days | None = None
    source_window: Days | None = None
    alone: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """Text with its baseline; `anchor` as in SVG."""

    text: str
    x: str
    y: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """An event drawn. `left`, `right`, `top`, `bottom` bound its shape and label; no other mark overlaps them."""

    id: str
    status: str
    pieces: tuple[Piece, ...]
    label: Label
    left: float
    right: float
    top: float
    bottom: float

    @property
    def svg(self) -> str:
        """The rectangle that takes the click and shows the focus, and the shape."""
        x, y, width = floor(self.left), number(self.top), ceil(self.right - self.left)
        height = self.bottom - self.top
        tall = "" if height == ROW else f' height="{number(height)}"'  # the style sheet sets that of a row
        return f'<rect x="{x}" y="{y}" width="{width}"{tall}/>' + markup(self.pieces)


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with its x, before its row is known."""

    item: Item
    segments: tuple[tuple[float, float], ...]
    ends: Ends
    old: tuple[float, float] | None
    source_window: tuple[float, float] | None
    text: str
    text_x: float
    anchor: str
    above: bool
    put_off: str  # the place of the arrow of a postponed event: before, behind or inside of it; else ""
    left: float
    right: float

    @property
    def height(self) -> float:
        return TALL if self.above else ROW

    def at(self, top: float, bottom: float) -> Mark:
        """Return the mark in the row between these y."""
        middle = bottom - ROW / 2
        baseline = middle - 12 if self.above else middle + 4.5
        item = self.item
        label = Label(self.text, number(self.text_x), number(baseline), self.anchor)
        box = (self.left, self.right, top, bottom)
        return Mark(item.id, item.status, self._pieces(middle), label, *box)

    def _pieces(self, y: float) -> tuple[Piece, ...]:
        item = self.item
        left, right = _shape(self)
        under: tuple[Piece, ...] = (source_window(*self.source_window, y),) if self.source_window else ()
        if self.old:
            under += ghost(*self.old, y, left, right)
        elif self.put_off in ("before", "behind"):
            under += arrow(left if self.put_off == "before" else right + ARROW, y)
        bare = self.ends.open_left or self.ends.open_right
        over = inner_arrow(left, right, y, bare) if self.put_off == "inside" else ()
        return under + sign(item, self.segments, self.ends, y) + over


def sign(item: Item, segments: tuple[tuple[float, float], ...], ends: Ends, y: float) -> tuple[Piece, ...]:
    """Draw the shape of these days."""
    if item.when.is_day:
        return diamond(segments[0][0], y, HALF, item.group, item.status)
    if ends.open_left or ends.open_right:
        return line(*segments[0], y, item.group, item.status, ends)
    return bar(segments, y, item.group, item.status, ends)


def outlined(axis: Scale, item: Item) -> Placed:
    """Return the horizontal extent of an item, without its label."""
    segments, when = _segments(axis, item.when), item.when
    ends = Ends(
        open_left=when.start is None,
        open_right=when.end is None,
        cut_left=when.start is not None and when.start < axis.start,
        cut_right=when.end is not None and when.end > axis.end,
        flag=when.is_deadline and not when.is_day and when.end is not None and when.end <= axis.end,
        lasting=when.lasts,
    )
    bare = Placed(item, segments, ends, None, None, "", 0.0, "start", False, "", 0.0, 0.0)
    left, right = _shape(bare)
    old = _old(axis, item, left, right)
    window = _extent(axis, *item.source_window) if item.source_window and item.source_window != when.days else None
    put_off = _put_off(axis, left, right) if item.status == "postponed" and not old else ""
    reaches = [left - ARROW * (put_off == "before"), right + ARROW * (put_off == "behind")]
    for extent in (old, window):
        if extent:
            reaches += [extent[0], extent[1]]
    return replace(bare, old=old, source_window=window, put_off=put_off, left=min(reaches), right=max(reaches))


def _shape(mark: Placed) -> tuple[float, float]:
    """Return the bounds of the shape alone."""
    reach = HALF if mark.item.when.is_day else 0.0
    flag = 10.0 if mark.ends.flag else 0.0
    return mark.segments[0][0] - reach, mark.segments[-1][1] + reach + flag


def _put_off(axis: Scale, left: float, right: float) -> str:
    """Return where an arrow of ARROW px has room: before, behind or inside."""
    if left - ARROW >= axis.left - HALF:
        return "before"
    return "behind" if right + ARROW <= axis.right + HALF else "inside"


def _old(axis: Scale, item: Item, left: float, right: float) -> tuple[float, float] | None:
    """Return the former place, if it is in the picture and far enough away for an arrow."""
    if item.before is None:
        return None
    first, last = item.before
    if first is None or last is None or not (axis.holds(first) and axis.holds(last)):
        return None
    x, end = (axis.middle(first), axis.middle(last)) if first == last else _extent(axis, first, last)
    if end - x < 4 * GHOST:
        x = (x + end) / 2 - GHOST
        end = x + 2 * GHOST
    return (x, end) if end + ARROW <= left or right + ARROW <= x else None


def _segments(axis: Scale, when: When) -> tuple[tuple[float, float], ...]:
    """Return the x of the shape: the middle of an exact day, from first to last day, or each alternative."""
    if when.start is not None and when.is_day:
        x = axis.middle(when.start)
        return ((x, x),)
    spans = when.alternatives if len(when.alternatives) > 1 and when.start and when.end else ()
    found = [_extent(axis, start, end) for start, end in spans or (when.days,)]
    apart = all(a[1] <= b[0] + 0.01 for a, b in pairwise(found))
    return tuple(found) if apart else (_extent(axis, *when.days),)


def _extent(axis: Scale, start: date | None, end: date | None) -> tuple[float, float]:
    left = axis.before(start) if start else axis.left
    right = axis.behind(end) if end else axis.right
    if right - left < MIN_BAR_WIDTH:
        left = min(max((left + right - MIN_BAR_WIDTH) / 2, axis.left), axis.right - MIN_BAR_WIDTH)
        right = left + MIN_BAR_WIDTH
    return left, right


def labelled(axis: Scale, mark: Placed, label: str) -> Placed:
    """Add the label: to the right of the shape, to the left, or above where the shape is long or there is no room."""
    first, last = mark.segments[0][0], mark.segments[-1][1]
    point = mark.item.when.is_day
    text = fitted(label, max(LABEL, last - first - 4))
    width = text_width(text)
    fits_above = not point and last - first >= width + 4
    if not fits_above and mark.right + 5 + width <= axis.right:
        return replace(mark, text=text, text_x=mark.right + 5, right=mark.right + 5 + width)
    if not fits_above and not mark.old and mark.left - 5 - width >= axis.left:
        x = mark.left - 5
        return replace(mark, text=text, text_x=x, anchor="end", left=x - width)
    begin = _shape(mark)[1] - width if mark.old else first + 2  # beside the new place, not the old one
    x = max(axis.left + 4, min(begin, axis.right - width))
    left, right = min(mark.left, x), max(mark.right, x + width)
    return replace(mark, text=text, text_x=x, above=True, left=left, right=right)
