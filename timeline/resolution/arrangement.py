"""Which happenings are one event because an editor says so. Pure: no database, no clock.

The machine's happenings come in, each an event with an id of its own; merges and splits are laid over them in the
order in which they were decided. What comes out depends on the claims and the decisions alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from timeline.resolution.resolve import Happening, Said, event_id, told_as_one

MERGED, SPLIT = "merged", "split"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an editor decided, with the claims that it names now.

    `claims`: those of the event that was decided about; `others`: those of the other one. `made`: its day.
    """

    pk: int
    event: str
    other: str | None
    field: str
    value: Any
    basis: Any
    made: date
    in_force: bool
    claims: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


def awake(decisions: Iterable[Decision]) -> list[Decision]:
    """Those in force but for what was decided about an event that was told apart, where its telling apart is not.

    Such a decision sleeps: it must not become one about the event from which the other was told apart.
    """
    asleep: set[str] = set()
    found = []
    for decision in decisions:
        rests = decision.event in asleep or (decision.field == MERGED and decision.other in asleep)
        if decision.field == SPLIT and decision.other and (rests or not decision.in_force):
            asleep.add(decision.other)
        elif decision.in_force and not rests:
            found.append(decision)
    return found


@dataclass(slots=True)
class Arranged:
    """The events of some keys as editors arranged them, each with its key and its claims.

    `of`: the event of each claim; `born`: the event that it has where nothing is merged; `heirs`: where the id of an
    event leads that another took in.
    """

    keys: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[int]] = field(default_factory=dict)
    of: dict[int, str] = field(default_factory=dict)
    born: dict[int, str] = field(default_factory=dict)
    heirs: dict[str, str] = field(default_factory=dict)
    happenings: dict[str, Happening] = field(default_factory=dict)

    def follow(self, pk: str) -> str | None:
        """The event to which this id leads, itself where it stands; None where it leads nowhere."""
        seen: set[str] = set()
        while pk not in self.members and pk in self.heirs and pk not in seen:
            seen.add(pk)
            pk = self.heirs[pk]
        return pk if pk in self.members else None

    def holder(self, claims: Iterable[int], pk: str | None = None) -> str | None:
        """The event that has most of these claims; where it has none of them, the one to which the id leads."""
        return _most((self.of[c] for c in claims if c in self.of), pk) or (self.follow(pk) if pk else None)

    def native(self, claims: Iterable[int], event: str) -> bool:
        """Whether these claims are the event's own, and not in it by a merge."""
        return _most((self.born[c] for c in claims if c in self.born), event) in (event, None)

    def apply(self, decision: Decision, claims: Mapping[int, tuple[str, Said]]) -> None:
        if decision.field == SPLIT:
            self._split(decision, claims)
        elif decision.field == MERGED:
            self._merge(decision)

    def _split(self, decision: Decision, claims: Mapping[int, tuple[str, Said]]) -> None:
        group = decision.others & self.of.keys()
        if not group or not decision.other:
            return
        self._move(group, decision.other)
        self.keys[decision.other] = claims[min(group, key=lambda c: _order(claims[c][1]))][0]
        self.born |= dict.fromkeys(group, decision.other)

    def _merge(self, decision: Decision) -> None:
        source, target = (
            self.holder(decision.claims, decision.event),
            self.holder(decision.others, decision.other),
        )
        if source is None or decision.other is None:
            return
        if target is None:  # nothing speaks of it any more but what was merged into it
            target = decision.other
            self.members[target], self.keys[target] = set(), self.keys[source]
        moving = set(self.members[source])
        for pk in {self.of[c] for c in decision.claims if c in self.of} - {source, target}:
            named = decision.claims & self.members[pk]
            moving |= self.members[pk] if 2 * len(named) > len(self.members[pk]) else named
        self._move(moving, target)

    def _move(self, claims: Iterable[int], to: str) -> None:
        self.heirs.pop(to, None)
        self.members.setdefault(to, set())
        for claim in claims:
            was = self.of[claim]
            self.members[was].discard(claim)
            self.members[to].add(claim)
            self.of[claim] = to
            if not self.members[was]:
                del self.members[was]
                self.heirs[was] = to


def arrange(told: Mapping[str, Sequence[Happening]], decisions: Sequence[Decision]) -> Arranged:
    """The events of happenings, by key, under decisions (`awake`) in their order.

    What is told plainly makes an event, and so does what a decision names; the rest waits and has none.
    """
    claims = {c.pk: (key, c) for key, happenings in told.items() for h in happenings for c in h.claims}
    arranged, whole = Arranged(), dict[frozenset[int], Happening]()
    for key, happenings in told.items():
        for happening in happenings:
            pk, members = event_id(key, happening.claims[0]), {c.pk for c in happening.claims}
            arranged.keys[pk], arranged.members[pk] = key, members
            arranged.of |= dict.fromkeys(members, pk)
            whole[frozenset(members)] = happening
    arranged.born = dict(arranged.of)
    for decision in decisions:
        arranged.apply(decision, claims)
    named = {c for d in decisions for c in (*d.claims, *d.others)}
    for pk, members in arranged.members.items():
        happening = whole.get(frozenset(members)) or told_as_one(claims[c][1] for c in members)
        if happening.plain or members & named:
            arranged.happenings[pk] = happening
    return arranged


def _most(found: Iterable[str], pk: str | None) -> str | None:
    """What is found most often; of as many this one, then the first in order."""
    counts = Counter(found)
    return min(counts, key=lambda one: (-counts[one], one != pk, one)) if counts else None


def _order(said: Said) -> tuple[date, str]:
    return said.reported, said.identity
