"""The list of the page: where an event stands in it, and one page of it.

An event stands at its first day, but a deadline at its last, and so does a window that has begun: whatever has not
happened yet can only lie ahead. What is known by its year alone stands behind the days of that year, under a heading of
its own. Feeds and the API keep the order of the first day.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from timeline.display.event import EventView, view_beliefs
from timeline.extraction.when import LONGEST, When
from timeline.models import Event
from timeline.models.dated import WHEN_COLUMNS, when_of_columns
from timeline.query.events import MAX_CANDIDATES, EventQuery, Key

NOT_LOOSE = LONGEST["quarter"]  # days of the longest window that still stands among the days


class Place(NamedTuple):
    """Where an event stands: at a day, or (`loose`) behind all days of the year of `day`; then in order of id."""

    day: date
    loose: bool
    pk: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `earlier`, `later`: whether others stand before and behind it."""

    events: list[EventView]
    places: list[Place]
    earlier: bool
    later: bool


def place_of(when: When, pk: str, today: date) -> Place:
    """Return where an event of these days stands, seen on `today`."""
    start, end = when.start, when.end
    if start is None or end is None or when.lasts or when.is_exact:
        return Place(when.day, False, pk)
    if when.is_deadline:
        return Place(end, False, pk)
    if end < today:
        return Place(end, False, pk)
    if (end - start).days >= NOT_LOOSE:
        return Place(date(end.year, 12, 31), True, pk)
    return Place(end if start < today else start, False, pk)


def list_page(
    chosen: EventQuery, today: date, *, after: Key | None = None, before: Key | None = None, limit: int
) -> Listing:
    """Return one page of at most `limit` events, behind the place `after` or before the place `before`.

    More than MAX_CANDIDATES matches are listed by their first days, which the database keeps in order.
    """
    seen_on = chosen.as_of or today
    places = _places(chosen, today, seen_on)
    if places is None:
        return _by_first_day(chosen, today, after, before, limit)
    first, last = 0, len(places)
    if after is not None:
        first = _at(places, after, behind=True)
        last = min(last, first + limit)
    elif before is not None:
        last = _at(places, before, behind=False)
        first = max(0, last - limit)
    else:
        last = min(last, limit)
    shown = places[first:last]
    return Listing(_load(chosen, [place.pk for place in shown], today), shown, first > 0, last < len(places))


def _at(places: Sequence[Place], key: Key, *, behind: bool) -> int:
    """Return the index of the place of an id, or where it would stand if it is no longer among them."""
    day, pk = key
    for number, place in enumerate(places):
        if place.pk == pk:
            return number + behind
    place = Place(day, False, pk)
    return bisect_right(places, place) if behind else bisect_left(places, place)


def _places(chosen: EventQuery, today: date, seen_on: date) -> list[Place] | None:
    """Return the places of all matches in order; None if there are more than MAX_CANDIDATES."""
    if chosen.as_of is not None:
        rows = chosen.queryset(today).values_list("pk_of", *WHEN_COLUMNS)
        found = {pk: columns for pk, *columns in rows[: MAX_CANDIDATES + 1]}
    else:
        ids = chosen.ids(today, MAX_CANDIDATES)
        if ids is None:
            return None
        events = Event.objects.filter(pk__in=ids).order_by()
        found = {pk: columns for pk, *columns in events.values_list("pk", *WHEN_COLUMNS)}
    if len(found) > MAX_CANDIDATES:
        return None
    return sorted(place_of(when_of_columns(*columns), pk, seen_on) for pk, columns in found.items())


def _load(chosen: EventQuery, ids: Sequence[str], today: date) -> list[EventView]:
    if chosen.as_of is None:
        return chosen.load(ids, today)
    rows = chosen.queryset(today).filter(event__in=ids).select_related("event")
    views = {view.id: view for view in view_beliefs(list(rows), today, chosen.as_of)}
    return [views[pk] for pk in ids if pk in views]


def _by_first_day(chosen: EventQuery, today: date, after: Key | None, before: Key | None, limit: int) -> Listing:
    found = chosen.events(today, after=after, before=before, limit=limit + 1)
    more = len(found) > limit
    found = found[-limit:] if before else found[:limit]
    earlier, later = (more, True) if before else (after is not None, more)
    return Listing(found, [Place(event.day, False, event.id) for event in found], earlier, later)
