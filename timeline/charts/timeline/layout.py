"""Layout of the timeline picture: days and texts in, marks with coordinates out. Templates only place them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from timeline.charts.scale import Scale
from timeline.charts.text import fitted, number, text_width
from timeline.charts.timeline import packing
from timeline.charts.timeline.marks import HALF, ROW, Label, Mark
from timeline.charts.timeline.packing import OTHERS, PAD
from timeline.charts.timeline.ribbons import BAR_HEIGHT, Bin, Ribbon, ribbon

WIDTH, GUTTER, MARGIN = 1280.0, 158.0, 14.0
HEAD, GROUP = 78.0, 30.0
TICK_TOP, LINE_TOP = 38.0, 56.0
CROP = 26.0  # above the ticks, where there are no headings


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of the picture: its label and its marks."""

    key: str
    full: str
    label: Label
    rule: str  # y of the line below
    marks: tuple[Mark, ...]  # in order of day
    names: tuple[tuple[str, str], ...]  # URL and name of each

    @property
    def rows(self) -> Iterable[tuple[Mark, str, str]]:
        """Yield each mark with its URL and its name."""
        return ((mark, *words) for mark, words in zip(self.marks, self.names, strict=True))


@dataclass(frozen=True, slots=True)
class Group:
    """Lanes under one label, with a ribbon of counts where there is one."""

    key: str
    label: Label
    ribbon: Ribbon | None
    lanes: tuple[Lane, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A vertical line with a text: a tick, a heading, today."""

    x: str
    label: Label


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to be placed; `start` and `end` are the days at `left` and `right`."""

    start: date
    end: date
    width: str
    height: str
    crop: str  # the y where the picture begins
    top: str
    bottom: str
    left: str
    right: str
    clip: str  # where the moving part begins: half a mark of the first day lies left of the axis
    ticks: tuple[Rule, ...]
    headings: tuple[Label, ...]
    weekends: str
    today: Rule | None
    as_of: Rule | None
    groups: tuple[Group, ...]

    @property
    def marks(self) -> list[Mark]:
        return [mark for group in self.groups for lane in group.lanes for mark in lane.marks]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the events that have a mark."""
        return frozenset(mark.id for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of the picture: names of groups and lanes, ticks and headings by day, the labels of two lines.

    `marks`: by event id, its URL and its accessible name.
    """

    groups: dict[str, str]
    lanes: dict[str, str]
    marks: dict[str, tuple[str, str]]
    ticks: dict[date, str]
    headings: dict[date, str]
    today: str
    as_of: str = ""


def scale(start: date, end: date) -> Scale:
    """Return the axis of the picture from the first to the last day, both inclusive."""
    return Scale(start, max(start, end), GUTTER, WIDTH - MARGIN)


def draw(
    axis: Scale,
    lanes: Iterable[packing.Lane],
    words: Words,
    *,
    today: date,
    as_of: date | None = None,
    ribbons: Mapping[str, Sequence[Bin]] | None = None,
) -> Picture:
    """Place the packed lanes; `ribbons`: by group, the counts of events without a mark."""
    settled = list(lanes)
    y = HEAD
    groups = []
    for key, name in words.groups.items():
        mine = [lane for lane in settled if lane.group == key]
        bins = [b for b in (ribbons or {}).get(key, ()) if b.count > 0]
        if mine or bins:
            group, y = _group(axis, key, name, mine, bins, words, y)
            groups.append(group)
    bottom = y + 6
    first, second = _lines(axis, words, today, as_of)
    headings = tuple(_headings(axis, words))
    crop = 0.0 if headings else CROP
    return Picture(
        start=axis.start,
        end=axis.end,
        width=number(WIDTH),
        height=number(bottom + 6 - crop),
        crop=number(crop),
        top=number(LINE_TOP),
        bottom=number(bottom),
        left=number(axis.left),
        right=number(axis.right),
        clip=number(axis.left - HALF - 1),
        ticks=tuple(_ticks(axis, words)),
        headings=headings,
        weekends=_weekends(axis, bottom),
        today=first,
        as_of=second,
        groups=tuple(groups),
    )


# --- groups and lanes ---------------------------------------------------------------------------


def _group(
    axis: Scale,
    key: str,
    name: str,
    settled: Sequence[packing.Lane],
    bins: Sequence[Bin],
    words: Words,
    y: float,
) -> tuple[Group, float]:
    """Return a group: heading, ribbon beside it, lanes with the most reports first; and the y below it."""
    label = Label(name, "16", number(y + 20))
    counted = ribbon(axis, bins, y + GROUP - BAR_HEIGHT - 4) if bins else None
    y += GROUP
    lanes = []
    order = sorted(settled, key=lambda lane: (lane.key == OTHERS, -lane.weight, words.lanes.get(lane.key, lane.key)))
    for lane in order:
        drawn, y = _lane(lane, words, y)
        lanes.append(drawn)
    return Group(key, label, counted, tuple(lanes)), y + 4


def _lane(lane: packing.Lane, words: Words, y: float) -> tuple[Lane, float]:
    """Return a lane with its marks in order of x, and the y below it."""
    marks: list[Mark] = []
    baseline = y + lane.rows[0].height - ROW / 2 + 4.5
    for row in lane.rows:
        marks += [mark.at(y, y + row.height) for *_, mark in row.marks]
        y += row.height
    y += PAD
    full = words.lanes.get(lane.key, lane.key)
    beside = Label(fitted(full, GUTTER - 34, 13), "26", number(baseline))
    days = {mark.item.id: (mark.segments[0][0], mark.segments[-1][1]) for mark in lane.marks}
    ordered = tuple(sorted(marks, key=lambda m: (days[m.id], m.top)))
    names = tuple(words.marks.get(mark.id, ("", "")) for mark in ordered)
    return Lane(lane.key, full, beside, number(y), ordered, names), y


# --- the axis -----------------------------------------------------------------------------------


def _ticks(axis: Scale, words: Words) -> Iterable[Rule]:
    for day in axis.ticks():
        x = axis.before(day)
        text = words.ticks.get(day, "")
        if x + text_width(text, 11) + 4 > WIDTH:
            text = ""
        yield Rule(number(x), Label(text, number(x + 4), "50"))


def _headings(axis: Scale, words: Words) -> Iterable[Label]:
    days = axis.headings()
    for day, following in zip_longest(days, days[1:]):
        x, text = axis.before(day), words.headings.get(day, "")
        edge = axis.before(following) if following else WIDTH
        if x + text_width(text, 15) + 10 <= edge:
            yield Label(text, number(x + 4), "28")


def _weekends(axis: Scale, bottom: float) -> str:
    """Return one path that shades Saturdays and Sundays."""
    down = number(bottom - TICK_TOP)
    found = ""
    for first, last in axis.weekends():
        left, right = axis.before(first), axis.behind(last)
        found += f"M{number(left)} {number(TICK_TOP)}v{down}H{number(right)}v-{down}z"
    return found


def _lines(axis: Scale, words: Words, today: date, as_of: date | None) -> tuple[Rule | None, Rule | None]:
    """Return the lines of today and of `as_of`, with their texts on the sides away from each other."""
    both = as_of is not None and axis.holds(as_of) and axis.holds(today)
    known_first = as_of is not None and as_of <= today
    first = _line(axis, today, words.today, both and not known_first)
    second = _line(axis, as_of, words.as_of, both and known_first) if as_of else None
    return first, second


def _line(axis: Scale, day: date, text: str, to_left: bool) -> Rule | None:
    """Return a line whose text is below the ticks, in a row of its own."""
    if not axis.holds(day):
        return None
    x, width = axis.middle(day), text_width(text, 11) + 5
    to_left = (to_left and x - width > axis.left) or x + width > WIDTH
    if to_left:
        return Rule(number(x), Label(text, number(x - 5), "67", "end"))
    return Rule(number(x), Label(text, number(x + 5), "67"))
