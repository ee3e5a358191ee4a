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
from timeline.models.dated import WHEN_COLUMNS, when_of_columns
from timeline.query.events import MAX_CANDIDATES, Candidate, EventQuery, Key, by_importance

NOT_LOOSE = LONGEST["quarter"]  # days of the longest window that still stands among the days


class Place(NamedTuple):
    """Where an event stands: at a day, or (`loose`) behind all days of the year of `day`; then in order of id."""

    day: date
    loose: bool
    pk: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `earlier`, `later`: whether others stand before and behind it.

    `important`: the most important of all matches, in the order of `by_importance`, as many as were asked for.
    """

    events: list[EventView]
    places: list[Place]
    earlier: bool
    later: bool
    important: list[EventView]


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
    chosen: EventQuery,
    today: date,
    *,
    after: Key | None = None,
    before: Key | None = None,
    limit: int,
    important: int = 0,
    total: int = 0,
) -> Listing:
    """Return one page of at most `limit` events, behind the place `after` or before the place `before`.

    More than MAX_CANDIDATES matches are listed by their first days, which the database keeps in order. `important`:
    so many of the most important are found and loaded with them. `total`: how many match, if that is known.
    """
    if chosen.as_of is not None:
        return _known_page(chosen, today, chosen.as_of, after, before, limit, important)
    found = chosen.candidates(today) if total <= MAX_CANDIDATES else None
    if found is None:
        places, earlier, later = _by_first_day(chosen.keys(today, after, before, limit + 1), after, before, limit)
    else:
        places, earlier, later = _page_of(_places(found, today), after, before, limit)
    wanted = chosen.most_important_ids(today, important, found) if important else []
    views = {view.id: view for view in chosen.load(dict.fromkeys([*(place.pk for place in places), *wanted]), today)}
    places = [place for place in places if place.pk in views]  # others were removed meanwhile
    shown = [views[place.pk] for place in places]
    return Listing(shown, places, earlier, later, [views[pk] for pk in wanted if pk in views])


def _known_page(
    chosen: EventQuery, today: date, as_of: date, after: Key | None, before: Key | None, limit: int, important: int
) -> Listing:
    """Return a page as known on a day."""
    rows = list(chosen.queryset(today).values_list("pk_of", *WHEN_COLUMNS)[: MAX_CANDIDATES + 1])
    if len(rows) > MAX_CANDIDATES:
        events = chosen.events(today, after=after, before=before, limit=limit + 1)
        views = {event.id: event for event in events}
        keys = [(event.day, event.id) for event in events]
        places, earlier, later = _by_first_day(keys, after, before, limit)
    else:
        found = sorted(place_of(when_of_columns(*columns), pk, as_of) for pk, *columns in rows)
        places, earlier, later = _page_of(found, after, before, limit)
        beliefs = chosen.queryset(today).filter(event__in=[place.pk for place in places]).select_related("event")
        views = {view.id: view for view in view_beliefs(list(beliefs), today, as_of)}
    places = [place for place in places if place.pk in views]
    shown = [views[place.pk] for place in places]
    if not important:
        return Listing(shown, places, earlier, later, [])
    alone = not earlier and not later
    most = by_importance(shown, today) if alone else chosen.most_important(today, important)
    return Listing(shown, places, earlier, later, most)


Page = tuple[list[Place], bool, bool]  # and whether others stand before and behind them


def _page_of(places: list[Place], after: Key | None, before: Key | None, limit: int) -> Page:
    first, last = 0, len(places)
    if after is not None:
        first = _at(places, after, behind=True)
        last = min(last, first + limit)
    elif before is not None:
        last = _at(places, before, behind=False)
        first = max(0, last - limit)
    else:
        last = min(last, limit)
    return places[first:last], first > 0, last < len(places)


def _by_first_day(keys: list[Key], after: Key | None, before: Key | None, limit: int) -> Page:
    more = len(keys) > limit
    keys = keys[-limit:] if before else keys[:limit]
    earlier, later = (more, True) if before else (after is not None, more)
    return [Place(day, False, pk) for day, pk in keys], earlier, later


def _at(places: Sequence[Place], key: Key, *, behind: bool) -> int:
    """Return the index of the place of an id, or where it would stand if it is no longer among them."""
    day, pk = key
    for number, place in enumerate(places):
        if place.pk == pk:
            return number + behind
    place = Place(day, False, pk)
    return bisect_right(places, place) if behind else bisect_left(places, place)


def _places(found: Sequence[Candidate], today: date) -> list[Place]:
    return sorted(place_of(when_of_columns(*row.columns), row.pk, today) for row in found)
