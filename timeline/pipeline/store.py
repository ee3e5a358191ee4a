"""Writes the events of some keys: rows, participants, beliefs, redirects. Part of `pipeline`, nobody else's.

What is stored is compared first: an event about which nothing changed is not written again, and `changed_at`
says when something did. What has to be written is written for all keys together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

from timeline.models import Change, Claim, Contradiction, Correction, Event, EventBelief, EventParticipant, EventSource
from timeline.models.dated import precision_of, reach_of
from timeline.pipeline import actors, changelog, tallies
from timeline.pipeline.bulk import RowsOfEvents, update_each
from timeline.resolution.arrangement import Arranged, Decision, arrange, awake
from timeline.resolution.corrections import Decided, decided, said_by
from timeline.resolution.resolve import Belief, Happening

Field = Correction.Field

WORDS_OF_CLAIMS = 5  # evidence of so many claims is searched
SOURCES_WEIGHED = 99  # more independent sources make a mark no more important
OF_EVENT = ("kind", "day", "end", "reach")
WINDOW = ("start", "end", "granularity", "modifier", "extent", "status", "by_law")
WRITTEN = [f.name for f in Event._meta.concrete_fields if f.name != "id"]


@dataclass(frozen=True, slots=True)
class Led:
    """Where the last resolving led a claim: its event, and the claim whose words it repeats."""

    event: str | None = None
    reprint_of: int | None = None


class _Row(NamedTuple):
    """Of an event what says whether it stands: a key has many that stand no more."""

    pk: str
    merged_into: str | None
    retracted: bool
    claims: int  # when it stood last; 0 where it never did


def store_happenings(
    told: Mapping[str, Sequence[Happening]], was: Mapping[int, Led], made: Sequence[Decision]
) -> Arranged:
    """Make the events of these keys what their happenings say; called inside their transaction and locks.

    `was`: where each of their claims led before. `made`: the decisions about them, in the order in which they were
    made. What editors arranged of the happenings is returned.
    """
    claims = [c for happenings in told.values() for h in happenings for c in h.claims]
    names = actors.names({code for c in claims for code in (*c.participants, c.place)})
    standing = awake(made)
    arranged, rows = arrange(told, standing), _rows(told, was)
    # An event that was never told apart, because that waits for a second editor, leads nowhere.
    unborn = {d.other for d in made if d.field == Field.SPLIT and not d.in_force}
    gone = {pk: row for pk, row in rows.items() if row.claims or pk not in unborn}
    retiring = dict(_retiring(gone, _heirs(arranged, made, was, rows), arranged))
    stored = Event.objects.in_bulk([pk for pk in rows if pk in arranged.happenings or pk in retiring])
    links: dict[int, Led] = {c.pk: Led() for c in claims}
    writing, decisions = _Writing(names), decided(standing, arranged)
    for pk, happening in arranged.happenings.items():
        event = stored.get(pk) or Event(pk=pk)
        writing.add(event, arranged.keys[pk], happening, decisions.get(pk, Decided()))
        links |= _links(pk, happening)
    for pk, heir in retiring.items():
        writing.retire(stored[pk], heir)
    writing.write()
    moved = {pk: (led.event, led.reprint_of) for pk, led in links.items() if led != was[pk]}
    update_each(Claim, ("event", "reprint_of"), moved)
    changelog.log(writing.changes)
    return arranged


def _rows(told: Mapping[str, Sequence[Happening]], was: Mapping[int, Led]) -> dict[str, _Row]:
    """The stored events of these keys, and those to which their claims led."""
    found = dict[str, _Row]()
    led = {led.event for led in was.values() if led.event}
    columns = ("pk", "merged_into", "retracted", "claim_count")
    for row in Event.objects.filter(key__in=list(told)).values_list(*columns):
        found[row[0]] = _Row(*row)
    for row in Event.objects.filter(pk__in=led - found.keys()).values_list(*columns):
        found[row[0]] = _Row(*row)
    return found


def _links(pk: str, happening: Happening) -> dict[int, Led]:
    firsts = happening.reprints
    return {c.pk: Led(pk, first if (first := firsts[c.pk]) != c.pk else None) for c in happening.claims}


def _retiring(
    rows: Mapping[str, _Row], heirs: Mapping[str, str], arranged: Arranged
) -> Iterator[tuple[str, str | None]]:
    """The events that stand no more, each with its heir if it has one; none that was retired like that before."""
    for pk, row in rows.items():
        if pk in arranged.happenings:
            continue
        heir = heirs.get(pk)
        elsewhere = heir is None and row.merged_into is not None and row.merged_into not in rows
        if not elsewhere and (row.merged_into, row.retracted) != (heir, heir is None):
            yield pk, heir


def _heirs(
    arranged: Arranged, made: Sequence[Decision], was: Mapping[int, Led], rows: Mapping[str, _Row]
) -> dict[str, str]:
    """Where each vanished event went.

    To the event that took it in or that has the claims by which a decision names it; else to the one that has most of
    the claims that led to it, along older merges.
    """
    votes, named = defaultdict[str, Counter[str]](Counter), defaultdict[str, set[int]](set)
    for claim, before in was.items():
        if before.event and (now := arranged.of.get(claim)) in arranged.happenings:
            votes[before.event][now] += 1
    for decision in made:
        named[decision.event] |= decision.claims
        if decision.other:
            named[decision.other] |= decision.others
    heirs: dict[str, str] = {}
    for pk in rows.keys() - arranged.happenings.keys():
        heir: str | None = arranged.follow(pk) or arranged.holder(named.get(pk, ()))
        if heir not in arranged.happenings:
            counts = votes.get(pk)
            heir = max(sorted(counts), key=lambda one: counts[one]) if counts else None
        if heir is not None:
            heirs[pk] = heir
    for pk in sorted(rows.keys() - arranged.happenings.keys() - heirs.keys()):
        target, seen = rows[pk].merged_into, {pk}
        while target and target not in arranged.happenings and target not in seen:
            seen.add(target)
            target = heirs.get(target) or (rows[target].merged_into if target in rows else None)
        if target and target in arranged.happenings:
            heirs[pk] = target
    return heirs


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

    def add(self, event: Event, key: str, happening: Happening, decided: Decided) -> None:
        beliefs = decided.beliefs(happening.beliefs)
        codes = decided.values.get("participants") or list(happening.participants)
        self._set(event, {"key": key} | self._columns(happening, beliefs[-1], decided, codes))
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
        importance = decided.values.get("importance", 0)
        return {name: getattr(now, name) for name in WINDOW} | {
            "kind": first.kind,
            "stage": happening.stage,
            "type": decided.values.get("type") or happening.type,
            "place_id": happening.place or None,
            "alternatives": [list(pair) for pair in now.alternatives],
            "day": day,
            "believed_since": now.since,
            "first_reported": first.reported,
            "claim_count": len(happening.claims),
            "source_count": sources,
            "merged_into_id": None,
            "retracted": decided.values.get("rejected", False),
            "words": "\n".join([*names, *evidence]),
            "precision": precision.value,
            "reach": reach_of(now.start, now.end).value,
            "curated": decided.curated,
            "note": decided.values.get("note", ""),
            "importance": importance,
            "proposals": decided.proposals(said_by(happening)),
            "weight": weight_of(sources, decided.curated, importance),
        }

    def retire(self, event: Event, heir: str | None) -> None:
        """An id never dies: it redirects to its heir, or says that nothing speaks of it any more."""
        self._set(event, {"merged_into_id": heir, "retracted": heir is None})
        self.participants.wanted[event.pk] = self.told_by.wanted[event.pk] = self.contradictions.wanted[event.pk] = []

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
            was, now = _who(self.participants, pk)
            told_by, tells = _who(self.told_by, pk)
            self._note(event, before, was, now)
            tallied.update(tallies.cells_of(event, now, tells))
            if not before._state.adding:
                tallied.subtract(tallies.cells_of(before, was, told_by))
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
        new, into = before._state.adding or not before.claim_count, event.merged_into_id
        was = None if before._state.adding else changelog.state_of(before, were)
        now = changelog.state_of(event, are)
        what = changelog.what_changed(was, now, new=new, merged=into is not None and into != before.merged_into_id)
        if what is not None:
            event.revision += what in changelog.REVISING
            self.changes.append(Change(event=event, what=what, before=was or {}, after=now or {}, merged_into_id=into))


def _who(rows: RowsOfEvents, pk: str) -> tuple[list[Any], list[Any]]:
    """Who takes part in an event or tells of it: as it is stored, and as it shall be."""
    return [who for who, *_ in rows.stored.get(pk, [])], [who for who, *_ in rows.wanted[pk]]


def weight_of(sources: int, curated: bool, importance: int = 0) -> int:
    """What a mark is worth when there is no room for all: its importance, what editors decided about, sources."""
    return min(sources, SOURCES_WEIGHED) + (SOURCES_WEIGHED + 1) * (curated + 2 * importance)
