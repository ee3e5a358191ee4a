"""Compare the stored calendar with a fresh resolution, which computes all derived rows in one round."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from timeline.display.redirects import redirects
from timeline.models import (
    Change,
    Claim,
    Contradiction,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    EventSearch,
    EventSource,
    NamedClaim,
    Tally,
)
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.resolve import resolve_locked

HISTORY = ("id", "revision", "changed_at")  # what says how an event came to be as it is


class DiffersError(AssertionError):
    """A promise did not hold; the message names the sequence, its steps, and the difference."""


def state() -> dict[str, Any]:
    """Return all derived content of the calendar, by table, with keys of claims and ids of events as stored.

    Left out is history: how an event became what it is (`HISTORY`), the log of changes, and the redirects of events
    that no longer exist, which `_lead` checks.
    """
    live = _standing()
    rows = {
        "events": standing_events(),
        "claims": {pk: row for pk, *row in Claim.objects.values_list("pk", "event", "reprint_of")},
    }
    for name, model in (("who", EventParticipant), ("told by", EventSource), ("beliefs", EventBelief)):
        rows[name] = _of_events(model, live)
    rows["contradictions"] = _of_events(Contradiction, live)
    counts: Counter[tuple[Any, ...]] = Counter()
    cell = [f.name for f in Tally._meta.concrete_fields if f.name not in ("id", "n")]
    for *of, n in Tally.objects.values_list(*cell, "n"):
        counts[tuple(of)] += n
    rows["counts"] = {of: n for of, n in counts.items() if n}
    return rows


def _standing() -> QuerySet[Event]:
    return Event.objects.filter(merged_into=None, claim_count__gt=0).exclude(claims=None)


def standing_events() -> dict[str, Any]:
    columns = [f.attname for f in Event._meta.concrete_fields if f.name not in HISTORY]
    return {pk: row for pk, *row in _standing().values_list("pk", *columns)}


def _of_events(model: Any, events: Any) -> dict[str, list[Any]]:
    columns = [f.attname for f in model._meta.concrete_fields if f.name != "id"]
    found: dict[str, list[Any]] = {}
    for row in model.objects.filter(event__in=events).values_list("event_id", *columns):
        found.setdefault(row[0], []).append(row[1:])
    return {pk: sorted(rows, key=str) for pk, rows in found.items()}


def fresh() -> tuple[dict[str, Any], dict[str, str]]:
    """Return the state that one round over all keys derives from claims and decisions alone, and the redirects then.

    Everything is rolled back.
    """
    with transaction.atomic():
        for model in (EventBelief, EventParticipant, EventSearch, EventSource, Contradiction, Tally, Change):
            model.objects.all().delete()
        Claim.objects.update(event=None, reprint_of=None)
        NamedClaim.objects.update(claim=None)
        kept = {pk for pair in Correction.objects.values_list("event", "other") for pk in pair if pk}
        Event.objects.update(merged_into=None, retracted=True, day=date(1999, 1, 1), curated=False, note="")
        Event.objects.exclude(pk__in=kept).delete()
        keys = set(Claim.objects.order_by().values_list("key", flat=True).distinct())
        resolve_locked(lock_keys(keys))
        found = state(), redirects(Event.objects.filter(merged_into__isnull=False).values_list("pk", flat=True))
        transaction.set_rollback(True)
    return found


def compare() -> None:
    """Raise DiffersError where the stored state is not that of a fresh resolution."""
    stored = state()
    made, leads = fresh()
    for table, rows in made.items():
        there = stored[table]
        for key in sorted(rows.keys() | there.keys(), key=str):
            if rows.get(key) != there.get(key):
                raise DiffersError(f"{table} {key}:\n stored {there.get(key)}\n fresh  {rows.get(key)}")
    _lead(leads)


def _lead(leads: dict[str, str]) -> None:
    """Check that every id exists, is retracted, or redirects to such a one; named ids redirect as in a fresh round."""
    dead = dict(Event.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into"))
    ends = redirects(dead)
    if lost := dead.keys() - ends.keys():
        raise DiffersError(f"lead in a circle: {sorted(lost)}")
    for pk, end in leads.items():
        if ends.get(pk) != end:
            raise DiffersError(f"{pk} leads to {ends.get(pk)}, in a fresh resolution to {end}")
