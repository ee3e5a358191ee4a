"""The log of changes for those who follow: everything behind a number, in order, without loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from timeline.models import Change

LAST_ID = 2**63 - 1


def changes_after(after: int, limit: int, what: Sequence[str] = ()) -> list[Change]:
    """The first `limit` changes behind the id `after`, oldest first; `what`: only these, or all. One query."""
    rows = Change.objects.filter(pk__gt=after).order_by("pk")
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
