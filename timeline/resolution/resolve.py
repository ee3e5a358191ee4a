"""Resolve the claims of one key into events and the history of what was believed of each.

Pure: no database, no clock. The result does not depend on the order in which articles were read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from timeline.extraction.when import Days
from timeline.resolution.beliefs import Belief, Contradiction, contradictions, replay
from timeline.resolution.claim import ClaimValue
from timeline.resolution.clustering import cluster
from timeline.resolution.keys import step_of
from timeline.resolution.reprints import groups_of

LOCAL_TYPES = frozenset({"local", "by_election"})  # elections that are always of a place within the country
MIN_DOUBTFUL_SOURCES = 3  # independent sources whose doubtful claims are enough for an event


@dataclass(slots=True)
class ResolvedEvent:
    """One event of a key.

    `claims`: in order of report, at least one. `beliefs`: oldest first. `reprints`: by claim the first claim in the
    same words with the same days, itself where it is the first.
    """

    claims: list[ClaimValue]
    reprints: dict[int, int]
    beliefs: list[Belief] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)

    @property
    def confirmed(self) -> bool:
        """Whether it belongs on a calendar: one claim is not doubtful, or enough sources give the present days."""
        alone = self.claims[0].kind == "alliance" and len(self.participants) == 1  # `达成协议`: with whom?
        if any(not c.doubtful for c in self.claims):
            return True
        agreeing = [c for c in self.claims if c.when.days == self.current.when.days]
        return not alone and len(self._sources_of(agreeing)) >= MIN_DOUBTFUL_SOURCES

    @property
    def current(self) -> Belief:
        """The newest belief."""
        return self.beliefs[-1]

    @property
    def type(self) -> str:
        """The type that most claims give; a specific one is preferred to `general`."""
        types = Counter(c.type for c in self.claims)
        specific = {t: n for t, n in types.items() if t != "general"} or types
        return max(sorted(specific), key=lambda t: specific[t])

    @property
    def place(self) -> str:
        """The place that most claims give. Claims without one count too, unless the type is always of a place."""
        needed = self.type in LOCAL_TYPES
        places = Counter(c.place for c in self.claims if c.place or not needed)
        return max(sorted(places), key=lambda p: places[p]) if places else ""

    @property
    def stage(self) -> str:
        """`runoff` where any claim says so: the others speak of the vote of that day. Else the step of the first."""
        if any(c.stage == "runoff" for c in self.claims):
            return "runoff"
        return step_of(self.claims[0].stage)

    @property
    def participants(self) -> tuple[str, ...]:
        """The set that most claims name, of equally many the larger, then the earlier; claims without doubts first."""
        claims = [c for c in self.claims if not c.doubtful] or self.claims
        sets = Counter(frozenset(c.participants) for c in claims)
        best = max(sets.values())
        chosen = max((s for s, n in sets.items() if n == best), key=len)
        return next(c.participants for c in claims if frozenset(c.participants) == chosen)

    @property
    def sources(self) -> frozenset[int]:
        """The independent sources: those with a claim that is no reprint of another source's."""
        return self._sources_of(self.claims)

    def _sources_of(self, claims: Sequence[ClaimValue]) -> frozenset[int]:
        return frozenset(c.source for c in claims if self.reprints.get(c.pk, c.pk) == c.pk)


def resolve(claims: Iterable[ClaimValue]) -> list[ResolvedEvent]:
    """Group the claims of one key into events and replay what was believed of each.

    Every claim is in exactly one event. Events that are not `confirmed` are returned as well; they are not stored.
    """
    ordered = _ordered(claims)
    reprints = _reprints(ordered)
    return [_resolved(group, reprints) for group in cluster(ordered, reprints)]


def resolve_as_one(claims: Iterable[ClaimValue]) -> ResolvedEvent:
    """Make one event of these claims (at least one, of any keys), because an editor says that they are one."""
    ordered = _ordered(claims)
    return _resolved(ordered, _reprints(ordered))


def _ordered(claims: Iterable[ClaimValue]) -> list[ClaimValue]:
    return sorted(claims, key=lambda c: (c.reported, c.identity))


def _resolved(claims: list[ClaimValue], reprints: dict[int, int]) -> ResolvedEvent:
    event = ResolvedEvent(claims, {c.pk: reprints[c.pk] for c in claims})
    event.beliefs = replay(claims, reprints, event.type)
    event.contradictions = contradictions(claims, reprints)
    return event


def _reprints(ordered: Sequence[ClaimValue]) -> dict[int, int]:
    """Map each claim to the first one that gives the same days in nearly the same words."""
    groups = groups_of({i: c.evidence or c.identity for i, c in enumerate(ordered)})
    first: dict[tuple[int, Days], int] = {}
    return {c.pk: first.setdefault((groups[i], c.when.days), c.pk) for i, c in enumerate(ordered)}
