"""Events that were merged or retracted recently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from timeline.display.redirects import redirects
from timeline.models import Change
from timeline.query.filter import EventFilter

MAX_CHANGES_READ = 5_000  # the newest, however long the log is
MAX_REMOVALS = 100  # in one feed
REMOVALS = (Change.What.MERGED, Change.What.RETRACTED)


@dataclass(frozen=True, slots=True)
class Removal:
    """An event that followers must delete; `target`: the id of the event that has its claims now, "" if none."""

    event: str
    at: datetime
    target: str


def removals(chosen: EventFilter) -> list[Removal]:
    """Return the newest removals of events that may have matched the filter, newest first, each event once."""
    newest = Change.objects.aggregate(Max("pk"))["pk__max"]
    if newest is None:
        return []
    away = Q(event__retracted=True) | Q(event__merged_into__isnull=False)
    rows = Change.objects.filter(away, what__in=REMOVALS, pk__gt=newest - MAX_CHANGES_READ).order_by("-pk")
    latest: dict[str, datetime] = {}
    for pk, kind, at, before in rows.values_list("event", "event__kind", "at", "before"):
        if _concerns(chosen, kind, before):
            latest.setdefault(pk, at)
        if len(latest) == MAX_REMOVALS:
            break
    went = redirects(latest)
    return [Removal(pk, at, went.get(pk, "")) for pk, at in latest.items()]


def _concerns(chosen: EventFilter, kind: str, before: dict[str, Any]) -> bool:
    """Tell whether an event in the state `before` may have matched the filter; days and words are ignored."""
    if chosen.kind not in ("", kind) or (chosen.type and before.get("type") not in chosen.type):
        return False
    codes = before.get("participants", ())
    return all(not wanted or any(code in wanted for code in codes) for wanted in (chosen.country, chosen.blocs))
