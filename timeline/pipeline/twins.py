"""Find the keys whose events have to be compared with those of others: see `timeline.resolution.twins`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import F

from timeline.models import Claim
from timeline.models.dated import Kind
from timeline.resolution.resolve import ResolvedEvent
from timeline.resolution.twins import Spot, related, spot_of, spot_of_event


def guest_keys(keys: Collection[str]) -> set[str]:
    """Return the other keys of the claims that events of these keys had when they were last resolved."""
    rows = Claim.objects.filter(event__key__in=list(keys)).exclude(key=F("event__key"))
    return set(rows.order_by().values_list("key", flat=True).distinct())


def twin_keys(resolved: Mapping[str, Iterable[ResolvedEvent]]) -> set[str]:
    """Return the keys with claims of the days of these events that may be of the same happenings; theirs as well."""
    spots: dict[Spot, set[str]] = defaultdict(set)
    for key, events in resolved.items():
        for event in events:
            spot = spot_of_event(event)
            if spot is not None:
                spots[spot].add(key)
    found = set(resolved)
    for spot, by_key in (_reported(spots) if spots else {}).items():
        found |= related(by_key, spots[spot])
    return found


def _reported(spots: Collection[Spot]) -> dict[Spot, dict[str, list[list[str]]]]:
    """Return who takes part by the claims of each spot, by key."""
    found: dict[Spot, dict[str, list[list[str]]]] = defaultdict(lambda: defaultdict(list))
    firsts, lasts = {days[0] for _, days in spots}, {days[1] for _, days in spots}
    rows = Claim.objects.filter(kind=Kind.ALLIANCE, start__in=firsts, end__in=lasts).order_by()
    for key, kind, type, start, end, codes in rows.values_list("key", "kind", "type", "start", "end", "participants"):
        spot = spot_of(kind, type, (start, end))
        if spot in spots and spot is not None:
            found[spot][key].append(codes)
    return found
