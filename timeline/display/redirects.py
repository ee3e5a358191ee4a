"""Where merged events went: an id never dies."""

from __future__ import annotations

from collections.abc import Iterable

from timeline.models import Event

MAX_HOPS = 20  # merges followed to where an event went


def redirects(ids: Iterable[str]) -> dict[str, str]:
    """Find where merged events went in the end, by id; those in a circle or not merged are left out.

    One query for each link of the longest chain.
    """
    asked = list(ids)
    into: dict[str, str | None] = {}
    ahead = set(asked)
    for _ in range(MAX_HOPS):
        if not ahead:
            break
        found = dict(Event.objects.filter(pk__in=ahead).order_by().values_list("pk", "merged_into"))
        into |= found
        ahead = {pk for pk in found.values() if pk is not None and pk not in into}
    ends = {pk: _end(pk, into) for pk in asked}
    return {pk: end for pk, end in ends.items() if end is not None and end != pk}


def _end(pk: str, into: dict[str, str | None]) -> str | None:
    for _ in range(MAX_HOPS):
        if pk not in into:
            return None
        following = into[pk]
        if following is None:
            return pk
        pk = following
    return None


def living(row: Event) -> Event | None:
    """Return the event, or the one into which it was merged in the end; None where merges go in a circle."""
    if row.merged_into_id is None:
        return row
    target = redirects([row.pk]).get(row.pk)
    return Event.objects.filter(pk=target).first() if target else None
