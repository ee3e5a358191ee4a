"""The legend of the picture, and the same shapes as icons of the list's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from timeline.charts.shapes import Ends, Piece, arrow, bar, diamond, ghost, line, markup, source_window
from timeline.charts.timeline.layout import Picture
from timeline.display.event import EventView
from timeline.display.sentences import state_words

STATES = ("occurred", "scheduled", "expected", "conditional", "postponed", "cancelled", "lapsed")
PAINTS = ("election", "alliance", "plain")  # each has its own gradients and patterns
LEFT, RIGHT, MIDDLE, HALF = 3.0, 33.0, 10.0, 7.0  # of an icon of 36 × 20


def glyph(event: EventView) -> tuple[Piece, ...]:
    """Return the shape of the event's mark in a box of 36 × 20."""
    group, status, when = event.kind, event.state, event.when
    middle = (LEFT + RIGHT) / 2
    before = arrow(11 if when.is_day else LEFT + 14, MIDDLE) if status == "postponed" else ()
    left = LEFT + 12 if before else LEFT
    if when.is_day:
        return (*before, *diamond(middle + (5 if before else 0), MIDDLE, HALF, group, status))
    ends = Ends(open_left=when.start is None, open_right=when.end is None, lasting=when.lasts)
    if ends.open_left or ends.open_right:
        return (*before, *line(left, RIGHT, MIDDLE, group, status, ends))
    if len(when.alternatives) > 1:
        half = (left + RIGHT) / 2
        return (*before, *bar([(left, half), (half, RIGHT)], MIDDLE, group, status, ends))
    if when.modifier == "by":
        return (*before, *bar([(left, RIGHT - 5)], MIDDLE, group, status, Ends(flag=True)))
    return (*before, *bar([(left, RIGHT)], MIDDLE, group, status, ends))


@dataclass(frozen=True, slots=True)
class Glyph:
    """An icon that rows of the list share: they refer to it by `key`."""

    key: str
    svg: str


def glyphs(events: Sequence[EventView]) -> tuple[list[Glyph], dict[str, str]]:
    """Return the different icons of these events, and the key of each event's by its id."""
    keys: dict[tuple[Piece, ...], str] = {}
    by_event = {event.id: keys.setdefault(glyph(event), f"sign-{len(keys)}") for event in events}
    return [Glyph(key, markup(pieces)) for pieces, key in keys.items()], by_event


# --- the legend ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of the legend: a small drawing and its meaning."""

    status: str
    svg: str
    words: str


def legend(events: Sequence[EventView], picture: Picture | None = None) -> list[LegendEntry]:
    """Return the legend of the marks that occur: statuses first, then shapes."""
    drawn = picture.ids if picture else {event.id for event in events}
    shown = [event for event in events if event.id in drawn]
    states = {event.state for event in shown}
    samples = [_sample(_of_state(s), state_words(s), s) for s in STATES if s in states]
    windows = [event for event in shown if None not in event.when.days and not event.when.is_day]
    one_of = [event for event in windows if not event.when.lasts and event.when.modifier != "by"]
    if any(len(event.when.alternatives) < 2 for event in one_of):
        samples.append(_sample(bar([(6, 40)], 11, "plain", "scheduled", Ends()), gettext("exact day not known")))
    if any(event.when.lasts for event in windows):
        pieces = bar([(6, 40)], 11, "plain", "scheduled", Ends(lasting=True))
        samples.append(_sample(pieces, gettext("whole period")))
    if any(event.when.modifier == "by" for event in windows):
        pieces = bar([(4, 34)], 11, "plain", "scheduled", Ends(flag=True))
        samples.append(_sample(pieces, gettext("deadline")))
    if any(None in event.when.days for event in shown):
        pieces = line(6, 40, 11, "plain", "scheduled", Ends(open_right=True))
        samples.append(_sample(pieces, gettext("open end")))
    if any(len(event.when.alternatives) > 1 for event in shown):
        pieces = bar([(4, 23), (23, 42)], 11, "plain", "scheduled", Ends())
        samples.append(_sample(pieces, gettext("one of two dates")))
    return [*samples, *_of_picture(picture)]


def all_states() -> list[LegendEntry]:
    """Return an entry for each status, whether it occurs or not."""
    return [_sample(_of_state(state), state_words(state), state) for state in STATES]


def all_shapes() -> list[LegendEntry]:
    """Return an entry for each shape of days."""
    return [
        _sample(diamond(23, 11, 7, "plain", "scheduled"), gettext("one day")),
        _sample(bar([(6, 40)], 11, "plain", "scheduled", Ends()), gettext("exact day not known")),
        _sample(bar([(6, 40)], 11, "plain", "scheduled", Ends(lasting=True)), gettext("whole period")),
        _sample(bar([(4, 34)], 11, "plain", "scheduled", Ends(flag=True)), gettext("deadline")),
        _sample(line(6, 40, 11, "plain", "scheduled", Ends(open_right=True)), gettext("open end")),
        _sample(bar([(4, 23), (23, 42)], 11, "plain", "scheduled", Ends()), gettext("one of two dates")),
        _sample((*ghost(8, 8, 11, 28, 42), *diamond(36, 11, 7, "plain", "scheduled")), gettext("previous date")),
        _sample(
            (source_window(4, 42, 11), *diamond(23, 11, 7, "plain", "scheduled")),
            gettext("date set by law within the reported window"),
        ),
    ]


def _sample(pieces: Sequence[Piece], words: str, status: str = "scheduled") -> LegendEntry:
    return LegendEntry(status, markup(pieces), words)


def _of_state(status: str) -> tuple[Piece, ...]:
    before = arrow(26, 11) if status == "postponed" else ()
    return (*before, *diamond(33 if before else 23, 11, 7, "plain", status))


def _of_picture(picture: Picture | None) -> list[LegendEntry]:
    """Return entries for what only the picture has: former places, days by law, counts."""
    if picture is None:
        return []
    css = {piece.css for mark in picture.marks for piece in mark.pieces}
    samples = []
    if "ghost" in css:
        pieces = (*ghost(8, 8, 11, 28, 42), *diamond(36, 11, 7, "plain", "scheduled"))
        samples.append(_sample(pieces, gettext("previous date")))
    if "source-window" in css:
        pieces = (source_window(4, 42, 11), *diamond(23, 11, 7, "plain", "scheduled"))
        samples.append(_sample(pieces, gettext("date set by law within the reported window")))
    if any(group.ribbon for group in picture.groups):
        bars = (Piece("count", "M6 18v-6h8v6zM15 18v-12h8v12zM24 18v-9h8v9zM33 18v-4h8v4z"),)
        samples.append(_sample(bars, gettext("further events, not drawn")))
    return samples
