"""Events into the picture: which lane they stand in and what is written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, pgettext

from timeline.drawing import LABEL, Item, Picture, Words, draw, scale, text_width
from timeline.models import Actor
from timeline.models.dated import Kind
from timeline.scale import Scale
from timeline.schemas import EventView
from timeline.shapes import Ends, Piece, bar, diamond, line
from timeline.spans import day_words, month_words, span_words
from timeline.titles import title
from timeline.wording import accessible_name, state_words

STATES = ("occurred", "scheduled", "expected", "conditional", "postponed", "cancelled", "lapsed")


def picture_of(events: Sequence[EventView], start: date, end: date, today: date, as_of: date | None) -> Picture:
    """The events drawn between two days (inclusive)."""
    axis = scale(start, end)
    lanes = {event.id: _lane(event) for event in events}
    words = Words(
        groups={Kind.ELECTION.value: gettext("Elections"), Kind.ALLIANCE.value: gettext("Alliances")},
        lanes={actor.code: actor.name for actor in lanes.values() if actor},
        ticks={day: _tick(day, axis.unit) for day in axis.ticks()},
        headings={day: _heading(day, axis.unit) for day in axis.headings()},
        today=gettext("Today"),
        as_of=gettext("As known on %(day)s") % {"day": as_of.isoformat()} if as_of else "",
    )
    items = [_item(event, lanes[event.id], axis) for event in events]
    return draw(axis, items, words, today=today, as_of=as_of)


def _lane(event: EventView) -> Actor | None:
    """An election stands with who votes, an alliance with its bloc, or lacking one with its first country."""
    if event.kind == Kind.ALLIANCE:
        blocs = [actor for actor in event.participants if actor.kind == Actor.Kind.BLOC]
        if blocs:
            return blocs[0]
    return event.participants[0] if event.participants else event.place


def _item(event: EventView, lane: Actor | None, axis: Scale) -> Item:
    code = lane.code if lane else ""
    # "Australia: talks" beside "Japan" would not say who talks with whom.
    named_beside = lane is not None and (event.kind == Kind.ELECTION or lane.kind == Actor.Kind.BLOC)
    heading = title(event, lane=code if named_beside else "")
    inside = all(axis.holds(day) for day in (event.start, event.end) if day)
    words = span_words(event, short=inside and axis.unit in ("day", "week", "month"))
    label = pgettext("label of a mark", "%(title)s · %(span)s") % {"title": heading, "span": words}
    return Item(
        id=event.id,
        group=event.kind,
        lane=code,
        start=event.start,
        end=event.end,
        deadline=event.modifier == "by" and event.end is not None,
        lasting=event.extent == "throughout",
        status=event.state,
        label=label if text_width(label) <= LABEL else heading,  # a cut date would tell less than none
        name=accessible_name(event),
        url=event.link,
        weight=event.source_count,
        alternatives=event.alternatives,
    )


def _tick(day: date, unit: str) -> str:
    if unit == "day":
        return pgettext("tick of a day", "%(day)s") % {"day": day.day}
    if unit == "week":
        return f"{day.month}/{day.day}" if _month_first() else f"{day.day} {month_words(day)}"
    if unit in ("month", "quarter"):
        return month_words(day)
    return str(day.year)


def _month_first() -> bool:
    return pgettext("order of day and month in a tick: day-month or month-day", "day-month") == "month-day"


def _heading(day: date, unit: str) -> str:
    if unit in ("day", "week"):
        words = {"month": month_words(day), "number": day.month, "year": day.year}
        return pgettext("heading of a month", "%(month)s %(year)s") % words
    return str(day.year)


# --- the legend ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """One entry of the legend: a small drawing and what it means."""

    status: str
    pieces: tuple[Piece, ...]
    words: str


def legend(events: Sequence[EventView]) -> list[Sample]:
    """What the marks that occur mean: statuses first, then shapes."""
    states = {event.state for event in events}
    samples = [Sample(s, diamond(26, 11, 7, "plain", s), state_words(s)) for s in STATES if s in states]
    sure = "scheduled"
    if any(event.end is None or event.start is None for event in events):
        pieces = line(6, 40, 11, "plain", sure, Ends(open_right=True))
        samples.append(Sample(sure, pieces, gettext("open end")))
    windows = [event for event in events if event.start and event.end and event.start != event.end]
    if any(event.extent == "within" and event.modifier != "by" for event in windows):
        samples.append(Sample(sure, bar([(6, 40)], 11, "plain", sure, Ends()), gettext("on some day within")))
    if any(event.extent == "throughout" for event in windows):
        pieces = bar([(6, 40)], 11, "plain", sure, Ends(lasting=True))
        samples.append(Sample(sure, pieces, gettext("lasts throughout")))
    if any(event.modifier == "by" for event in windows):
        pieces = bar([(4, 34)], 11, "plain", sure, Ends(flag=True))
        samples.append(Sample(sure, pieces, gettext("deadline")))
    if any(len(event.alternatives) > 1 for event in events):
        pieces = bar([(4, 22), (22, 40)], 11, "plain", sure, Ends())
        samples.append(Sample(sure, pieces, gettext("either of two")))
    return samples


def window_days(start: date, end: date) -> str:
    """The days that the page shows."""
    return pgettext("days shown", "%(first)s to %(last)s") % {"first": day_words(start), "last": day_words(end)}
