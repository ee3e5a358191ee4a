"""Store the resolved events of some keys: rows, participants, sources, beliefs, contradictions and redirects.

Stored rows are compared first: an event that did not change is not written again, and `changed_at` says when one
did. The rows of all keys are written together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings

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
    Source,
)
from timeline.models.dated import WHEN_COLUMNS, columns_of, kind_of, reach_of
from timeline.pipeline import actors, changelog, search, tallies
from timeline.pipeline.bulk import EventRows, update_each
from timeline.resolution.arrangement import Arrangement, CorrectionValue, arrange, effective
from timeline.resolution.beliefs import Belief
from timeline.resolution.claim import ClaimValue
from timeline.resolution.corrections import CorrectedFields, corrected_fields, machine_values
from timeline.resolution.resolve import ResolvedEvent

Field = Correction.Field

MAX_WEIGHED_SOURCES = 99  # more independent sources add nothing to the weight of an event
COPIED_FIELDS = ("kind", "day", "end", "reach")  # of an event, into the rows of its participants and sources
EVENT_FIELDS = [f.name for f in Event._meta.concrete_fields if f.name != "id"]


@dataclass(frozen=True, slots=True)
class ClaimLink:
    """What resolving made of a claim: its event, and the claim whose words it repeats."""

    event: str | None = None
    reprint_of: int | None = None


class _StoredEvent(NamedTuple):
    """The columns of a stored event that say whether it is live."""

    pk: str
    merged_into: str | None
    retracted: bool
    claims: int  # when it was last live; 0 if it never was


def store_events(
    resolved: Mapping[str, Sequence[ResolvedEvent]],
    links_before: Mapping[int, ClaimLink],
    corrections: Sequence[CorrectionValue],
) -> Arrangement:
    """Store the resolved events of some keys, with all corrections applied, and return how those arranged them.

    Called inside the transaction and the locks of the keys. `links_before`: by claim of these keys its link before.
    `corrections`: all about these events, in the order in which they were made.
    """
    claims = [c for events in resolved.values() for event in events for c in event.claims]
    actors.names_of({code for c in claims for code in (*c.participants, c.place)})
    in_effect = effective(corrections)
    arrangement, rows = arrange(resolved, in_effect), _stored_events(resolved.keys(), links_before)
    # An event whose split still waits for a second editor never had claims: it needs no redirect.
    never_split = {c.other for c in corrections if c.field == Field.SPLIT and not c.in_force}
    known = {pk: row for pk, row in rows.items() if row.claims or pk not in never_split}
    redirects = _redirects(arrangement, corrections, links_before, rows)
    retired = dict(_retired(known, redirects, arrangement))
    stored = Event.objects.in_bulk([pk for pk in rows if pk in arrangement.events or pk in retired])
    links: dict[int, ClaimLink] = {c.pk: ClaimLink() for c in claims}
    titles = search.titles_of(c.pk for event in arrangement.events.values() for c in _searched(event))
    writer, fields = _EventWriter(titles), corrected_fields(in_effect, arrangement)
    for pk, event in arrangement.events.items():
        writer.add(stored.get(pk) or Event(pk=pk), arrangement.keys[pk], event, fields.get(pk, CorrectedFields()))
        links |= _links(pk, event)
    for pk, target in retired.items():
        writer.retire(stored[pk], target)
    writer.write()
    changed = {pk: (link.event, link.reprint_of) for pk, link in links.items() if link != links_before[pk]}
    update_each(Claim, ("event", "reprint_of"), changed)
    changelog.append(writer.changes)
    return arrangement


def _stored_events(keys: Collection[str], links: Mapping[int, ClaimLink]) -> dict[str, _StoredEvent]:
    """Load the events of these keys and those to which the claims were linked."""
    found = dict[str, _StoredEvent]()
    linked = {link.event for link in links.values() if link.event}
    columns = ("pk", "merged_into", "retracted", "claim_count")
    for row in Event.objects.filter(key__in=list(keys)).values_list(*columns):
        found[row[0]] = _StoredEvent(*row)
    for row in Event.objects.filter(pk__in=linked - found.keys()).values_list(*columns):
        found[row[0]] = _StoredEvent(*row)
    return found


def _links(pk: str, event: ResolvedEvent) -> dict[int, ClaimLink]:
    firsts = event.reprints
    return {c.pk: ClaimLink(pk, first if (first := firsts[c.pk]) != c.pk else None) for c in event.claims}


def _retired(
    rows: Mapping[str, _StoredEvent], redirects: Mapping[str, str], arrangement: Arrangement
) -> Iterator[tuple[str, str | None]]:
    """Yield the events that are no longer live, each with its redirect or None; not those already stored like that."""
    for pk, row in rows.items():
        if pk in arrangement.events:
            continue
        target = redirects.get(pk)
        elsewhere = target is None and row.merged_into is not None and row.merged_into not in rows
        if not elsewhere and (row.merged_into, row.retracted) != (target, target is None):
            yield pk, target


def _redirects(
    arrangement: Arrangement,
    corrections: Sequence[CorrectionValue],
    links: Mapping[int, ClaimLink],
    rows: Mapping[str, _StoredEvent],
) -> dict[str, str]:
    """Return where the id of each event that is no longer live leads.

    To the event into which it was merged or that has the claims that a correction of it names; else to the one with
    most of the claims that were linked to it; else along older merges.
    """
    live = arrangement.events
    votes, named = defaultdict[str, Counter[str]](Counter), defaultdict[str, set[int]](set)
    for claim, link in links.items():
        if link.event and (now := arrangement.event_of.get(claim)) in live:
            votes[link.event][now] += 1
    for correction in corrections:
        named[correction.event] |= correction.claims
        if correction.other:
            named[correction.other] |= correction.others
    redirects: dict[str, str] = {}
    for pk in rows.keys() - live.keys():
        found: str | None = arrangement.follow(pk) or arrangement.holder(named.get(pk, ()))
        if found not in live:
            counts = votes.get(pk)
            found = max(sorted(counts), key=lambda one: counts[one]) if counts else None
        if found is not None:
            redirects[pk] = found
    for pk in sorted(rows.keys() - live.keys() - redirects.keys()):
        target, seen = rows[pk].merged_into, {pk}
        while target and target not in live and target not in seen:
            seen.add(target)
            target = redirects.get(target) or (rows[target].merged_into if target in rows else None)
        if target and target in live:
            redirects[pk] = target
    return redirects


def hidden_sources() -> frozenset[int]:
    """Return the invented newsrooms, where the settings hide the events that only they report. At most one query."""
    return frozenset(Source.samples().values_list("pk", flat=True)) if settings.HIDE_SAMPLES else frozenset()


class _EventWriter:
    """Collects the rows of events and writes those that differ from what is stored."""

    def __init__(self, titles: Mapping[int, str]) -> None:
        self.titles = titles  # of the articles of the claims that are searched
        self.hidden = hidden_sources()
        self.events: dict[str, Event] = {}
        self.different: set[str] = set()
        self.before: dict[str, Event] = {}
        self.changes: list[Change] = []
        self.participants = EventRows(EventParticipant, ("actor_id", "position", *COPIED_FIELDS), "position")
        self.sources = EventRows(EventSource, ("source_id", *COPIED_FIELDS), "source")
        believed = ("since", "until", *WHEN_COLUMNS, "by_law", "status", "claim_id", "change")
        self.beliefs = EventRows(EventBelief, believed, "since")
        self.contradictions = EventRows(Contradiction, ("first_id", "second_id"), "pk")
        columns = ("id", "about", "reports", *COPIED_FIELDS)
        self.search = EventRows(EventSearch, columns, "pk", ignore_conflicts=True)  # see search_key
        self.rows = (self.participants, self.sources, self.beliefs, self.contradictions, self.search)

    def add(self, row: Event, key: str, event: ResolvedEvent, corrected: CorrectedFields) -> None:
        """Set the row of an event and the rows that belong to it."""
        beliefs = corrected.beliefs(event.beliefs)
        codes = corrected.values.get("participants") or list(event.participants)
        self._set(row, {"key": key} | self._columns(event, beliefs[-1], corrected))
        wanted = dict.fromkeys([*codes, *([row.place_id] if row.place_id else [])])
        copied = tuple(getattr(row, name) for name in COPIED_FIELDS)
        live = not row.retracted
        self.participants.wanted[row.pk] = [(code, i, *copied) for i, code in enumerate(wanted) if live]
        self.sources.wanted[row.pk] = [(source, *copied) for source in sorted(event.sources) if live]
        self.beliefs.wanted[row.pk] = [_belief_row(belief) for belief in beliefs]
        self.contradictions.wanted[row.pk] = [(c.first, c.second) for c in event.contradictions]
        reports = [text for c in _searched(event) for text in (c.evidence, self.titles.get(c.pk, ""))]
        self.search.wanted[row.pk] = [(*search.texts_of(row, wanted, reports), *copied)] if live else []

    def _columns(self, event: ResolvedEvent, now: Belief, corrected: CorrectedFields) -> dict[str, object]:
        first = event.claims[0]
        sources, importance = len(event.sources), corrected.values.get("importance", 0)
        return columns_of(now.when) | {
            "by_law": now.when.by_law,
            "status": now.status,
            "kind": kind_of(corrected.values["type"]) if "type" in corrected.values else first.kind,
            "stage": event.stage,
            "type": corrected.values.get("type") or event.type,
            "place_id": corrected.values.get("place", event.place) or None,
            "day": now.when.day,
            "believed_since": now.since,
            "first_reported": first.reported,
            "claim_count": len(event.claims),
            "source_count": sources,
            "merged_into_id": None,
            "retracted": corrected.values.get("rejected", False) or self._is_hidden(event),
            "precision": now.when.precision,
            "reach": reach_of(*now.when.days).value,
            "curated": corrected.curated,
            "note": corrected.values.get("note", ""),
            "importance": importance,
            "proposals": corrected.proposals(machine_values(event)),
            "weight": weight_of(sources, corrected.curated, importance),
        }

    def _is_hidden(self, event: ResolvedEvent) -> bool:
        """Whether only hidden newsrooms report it, reprints included."""
        return bool(self.hidden) and {claim.source for claim in event.claims} <= self.hidden

    def retire(self, row: Event, target: str | None) -> None:
        """Let the id of an event redirect to `target`; without one the event is retracted."""
        self._set(row, {"merged_into_id": target, "retracted": target is None})
        for rows in (self.participants, self.sources, self.contradictions, self.search):
            rows.wanted[row.pk] = []

    def _set(self, row: Event, columns: Mapping[str, object]) -> None:
        self.events[row.pk] = row
        self.before[row.pk] = copy(row)
        if row._state.adding:
            self.different.add(row.pk)
        for name, value in columns.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
                self.different.add(row.pk)

    def write(self) -> None:
        """Write all rows that differ, and their tallies; collect the changes for the log."""
        for rows in self.rows:
            self.different |= rows.compare()
        tallied: Counter[tallies.Cell] = Counter()
        for pk in sorted(self.different):
            event, before = self.events[pk], self.before[pk]
            codes_before, codes = _ids(self.participants, pk)
            sources_before, sources = _ids(self.sources, pk)
            self._log(event, before, codes_before, codes)
            tallied.update(tallies.cells_of(event, codes, sources))
            if not before._state.adding:
                tallied.subtract(tallies.cells_of(before, codes_before, sources_before))
        Event.objects.bulk_create(
            [self.events[pk] for pk in sorted(self.different)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=EVENT_FIELDS,
        )
        for rows in self.rows:
            rows.write()
        tallies.add(tallied)

    def _log(self, event: Event, before: Event, codes_before: Sequence[str], codes: Sequence[str]) -> None:
        """Collect the change of an event, if any, and number its revision."""
        new, target = before._state.adding or not before.claim_count, event.merged_into_id
        was = None if before._state.adding else changelog.state_of(before, codes_before)
        now = changelog.state_of(event, codes)
        merged = target is not None and target != before.merged_into_id
        what = changelog.what_changed(was, now, new=new, merged=merged)
        if what is not None:
            event.revision += what in changelog.REVISIONS
            self.changes.append(
                Change(event=event, what=what, before=was or {}, after=now or {}, merged_into_id=target)
            )
        if now and self.contradictions.wanted[event.pk] and not self.contradictions.stored.get(event.pk):
            self.changes.append(Change(event=event, what=Change.What.CONTRADICTED, before=now, after=now))


def _searched(event: ResolvedEvent) -> Sequence[ClaimValue]:
    return event.claims[-search.MAX_SEARCHED_CLAIMS :]


def _belief_row(belief: Belief) -> tuple[Any, ...]:
    days = columns_of(belief.when).values()
    return belief.since, belief.until, *days, belief.when.by_law, belief.status, belief.claim, belief.change


def _ids(rows: EventRows, pk: str) -> tuple[list[Any], list[Any]]:
    """Return the ids of an event's participants or sources: those stored and those wanted."""
    return [one for one, *_ in rows.stored.get(pk, [])], [one for one, *_ in rows.wanted[pk]]


def weight_of(sources: int, curated: bool, importance: int = 0) -> int:
    """Return the weight by which events are chosen for the chart: importance first, then corrections, then sources."""
    return min(sources, MAX_WEIGHED_SOURCES) + (MAX_WEIGHED_SOURCES + 1) * (curated + 2 * importance)
