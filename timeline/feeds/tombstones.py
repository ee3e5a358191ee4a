"""What was taken off the calendar lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from timeline.display.redirects import redirects
from timeline.models import Change
from timeline.query.filter import EventFilter

LOOKED_AT = 5_000  # of the newest changes, so that the log may grow without end
TOLD = 100  # removals in one feed
REMOVALS = (Change.What.MERGED, Change.What.RETRACTED)


@dataclass(frozen=True, slots=True)
class Removal:
    """An event that a follower must forget; `heir`: the id of the one that holds its claims now, "" for none."""

    event: str
    at: datetime
    heir: str


def removals(chosen: EventFilter) -> list[Removal]:
    """The newest removals that may concern the readers of this filter, newest first, each event once."""
    newest = Change.objects.aggregate(Max("pk"))["pk__max"]
    if newest is None:
        return []
    away = Q(event__retracted=True) | Q(event__merged_into__isnull=False)
    rows = Change.objects.filter(away, what__in=REMOVALS, pk__gt=newest - LOOKED_AT).order_by("-pk")
    latest: dict[str, datetime] = {}
    for pk, kind, at, before in rows.values_list("event", "event__kind", "at", "before"):
        if _concerns(chosen, kind, before):
            latest.setdefault(pk, at)
        if len(latest) == TOLD:
            break
    went = redirects(latest)
    return [Removal(pk, at, went.get(pk, "")) for pk, at in latest.items()]


def _concerns(chosen: EventFilter, kind: str, before: dict[str, Any]) -> bool:
    """Whether an event that was so before may have come with this filter; days and words are not looked at."""
    if chosen.kind not in ("", kind) or (chosen.type and before.get("type") not in chosen.type):
        return False
    codes = before.get("participants", ())
    return all(not wanted or any(code in wanted for code in codes) for wanted in (chosen.country, chosen.bloc))
