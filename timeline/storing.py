"""Writes the events of one key: rows, participants, beliefs, redirects. Part of `pipeline`, nobody else's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone

from timeline.models import Actor, Claim, Contradiction, Correction, Event, EventBelief, EventParticipant
from timeline.resolving import Belief, Happening, event_id

WORDS_OF_CLAIMS = 5  # evidence of so many claims is searched


@dataclass(slots=True)
class Decided:
    """What editors decided about one event, newest decision of each field."""

    dates: dict[str, Any] | None = None
    status: str = ""
    type: str = ""
    participants: list[str] | None = None
    rejected: bool = False
    since: date | None = None


def store_happenings(key: str, happenings: Sequence[Happening], claims: Sequence[Claim]) -> None:
    """Make the events of a key what the happenings say; called inside the key's transaction and lock."""
    rows = {e.pk: e for e in Event.objects.filter(key=key)}
    was = {c.pk: c.event_id for c in claims}
    ids = {event_id(key, h.claims[0]): h for h in happenings}
    heirs = _heirs(ids, was, rows)
    decided = _decided(rows, heirs)
    by_pk = {c.pk: c for c in claims}
    for pk, happening in ids.items():
        event = rows.get(pk) or Event(pk=pk, key=key)
        _store(event, happening, decided.get(pk, Decided()), by_pk)
        _link_reprints(happening, by_pk)
    _link_claims(ids, was)
    for pk, row in rows.items():
        if pk not in ids and (row.merged_into_id is None or row.merged_into_id in rows):
            _retire(row, heirs.get(pk))
    for old, pk in heirs.items():
        if old not in rows:  # its words are now read as an event of this key
            Event.objects.filter(pk=old, claims=None).update(merged_into=pk, retracted=False)


def _heirs(ids: dict[str, Happening], was: dict[int, str | None], rows: dict[str, Event]) -> dict[str, str]:
    """Where each vanished event went: to the one that holds most of its claims, along older merges."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for pk, happening in ids.items():
        for claim in happening.claims:
            if (before := was.get(claim.pk)) and before != pk:
                votes[before][pk] += 1
    heirs = {old: max(sorted(n), key=lambda pk: n[pk]) for old, n in votes.items() if old not in ids}
    for pk, row in rows.items():
        if pk in ids or pk in heirs:
            continue
        target, seen = row.merged_into_id, {pk}
        while target and target not in ids and target not in seen:
            seen.add(target)
            target = heirs.get(target) or (rows[target].merged_into_id if target in rows else None)
        if target and target in ids:
            heirs[pk] = target
    return heirs


def _decided(rows: dict[str, Event], heirs: dict[str, str]) -> dict[str, Decided]:
    """Corrections in force, moved along with the events they were made for; the newest of a field stands."""
    out: dict[str, Decided] = defaultdict(Decided)
    made = Correction.objects.filter(event_id__in=list(rows), undone_at=None).order_by("made_at", "pk")
    for correction in made:
        decided = out[heirs.get(correction.event_id, correction.event_id)]
        setattr(decided, correction.field, correction.value)
        decided.since = timezone.localdate(correction.made_at)
    return out


def _store(event: Event, happening: Happening, decided: Decided, claims: dict[int, Claim]) -> None:
    beliefs = _with_decision(happening.beliefs, decided)
    now, first = beliefs[-1], happening.claims[0]
    event.kind, event.stage = first.kind, happening.stage
    event.type = decided.type or happening.type
    event.place_id = first.place or None
    for name in ("start", "end", "granularity", "modifier", "extent", "status", "by_law"):
        setattr(event, name, getattr(now, name))
    event.alternatives = [list(pair) for pair in now.alternatives]
    day = now.start or now.end
    assert day is not None, "a claim without any date makes no event"
    event.day, event.believed_since, event.first_reported = day, now.since, first.reported
    event.claim_count, event.source_count = len(happening.claims), happening.sources
    event.merged_into, event.retracted = None, bool(decided.rejected)
    codes = decided.participants or list(happening.participants)
    event.words = _words(codes, happening, claims)
    event.save()
    _store_participants(event, codes)
    _store_beliefs(event, beliefs)
    _store_contradictions(event, happening)


def _with_decision(beliefs: Sequence[Belief], decided: Decided) -> list[Belief]:
    """An editor's dates and status stand above every claim, from the day of the decision on."""
    if decided.since is None or not (decided.dates or decided.status):
        return list(beliefs)
    now = replace(beliefs[-1], claim=None, change="corrected")
    if decided.dates:
        start, end = (date.fromisoformat(d) if (d := decided.dates.get(k)) else None for k in ("start", "end"))
        grain = decided.dates.get("granularity") or "day"
        now = replace(now, start=start, end=end, granularity=grain, modifier="", alternatives=(), by_law=False)
    if decided.status:
        now = replace(now, status=decided.status)
    since = max(decided.since, beliefs[0].since)
    kept = [b for b in beliefs if b.since < since]
    if kept:
        kept[-1] = replace(kept[-1], until=since)
    return [*kept, replace(now, since=since, until=None)]


def _words(codes: Sequence[str], happening: Happening, claims: dict[int, Claim]) -> str:
    names = Actor.objects.filter(pk__in=codes).values_list("name_zh_hans", "name_zh_hant", "name_en")
    evidence = [claims[c.pk].evidence for c in happening.claims[-WORDS_OF_CLAIMS:]]
    return "\n".join([*(name for row in names for name in row), *evidence])


def _store_participants(event: Event, codes: Sequence[str]) -> None:
    wanted = [*codes, *([event.place_id] if event.place_id else [])]
    rows = [
        EventParticipant(event=event, actor_id=code, position=i, kind=event.kind, start=event.start, end=event.end)
        for i, code in enumerate(dict.fromkeys(wanted))
    ]
    event.participants.all().delete()
    EventParticipant.objects.bulk_create(rows)


def _store_beliefs(event: Event, beliefs: Sequence[Belief]) -> None:
    event.beliefs.all().delete()
    EventBelief.objects.bulk_create(
        EventBelief(
            event=event,
            since=b.since,
            until=b.until,
            start=b.start,
            end=b.end,
            granularity=b.granularity,
            modifier=b.modifier,
            extent=b.extent,
            status=b.status,
            alternatives=[list(pair) for pair in b.alternatives],
            claim_id=b.claim,
            change=b.change,
            by_law=b.by_law,
        )
        for b in beliefs
    )


def _store_contradictions(event: Event, happening: Happening) -> None:
    event.contradictions.all().delete()
    Contradiction.objects.bulk_create(
        Contradiction(event=event, first_id=c.first, second_id=c.second) for c in happening.contradictions
    )


def _link_reprints(happening: Happening, claims: dict[int, Claim]) -> None:
    changed = []
    for pk, first in happening.reprints.items():
        original = None if first == pk else first
        if claims[pk].reprint_of_id != original:
            claims[pk].reprint_of_id = original
            changed.append(claims[pk])
    Claim.objects.bulk_update(changed, ["reprint_of"], batch_size=500)


def _link_claims(ids: dict[str, Happening], was: dict[int, str | None]) -> None:
    for pk, happening in ids.items():
        moved = [c.pk for c in happening.claims if was.get(c.pk) != pk]
        if moved:
            Claim.objects.filter(pk__in=moved).update(event_id=pk)


def _retire(event: Event, heir: str | None) -> None:
    """An id never dies: it redirects to its heir, or says that nothing speaks of it any more."""
    if event.merged_into_id == heir and event.retracted == (heir is None):
        return
    event.merged_into_id, event.retracted = heir, heir is None
    event.save(update_fields=["merged_into", "retracted", "changed_at"])
