"""Claims of one key become events, and what was believed when. A pure function: no database, no clock.

First the claims are sorted into happenings, the exact days with the most independent reports first; then each
happening is told day by day: every claim supports the windows that agree with it, the newer the more, and
what has most support is believed. Nothing depends on the order in which articles were read.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain, takewhile
from operator import attrgetter

from timeline.extraction.gazetteer import day_by_law, ever_members
from timeline.resolution.reprints import groups_of

Days = tuple[date | None, date | None]

NATIONAL = frozenset({"presidential", "legislative", "general"})
OF_A_PLACE = frozenset({"local", "by_election"})
BY_LAW_ONLY = frozenset({"US"})  # whose presidents are elected on no other day than that of the law
ERR = timedelta(days=7)
TALKS = frozenset({"summit", "meeting"})
# How many days apart two exact days may lie that newsrooms give for one happening. A country does not vote twice
# within two months in the same way; talks and signatures are told with the day of the newsroom.
APART = {"election": 45, "exercise": 5}
APART_ELSE = 2
POSTPONED = 500  # days by which a postponed happening moves at most
CALLED_ANEW = 250  # and a vote that is called for another day
FARTHEST = max(POSTPONED, CALLED_ANEW)
LATE = 45  # days in which the old day is still told
EXACT = 4  # days of a window that still tells the day (a summit of several)
HALF_LIFE = 45  # days after which a report counts half
DOUBLINGS = 900  # over a hundred years; a number has no room for the sum of many more
SURE = 3  # independent newsrooms whose doubtful claims make an event
LONGEST_STAY = 14  # days of one visit or summit
STILL = 0.1  # share of the best support with which a day ahead is believed when the best supported one has passed
PUT_OFF = 0.5  # share of the support of the old days that one report of the new day takes away
AT_ONCE = 7  # days between two reports that contradict one another
STALE = 30  # days after which a cancellation is no longer the newest word
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # of ids
# of the categories that speak of a happening, the share that decides
TOLD, CANCELLED, FIXED = 0.15, 0.5, 0.34


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
    evidence: str = ""
    doubtful: bool = False  # the reading itself says that it may be wrong
    url_digest: str = ""  # of its article

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
    by_law: bool = False  # the claims give a window, a law the day in it

    @property
    def days(self) -> Days:
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sources that gave disjoint days within the same week: the claims, by their keys."""

    first: int
    second: int


@dataclass(slots=True)
class Happening:
    """One event of a key: its claims in order of report, its beliefs, oldest first, and who contradicts whom."""

    claims: list[Said] = field(default_factory=list)
    beliefs: list[Belief] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    reprints: dict[int, int] = field(default_factory=dict)  # claim → the first claim with the same words

    @property
    def plain(self) -> bool:
        """Whether it may stand on a calendar: told plainly once, or of the same days by too many to be all misread."""
        alone = self.claims[0].kind == "alliance" and len(self.participants) == 1  # `达成协议`: with whom?
        if any(not c.doubtful for c in self.claims):
            return True
        return not alone and len(self._newsrooms([c for c in self.claims if c.days == self.now.days])) >= SURE

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
    def place(self) -> str:
        """The place that most claims name; one above none only in a vote that is always of a place."""
        needed = self.type in OF_A_PLACE
        places = Counter(c.place for c in self.claims if c.place or not needed)
        return max(sorted(places), key=lambda p: places[p]) if places else ""

    @property
    def stage(self) -> str:
        """The second round, where anybody calls it so: others speak of the vote of that day."""
        if any(c.stage == "runoff" for c in self.claims):
            return "runoff"
        return _step(self.claims[0].stage)

    @property
    def participants(self) -> tuple[str, ...]:
        """Those that most claims (the plain ones, if any) name; of as many, the larger set, then the earlier."""
        told = [c for c in self.claims if not c.doubtful] or self.claims
        sets = Counter(frozenset(c.participants) for c in told)
        best = max(sets.values())
        chosen = max((s for s, n in sets.items() if n == best), key=len)
        return next(c.participants for c in told if frozenset(c.participants) == chosen)

    @property
    def newsrooms(self) -> frozenset[int]:
        """Independent sources: newsrooms with words of their own, each once."""
        return self._newsrooms(self.claims)

    def _newsrooms(self, claims: Sequence[Said]) -> frozenset[int]:
        return frozenset(c.source for c in claims if self.reprints.get(c.pk, c.pk) == c.pk)


def _step(stage: str) -> str:
    return "vote" if stage in ("postponement", "") else stage


# --- the drawer ---------------------------------------------------------------------------------

# Who takes part in so much that his name alone says little, the commonest first.
COMMON = "US CN eu un GB RU TW HK JP DE FR IN KR AU CA nato IT IR".split()
# Treaties of few parties: those who are meant by their name.
PARTIES = {
    "cai": ("CN", "eu"),
    "new-start": ("RU", "US"),
    "inf": ("RU", "US"),
    "usmca": ("CA", "MX", "US"),
    "nafta": ("CA", "MX", "US"),
    "abraham-accords": ("AE", "BH", "IL"),
}
# Blocs that act for their members: who is named beside them adds nothing.
SPOKEN_FOR = {bloc: ever_members(bloc) - {"GB"} for bloc in ("eu",)}
# Formats that are named by listing their members.
LISTED = {
    "quad": frozenset({"US", "JP", "IN", "AU"}),
    "aukus": frozenset({"US", "GB", "AU"}),
    "five-eyes": frozenset({"US", "GB", "CA", "AU", "NZ"}),
    "usmca": frozenset({"US", "MX", "CA"}),
}


def key_of(kind: str, type: str, stage: str, place: str, participants: Iterable[str]) -> str:
    """The lock and the drawer: claims with different keys are never the same happening.

    Elections: family of types, step, country (a claim may leave out the place, or that it is the second round).
    Alliances: family of types and the least common of those who take part: a claim that names one more of the great
    powers lies in the same drawer. The exercises of India with its partners are those of the four.
    """
    codes = list(participants)
    if kind == "election":
        family = "national" if type in NATIONAL else type
        step = "vote" if stage == "runoff" else _step(stage)
        return f"election:{family}:{step}:{codes[0]}"
    family = "talks" if type in TALKS else type
    if type == "exercise" and "IN" in codes and len(codes) > 1 and set(codes) <= LISTED["quad"]:
        return f"alliance:{family}:quad"
    return f"alliance:{family}:{_principal(codes)}"


def _principal(codes: Sequence[str]) -> str:
    members = set(codes)
    for slug, listed in LISTED.items():
        if listed <= members and slug not in PARTIES:
            return slug
    named = {code for c in codes for code in PARTIES.get(c, (c,))}
    named -= {code for bloc in named & set(SPOKEN_FOR) for code in SPOKEN_FOR[bloc]}
    return max(named, key=lambda c: (c.islower() and c not in COMMON, _rarity(c), c))


def _rarity(code: str) -> int:
    return COMMON.index(code) if code in COMMON else len(COMMON)


def event_id(key: str, first: Said) -> str:
    """A permanent id, made of the key and of the earliest claim alone."""
    digest = hashlib.sha256(f"{key}\n{first.identity}".encode()).digest()
    number, letters = int.from_bytes(digest[:8], "big"), ""
    while len(letters) < 10:
        number, rest = divmod(number, 32)
        letters += DIGITS[rest]
    return letters


def resolve(claims: Iterable[Said]) -> list[Happening]:
    """Group the claims of one key into happenings, and say what was believed of each when.

    The same claims in any order give the same answer; no claim is lost. Happenings that are not `plain` are told as
    well: they wait for a plainer claim, and no event is made of them.
    """
    ordered = sorted(claims, key=lambda c: (c.reported, c.identity))
    reprints = _reprints(ordered)
    clusters = _Sorter(ordered, reprints).clusters()
    return [_told(cluster, reprints) for cluster in clusters]


def told_as_one(claims: Iterable[Said]) -> Happening:
    """The happening of these claims, at least one and of whatever keys, which are one because an editor says so."""
    ordered = sorted(claims, key=lambda c: (c.reported, c.identity))
    return _told(ordered, _reprints(ordered))


def _reprints(ordered: Sequence[Said]) -> dict[int, int]:
    """For each claim the first one that gives the same days in (nearly) the same words."""
    groups = groups_of({i: c.evidence or c.identity for i, c in enumerate(ordered)})
    first: dict[tuple[int, Days], int] = {}
    return {c.pk: first.setdefault((groups[i], c.days), c.pk) for i, c in enumerate(ordered)}


# --- which claims are one happening? ------------------------------------------------------------


@dataclass(slots=True)
class _Unit:
    """Claims that say the same days of the same participants and type."""

    start: date
    end: date
    types: frozenset[str]
    who: frozenset[str]
    claims: list[Said]
    weight: int = 0
    place: str = ""
    second: bool = False  # the second round


@dataclass(slots=True)
class _Cluster:
    """Claims of one happening around its best supported days, as ordinals; `number` counts the clusters of a key."""

    number: int
    low: int
    high: int
    types: set[str]
    who: frozenset[str]
    claims: list[Said]
    weight: int
    exact: bool = True
    place: str = ""
    second: bool = False

    def gap(self, low: int, high: int) -> int:
        return max(low, self.low) - min(high, self.high)

    def take(self, claims: Sequence[Said], types: Iterable[str], place: str) -> None:
        self.claims.extend(claims)
        self.types |= set(types)
        self.place = self.place or place


class _ByDay:
    """Clusters by their first day, so that those near some days are found without a look at all of them."""

    def __init__(self) -> None:
        self._clusters: list[_Cluster] = []
        self._longest = 0

    def add(self, cluster: _Cluster) -> None:
        insort(self._clusters, cluster, key=_low)
        self._longest = max(self._longest, cluster.high - cluster.low)

    def near(self, low: int, high: int, within: int) -> list[_Cluster]:
        """Those at most so many days apart from these, the first made first."""
        first = bisect_left(self._clusters, low - within - self._longest, key=_low)
        behind = bisect_right(self._clusters, high + within, key=_low)
        return sorted((c for c in self._clusters[first:behind] if c.gap(low, high) <= within), key=_number)


_low, _number = attrgetter("low"), attrgetter("number")


class _Sorter:
    """Sorts the claims of one key, the best supported exact days first."""

    def __init__(self, claims: Sequence[Said], reprints: dict[int, int]) -> None:
        self.claims, self.reprints = claims, reprints
        self.election = bool(claims) and claims[0].kind == "election"
        self.voting = self.election and claims[0].stage in ("vote", "runoff", "postponement", "")
        what = "election" if self.voting else claims[0].type if claims and not self.election else ""
        self.apart = APART.get(what, APART_ELSE)
        self.found: list[_Cluster] = []
        self.exact, self.vague = _ByDay(), _ByDay()  # those and the ones that were joined to them, which have no claims

    def clusters(self) -> list[list[Said]]:
        exact = [c for c in self.claims if _is_exact(c)]
        for unit in self._units(exact):
            self._place(unit, exact=True)
        vague = [c for c in self.claims if not _is_exact(c)]
        for unit in self._units(vague):
            self._place(unit, exact=False)
        if not self.election:
            self._join_stays()
            self._join_parts()
        self._link_moved()
        out = [sorted(c.claims, key=lambda x: (x.reported, x.identity)) for c in self.found]
        return sorted(out, key=lambda cs: (cs[0].reported, cs[0].identity))

    def _units(self, claims: Sequence[Said]) -> list[_Unit]:
        """Claims with the same days, the most independently reported first; of vague ones the shortest first."""
        units: dict[tuple[object, ...], _Unit] = {}
        for c in claims:
            types = frozenset({c.type} - {"general"}) if self.election else frozenset()
            who = frozenset() if self.election else frozenset(c.participants)
            low, high = _bounds(c.days)
            second = self.election and c.stage == "runoff"
            unit = units.setdefault(
                (low, high, types, who, c.place, second),
                _Unit(date.fromordinal(low), date.fromordinal(high), types, who, [], place=c.place, second=second),
            )
            unit.claims.append(c)
        for unit in units.values():
            unit.weight = len({self.reprints[c.pk] for c in unit.claims})
        return sorted(
            units.values(),
            key=lambda u: (
                not u.second,
                0 if _is_exact(u.claims[0]) else (u.end - u.start).days,
                -u.weight,
                u.start,
                u.end,
                sorted(u.types),
                sorted(u.who),
                not u.place,
                u.place,
            ),
        )

    def _place(self, unit: _Unit, *, exact: bool) -> None:
        low, high = unit.start.toordinal(), unit.end.toordinal()
        best = self._near(unit, low, high) if exact else self._inside(unit, low, high)
        if best is None or (not self.election and not best.exact and _speaks_of_both(best, unit)):
            new = _Cluster(
                *(len(self.found), low, high, set(unit.types), unit.who, list(unit.claims), unit.weight),
                *(exact, unit.place, unit.second),
            )
            self.found.append(new)
            (self.exact if exact else self.vague).add(new)
        else:
            best.take(unit.claims, unit.types, unit.place)
            best.weight += unit.weight

    def _fits(self, cluster: _Cluster, unit: _Unit) -> bool:
        if self.election:
            elsewhere = cluster.place and unit.place and cluster.place != unit.place
            low, high = unit.start.toordinal(), unit.end.toordinal()
            if self.claims[0].type == "leadership" and cluster.place != unit.place:
                return False  # the primary of one state is not that of the whole country
            another = _is_exact(unit.claims[0]) and (low, high) != (cluster.low, cluster.high)
            if unit.second != cluster.second and (unit.second or another):
                return False  # `7月12日的总统选举` is the second round, where others say so
            return not elsewhere and not {"presidential", "legislative"} <= (cluster.types | unit.types)
        return _agree(cluster.who, unit.who)

    def _near(self, unit: _Unit, low: int, high: int) -> _Cluster | None:
        near = [c for c in self.exact.near(low, high, self.apart) if self._fits(c, unit)]
        return min(near, key=lambda c: (max(0, c.gap(low, high)), -c.weight, c.low, c.high), default=None)

    def _inside(self, unit: _Unit, low: int, high: int) -> _Cluster | None:
        """The happening that a vague window means: the best supported one that it can hold, of its round first."""
        exact = self.exact.near(low, high, self.apart if self.voting else APART_ELSE)
        inside = [c for c in exact if self._fits(c, unit)]
        inside = inside or [c for c in self.vague.near(low, high, 0) if self._fits(c, unit)]
        return min(inside, key=lambda c: (c.second != unit.second, -c.weight, c.low, c.high), default=None)

    def _join_parts(self) -> None:
        """What two reports tell of half of those who take part is one happening where a third names all of them."""
        everyone = {frozenset(c.participants) for c in self.claims}
        same_days: dict[tuple[int, int], list[_Cluster]] = defaultdict(list)
        for cluster in self.found:
            same_days[cluster.low, cluster.high].append(cluster)
        for late in sorted(self.found, key=lambda c: (c.weight, c.low, c.high, sorted(c.who))):
            for other in sorted(same_days[late.low, late.high], key=lambda c: (-c.weight, sorted(c.who))):
                both = late.who | other.who
                if other is late or not other.claims:
                    continue
                if late.exact and other.exact and late.who & other.who and any(both <= who for who in everyone):
                    other.take(late.claims, late.types, late.place)
                    other.weight += late.weight
                    late.claims = []
                    break
        self.found = [c for c in self.found if c.claims]

    def _join_stays(self) -> None:
        """The days of one visit or summit, where somebody tells from when to when it lasts."""
        stays = {(*_bounds(c.days), frozenset(c.participants)) for c in self.claims if _is_stay(c)}
        for low, high, who in sorted(stays, key=lambda s: (s[0], s[1], sorted(s[2]))):
            if high - low > LONGEST_STAY:
                continue
            near = (c for c in self.exact.near(low, high, 0) if c.claims and low <= c.low and c.high <= high)
            inside = [c for c in near if _agree(c.who, who)]
            first = max(inside, key=lambda c: (c.weight, -c.low, -c.high, sorted(c.who)), default=None)
            for other in inside:
                if other is not first and first is not None and _agree(first.who, other.who):
                    first.take(other.claims, other.types, other.place)
                    first.weight += other.weight
                    other.claims = []
        self.found = [c for c in self.found if c.claims]

    def _link_moved(self) -> None:
        """A happening that was put off, or called for another day while still ahead, is the same happening."""
        for late in sorted(self.found, key=lambda c: (c.low, c.high, _first(c))):
            if not late.claims:
                continue
            near = chain.from_iterable(days.near(late.low, late.high, FARTHEST) for days in (self.exact, self.vague))
            others = [c for c in near if c is not late and c.claims and self._compatible(c, late)]
            early = [c for c in others if self._put_off(c, late) or self._called_anew(c, late)]
            if early:
                known = min(early, key=lambda c: (abs(c.gap(late.low, late.high)), c.low, c.weight, c.number))
                late.take(known.claims, known.types, known.place)
                late.weight += known.weight
                known.claims = []
        self.found = [c for c in self.found if c.claims]

    def _put_off(self, early: _Cluster, late: _Cluster) -> bool:
        """Someone says that it is postponed, and it lay ahead then (or a little behind)."""
        if not 0 < late.low - early.high <= POSTPONED:
            return False
        told = min((c.reported for c in chain(early.claims, late.claims) if c.status == "postponed"), default=None)
        if told is None:
            return False
        return _first(early) <= told and told.toordinal() <= early.high + LATE and not _took_place(early)

    def _called_anew(self, early: _Cluster, late: _Cluster) -> bool:
        """A vote known for one day is told for another while both lie ahead, and the old day is told no more."""
        if not self.voting or not 0 < early.gap(late.low, late.high) <= CALLED_ANEW or _took_place(early):
            return False
        told = min(c.reported for c in late.claims if _bounds(c.days) == (late.low, late.high))
        if not _first(early) < told or told.toordinal() > min(early.low, late.low):
            return False
        return max(c.reported for c in early.claims).toordinal() <= told.toordinal() + LATE

    def _compatible(self, early: _Cluster, late: _Cluster) -> bool:
        if self.election:
            if early.place != late.place or early.second != late.second:
                return False
            return not {"presidential", "legislative"} <= (early.types | late.types)
        return early.who == late.who


def _first(cluster: _Cluster) -> date:
    return min(c.reported for c in cluster.claims)


def _took_place(cluster: _Cluster) -> bool:
    return sum(c.status == "occurred" for c in cluster.claims) > len(cluster.claims) * TOLD


def _is_exact(claim: Said) -> bool:
    if claim.start is None or claim.end is None or claim.modifier in ("by", "after", "from", "since", "until"):
        return False
    return (claim.end - claim.start).days < EXACT


def _agree(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two claims may mean the same governments: one names all of the other, or half are common."""
    common = mine & theirs
    if not common:
        return False
    blocs = {c for c in common if c.islower()}
    if mine <= theirs or theirs <= mine:
        return len(common) > 1 or bool(blocs) or mine == theirs
    return bool(len(common) > 1 or blocs) and 2 * len(common) >= len(mine | theirs)


def _speaks_of_both(cluster: _Cluster, unit: _Unit) -> bool:
    """An article that gives two windows means two happenings: its own reading has joined what is one."""
    there = {c.article for c in cluster.claims}
    return all(c.article in there for c in unit.claims)


def _bounds(days: Days) -> tuple[int, int]:
    low = days[0].toordinal() if days[0] else date.min.toordinal()
    high = days[1].toordinal() if days[1] else date.max.toordinal()
    return low, high


# --- what is believed? --------------------------------------------------------------------------


class _Support:
    """How much is said for each window: every claim counts for the windows that agree with it.

    Weights grow by the day of report instead of shrinking with age, so that one pass is enough.
    """

    def __init__(self, first: date) -> None:
        self.first = first
        self.said: dict[_Window, float] = {}  # weight of the claims that say a window
        self.total: dict[_Window, float] = {}  # and of those that agree with it
        self.agreeing: dict[_Window, list[tuple[_Window, float]]] = {}  # for which windows it speaks, and how far
        self.decided: dict[_Window, Said] = {}  # the newest claim that said it

    def weight(self, day: date) -> float:
        return float(2.0 ** min((day - self.first).days / HALF_LIFE, DOUBLINGS))

    def add(self, claim: Said, *, reprint: bool) -> None:
        window = (*_bounds(claim.days), _is_stay(claim))
        amount = 0.0 if reprint else self.weight(claim.reported) * (3.0 if claim.status == "postponed" else 1.0)
        if window not in self.said:
            self._open(window)
        if claim.status == "postponed":
            if any(other[0] > window[1] and self.said[other] > amount for other in self.said):
                amount = 0.0  # the old day is told once more
            elif window[0] > claim.reported.toordinal():
                self._put_off(window)
        self._count(window, amount)
        self.decided[window] = claim

    def _open(self, window: _Window) -> None:
        self.said[window], self.agreeing[window] = 0.0, []
        for other in self.said:
            if share := _agreement(window, other):
                self.agreeing[window].append((other, share))
            if other != window and (share := _agreement(other, window)):
                self.agreeing[other].append((window, share))
        self.total[window] = sum(w * _agreement(other, window) for other, w in self.said.items())

    def _count(self, window: _Window, amount: float) -> None:
        self.said[window] += amount
        for other, share in self.agreeing[window]:
            self.total[other] += amount * share

    def _put_off(self, to: _Window) -> None:
        """Whoever says that it is put off to a day ahead takes from what was said for earlier days."""
        for other, amount in self.said.items():
            if other[1] < to[0]:
                self._count(other, -amount * PUT_OFF)

    def best(self, ahead_of: date | None = None) -> Said | None:
        """The claim that gives the window with most support; of as much, the more precise, then the newer.

        With `ahead_of`, of the windows that are not over on that day, if one has a share of the support.
        """
        windows = list(self.total)
        if ahead_of is not None:
            most = max(self.total.values())
            windows = [w for w in windows if w[1] >= ahead_of.toordinal() and self.total[w] >= STILL * most]
        if not windows:
            return None
        most = round(max(self.total[w] for w in windows), 6)
        window = max(
            (w for w in windows if round(self.total[w], 6) == most),
            key=lambda w: (w[0] - w[1], self.decided[w].reported, self.decided[w].identity),
        )
        return self.decided[window]


_Window = tuple[int, int, bool]  # first and last day as ordinals; whether it lasts throughout


def _is_stay(claim: Said) -> bool:
    """`6月11日至13日举行峰会` lasts; a day of it is the vaguer news."""
    lasts = claim.extent == "throughout" and claim.start is not None and claim.end is not None
    return lasts and claim.start < claim.end  # type: ignore[operator]


def _agreement(said: _Window, window: _Window) -> float:
    """How far a claim of `said` speaks for `window` (0–1).

    Whoever says `in summer` agrees with a day in it; whoever says one day of a visit agrees with the whole of it.
    """
    if said == window:
        return 1.0
    if said[0] <= window[0] and window[1] <= said[1]:
        return 0.4 if said[2] else 1.0
    if window[0] <= said[0] and said[1] <= window[1]:
        return 0.6 if window[2] else 0.3
    if window[2] and not said[2] and said[0] <= window[0] <= said[1]:
        return 1.0  # `at the end of August` is when a visit begins
    return 0.5 if said[0] - 1 <= window[1] and window[0] <= said[1] + 1 else 0.0


def _told(claims: list[Said], reprints: dict[int, int]) -> Happening:
    """A happening told day by day."""
    happening = Happening(claims=claims, reprints={c.pk: reprints[c.pk] for c in claims})
    support, counted = _Support(claims[0].reported), set[int]()
    words: dict[str, float] = defaultdict(float)
    by_day: dict[date, list[Said]] = defaultdict(list)
    for claim in claims:
        by_day[claim.reported].append(claim)
    last_off: date | None = None
    type = happening.type
    for day, said in by_day.items():
        for claim in said:
            group = reprints[claim.pk]
            support.add(claim, reprint=group in counted)
            if group not in counted:
                words[claim.status] += support.weight(day)
            counted.add(group)
            if claim.status == "cancelled":
                last_off = day
        best = support.best()
        assert best is not None
        status = _status(words, best, day, last_off)
        if best.end is not None and best.end < day and status not in ("occurred", "cancelled"):
            later = support.best(ahead_of=day)  # nothing happened on the old day, and another is told
            best = later or best
            status = _status(words, best, day, last_off)
        _believe(happening, _by_law(best, type), status, day, said)
    happening.contradictions = _contradictions(claims, reprints)
    return happening


def _status(words: dict[str, float], best: Said, day: date, last_off: date | None) -> str:
    """What most and newest claims say of a happening on `day`, whose days `best` gives."""
    total = sum(words.values())
    planned = words["scheduled"] + words["expected"] + words["conditional"] + words["postponed"]
    begun = best.start is None or best.start <= day
    fresh = words["cancelled"] > 0 and last_off is not None and (day - last_off).days <= STALE
    if fresh and words["cancelled"] >= CANCELLED * (words["cancelled"] + planned + words["occurred"]):
        return "cancelled"
    if begun and words["occurred"] >= TOLD * total and words["occurred"]:
        return "occurred"
    if not planned:
        return "cancelled" if words["cancelled"] and not words["occurred"] else "occurred"
    if best.status == "postponed":
        return "postponed"
    if words["scheduled"] + words["postponed"] >= FIXED * planned:
        return "scheduled"
    return "expected" if words["expected"] >= words["conditional"] else "conditional"


def _believe(happening: Happening, found: tuple[Said, bool], status: str, day: date, said: Sequence[Said]) -> None:
    """Take down what is believed at the end of a day, if it is not what was believed before."""
    best, by_law = found
    now = happening.beliefs[-1] if happening.beliefs else None
    if now is not None and now.days == best.days and now.status == status:
        return
    decided = best if now is None or now.days != best.days else _speaks(status, said, best)
    belief = Belief(
        since=day,
        until=None,
        start=best.start,
        end=best.end,
        granularity=best.granularity,
        modifier=best.modifier,
        extent=best.extent,
        status=status,
        alternatives=best.alternatives,
        claim=decided.pk,
        change="first" if now is None else _change(now, best),
        by_law=by_law,
    )
    if now is not None:
        happening.beliefs[-1] = replace(now, until=day)
    happening.beliefs.append(belief)


def _by_law(best: Said, type: str) -> tuple[Said, bool]:
    """`11月的美国大选`: the law knows the day. The claim itself stays as it was said."""
    if best.kind != "election" or best.place:
        return best, False
    stage = "vote" if best.stage == "postponement" else best.stage
    start, end = best.start, best.end
    if (
        start is not None
        and start == end
        and (type, stage) == ("presidential", "vote")
        and best.participants[0] in BY_LAW_ONLY
    ):
        start, end = start - ERR, start + ERR  # newsrooms err in the day
    day = None if best.status == "postponed" else day_by_law(best.participants[0], type, stage, start, end)
    if day is None or best.start == best.end == day:
        return best, False
    return replace(best, start=day, end=day, granularity="day", modifier="", alternatives=()), True


def _speaks(status: str, said: Sequence[Said], best: Said) -> Said:
    """The claim of the day that gives the status."""
    return next((c for c in reversed(said) if c.status == status), best)


def _change(now: Belief, best: Said) -> str:
    if now.days == best.days:
        return "status"
    (a, b), (c, d) = _bounds(now.days), _bounds(best.days)
    if a <= c and d <= b:
        return "narrowed"
    return "revised" if a <= d and c <= b else "moved"


def _contradictions(claims: Sequence[Said], reprints: dict[int, int]) -> list[Contradiction]:
    """Pairs of exact, disjoint days that two newsrooms gave within a week of one another; the newest of each pair."""
    newest: dict[tuple[Days, Days], Contradiction] = {}
    by_days: dict[Days, list[Said]] = {}  # a window is told by many: compared once for all; told last, stands last
    for claim in claims:
        if not _is_exact(claim) or reprints[claim.pk] != claim.pk or claim.status == "postponed":
            continue
        low, high = _bounds(claim.days)
        for days, told in reversed(by_days.items()):
            if (claim.reported - told[-1].reported).days >= AT_ONCE:
                break
            first, last = _bounds(days)
            if max(low, first) - min(high, last) <= 1:
                continue
            recent = takewhile(lambda c, now=claim.reported: (now - c.reported).days < AT_ONCE, reversed(told))  # type: ignore[misc]
            if other := next((c for c in recent if c.source != claim.source), None):
                pair = (days, claim.days) if first < low else (claim.days, days)
                newest[pair] = Contradiction(other.pk, claim.pk)
        by_days[claim.days] = by_days.pop(claim.days, [])
        by_days[claim.days].append(claim)
    return [newest[pair] for pair in sorted(newest, key=lambda p: (_bounds(p[0]), _bounds(p[1])))]
