"""The log of changes for those who follow: everything behind a number, in order, without loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from timeline.models import Change

LAST_ID = 2**63 - 1


def last_change() -> int:
    """The number of the newest change, 0 where there is none: it rises with whatever happens to an event."""
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def changes_after(after: int, limit: int, what: Sequence[str] = ()) -> list[Change]:
    """The first `limit` changes behind the id `after`, oldest first, with event and place; `what`: only these, or all.

    One query.
    """
    rows = Change.objects.filter(pk__gt=after).select_related("event__place").defer("event__words").order_by("pk")
    return list((rows.filter(what__in=what) if what else rows)[:limit])


def change_json(change: Change) -> dict[str, Any]:
    """Plain values: what happened to which event, and its days, status, type and participants before and after.

    None for a state in which it was not on the calendar.
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
