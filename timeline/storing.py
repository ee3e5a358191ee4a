"""Writes the events of some keys: rows, participants, beliefs, redirects. Part of `pipeline`, nobody else's.

What is stored is compared first: an event about which nothing changed is not written again, and `changed_at`
says when something did. What has to be written is written for all keys together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone

from timeline import actors, changing, tallies
from timeline.bulk import RowsOfEvents, update_each
from timeline.models import Change, Claim, Contradiction, Correction, Event, EventBelief, EventParticipant, EventSource
from timeline.models.dated import precision_of, reach_of
from timeline.resolving import Belief, Happening, event_id

WORDS_OF_CLAIMS = 5  # evidence of so many claims is searched
SOURCES_WEIGHED = 99  # more independent sources make a mark no more important
OF_EVENT = ("kind", "day", "end", "reach")
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
    elsewhere = _Writing(names)  # what is now read as an event of another key
    for event in Event.objects.filter(pk__in=heirs_elsewhere.keys()).order_by("pk"):
        elsewhere.retire(event, heirs_elsewhere[event.pk])
    writing.write()
    moved = {pk: (led.event, led.reprint_of) for pk, led in links.items() if led != was[pk]}
    update_each(Claim, ("event", "reprint_of"), moved)
    elsewhere.only({pk for (pk,) in Event.objects.filter(pk__in=heirs_elsewhere, claims=None).values_list("pk")})
    elsewhere.write()
    changing.log([*writing.changes, *elsewhere.changes])


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
        self.before: dict[str, Event] = {}
        self.changes: list[Change] = []
        self.participants = RowsOfEvents(EventParticipant, ("actor_id", "position", *OF_EVENT), "position")
        self.told_by = RowsOfEvents(EventSource, ("source_id", *OF_EVENT), "source")
        self.beliefs = RowsOfEvents(
            EventBelief, ("since", "until", *WINDOW, "alternatives", "claim_id", "change"), "since"
        )
        self.contradictions = RowsOfEvents(Contradiction, ("first_id", "second_id"), "pk")
        self.rows = (self.participants, self.told_by, self.beliefs, self.contradictions)

    def add(self, event: Event, happening: Happening, decided: Decided) -> None:
        beliefs = _with_decision(happening.beliefs, decided)
        codes = decided.participants or list(happening.participants)
        self._set(event, self._columns(happening, beliefs[-1], decided, codes))
        wanted = dict.fromkeys([*codes, *([event.place_id] if event.place_id else [])])
        copied = tuple(getattr(event, name) for name in OF_EVENT)
        live = not event.retracted
        self.participants.wanted[event.pk] = [(code, i, *copied) for i, code in enumerate(wanted) if live]
        self.told_by.wanted[event.pk] = [(source, *copied) for source in sorted(happening.newsrooms) if live]
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
        precision, sources = precision_of(now.start, now.end), len(happening.newsrooms)
        curated = decided.since is not None
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
            "source_count": sources,
            "merged_into_id": None,
            "retracted": bool(decided.rejected),
            "words": "\n".join([*names, *evidence]),
            "precision": precision.value,
            "reach": reach_of(now.start, now.end).value,
            "curated": curated,
            "weight": weight_of(sources, curated),
        }

    def retire(self, event: Event, heir: str | None) -> None:
        """An id never dies: it redirects to its heir, or says that nothing speaks of it any more."""
        self._set(event, {"merged_into_id": heir, "retracted": heir is None})
        self.participants.wanted[event.pk] = self.told_by.wanted[event.pk] = self.contradictions.wanted[event.pk] = []

    def only(self, ids: Collection[str]) -> None:
        """Forget what was gathered of any other event."""
        for pk in self.events.keys() - set(ids):
            del self.events[pk], self.before[pk]
            for rows in self.rows:
                rows.wanted.pop(pk, None)
        self.different &= set(ids)

    def _set(self, event: Event, columns: Mapping[str, object]) -> None:
        self.events[event.pk] = event
        new = event._state.adding
        self.before[event.pk] = copy(event)
        if new:
            self.different.add(event.pk)
        for name, value in columns.items():
            if getattr(event, name) != value:
                setattr(event, name, value)
                self.different.add(event.pk)

    def write(self) -> None:
        for rows in self.rows:
            self.different |= rows.compare()
        tallied: Counter[tallies.Cell] = Counter()
        for pk in sorted(self.different):
            event, before = self.events[pk], self.before[pk]
            was = [code for code, *_ in self.participants.stored.get(pk, [])]
            now = [code for code, *_ in self.participants.wanted[pk]]
            self._note(event, before, was, now)
            tallied.update(tallies.cells_of(event, now))
            if not before._state.adding:
                tallied.subtract(tallies.cells_of(before, was))
        Event.objects.bulk_create(
            [self.events[pk] for pk in sorted(self.different)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=WRITTEN,
        )
        for rows in self.rows:
            rows.write()
        tallies.add(tallied)

    def _note(self, event: Event, before: Event, were: Sequence[str], are: Sequence[str]) -> None:
        """Log what changed of an event, and number its revision."""
        new, into = before._state.adding, event.merged_into_id
        was = None if new else changing.state_of(before, were)
        now = changing.state_of(event, are)
        what = changing.what_changed(was, now, new=new, merged=into is not None and into != before.merged_into_id)
        if what is not None:
            event.revision += what in changing.REVISING
            self.changes.append(Change(event=event, what=what, before=was or {}, after=now or {}, merged_into_id=into))


def weight_of(sources: int, curated: bool) -> int:
    """What a mark is worth when there is no room for all: what editors decided about, then the number of sources."""
    return min(sources, SOURCES_WEIGHED) + (SOURCES_WEIGHED + 1) * curated


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
