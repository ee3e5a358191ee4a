"""The log of changes of events: the kind of each change, with the states before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from timeline.extraction.when import When, dates_of
from timeline.models import Change, Event
from timeline.models.dated import Status

What = Change.What
State = dict[str, Any] | None  # as in Change.before and .after; None: not live
DAYS = ("start", "end")
REVISIONS = frozenset({What.MOVED, What.CANCELLED, What.STATUS, What.RESTORED})


def state_of(event: Event, codes: Sequence[str]) -> State:
    """Return what the log keeps of an event, None if it is not live. `codes`: the participants, in order."""
    if event.merged_into_id is not None or event.retracted:
        return None
    return state_in_log(event.when, event.status, event.type, codes)


def state_in_log(when: When, status: str, type: str, codes: Sequence[str]) -> dict[str, Any]:
    """Return the state of a live event as `Change.before` and `.after` keep it."""
    days = dates_of(when) | {"modifier": when.modifier, "extent": when.extent}
    return {**days, "status": status, "type": type, "participants": list(codes)}


def what_changed(before: State, after: State, *, new: bool, merged: bool) -> Change.What | None:
    """Return the kind of change between two states; None where they are equal.

    `new`: the event was never live before. `merged`: it was merged by this change.
    """
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


def append(changes: Iterable[Change]) -> None:
    """Append changes to the log, as the last act of their transaction.

    A lock serialises writers from here to the commit, so that ids rise in the order in which rows become visible: a
    reader that continues after the last id it saw misses none.
    """
    rows = list(changes)
    if rows and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [__name__])
    Change.objects.bulk_create(rows)
