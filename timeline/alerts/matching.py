"""Of which changes a watched filter is told: those that match it (`timeline.query.change_matching`).

Of an event that is gone nobody can say any more whether its words or newsrooms matched: its end is told if one of its
changes was told before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.http import QueryDict

from timeline.models import Change, DeliveredChange, Watch
from timeline.query.change_matching import matching
from timeline.query.filter import EventFilter
from timeline.query.form import parse_page


def filter_of(query: str) -> EventFilter:
    """Parse the query of a watch. Raises FilterError, also for one that looks back (`as_of`)."""
    chosen, _ = parse_page(QueryDict(query))
    return replace(chosen, as_of=None)


def concerned(watches: Sequence[Watch], changes: Sequence[Change], today: date) -> dict[int, list[Change]]:
    """Return the changes of which each of these watches, all of one query, is told, by the watch's id.

    `changes`: with their event, oldest first. At most three queries. Raises FilterError.
    """
    chosen = filter_of(watches[0].query)
    found, unsure = matching(chosen, changes, today)
    known = {change.pk for change in found}
    delivered = _delivered_before(watches, {change.event_id for change in unsure if not change.after})
    return {
        watch.pk: [
            change
            for change in changes
            if change.pk > watch.since and (change.pk in known or (watch.pk, change.event_id) in delivered)
        ]
        for watch in watches
    }


def _delivered_before(watches: Sequence[Watch], events: set[str]) -> set[tuple[int, str]]:
    """Return which of these events each watch was told of already."""
    if not events:
        return set()
    rows = DeliveredChange.objects.filter(watch__in=[watch.pk for watch in watches], change__event__in=events)
    return set(rows.values_list("watch", "change__event").distinct())
