"""Twins: events of different keys that are one happening, told with one party more or less. Pure: no database.

The least common participant makes the key of an alliance claim, so one more country named may give it another. Events
are compared across keys only where claims of both have the same days, and merged only where the reports say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from timeline.extraction.when import Days
from timeline.resolution.claim import TALK_TYPES, ClaimValue
from timeline.resolution.keys import FORMAT_MEMBERS, parties_of
from timeline.resolution.resolve import ResolvedEvent, resolve_as_one

MIN_TIMES = 2  # as many newsrooms, from which on one party more or less is an oversight of the fewer
MIN_SHARED = 2  # parties: A with B and A with C are two events
MIN_LISTED = 3  # shared parties, from which on a list and a longer one are the same, however few tell of either
Spot = tuple[str, Days]  # family of types and days, in which twins are looked for

_Parties = frozenset[str]
_Keyed = tuple[str, ResolvedEvent]


def spot_of(kind: str, type: str, days: Days) -> Spot | None:
    """Return the spot of a claim; None where nothing has twins: of elections, and of open windows."""
    if kind != "alliance" or None in days:
        return None
    return ("talks" if type in TALK_TYPES else type), days


def spot_of_event(event: ResolvedEvent) -> Spot | None:
    """Return the spot in which an event may have a twin; None if it cannot have one."""
    now = event.current.when
    if not event.confirmed or now.is_deadline:  # each report counts a deadline from its own day
        return None
    return spot_of(event.claims[0].kind, event.type, now.days)


def related(by_key: Mapping[str, Iterable[Sequence[str]]], keys: Collection[str]) -> set[str]:
    """Return these keys and those whose claims may be of the same happening, directly or through others.

    `by_key`: by key the participants of its claims of one spot.
    """
    parties = {key: {_parties(codes) for codes in named} for key, named in by_key.items()}
    found, ahead = set(keys), list(keys)
    while ahead:
        mine = parties.get(ahead.pop(), set())
        near = {k for k in parties.keys() - found if any(_may_be_one(a, b) for a in mine for b in parties[k])}
        found |= near
        ahead.extend(near)
    return found


def merge_twins(resolved: Mapping[str, Sequence[ResolvedEvent]]) -> dict[str, list[ResolvedEvent]]:
    """Return the events by key, each twin in the event that more newsrooms tell of, under the key of that.

    `resolved`: by key. Which twin an event has depends on the events of its spot that are `related` alone.
    """
    spots: dict[Spot, list[_Keyed]] = defaultdict(list)
    for key in sorted(resolved):
        for event in resolved[key]:
            spot = spot_of_event(event)
            if spot is not None:
                spots[spot].append((key, event))
    gone, grown = set[int](), dict[int, list[ClaimValue]]()
    for spot, events in spots.items():
        for (_, event), (_, into) in _twins(spot, events):
            gone.add(id(event))
            grown.setdefault(id(into), list(into.claims)).extend(event.claims)
    return {
        key: [resolve_as_one(grown[id(e)]) if id(e) in grown else e for e in events if id(e) not in gone]
        for key, events in resolved.items()
    }


def _twins(spot: Spot, events: Sequence[_Keyed]) -> Iterator[tuple[_Keyed, _Keyed]]:
    """Yield each event of a spot that is the twin of another, and that; none that has a twin is one itself."""
    alone: list[_Keyed] = []
    for keyed in sorted(events, key=lambda k: (-len(k[1].sources), -len(k[1].claims), k[1].first.identity)):
        others = (other for other in alone if other[0] != keyed[0])
        twin = next((other for other in others if _is_twin(spot, keyed[1], other[1])), None)
        if twin is None:
            alone.append(keyed)
        else:
            yield keyed, twin


def _is_twin(spot: Spot, fewer: ResolvedEvent, more: ResolvedEvent) -> bool:
    """Return whether the event that fewer newsrooms tell of is the other.

    Only by what claims of the spot name, so that `related` finds every twin.
    """
    mine, of_days = _parties(fewer.participants), _reported(spot, more)
    if mine not in _reported(spot, fewer):
        return False
    whole = _parties(more.participants)
    clearly = len(more.sources) >= MIN_TIMES * len(fewer.sources) and len(mine & whole) >= MIN_SHARED
    return (clearly and any(_is_oversight(mine, own) for own in of_days)) or (whole in of_days and _lists(mine, whole))


def _reported(spot: Spot, event: ResolvedEvent) -> set[_Parties]:
    return {
        _parties(c.participants)
        for c in event.claims
        if not c.when.is_deadline and spot_of(c.kind, c.type, c.when.days) == spot
    }


def _may_be_one(a: _Parties, b: _Parties) -> bool:
    return _is_oversight(a, b) or _lists(a, b)


def _is_oversight(a: _Parties, b: _Parties) -> bool:
    return len(a ^ b) == 1 and len(a & b) >= MIN_SHARED


def _lists(a: _Parties, b: _Parties) -> bool:
    return (a <= b or b <= a) and len(a & b) >= MIN_LISTED


def _parties(codes: Iterable[str]) -> _Parties:
    """Return who takes part, the members of a format by name."""
    named = parties_of(codes)
    return named.difference(FORMAT_MEMBERS).union(*(FORMAT_MEMBERS.get(code, ()) for code in named))
