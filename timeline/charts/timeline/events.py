"""Events into the picture: which lane they stand in and what is written beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext

from timeline.charts.scale import Scale
from timeline.charts.text import text_width
from timeline.charts.timeline.layout import Picture, Words, draw, scale
from timeline.charts.timeline.marks import LABEL, Item
from timeline.charts.timeline.packing import OTHERS, packed_lanes
from timeline.charts.timeline.ribbons import Bin
from timeline.display.dates import day_words, month_words, span_words
from timeline.display.event import EventView, with_other_days
from timeline.display.sentences import accessible_name
from timeline.display.titles import TYPES, title
from timeline.models import Actor
from timeline.models.dated import Kind, Type

NOBODY = ""  # the lane of what belongs to none
Ribbons = Callable[[Scale, Sequence[EventView]], Mapping[str, Sequence[Bin]]]


def picture_of(
    events: Sequence[EventView],
    start: date,
    end: date,
    today: date,
    as_of: date | None,
    *,
    lanes: str = "auto",
    ribbons: Ribbons | None = None,
) -> Picture:
    """The events drawn between two days (inclusive), the first given are worth most and get room first.

    `lanes`: one of `timeline.query.form.GROUPS`. `ribbons` returns counts, by kind, given the events with a mark.
    One or two queries for the other days of events that were moved or stand on a day by law; none where there are none.
    """
    axis = scale(start, end)
    full = with_other_days(events)
    places = {event.id: _lane(event, lanes) for event in full}
    by_id = {event.id: event for event in full}

    def wording(item: Item, alone: bool) -> str:
        return _label(by_id[item.id], places[item.id], axis, alone)

    found = packed_lanes(axis, [_item(event, places[event.id]) for event in full], wording)
    drawn = {mark.item.id for lane in found for mark in lane.marks}
    shown = [event for event in full if event.id in drawn]
    words = Words(
        groups={Kind.ELECTION.value: gettext("Elections"), Kind.ALLIANCE.value: gettext("Alliances")},
        lanes={place.key: place.words for place in places.values()} | {OTHERS: pgettext("lane of the rest", "others")},
        marks={event.id: (event.link, accessible_name(event)) for event in shown},
        ticks={day: _tick(day, axis.unit) for day in axis.ticks()},
        headings={day: _heading(day, axis.unit) for day in axis.headings()},
        today=gettext("Today"),
        as_of=gettext("As of %(day)s") % {"day": as_of.isoformat()} if as_of else "",
    )
    counts = ribbons(axis, shown) if ribbons else None
    return draw(axis, found, words, today=today, as_of=as_of, ribbons=counts)


# --- lanes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A lane. `actor`: whose it is, None for a type; `named`: whether it says who an event is of."""

    key: str
    words: str
    actor: Actor | None = None

    def names(self, event: EventView) -> bool:
        """Whether a title beside it need not repeat it: `Australia: talks` beside Japan would not say with whom."""
        return self.actor is not None and (event.kind == Kind.ELECTION or self.actor.kind == Actor.Kind.BLOC)


def _lane(event: EventView, lanes: str) -> Place:
    if lanes == "type":
        return Place(event.type, capfirst(str(Type(event.type).label)) if event.type in TYPES else event.type)
    blocs = [actor for actor in event.participants if actor.kind == Actor.Kind.BLOC]
    if lanes == "bloc":
        return _of(blocs[0]) if blocs else Place(NOBODY, pgettext("lane of events of no bloc", "no bloc"))
    if lanes == "auto" and event.kind == Kind.ALLIANCE and blocs:
        return _of(blocs[0])
    first = next((a for a in event.participants if lanes != "country" or a.kind != Actor.Kind.BLOC), None)
    first = first or event.place or (event.participants[0] if event.participants else None)
    return _of(first) if first else Place(NOBODY, pgettext("lane of events of no country", "no country named"))


def _of(actor: Actor) -> Place:
    return Place(actor.code, actor.name, actor)


# --- one event ----------------------------------------------------------------------------------


def _item(event: EventView, place: Place) -> Item:
    return Item(
        id=event.id,
        group=event.kind,
        lane=place.key,
        start=event.start,
        end=event.end,
        deadline=event.modifier == "by" and event.end is not None,
        lasting=event.extent == "throughout",
        status=event.state,
        weight=event.weight,
        alternatives=event.alternatives,
        before=event.before,
        told=event.told,
    )


def _label(event: EventView, place: Place, axis: Scale, alone: bool) -> str:
    """Title and days, or where both are too long the title alone: a cut date would tell less than none."""
    heading = title(event, lane=place.key if place.names(event) and not alone else "")
    inside = all(axis.holds(day) for day in (event.start, event.end) if day)
    days = span_words(event, short=inside and axis.unit in ("day", "week", "month"))
    if event.by_law:
        days = pgettext("days of an event", "%(days)s (by law)") % {"days": days}
    label = pgettext("label of a mark", "%(title)s · %(span)s") % {"title": heading, "span": days}
    return label if text_width(label) <= LABEL else heading


# --- the axis in words --------------------------------------------------------------------------


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
        return month_heading(day)
    return str(day.year)


def month_heading(day: date) -> str:
    """The month of a day with its year."""
    words = {"month": month_words(day), "number": day.month, "year": day.year}
    return pgettext("heading of a month", "%(month)s %(year)s") % words


def window_days(start: date, end: date) -> str:
    """The days that the page shows."""
    return pgettext("days shown", "%(first)s to %(last)s") % {"first": day_words(start), "last": day_words(end)}
