"""Counts as bars: a ribbon of bins below a heading, and the strip of all days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from timeline.charts.scale import Scale
from timeline.charts.text import joined, number, text_width

BAR_HEIGHT, MIN_BAR_HEIGHT = 19.0, 3.0  # in a ribbon
COUNT_FONT = 10.0  # px


@dataclass(frozen=True, slots=True)
class Bin:
    """The number of events that begin from `start` to `end` (inclusive), with its text and link ("" for none)."""

    start: date
    end: date
    count: int
    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A drawn bin: its whole height takes the click, `d` is the bar."""

    d: str
    box: str
    url: str
    words: str
    count: str
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A row of cells over the axis."""

    base: str
    cells: tuple[Cell, ...]


def ribbon(axis: Scale, bins: Sequence[Bin], top: float) -> Ribbon:
    """Draw bars from `top` down, at most HIGH; write a count where it has room."""
    most = max((b.count for b in bins), default=0)
    base = top + BAR_HEIGHT
    cells = []
    for b in bins:
        if b.count < 1:
            continue
        left, right = axis.before(b.start), axis.behind(b.end)
        gap = 1.0 if right - left > 4 else 0.0
        high = MIN_BAR_HEIGHT + (BAR_HEIGHT - MIN_BAR_HEIGHT) * sqrt(b.count / most)
        text = str(b.count)
        text = text if text_width(text, COUNT_FONT) + 3 <= right - left else ""
        d = joined("M", left + gap / 2, base, "v", -high, "h", right - left - gap, "v", high, "z")
        box = joined("M", left, top, "H", right, "v", BAR_HEIGHT, "H", left, "z")
        cells.append(Cell(d, box, b.url, b.words, text, number((left + right) / 2), number(base - 5)))
    return Ribbon(number(base), tuple(cells))


# --- the strip of all days ----------------------------------------------------------------------

STRIP_TOP, STRIP_BARS = 4.0, 30.0
HANDLE, APART = 8.0, 3.0  # the width of a handle; how far each stays from the middle of the brush
JUMP_GAP = 6.0  # between the texts of two links


@dataclass(frozen=True, slots=True)
class Jump:
    """A link from a stretch of the strip to its days; `text` is "" where there is no room."""

    x: str
    width: str
    url: str
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The strip: `bars` are paths by kind; the brush covers the days that the picture shows."""

    start: date
    end: date
    left: str
    right: str
    bars: dict[str, str]
    jumps: tuple[Jump, ...]
    brush: tuple[str, str]
    handles: tuple[str, str]
    today: str
    before: Bin | None  # what lies before `start`


def overview(
    axis: Scale,
    bars: Mapping[str, Sequence[Bin]],
    jumps: Sequence[Bin],
    window: tuple[date, date],
    today: date,
    before: Bin | None = None,
) -> Overview:
    """Stack the bars of several kinds; `jumps` are the links, each with the year in which it begins.

    The handles of a narrow brush stand outside of it, so that each can be taken.
    """
    a, b = axis.before(window[0]), axis.behind(window[1])
    if b - a < 4:
        a, b = (a + b) / 2 - 2, (a + b) / 2 + 2
    middle = (a + b) / 2
    return Overview(
        start=axis.start,
        end=axis.end,
        left=number(axis.left),
        right=number(axis.right),
        bars=_stacked(axis, bars),
        jumps=tuple(_jumps(axis, jumps)),
        brush=(number(a), number(b - a)),
        handles=(number(min(a - HANDLE / 2, middle - APART - HANDLE)), number(max(b - HANDLE / 2, middle + APART))),
        today=number(axis.middle(today)) if axis.holds(today) else "",
        before=before,
    )


def _stacked(axis: Scale, bars: Mapping[str, Sequence[Bin]]) -> dict[str, str]:
    totals: dict[date, int] = {}
    for bins in bars.values():
        for b in bins:
            totals[b.start] = totals.get(b.start, 0) + b.count
    most = max(totals.values(), default=1)
    floor: dict[date, float] = {}
    found = {}
    for kind, bins in bars.items():
        d = ""
        for b in bins:
            if b.count < 1:
                continue
            left, right = axis.before(b.start), axis.behind(b.end)
            whole = 2 + (STRIP_BARS - 2) * sqrt(totals[b.start] / most)
            high = whole * b.count / totals[b.start]
            y = floor.get(b.start, STRIP_TOP + STRIP_BARS)
            gap = min(1.0, (right - left) / 4)
            d += joined("M", left, y, "v", -high, "h", max(right - left - gap, 0.6), "v", high, "z")
            floor[b.start] = y - high
        found[kind] = d
    return found


def _jumps(axis: Scale, bins: Sequence[Bin]) -> list[Jump]:
    """Place each link where it begins; leave out a text that would touch the one before."""
    found, free = [], axis.left
    for b in bins:
        left, right = axis.before(b.start), axis.behind(b.end)
        text = str(b.start.year)
        width = text_width(text, 11) + JUMP_GAP
        fits = left >= free - 0.01 and left + width <= axis.right
        free = left + width if fits else free
        found.append(Jump(number(left), number(right - left), b.url, b.words, text if fits else ""))
    return found
