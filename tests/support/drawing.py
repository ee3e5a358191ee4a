"""One mark or several, drawn, and where their paths go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from timeline.charts.text import text_width
from timeline.charts.timeline.layout import Picture, Words, draw, scale
from timeline.charts.timeline.marks import Item, Mark
from timeline.charts.timeline.packing import packed_lanes
from timeline.extraction.when import When

START, END = date(2024, 1, 1), date(2025, 2, 28)


STATUSES = ["scheduled", "expected", "conditional", "occurred", "postponed", "cancelled", "lapsed"]


WORDS = Words(
    groups={"election": "选举", "alliance": "联盟"},
    lanes={"AU": "澳大利亚", "nato": "北约"},
    marks={},
    ticks={},
    headings={},
    today="今天",
    as_of="所知截至",
)


ITEM = Item(
    id="a",
    group="election",
    lane="AU",
    when=When(date(2024, 5, 3), date(2024, 5, 3)),
    status="scheduled",
    label="大选 · 5月3日",
)


def drawn(*items: Item, start: date = START, end: date = END, **more: Any) -> Picture:
    axis = scale(start, end)
    today = more.pop("today", None) or date(2024, 9, 1)
    return draw(axis, packed_lanes(axis, items), more.pop("words", WORDS), today=today, **more)


def item(**more: Any) -> Item:
    """An item like ITEM, with other values of it or of its `when`."""
    days = {name: more.pop(name) for name in ("start", "end", "modifier", "extent", "alternatives") if name in more}
    return replace(ITEM, when=replace(ITEM.when, **days), **more)


def one(**more: Any) -> Mark:
    (mark,) = drawn(item(**more)).marks
    return mark


def css(mark: Mark) -> set[str]:
    return {piece.css for piece in mark.pieces}


STEP = re.compile(r"([MmLlHhVvQqaz])|(-?[0-9]*\.?[0-9]+)")


LENGTHS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "A": 7}


def points(d: str) -> Iterator[tuple[float, float]]:
    """The corners and control points of a path, as a browser goes along it."""
    x = y = 0.0
    command = "M"
    numbers: list[float] = []
    for name, value in STEP.findall(d):
        if name:
            command, numbers = name, []
            continue
        numbers.append(float(value))
        if len(numbers) < LENGTHS[command.upper()]:
            continue
        by_x, by_y = (x, y) if command.islower() else (0.0, 0.0)
        if command in "Hh":
            x = by_x + numbers[0]
        elif command in "Vv":
            y = by_y + numbers[0]
        else:
            if command in "Qq":
                yield by_x + numbers[0], by_y + numbers[1]
            x, y = by_x + numbers[-2], by_y + numbers[-1]
        yield x, y
        numbers = []


def xs(mark: Mark, *kinds: str) -> list[float]:
    """The x of all points of the pieces of these classes."""
    return [x for piece in mark.pieces if piece.css in kinds for x, _ in points(piece.d)]


def label_box(mark: Mark) -> tuple[float, float]:
    x, width = float(mark.label.x), text_width(mark.label.text)
    return (x - width, x) if mark.label.anchor == "end" else (x, x + width)
