"""What is no longer on the calendar: the heirs of merged events, and what was taken away lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from timeline.filters import EventFilter
from timeline.models import Change, Event

HOPS = 20  # merges followed to where an event went
LOOKED_AT = 5_000  # of the newest changes, so that the log may grow without end
TOLD = 100  # removals in one feed
REMOVALS = (Change.What.MERGED, Change.What.RETRACTED)


@dataclass(frozen=True, slots=True)
class Removal:
    """An event that a follower must forget; `heir`: the id of the one that holds its claims now, "" for none."""

    event: str
    at: datetime
    heir: str


def heirs(ids: Iterable[str]) -> dict[str, str]:
    """Where merged events went in the end, by id; those that end in a circle or were not merged are left out.

    One query for each link of the longest chain.
    """
    asked = list(ids)
    into: dict[str, str | None] = {}
    ahead = set(asked)
    for _ in range(HOPS):
        if not ahead:
            break
        found = dict(Event.objects.filter(pk__in=ahead).order_by().values_list("pk", "merged_into"))
        into |= found
        ahead = {pk for pk in found.values() if pk is not None and pk not in into}
    ends = {pk: _end(pk, into) for pk in asked}
    return {pk: end for pk, end in ends.items() if end is not None and end != pk}


def _end(pk: str, into: dict[str, str | None]) -> str | None:
    for _ in range(HOPS):
        if pk not in into:
            return None
        following = into[pk]
        if following is None:
            return pk
        pk = following
    return None


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
    went = heirs(latest)
    return [Removal(pk, at, went.get(pk, "")) for pk, at in latest.items()]


def _concerns(chosen: EventFilter, kind: str, before: dict[str, Any]) -> bool:
    """Whether an event that was so before may have come with this filter; days and words are not looked at."""
    if chosen.kind not in ("", kind) or (chosen.type and before.get("type") not in chosen.type):
        return False
    codes = before.get("participants", ())
    return all(not wanted or any(code in wanted for code in codes) for wanted in (chosen.country, chosen.bloc))
