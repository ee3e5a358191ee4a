"""Axes of the belief chart with their labels, the line of today, and the area of days past when reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from timeline.charts.beliefs.frame import Frame
from timeline.charts.text import text_width

SMALL = 11.0  # font size of ticks and notes


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; `top` is less than `bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A text with its baseline; `anchor` as in SVG."""

    words: str
    x: float
    y: float
    anchor: str = "start"

    @property
    def at(self) -> dict[str, str]:
        """Return the SVG attributes of its position."""
        return {"x": f"{self.x:.1f}", "y": f"{self.y:.1f}"}

    @property
    def box(self) -> Box:
        width = text_width(self.words, SMALL)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - SMALL, left + width, self.y + 3)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the grid or of today at `at`, with a text ("" where there is no room)."""

    at: float
    text: Text

    @property
    def place(self) -> str:
        return f"{self.at:.1f}"


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the chart: ticks and headings by day, notes by the day their step begins, and two labels.

    `now` labels the line of today, `past` the area of days that were past when they were reported.
    """

    across: Mapping[date, str]
    headings: Mapping[date, str]
    up: Mapping[date, str]
    notes: Mapping[date, str]
    now: str
    past: str


def columns(frame: Frame, words: Words) -> Iterable[Rule]:
    """Yield a rule for each tick of the days of reports; a text that has no room is empty."""
    size, edge = frame.size, frame.size.left
    for day in frame.across.ticks():
        x = frame.across.before(day)
        text = Text(words.across.get(day, ""), x + 3, size.bottom + 16)
        if text.box.left < edge or text.box.right > size.width:
            text = Text("", x, 0)
        else:
            edge = text.box.right + 4
        yield Rule(x, text)


def headings(frame: Frame, words: Words) -> Iterable[Text]:
    """Yield the headings below the ticks, only those that fit into their stretch."""
    days = frame.across.headings()
    for day, following in zip_longest(days, days[1:]):
        text = Text(words.headings.get(day, ""), frame.across.before(day) + 3, frame.size.bottom + 34)
        edge = frame.across.before(following) if following else frame.size.width
        if text.words and text.box.right * 1.02 <= edge:
            yield text


def rows(frame: Frame, words: Words) -> Iterable[Rule]:
    """Yield ticks of the claimed days, each text just above its line, where the unit begins."""
    size = frame.size
    for day in frame.up.ticks():
        y = frame.below(day)
        text = Text(words.up.get(day, ""), size.left - 8, y - 4, "end")
        yield Rule(y, text if text.box.top >= size.top - 6 else Text("", 0, y))


def now_line(frame: Frame, words: str, taken: Sequence[Box]) -> Rule | None:
    """Return the line of today, its text on the side and at the end where it covers no mark; None outside the axis."""
    if not frame.across.holds(frame.now):
        return None
    x, size = frame.across.middle(frame.now), frame.size
    places = [Text(words, x - 4, y, "end") for y in (size.top + SMALL, size.bottom - 6)]
    return Rule(x, next((t for t in places if not any(t.box.meets(box) for box in taken)), places[0]))


def past(frame: Frame) -> tuple[str, str]:
    """Return the area of days that were past when reported, and its edge: day of report = day claimed."""
    first, last = max(frame.across.start, frame.up.start), min(frame.across.end, frame.up.end)
    if first > last:
        return "", ""
    right, bottom = frame.across.right, frame.size.bottom
    a, b = (frame.across.before(first), frame.below(first)), (frame.across.behind(last), frame.above(last))
    edge = f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}"
    return f"{edge}H{right:.1f}V{bottom:.1f}H{a[0]:.1f}z", edge


def past_words(frame: Frame, words: str, taken: Sequence[Box]) -> Text | None:
    """Return the label of the area below the diagonal, in its corner; None where there is no room."""
    text = Text(words, frame.across.right - 6, frame.size.bottom - 7, "end")
    first = max(frame.across.start, frame.up.start)
    day = frame.across.start.toordinal() + (text.box.left - frame.across.left) / frame.across.per_day
    high = frame.size.bottom - (day - frame.up.start.toordinal()) * frame.up.per_day
    room = high < text.box.top - 4 and day > first.toordinal()
    return text if room and not any(text.box.meets(box) for box in taken) else None
