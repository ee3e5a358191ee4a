"""Writes the events of some keys: rows, participants, beliefs, redirects. Part of `pipeline`, nobody else's.

What is stored is compared first: an event about which nothing changed is not written again, and `changed_at`
says when something did. What has to be written is written for all keys together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone

from timeline import actors
from timeline.bulk import RowsOfEvents, update_each
from timeline.models import Claim, Contradiction, Correction, Event, EventBelief, EventParticipant
from timeline.resolving import Belief, Happening, event_id

WORDS_OF_CLAIMS = 5  # evidence of so many claims is searched
WINDOW = ("start", "end", "granularity", "modifier", "extent", "status", "by_law")
WRITTEN = [f.name for f in Event._meta.concrete_fields if f.name not in ("id", "key")]


@dataclass(slots=True)
class Decided:
    """What editors decided about one event, newest decision of each field."""

    dates: dict[str, Any] | None = None
    status: str = ""
    type: str = ""
    participants: list[str] | None = None
    rejected: bool = False
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Led:
    """Where the last resolving led a claim: its event, and the claim whose words it repeats."""

    event: str | None = None
    reprint_of: int | None = None


def store_happenings(told: Mapping[str, Sequence[Happening]], was: Mapping[int, Led]) -> None:
    """Make the events of these keys what their happenings say; called inside their transaction and locks.

    `was`: where each of their claims led before.
    """
    claims = [c for happenings in told.values() for h in happenings for c in h.claims]
    names = actors.names({code for c in claims for code in (*c.participants, c.place)})
    rows: dict[str, dict[str, Event]] = {key: {} for key in told}
    for event in Event.objects.filter(key__in=list(told)):
        rows[event.key][event.pk] = event
    corrections = Correction.objects.filter(event__key__in=list(told), undone_at=None).order_by("made_at", "pk")
    made = [(c.event_id, c) for c in corrections]
    corrected = {pk for pk, _ in made}
    writing, heirs_elsewhere = _Writing(names), dict[str, str]()
    links: dict[int, Led] = {}
    for key, happenings in told.items():
        of_key = rows[key]
        ids = {event_id(key, h.claims[0]): h for h in happenings if _stands(h, was, corrected)}
        links |= {c.pk: Led() for h in happenings for c in h.claims}
        heirs = _heirs(ids, was, of_key)
        decided = _decided([c for pk, c in made if pk in of_key], heirs)
        for pk, happening in ids.items():
            writing.add(of_key.get(pk) or Event(pk=pk, key=key), happening, decided.get(pk, Decided()))
            links |= _links(pk, happening)
        for pk, row in of_key.items():
            if pk not in ids and (row.merged_into_id is None or row.merged_into_id in of_key):
                writing.retire(row, heirs.get(pk))
        heirs_elsewhere |= {old: pk for old, pk in heirs.items() if old not in of_key}
    writing.write()
    moved = {pk: (led.event, led.reprint_of) for pk, led in links.items() if led != was[pk]}
    update_each(Claim, ("event", "reprint_of"), moved)
    for old, pk in sorted(heirs_elsewhere.items()):  # its words are now read as an event of another key
        Event.objects.filter(pk=old, claims=None).update(merged_into=pk, retracted=False)


def _stands(happening: Happening, was: Mapping[int, Led], corrected: Collection[str]) -> bool:
    """What is told plainly makes an event, and what an editor decided about stays one."""
    return happening.plain or any(was[c.pk].event in corrected for c in happening.claims)


def _links(pk: str, happening: Happening) -> dict[int, Led]:
    firsts = happening.reprints
    return {c.pk: Led(pk, first if (first := firsts[c.pk]) != c.pk else None) for c in happening.claims}


def _heirs(ids: Mapping[str, Happening], was: Mapping[int, Led], rows: Mapping[str, Event]) -> dict[str, str]:
    """Where each vanished event went: to the one that holds most of its claims, along older merges."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for pk, happening in ids.items():
        for claim in happening.claims:
            if (before := was[claim.pk].event) and before != pk:
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


def _decided(made: Sequence[Correction], heirs: Mapping[str, str]) -> dict[str, Decided]:
    """Corrections in force, moved along with the events they were made for; the newest of a field stands."""
    out: dict[str, Decided] = defaultdict(Decided)
    for correction in made:
        decided = out[heirs.get(correction.event_id, correction.event_id)]
        setattr(decided, correction.field, correction.value)
        decided.since = timezone.localdate(correction.made_at)
    return out


class _Writing:
    """Gathers what shall be stored of events, and writes what differs from what is."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self.names = names  # of the actors
        self.events: dict[str, Event] = {}
        self.different: set[str] = set()
        self.participants = RowsOfEvents(EventParticipant, ("actor_id", "position", "kind", "start", "end"), "position")
        self.beliefs = RowsOfEvents(
            EventBelief, ("since", "until", *WINDOW, "alternatives", "claim_id", "change"), "since"
        )
        self.contradictions = RowsOfEvents(Contradiction, ("first_id", "second_id"), "pk")

    def add(self, event: Event, happening: Happening, decided: Decided) -> None:
        beliefs = _with_decision(happening.beliefs, decided)
        codes = decided.participants or list(happening.participants)
        if event._state.adding:
            self.different.add(event.pk)
        self._set(event, self._columns(happening, beliefs[-1], decided, codes))
        wanted = dict.fromkeys([*codes, *([event.place_id] if event.place_id else [])])
        self.participants.wanted[event.pk] = [
            (code, i, event.kind, event.start, event.end) for i, code in enumerate(wanted)
        ]
        self.beliefs.wanted[event.pk] = [
            (b.since, b.until, *(getattr(b, n) for n in WINDOW), [list(p) for p in b.alternatives], b.claim, b.change)
            for b in beliefs
        ]
        self.contradictions.wanted[event.pk] = [(c.first, c.second) for c in happening.contradictions]

    def _columns(self, happening: Happening, now: Belief, decided: Decided, codes: Sequence[str]) -> dict[str, object]:
        first, day = happening.claims[0], now.start or now.end
        assert day is not None, "a claim without any date makes no event"
        names = [name for code in sorted(set(codes)) for name in self.names.get(code) or actors.names([code])[code]]
        evidence = [c.evidence for c in happening.claims[-WORDS_OF_CLAIMS:]]
        return {name: getattr(now, name) for name in WINDOW} | {
            "kind": first.kind,
            "stage": happening.stage,
            "type": decided.type or happening.type,
            "place_id": happening.place or None,
            "alternatives": [list(pair) for pair in now.alternatives],
            "day": day,
            "believed_since": now.since,
            "first_reported": first.reported,
            "claim_count": len(happening.claims),
            "source_count": happening.sources,
            "merged_into_id": None,
            "retracted": bool(decided.rejected),
            "words": "\n".join([*names, *evidence]),
        }

    def retire(self, event: Event, heir: str | None) -> None:
        """An id never dies: it redirects to its heir, or says that nothing speaks of it any more."""
        self._set(event, {"merged_into_id": heir, "retracted": heir is None})

    def _set(self, event: Event, columns: Mapping[str, object]) -> None:
        self.events[event.pk] = event
        for name, value in columns.items():
            if getattr(event, name) != value:
                setattr(event, name, value)
                self.different.add(event.pk)

    def write(self) -> None:
        for rows in (self.participants, self.beliefs, self.contradictions):
            self.different |= rows.compare()
        Event.objects.bulk_create(
            [self.events[pk] for pk in sorted(self.different)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=WRITTEN,
        )
        for rows in (self.participants, self.beliefs, self.contradictions):
            rows.write()


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
