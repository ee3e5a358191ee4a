"""Draw events: find the lane and the label of each."""

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
from timeline.display.titles import TYPES
from timeline.models import Actor
from timeline.models.dated import Kind, Type

NO_ACTOR = ""  # key of the lane of events without a country or bloc
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
    """Draw the events between two days (inclusive); the most important come first in `events` and get room first.

    `lanes`: one of `timeline.query.form.GROUPS`. `ribbons` returns counts, by kind, given the events with a mark.
    Needs one or two queries for the other days of events that were moved or whose day a law gives; none where there
    are no such events.
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
    """A lane. `actor`: the country or bloc it belongs to, None for a type."""

    key: str
    words: str
    actor: Actor | None = None

    def names(self, event: EventView) -> bool:
        """Return whether a title in this lane may omit the actor.

        `Australia: talks` in Japan's lane would not say with whom.
        """
        return self.actor is not None and (event.kind == Kind.ELECTION or self.actor.kind == Actor.Kind.BLOC)


def _lane(event: EventView, lanes: str) -> Place:
    if lanes == "type":
        return Place(event.type, capfirst(str(Type(event.type).label)) if event.type in TYPES else event.type)
    blocs = [actor for actor in event.participants if actor.kind == Actor.Kind.BLOC]
    if lanes == "bloc":
        return _actor_lane(blocs[0]) if blocs else Place(NO_ACTOR, pgettext("lane of events of no bloc", "no bloc"))
    if lanes == "auto" and event.kind == Kind.ALLIANCE and blocs:
        return _actor_lane(blocs[0])
    first = next((a for a in event.participants if lanes != "country" or a.kind != Actor.Kind.BLOC), None)
    first = first or event.place or (event.participants[0] if event.participants else None)
    return (
        _actor_lane(first) if first else Place(NO_ACTOR, pgettext("lane of events of no country", "no country named"))
    )


def _actor_lane(actor: Actor) -> Place:
    return Place(actor.code, actor.name, actor)


# --- one event ----------------------------------------------------------------------------------


def _item(event: EventView, place: Place) -> Item:
    return Item(
        id=event.id,
        group=event.kind,
        lane=place.key,
        when=event.when,
        status=event.state,
        weight=event.weight,
        before=event.before,
        source_window=event.source_window,
    )


def _label(event: EventView, place: Place, axis: Scale, alone: bool) -> str:
    """Return title and days, or the title alone where both are too long: a truncated date would mislead."""
    heading = event.title_in(place.key if place.names(event) and not alone else "")
    inside = all(axis.holds(day) for day in (event.when.start, event.when.end) if day)
    days = span_words(event.when, short=inside and axis.unit in ("day", "week", "month"))
    if event.when.by_law:
        days = pgettext("days of an event", "%(days)s (by law)") % {"days": days}
    label = pgettext("label of a mark", "%(title)s · %(span)s") % {"title": heading, "span": days}
    return label if text_width(label) <= LABEL else heading


# --- texts of the axis --------------------------------------------------------------------------


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
    """Return the month of a day with its year."""
    words = {"month": month_words(day), "number": day.month, "year": day.year}
    return pgettext("heading of a month", "%(month)s %(year)s") % words


def window_days(start: date, end: date) -> str:
    """Return the days that the page shows."""
    return pgettext("days shown", "%(first)s to %(last)s") % {"first": day_words(start), "last": day_words(end)}
