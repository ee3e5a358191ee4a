"""Claims of one key become events, and what was believed when. A pure function: no database, no clock.

Claims are sorted first, so the answer does not depend on the order in which articles were read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

Days = tuple[date | None, date | None]

NATIONAL = frozenset({"presidential", "legislative", "general"})
STRENGTH = {"conditional": 0, "expected": 1, "scheduled": 2, "postponed": 2, "cancelled": 3, "occurred": 4}
# How far (in days) a happening that is still ahead may be moved and stay the same happening.
MOVES = {"election": 250, "summit": 120}
POSTPONED_MOVES = 500
SLACK = timedelta(days=1)  # two newsrooms' days of one happening differ by their zones


@dataclass(frozen=True, slots=True)
class Said:
    """A claim, as resolving sees it. `identity` is unique and stable: (published, url digest, offset, …)."""

    pk: int
    identity: str
    article: int
    source: int
    reported: date
    kind: str
    type: str
    stage: str
    place: str
    participants: tuple[str, ...]
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: str
    status: str
    alternatives: tuple[tuple[str | None, str | None], ...] = ()

    @property
    def days(self) -> Days:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Belief:
    """What was believed from `since` (inclusive) to `until` (exclusive, None = still), and which claim decided.

    `change`: first, narrowed, moved, revised, status, corrected.
    """

    since: date
    until: date | None
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: str
    status: str
    alternatives: tuple[tuple[str | None, str | None], ...]
    claim: int | None
    change: str

    @property
    def days(self) -> Days:
        return self.start, self.end


@dataclass(slots=True)
class Happening:
    """One event of a key: its claims in order of report, and its beliefs, oldest first."""

    claims: list[Said] = field(default_factory=list)
    beliefs: list[Belief] = field(default_factory=list)

    @property
    def now(self) -> Belief:
        return self.beliefs[-1]

    @property
    def type(self) -> str:
        """The type most claims give; a special one stands above `general`."""
        types = Counter(c.type for c in self.claims)
        special = {t: n for t, n in types.items() if t != "general"} or types
        return max(sorted(special), key=lambda t: special[t])

    @property
    def stage(self) -> str:
        stage = self.claims[0].stage
        return "vote" if stage == "postponement" else stage

    @property
    def participants(self) -> tuple[str, ...]:
        """Those that most claims name; of as many, the larger set, then the earlier."""
        sets = Counter(frozenset(c.participants) for c in self.claims)
        best = max(sets.values())
        chosen = max((s for s, n in sets.items() if n == best), key=len)
        return next(c.participants for c in self.claims if frozenset(c.participants) == chosen)


def key_of(kind: str, type: str, stage: str, place: str, participants: Iterable[str]) -> str:
    """The lock and the drawer: claims with different keys are never the same happening.

    Elections: family of types, stage, country, place. Alliances: type and bloc, else all countries.
    """
    codes = list(participants)
    if kind == "election":
        family = "national" if type in NATIONAL else type
        step = "vote" if stage in ("vote", "postponement", "") else stage
        return f"election:{family}:{step}:{codes[0]}:{place}"
    blocs = sorted(c for c in codes if c.islower())
    main = blocs[0] if blocs else "+".join(sorted(codes))[:100]
    return f"alliance:{type}:{main}"


def event_id(key: str, first: Said) -> str:
    """A permanent id, made of the key and of the earliest claim alone."""
    digest = hashlib.sha256(f"{key}\n{first.identity}".encode()).digest()
    number, letters = int.from_bytes(digest[:8], "big"), ""
    while len(letters) < 10:
        number, rest = divmod(number, 32)
        letters += "0123456789abcdefghjkmnpqrstvwxyz"[rest]
    return letters


def resolve(claims: Iterable[Said]) -> list[Happening]:
    """Group the claims of one key into happenings, and say what was believed of each when.

    The same claims in any order give the same answer; no claim is lost.
    """
    happenings: list[Happening] = []
    for claim in sorted(claims, key=lambda c: (c.reported, c.identity)):
        best = max(
            ((_likeness(claim, h), -i) for i, h in enumerate(happenings)),
            default=(0.0, 0),
        )
        if best[0] > 0:
            _add(happenings[-best[1]], claim)
        else:
            happening = Happening()
            _add(happening, claim)
            happenings.append(happening)
    return happenings


# --- is it the same happening? ------------------------------------------------------------------


def _likeness(claim: Said, happening: Happening) -> float:
    """0: another happening; more: the closer, the higher."""
    if any(c.article == claim.article for c in happening.claims):
        return 0.0  # one event stands once per article: two claims of one article are two events
    if not _types_agree(claim, happening):
        return 0.0
    others = _agreement(claim, happening)
    if others == 0:
        return 0.0
    near = _nearness(claim, happening)
    return near + others if near > 0 else 0.0


def _types_agree(claim: Said, happening: Happening) -> bool:
    types = {c.type for c in happening.claims} | {claim.type}
    return not {"presidential", "legislative"} <= types


def _agreement(claim: Said, happening: Happening) -> float:
    """How far the participants agree (0–1); blocs alone are not enough where countries are named."""
    mine = {c for c in claim.participants if not c.islower()}
    theirs = {c for h in happening.claims for c in h.participants if not c.islower()}
    if not mine or not theirs:
        return 1.0 if mine == theirs else (0.5 if claim.type in ("summit", "agreement") else 0.0)
    return len(mine & theirs) / len(mine | theirs)


def _nearness(claim: Said, happening: Happening) -> float:
    """How near the days are: shared days first, then a move that is still possible."""
    now = happening.now
    share = _share(claim.days, now.days)
    if share > 0:
        return 1.0 + share
    gap = _gap(claim.days, now.days)
    if gap <= SLACK.days and claim.granularity == "day":
        return 0.9
    limit = MOVES.get(claim.kind, MOVES.get(claim.type, 0))
    postponed = claim.status == "postponed" or now.status == "postponed"
    pending = now.end is None or now.end >= claim.reported
    ahead = claim.end is None or claim.end >= claim.reported
    if postponed and gap <= POSTPONED_MOVES and now.status != "occurred":
        return 0.5 - gap / 2000
    if pending and ahead and gap <= limit and now.status not in ("occurred", "cancelled"):
        return 0.4 - gap / 2000
    return 0.0


def _bounds(days: Days) -> tuple[int, int]:
    low = days[0].toordinal() if days[0] else date.min.toordinal()
    high = days[1].toordinal() if days[1] else date.max.toordinal()
    return low, high


def _share(a: Days, b: Days) -> float:
    """Shared days by all days of both (0–1); more than 0 wherever they meet."""
    (a1, a2), (b1, b2) = _bounds(a), _bounds(b)
    shared = min(a2, b2) - max(a1, b1) + 1
    return shared / (max(a2, b2) - min(a1, b1) + 1) if shared > 0 else 0.0


def _gap(a: Days, b: Days) -> int:
    (a1, a2), (b1, b2) = _bounds(a), _bounds(b)
    return max(a1, b1) - min(a2, b2)


def _contains(a: Days, b: Days) -> bool:
    (a1, a2), (b1, b2) = _bounds(a), _bounds(b)
    return a1 <= b1 and b2 <= a2


# --- what is believed? --------------------------------------------------------------------------


def _add(happening: Happening, claim: Said) -> None:
    happening.claims.append(claim)
    if not happening.beliefs:
        happening.beliefs.append(_belief(claim, claim.status, "first"))
        return
    now = happening.now
    later = _revised(now, claim)
    if later is None:
        return
    if later.since <= now.since:  # said on the same day: the day ends with one belief
        change = "first" if len(happening.beliefs) == 1 else later.change
        happening.beliefs[-1] = replace(later, since=now.since, change=change)
        return
    happening.beliefs[-1] = replace(now, until=later.since)
    happening.beliefs.append(later)


def _belief(claim: Said, status: str, change: str) -> Belief:
    return Belief(
        since=claim.reported,
        until=None,
        start=claim.start,
        end=claim.end,
        granularity=claim.granularity,
        modifier=claim.modifier,
        extent=claim.extent,
        status=status,
        alternatives=claim.alternatives,
        claim=claim.pk,
        change=change,
    )


def _revised(now: Belief, claim: Said) -> Belief | None:
    """The belief after a newer claim: more precise and newer stand over vaguer and older. None: as before."""
    if now.status == "occurred" and claim.status != "occurred":
        return None
    if claim.status == "cancelled":
        return None if now.status == "cancelled" else _status_only(now, claim, "cancelled")
    if claim.days == now.days:
        return _same_days(now, claim)
    if _contains(now.days, claim.days):
        return _belief(claim, _stronger(now, claim), "narrowed")
    if _contains(claim.days, now.days):
        status = _stronger(now, claim)
        return None if status == now.status else _status_only(now, claim, status)
    if _share(claim.days, now.days) > 0 and claim.reported == now.since:
        return None  # two of one day: the first in order stands
    change = "moved" if _share(claim.days, now.days) == 0 else "revised"
    return _belief(claim, claim.status, change)


def _same_days(now: Belief, claim: Said) -> Belief | None:
    status = claim.status if claim.status == "postponed" else _stronger(now, claim)
    return None if status == now.status else _status_only(now, claim, status)


def _stronger(now: Belief, claim: Said) -> str:
    """Hearsay does not weaken what was fixed; a cancelled happening that is spoken of again is on again."""
    if now.status in ("cancelled", "postponed"):
        return claim.status
    return claim.status if STRENGTH[claim.status] >= STRENGTH[now.status] else now.status


def _status_only(now: Belief, claim: Said, status: str) -> Belief:
    return replace(now, since=claim.reported, until=None, status=status, claim=claim.pk, change="status")


def source_count(claims: Sequence[Said]) -> int:
    """Independent sources: newsrooms, each once."""
    return len({c.source for c in claims})
