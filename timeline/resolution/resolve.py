"""Resolve the claims of one key into events and the history of what was believed of each.

Pure: no database, no clock. The result does not depend on the order in which articles were read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from timeline.extraction.when import Days
from timeline.resolution.acts import acts_of
from timeline.resolution.beliefs import LIST_SHARE, Belief, replay
from timeline.resolution.claim import ClaimValue
from timeline.resolution.clustering import MIN_RUNOFF_SHARE, cluster
from timeline.resolution.contradictions import Contradiction, contradictions
from timeline.resolution.keys import parties_of, step_of
from timeline.resolution.reprints import groups_of
from timeline.resolution.votes import sorts_of

DOUBTFUL_SHARE = 0.5  # of a plain claim, that a doubtful one counts in who takes part
COMMON_SHARE = 0.25  # of the commonest of several names of the same parties, from which on a longer one is taken
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
        # `达成协议`: with whom? But a country may host a conference alone.
        alone = self.claims[0].kind == "alliance" and len(self.participants) == 1 and self.type != "summit"
        if any(not c.doubtful for c in self.claims):
            return True
        # Guesses, and who may be a topic of the talks, are misread alike wherever the same sentence stands.
        sure = [c for c in self.claims if not (c.guessed or c.lists_several)]
        agreeing = [c for c in sure if c.when.days == self.current.when.days]
        return not alone and len(self._sources_of(agreeing)) >= MIN_DOUBTFUL_SOURCES

    @property
    def first(self) -> ClaimValue:
        """The claim that gives the event its id: of the article that came first, whatever day it is of."""
        return min(self.claims, key=lambda c: (c.article, c.identity))

    @property
    def current(self) -> Belief:
        """The newest belief."""
        return self.beliefs[-1]

    @property
    def type(self) -> str:
        """The type that most plain claims give, where there are any; a specific one is preferred to `general`."""
        types = Counter(c.type for c in self.claims if not c.doubtful) or Counter(c.type for c in self.claims)
        specific = {t: n for t, n in types.items() if t != "general"} or types
        return max(sorted(specific), key=lambda t: specific[t])

    @property
    def place(self) -> str:
        """The place that most claims give; a by-election is always of one, so claims without a place count nothing.

        Of a local vote half as many are enough: texts often omit the place, but some regions vote on one day.
        """
        places = Counter(c.place for c in self.claims)
        without = places.pop("", 0)
        best = max(sorted(places), key=lambda p: places[p], default="")
        enough = {"by_election": 0.0, "local": without / 2}.get(self.type, float(without))
        return best if places[best] >= enough else ""

    @property
    def stage(self) -> str:
        """The step that most claims of the believed days give; `runoff` where a third of them does."""
        believed = [c for c in self.claims if c.when.days == self.current.when.days] or self.claims
        steps = Counter(c.stage if c.stage == "runoff" else step_of(c.stage) for c in believed)
        if steps["runoff"] >= MIN_RUNOFF_SHARE * len(believed):
            return "runoff"
        del steps["runoff"]
        return max(sorted(steps), key=lambda s: steps[s])

    @property
    def participants(self) -> tuple[str, ...]:
        """The set, of those that claims name, on which most agree: with whom most of them name and nobody else.

        A doubtful claim counts as less, and a reprint nothing; on a tie the larger set is taken, then the earlier.
        """
        named: dict[tuple[str, ...], float] = {}
        for claim in self.claims:
            own = self.reprints.get(claim.pk, claim.pk) == claim.pk
            share = LIST_SHARE if claim.lists_several else DOUBTFUL_SHARE if claim.doubtful else 1.0
            weight = claim.probability * share if own else 0.0
            named[claim.participants] = named.get(claim.participants, 0.0) + weight
        parties = {codes: parties_of(codes) for codes in named}
        support: dict[str, float] = {}
        for codes, weight in named.items():
            for code in parties[codes]:
                support[code] = support.get(code, 0.0) + weight
        half = sum(named.values()) / 2
        surplus = {codes: round(sum(support[code] - half for code in parties[codes]), 6) for codes in named}
        best = max(surplus.values())
        alike = [codes for codes in named if surplus[codes] == best]  # by whatever name: a treaty or its parties
        least = COMMON_SHARE * max(named[codes] for codes in alike)
        return max((codes for codes in alike if named[codes] >= least), key=len)

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
    election = bool(ordered) and ordered[0].kind == "election"
    sorts = sorts_of(ordered, reprints) if election else acts_of(ordered, reprints)
    groups = [group for sort in sorts for group in cluster(sort, reprints)]
    groups.sort(key=lambda claims: (claims[0].reported, claims[0].identity))
    return [_resolved(group, reprints) for group in groups]


def resolve_as_one(claims: Iterable[ClaimValue]) -> ResolvedEvent:
    """Make one event of these claims (at least one, of any keys), because an editor says that they are one."""
    ordered = _ordered(claims)
    return _resolved(ordered, _reprints(ordered))


def _ordered(claims: Iterable[ClaimValue]) -> list[ClaimValue]:
    return _with_deadlines(sorted(claims, key=lambda c: (c.reported, c.identity)))


def _with_deadlines(ordered: Sequence[ClaimValue]) -> list[ClaimValue]:
    """Let a repeated deadline begin where it was given first: it is the same window as long as it lies ahead.

    Each report counts it from its own day, so that windows would seem to change with each.
    """
    first: dict[tuple[object, ...], date] = {}
    found = []
    for claim in ordered:
        when = claim.when
        if when.is_deadline and when.start is not None:
            begun = first.setdefault((when.end, claim.type, claim.place, parties_of(claim.participants)), when.start)
            if begun != when.start:
                claim = replace(claim, when=replace(when, start=min(begun, when.start)))
        found.append(claim)
    return found


def _resolved(claims: list[ClaimValue], reprints: Mapping[int, int]) -> ResolvedEvent:
    event = ResolvedEvent(claims, {c.pk: reprints[c.pk] for c in claims})
    event.beliefs = replay(claims, reprints, event.type)
    event.contradictions = contradictions(claims, reprints)
    return event


def _reprints(ordered: Sequence[ClaimValue]) -> dict[int, int]:
    """Map each claim to the first one that gives the same days and status in nearly the same words.

    A report of another status is none: in Chinese one word tells a plan from its outcome (`将于…举行`, `已于…举行`).
    """
    groups = groups_of({i: c.evidence or c.identity for i, c in enumerate(ordered)})
    first: dict[tuple[int, Days, str], int] = {}
    return {c.pk: first.setdefault((groups[i], c.when.days, c.status), c.pk) for i, c in enumerate(ordered)}
