"""Which changes a filter is about, by the states that the log of changes keeps.

An event that moves out of a filter matters as much as one that moves in, so either state of a change may match, and
events that are gone match by their last one. What the log does not keep of an event (its words, its newsrooms, …) is
asked of the database, where an event that is gone has none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from timeline.display.event import SETTLED
from timeline.extraction import gazetteer
from timeline.extraction.when import when_of
from timeline.models import Change
from timeline.query.conditions import LAPSED
from timeline.query.filter import EventFilter
from timeline.query.parameters import AS_OF, FIELDS, PARAMETERS
from timeline.query.windows import Days

State = Mapping[str, Any]  # as in Change.before and .after

# Fields that a state answers.
OF_STATE = ("type", "country", "region", "bloc", "members", "status", "precision", "window", "start", "end")
OF_EVENT = ("kind",)  # fields that never change
FILTER = tuple(parameter for parameter in PARAMETERS if parameter is not AS_OF)  # a stream has no earlier state


def filter_of_stream(values: Mapping[str, Any]) -> EventFilter:
    """Make the filter of the parsed values of FILTER, by key."""
    return EventFilter.of({**values, AS_OF.key: AS_OF.value.default})


def in_stream(chosen: EventFilter, changes: Sequence[Change], today: date) -> list[Change]:
    """Return the changes that match or may have matched: who follows a filter must learn that an event is gone.

    Arguments as in `matching`. At most one query.
    """
    known, unsure = matching(chosen, changes, today)
    return sorted((*known, *unsure), key=lambda change: change.pk)


def matching(chosen: EventFilter, changes: Sequence[Change], today: date) -> tuple[list[Change], list[Change]]:
    """Return the changes that match a filter without `as_of`, and those of which that can no longer be said.

    The latter match by their states, but their events are gone, and the filter has conditions that no state answers.
    `changes`: with their events; both lists are in their order. At most one query.
    """
    found = [change for change in changes if _either_state_matches(chosen, change, today)]
    rest = replace(chosen, **{name: FIELDS[name].value.default for name in (*OF_EVENT, *OF_STATE)})
    if not rest.to_query():
        return found, []
    live = rest.queryset(today).filter(pk__in={change.event_id for change in found})
    ids = set(live.values_list("pk", flat=True))
    known = [change for change in found if change.event_id in ids]
    return known, [change for change in found if change.event_id not in ids and _is_gone(change)]


def _is_gone(change: Change) -> bool:
    return not change.after or change.event.retracted or change.event.merged_into_id is not None


def _either_state_matches(chosen: EventFilter, change: Change, today: date) -> bool:
    if chosen.kind and change.event.kind != chosen.kind:
        return False
    days = chosen.days(today)
    return any(_matches(chosen, state, days, today) for state in (change.before, change.after) if state)


def _matches(chosen: EventFilter, state: State, days: Days, today: date) -> bool:
    return all(condition(chosen, state, days, today) for condition in CONDITIONS)


def _type(chosen: EventFilter, state: State, days: Days, today: date) -> bool:
    return not chosen.type or state.get("type") in chosen.type


def _participants(chosen: EventFilter, state: State, days: Days, today: date) -> bool:
    codes = set(state.get("participants", ()))
    of_regions = frozenset[str]().union(*(gazetteer.codes_in(slug) for slug in chosen.region))
    wanted = [set(chosen.country), set(chosen.blocs), of_regions]
    if chosen.members:
        when = when_of(state)
        day = when.start or when.end
        wanted.append(frozenset[str]().union(*(gazetteer.members(slug, day) for slug in chosen.bloc if day)))
        if not wanted[-1]:
            return False
    return all(not those or codes & those for those in wanted)


def _status(chosen: EventFilter, state: State, days: Days, today: date) -> bool:
    if not chosen.status or state.get("status") in chosen.status:
        return True
    end = when_of(state).end
    return LAPSED in chosen.status and state.get("status") not in SETTLED and end is not None and end < today


def _days(chosen: EventFilter, state: State, days: Days, today: date) -> bool:
    when, (first, last) = when_of(state), days
    if chosen.precision and when.precision not in chosen.precision:
        return False
    begins = last is None or when.start is None or when.start <= last
    return begins and (first is None or when.end is None or when.end >= first)


CONDITIONS: tuple[Callable[[EventFilter, State, Days, date], bool], ...] = (_type, _participants, _status, _days)
