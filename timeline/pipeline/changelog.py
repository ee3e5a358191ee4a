"""The log of changes: what happened to an event when its rows were written, told in one word with both states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from timeline.models import Change, Event
from timeline.models.dated import Status

What = Change.What
State = dict[str, Any] | None  # as in Change.before and .after; None: not on the calendar
DAYS = ("start", "end")
SHADES = ("granularity", "modifier", "extent")
REVISING = frozenset({What.MOVED, What.CANCELLED, What.STATUS, What.RESTORED})


def state_of(event: Event, codes: Sequence[str]) -> State:
    """What the log keeps of an event; `codes`: who takes part, in order."""
    if event.merged_into_id is not None or event.retracted:
        return None
    days = {name: day.isoformat() if (day := getattr(event, name)) else None for name in DAYS}
    rest = {name: getattr(event, name) for name in (*SHADES, "status", "type")}
    return {**days, **rest, "participants": list(codes)}


def what_changed(before: State, after: State, *, new: bool, merged: bool) -> Change.What | None:
    """The one word for the step between two states; None where both are the same."""
    if after is None:
        if merged:
            return What.MERGED
        return None if before is None else What.RETRACTED
    if before is None:
        return What.ADDED if new else What.RESTORED
    if before["status"] != after["status"] and after["status"] == Status.CANCELLED:
        return What.CANCELLED
    if any(before[name] != after[name] for name in DAYS):
        return What.MOVED
    if before["status"] != after["status"]:
        return What.STATUS
    return What.REVISED if before != after else None


def log(changes: Iterable[Change]) -> None:
    """Store changes as the last act of their transaction.

    Writers take turns from here to the end of their transactions, so that ids rise in the order in which rows become
    visible: a reader who continues behind the last id it saw misses nothing.
    """
    rows = list(changes)
    if rows and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [__name__])
    Change.objects.bulk_create(rows)
