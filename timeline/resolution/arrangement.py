"""Apply the merges and splits of editors to resolved events. Pure: no database, no clock.

Merges and splits are applied in the order in which they were made. The result depends on the claims and the
corrections alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id
from timeline.resolution.resolve import ResolvedEvent, resolve_as_one

MERGED, SPLIT = "merged", "split"


@dataclass(frozen=True, slots=True)
class CorrectionValue:
    """A correction of an editor, with the claims that it names now.

    `claims`: the claims of the corrected event; `others`: those of the other event of a merge or split. `made_on`: the
    day on which it was made.
    """

    pk: int
    event: str
    other: str | None
    field: str
    value: Any
    basis: Any
    made_on: date
    in_force: bool
    claims: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


def effective(corrections: Iterable[CorrectionValue]) -> list[CorrectionValue]:
    """Return the corrections in force, without those of events whose split is not in force.

    While a split is undone or waits, a correction of the event that it made must not become one of the event from
    which that was split.
    """
    inactive: set[str] = set()
    found = []
    for correction in corrections:
        suspended = correction.event in inactive or (correction.field == MERGED and correction.other in inactive)
        if correction.field == SPLIT and correction.other and (suspended or not correction.in_force):
            inactive.add(correction.other)
        elif correction.in_force and not suspended:
            found.append(correction)
    return found


@dataclass(slots=True)
class Arrangement:
    """The events of some keys after merges and splits.

    `keys` and `members`: by event its key and its claims. `event_of`: the event of each claim. `unmerged`: the event
    that each claim has without merges. `redirects`: by merged event the event that it went into. `events`: those that
    are stored.
    """

    keys: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[int]] = field(default_factory=dict)
    event_of: dict[int, str] = field(default_factory=dict)
    unmerged: dict[int, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    events: dict[str, ResolvedEvent] = field(default_factory=dict)

    def follow(self, pk: str) -> str | None:
        """Follow redirects from this id and return the event at the end; None where there is none."""
        seen: set[str] = set()
        while pk not in self.members and pk in self.redirects and pk not in seen:
            seen.add(pk)
            pk = self.redirects[pk]
        return pk if pk in self.members else None

    def holder(self, claims: Iterable[int], pk: str | None = None) -> str | None:
        """Return the event with most of these claims; if none has any, the one to which `pk` redirects."""
        most = _most_common((self.event_of[c] for c in claims if c in self.event_of), pk)
        return most or (self.follow(pk) if pk else None)

    def owns(self, claims: Iterable[int], event: str) -> bool:
        """Return whether these claims are the event's own, not brought into it by a merge."""
        return _most_common((self.unmerged[c] for c in claims if c in self.unmerged), event) in (event, None)

    def apply(self, correction: CorrectionValue, claims: Mapping[int, tuple[str, ClaimValue]]) -> None:
        """Apply a merge or split; other corrections change nothing here. `claims`: by pk, with their keys."""
        if correction.field == SPLIT:
            self._split(correction, claims)
        elif correction.field == MERGED:
            self._merge(correction)

    def _split(self, correction: CorrectionValue, claims: Mapping[int, tuple[str, ClaimValue]]) -> None:
        group = correction.others & self.event_of.keys()
        if not group or not correction.other:
            return
        self._move(group, correction.other)
        self.keys[correction.other] = claims[min(group, key=lambda c: _report_order(claims[c][1]))][0]
        self.unmerged |= dict.fromkeys(group, correction.other)

    def _merge(self, correction: CorrectionValue) -> None:
        source = self.holder(correction.claims, correction.event)
        target = self.holder(correction.others, correction.other)
        if source is None or correction.other is None:
            return
        if target is None:  # no claim of the target is left: it has only what is merged into it
            target = correction.other
            self.members[target], self.keys[target] = set(), self.keys[source]
        moving = set(self.members[source])
        for pk in {self.event_of[c] for c in correction.claims if c in self.event_of} - {source, target}:
            named = correction.claims & self.members[pk]
            moving |= self.members[pk] if 2 * len(named) > len(self.members[pk]) else named
        self._move(moving, target)

    def _move(self, claims: Iterable[int], to: str) -> None:
        self.redirects.pop(to, None)
        self.members.setdefault(to, set())
        for claim in claims:
            before = self.event_of[claim]
            self.members[before].discard(claim)
            self.members[to].add(claim)
            self.event_of[claim] = to
            if not self.members[before]:
                del self.members[before]
                self.redirects[before] = to


def arrange(resolved: Mapping[str, Sequence[ResolvedEvent]], corrections: Sequence[CorrectionValue]) -> Arrangement:
    """Apply `effective` corrections, in their order, to the resolved events of some keys.

    Events are stored that are confirmed or of which a correction names a claim; claims of others have no event.
    """
    claims = {c.pk: (key, c) for key, events in resolved.items() for event in events for c in event.claims}
    arrangement, unchanged = Arrangement(), dict[frozenset[int], ResolvedEvent]()
    for key, events in resolved.items():
        for event in events:
            pk, members = event_id(event.first), {c.pk for c in event.claims}
            arrangement.keys[pk], arrangement.members[pk] = key, members
            arrangement.event_of |= dict.fromkeys(members, pk)
            unchanged[frozenset(members)] = event
    arrangement.unmerged = dict(arrangement.event_of)
    for correction in corrections:
        arrangement.apply(correction, claims)
    named = {c for correction in corrections for c in (*correction.claims, *correction.others)}
    for pk, members in arrangement.members.items():
        event = unchanged.get(frozenset(members)) or resolve_as_one(claims[c][1] for c in members)
        if event.confirmed or members & named:
            arrangement.events[pk] = event
    return arrangement


def _most_common(found: Iterable[str], preferred: str | None) -> str | None:
    """Return the most common value; on a tie `preferred`, then the first in order. None if there is none."""
    counts = Counter(found)
    return min(counts, key=lambda one: (-counts[one], one != preferred, one)) if counts else None


def _report_order(claim: ClaimValue) -> tuple[date, str]:
    return claim.reported, claim.identity
