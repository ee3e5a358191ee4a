"""The log of changes to events, in a gap-free order of ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from timeline.models import Change

MAX_CHANGE_ID = 2**63 - 1


def last_change() -> int:
    """Return the id of the newest change, 0 if there is none; every change to an event raises it."""
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def changes_after(after: int, limit: int, what: Sequence[str] = ()) -> list[Change]:
    """Return the first `limit` changes with an id above `after`, oldest first; `what`: only these kinds.

    One query.
    """
    rows = Change.objects.filter(pk__gt=after).select_related("event__place").order_by("pk")
    return list((rows.filter(what__in=what) if what else rows)[:limit])


def change_json(change: Change) -> dict[str, Any]:
    """Return a change as JSON values, with days, status, type and participants of the event before and after.

    A state in which the event was not on the calendar is None.
    """
    return {
        "id": change.pk,
        "event": change.event_id,
        "what": change.what,
        "at": change.at.isoformat(),
        "before": change.before or None,
        "after": change.after or None,
        "merged_into": change.merged_into_id,
    }
