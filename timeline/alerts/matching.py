"""Which changes a watched filter is about, by the states that the log of changes keeps.

An event that moves out of a filter must be told as much as one that moves in, so either state of a change may match,
and events that are gone match by their last one. What the log does not keep of an event (its words, its newsrooms, …)
is asked of the database, where an event that is gone has none of it: it is told if one of its changes was told before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import QueryDict

from timeline.display.event import SETTLED
from timeline.extraction.when import when_of
from timeline.models import Change, DeliveredChange, Watch
from timeline.query.conditions import LAPSED
from timeline.query.filter import EventFilter
from timeline.query.form import parse_page
from timeline.query.parameters import FIELDS
from timeline.query.windows import Days

State = Mapping[str, Any]  # as in Change.before and .after

OF_STATE = ("type", "country", "bloc", "status", "precision", "window", "start", "end")  # fields that a state answers
OF_EVENT = ("kind",)  # fields that never change


def filter_of(query: str) -> EventFilter:
    """Parse the query of a watch. Raises FilterError, also for one that looks back (`as_of`)."""
    chosen, _ = parse_page(QueryDict(query))
    return replace(chosen, as_of=None)


def concerned(watches: Sequence[Watch], changes: Sequence[Change], today: date) -> dict[int, list[Change]]:
    """Return the changes of which each of these watches, all of one query, is told, by the watch's id.

    `changes`: with their event, oldest first. At most three queries. Raises FilterError.
    """
    chosen = filter_of(watches[0].query)
    known, gone = _matching(chosen, changes, today)
    delivered = _delivered_before(watches, gone)
    return {
        watch.pk: [
            change
            for change in changes
            if change.pk > watch.since and (change.pk in known or (watch.pk, change.event_id) in delivered)
        ]
        for watch in watches
    }


def _matching(chosen: EventFilter, changes: Sequence[Change], today: date) -> tuple[set[int], set[str]]:
    """Return the ids of the changes that match, and the events of those that can no longer be asked about."""
    found = [change for change in changes if _either_state_matches(chosen, change, today)]
    rest = replace(chosen, **{name: FIELDS[name].value.default for name in (*OF_EVENT, *OF_STATE)})
    if chosen.members:  # no state says who is a member
        rest = replace(rest, bloc=chosen.bloc)
    if not rest.to_query():
        return {change.pk for change in found}, set()
    live = rest.queryset(today).filter(pk__in={change.event_id for change in found})
    ids = set(live.values_list("pk", flat=True))
    gone = {change.event_id for change in found if not change.after}
    return {change.pk for change in found if change.event_id in ids}, gone - ids


def _delivered_before(watches: Sequence[Watch], events: set[str]) -> set[tuple[int, str]]:
    """Return which of these events each watch was told of already."""
    if not events:
        return set()
    rows = DeliveredChange.objects.filter(watch__in=[watch.pk for watch in watches], change__event__in=events)
    return set(rows.values_list("watch", "change__event").distinct())


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
    return all(not wanted or codes & set(wanted) for wanted in (chosen.country, chosen.blocs))


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
