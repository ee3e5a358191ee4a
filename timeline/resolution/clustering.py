"""Cluster the claims of one key: which of them are about the same event.

Exact days with the most independent reports found the clusters; vaguer windows join the cluster that they can mean.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter

from timeline.extraction.gazetteer import day_by_law
from timeline.extraction.when import Days
from timeline.resolution.claim import ClaimValue, ordinals_of
from timeline.resolution.keys import FORMAT_MEMBERS, sides_of
from timeline.resolution.statuses import MIN_OCCURRED_SHARE

# How far apart two exact days of the same event may lie. A country does not hold the same vote twice within two
# months; newsrooms date talks and signatures by their own day.
MAX_DAYS_APART = {"election": 45, "exercise": 5, "leadership": 5}  # parties choose one after the other
DEFAULT_MAX_DAYS_APART = 2
MAX_POSTPONED_DAYS = 500  # by which a postponed event moves
MAX_RESCHEDULED_DAYS = 250  # by which a vote moves that is called for another day
MAX_MOVED_DAYS = max(MAX_POSTPONED_DAYS, MAX_RESCHEDULED_DAYS)
MAX_STALE_REPORT_DAYS = 45  # in which the old day may still be reported
MAX_STAY_DAYS = 14  # between the first and the last day of one visit or summit
MAX_CERTAIN_DAYS = 92  # of a window, from which on a doubtful day or a second round inside is not what it means
MIN_RUNOFF_SHARE = 1 / 3  # of the claims of a day, that call it the second round: others say `the vote`
LAW_TOLERANCE = timedelta(days=7)  # by which a report may miss the day of a law
MIN_VISIT_REPORTS = 2  # of talks, from which on a journey to several countries cannot change their days
MIN_INVITED = 3  # participants beside the host from which on `the host's summit` may mean theirs


@dataclass(slots=True)
class _ClaimGroup:
    """Claims that give the same days, participants (of alliances) and type (of elections)."""

    start: date
    end: date
    types: frozenset[str]
    participants: frozenset[str]
    claims: list[ClaimValue]
    weight: int = 0  # independent reports
    plain: int = 0  # those of them of which the reader was sure
    place: str = ""
    runoff: bool = False  # the second round

    @property
    def is_stay(self) -> bool:
        """Whether all claims say that it lasts for all of these days."""
        return all(c.when.is_stay for c in self.claims)


@dataclass(slots=True)
class _Cluster:
    """Claims of one event around its best supported days, as ordinals; `number` counts the clusters of a key."""

    number: int
    low: int
    high: int
    types: set[str]
    participants: frozenset[str]
    claims: list[ClaimValue]
    weight: int
    plain: int
    exact: bool = True
    place: str = ""
    runoff: bool = False
    summit: bool = False  # some claim calls it one
    stay: bool = False  # it was founded by claims that it lasts for all of these days

    def gap(self, low: int, high: int) -> int:
        """Return the days between the cluster and these days; 0 or less where they meet."""
        return max(low, self.low) - min(high, self.high)

    def absorb(self, other: _Cluster | _ClaimGroup) -> None:
        """Take over the claims of the other, which keeps none."""
        self.claims.extend(other.claims)
        self.types |= other.types
        self.place = self.place or other.place
        self.weight += other.weight
        self.plain += other.plain
        other.claims = []


class _DayIndex:
    """An index of clusters by their first day."""

    def __init__(self) -> None:
        self._clusters: list[_Cluster] = []
        self._longest = 0

    def add(self, cluster: _Cluster) -> None:
        """Add a cluster."""
        insort(self._clusters, cluster, key=_low)
        self._longest = max(self._longest, cluster.high - cluster.low)

    def near(self, low: int, high: int, within: int) -> list[_Cluster]:
        """Return the clusters at most `within` days away from these days, in the order of their numbers."""
        first = bisect_left(self._clusters, low - within - self._longest, key=_low)
        behind = bisect_right(self._clusters, high + within, key=_low)
        return sorted((c for c in self._clusters[first:behind] if c.gap(low, high) <= within), key=_number)


_low, _number = attrgetter("low"), attrgetter("number")


def cluster(claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> list[list[ClaimValue]]:
    """Cluster the claims of one key, which are in order of report; each cluster and their list are in that order too.

    `reprints`: by claim the first claim in the same words with the same days.
    """
    return _Clustering(claims, reprints).run()


class _Clustering:
    """Clusters the claims of one key."""

    def __init__(self, claims: Sequence[ClaimValue], reprints: Mapping[int, int]) -> None:
        self.claims, self.reprints = claims, reprints
        self.election = bool(claims) and claims[0].kind == "election"
        self.voting = self.election and _most_are_votes(claims)
        self.runoff_days = _runoff_days(claims) if self.election else frozenset[Days]()
        contest = self.election and all(c.type == "leadership" for c in claims)
        what = "election" if self.voting and not contest else claims[0].type if claims else ""
        self.apart = MAX_DAYS_APART.get(what, DEFAULT_MAX_DAYS_APART)
        self.found: list[_Cluster] = []
        self.exact, self.vague = _DayIndex(), _DayIndex()  # merged clusters stay in them, without claims

    def run(self) -> list[list[ClaimValue]]:
        """Return the clusters in order of report."""
        exact = [c for c in self.claims if c.when.is_exact]
        for group in self._grouped(exact):
            self._add(group, exact=True)
        vague = [c for c in self.claims if not c.when.is_exact]
        for group in self._grouped(vague):
            self._add(group, exact=False)
        if not self.election:
            self._merge_stays()
            self._merge_partial_participants()
        self._merge_moved()
        out = [sorted(c.claims, key=lambda x: (x.reported, x.identity)) for c in self.found]
        return sorted(out, key=lambda cs: (cs[0].reported, cs[0].identity))

    def _grouped(self, claims: Sequence[ClaimValue]) -> list[_ClaimGroup]:
        """Group equal claims, the most independently reported first; vague ones by the length of their window first."""
        groups: dict[tuple[object, ...], _ClaimGroup] = {}
        for c in claims:
            types = frozenset({c.type} - {"general"}) if self.election else frozenset()
            participants = frozenset() if self.election else sides_of(c.type, c.participants)
            low, high = ordinals_of(c.when.days)
            runoff = self.election and c.stage == "runoff" and (not c.when.is_exact or c.when.days in self.runoff_days)
            group = groups.setdefault(
                (low, high, types, participants, c.place, runoff),
                _ClaimGroup(
                    date.fromordinal(low), date.fromordinal(high), types, participants, [], place=c.place, runoff=runoff
                ),
            )
            group.claims.append(c)
        for group in groups.values():
            group.weight = len({self.reprints[c.pk] for c in group.claims})
            group.plain = len({self.reprints[c.pk] for c in group.claims if c.is_plain})
        return sorted(
            groups.values(),
            key=lambda g: (
                not g.runoff,
                0 if g.claims[0].when.is_exact else (g.end - g.start).days,
                -g.plain,
                -g.weight,
                g.start,
                g.end,
                sorted(g.types),
                sorted(g.participants),
                not g.place,
                g.place,
            ),
        )

    def _add(self, group: _ClaimGroup, *, exact: bool) -> None:
        low, high = group.start.toordinal(), group.end.toordinal()
        best = self._nearest(group, low, high) if exact else self._meant_by(group, low, high)
        if best is None or (not self.election and not best.exact and _from_one_article(best, group)):
            new = _Cluster(
                *(len(self.found), low, high, set(group.types), group.participants, list(group.claims), group.weight),
                *(group.plain, exact, group.place, group.runoff, any(c.type == "summit" for c in group.claims)),
                stay=group.is_stay,
            )
            self.found.append(new)
            (self.exact if exact else self.vague).add(new)
        else:
            best.absorb(group)

    def _fits(self, cluster: _Cluster, group: _ClaimGroup) -> bool:
        if self.election:
            elsewhere = cluster.place and group.place and cluster.place != group.place
            low, high = group.start.toordinal(), group.end.toordinal()
            if "leadership" in cluster.types | group.types and cluster.place != group.place:
                return False  # a primary of one state is another event than that of the whole country
            another = group.claims[0].when.is_exact and (low, high) != (cluster.low, cluster.high)
            long = high - low > MAX_CERTAIN_DAYS
            if group.runoff != cluster.runoff and (group.runoff or another or long):
                return (
                    False  # `7月12日的总统选举` is the second round where other claims say so, `2022年的总统选举` never
                )
            return not elsewhere and not {"presidential", "legislative"} <= (cluster.types | group.types)
        journey = group.is_stay and group.participants > cluster.participants and cluster.weight < MIN_VISIT_REPORTS
        if journey or (cluster.stay and group.participants < cluster.participants):
            return False  # talks with one of those whom a journey visits are an event of their own
        return _same_participants(cluster.participants, group.participants) or _of_a_host(cluster, group)

    def _nearest(self, group: _ClaimGroup, low: int, high: int) -> _Cluster | None:
        near = [c for c in self.exact.near(low, high, self.apart) if self._fits(c, group)]
        return min(near, key=lambda c: (max(0, c.gap(low, high)), -c.weight, c.low, c.high), default=None)

    def _meant_by(self, group: _ClaimGroup, low: int, high: int) -> _Cluster | None:
        """Return the cluster that a vague window can mean: on the day of the law, else what most plain claims give."""
        unsure = group.plain and high - low > MAX_CERTAIN_DAYS  # one misread day must not take all of a year
        exact = self.exact.near(low, high, self.apart if self.voting else DEFAULT_MAX_DAYS_APART)
        inside = [c for c in exact if self._fits(c, group) and (c.plain or not unsure)]
        law = self._by_law(group)
        if law is not None:
            inside = [c for c in inside if c.gap(law, law) <= LAW_TOLERANCE.days]
        inside = inside or [c for c in self.vague.near(low, high, 0) if self._fits(c, group)]
        return min(inside, key=lambda c: (c.runoff != group.runoff, -c.plain, -c.weight, c.low, c.high), default=None)

    def _by_law(self, group: _ClaimGroup) -> int | None:
        """Return the only day of a law in a window of a nationwide vote, as an ordinal."""
        first = group.claims[0]
        if not self.voting or group.place or group.runoff:
            return None
        days = {day_by_law(first.participants[0], c.type, "vote", group.start, group.end) for c in group.claims}
        day = days.pop() if len(days) == 1 else None
        return day.toordinal() if day is not None else None

    def _merge_partial_participants(self) -> None:
        """Merge same-day clusters whose participants are parts of a set that some claim names in full."""
        named_sets = {sides_of(c.type, c.participants) for c in self.claims}
        same_days: dict[tuple[int, int], list[_Cluster]] = defaultdict(list)
        for cluster in self.found:
            same_days[cluster.low, cluster.high].append(cluster)
        for late in sorted(self.found, key=lambda c: (c.weight, c.low, c.high, sorted(c.participants))):
            for other in sorted(same_days[late.low, late.high], key=lambda c: (-c.weight, sorted(c.participants))):
                if other is late or not other.claims or not (late.exact and other.exact):
                    continue
                both = late.participants | other.participants
                if late.participants & other.participants and any(both <= named for named in named_sets):
                    other.absorb(late)
                    break
        self.found = [c for c in self.found if c.claims]

    def _merge_stays(self) -> None:
        """Merge the clusters within one visit or summit of which some claim gives the first and the last day.

        Only those of all who take part in it: a day of a journey to two countries belongs to one of them.
        """
        stays = {(*ordinals_of(c.when.days), sides_of(c.type, c.participants)) for c in self.claims if c.when.is_stay}
        for low, high, participants in sorted(stays, key=lambda s: (s[0], s[1], sorted(s[2]))):
            if high - low > MAX_STAY_DAYS:
                continue
            near = (c for c in self.exact.near(low, high, 0) if c.claims and low <= c.low and c.high <= high)
            inside = [c for c in near if participants <= c.participants]
            first = max(inside, key=lambda c: (c.weight, -c.low, -c.high, sorted(c.participants)), default=None)
            for other in inside:
                if other is first or first is None:
                    continue
                if _same_participants(first.participants, other.participants):
                    first.absorb(other)
        self.found = [c for c in self.found if c.claims]

    def _merge_moved(self) -> None:
        """Merge clusters where the event of one was postponed or rescheduled to the days of the other."""
        for late in sorted(self.found, key=lambda c: (c.low, c.high, _first_reported(c))):
            if not late.claims:
                continue
            near = chain.from_iterable(
                days.near(late.low, late.high, MAX_MOVED_DAYS) for days in (self.exact, self.vague)
            )
            others = [c for c in near if c is not late and c.claims and self._compatible(c, late)]
            early = [c for c in others if self._was_postponed(c, late) or self._was_rescheduled(c, late)]
            if early:
                known = min(early, key=lambda c: (abs(c.gap(late.low, late.high)), c.low, c.weight, c.number))
                late.absorb(known)
        self.found = [c for c in self.found if c.claims]

    def _was_postponed(self, early: _Cluster, late: _Cluster) -> bool:
        """Return whether a claim reports a postponement at a time when the early days were ahead or had just passed."""
        if not 0 < late.low - early.high <= MAX_POSTPONED_DAYS:
            return False
        reported = min((c.reported for c in chain(early.claims, late.claims) if c.status == "postponed"), default=None)
        if reported is None:
            return False
        return (
            _first_reported(early) <= reported
            and reported.toordinal() <= early.high + MAX_STALE_REPORT_DAYS
            and not _has_occurred(early)
        )

    def _was_rescheduled(self, early: _Cluster, late: _Cluster) -> bool:
        """Return whether a vote was reported for a new day while both lay ahead, and soon no longer for the old one."""
        if not self.voting or not 0 < early.gap(late.low, late.high) <= MAX_RESCHEDULED_DAYS or _has_occurred(early):
            return False
        reported = min(c.reported for c in late.claims if ordinals_of(c.when.days) == (late.low, late.high))
        if not _first_reported(early) < reported or reported.toordinal() > min(early.low, late.low):
            return False
        return max(c.reported for c in early.claims).toordinal() <= reported.toordinal() + MAX_STALE_REPORT_DAYS

    def _compatible(self, early: _Cluster, late: _Cluster) -> bool:
        if self.election:
            if early.place != late.place or early.runoff != late.runoff:
                return False
            return not {"presidential", "legislative"} <= (early.types | late.types)
        return early.participants == late.participants


def _first_reported(cluster: _Cluster) -> date:
    return min(c.reported for c in cluster.claims)


def _has_occurred(cluster: _Cluster) -> bool:
    """Return whether enough claims made on its first day or later say that it took place."""
    occurred = sum(c.status == "occurred" and c.reported.toordinal() >= cluster.low for c in cluster.claims)
    return occurred > len(cluster.claims) * MIN_OCCURRED_SHARE


def _most_are_votes(claims: Sequence[ClaimValue]) -> bool:
    votes = sum(c.stage in ("vote", "runoff", "postponement", "") for c in claims)
    return 2 * votes > len(claims)


def _runoff_days(claims: Sequence[ClaimValue]) -> frozenset[Days]:
    """Return the exact days that enough claims call the second round: one that errs makes no second round."""
    reports = Counter(c.when.days for c in claims if c.when.is_exact)
    runoffs = Counter(c.when.days for c in claims if c.when.is_exact and c.stage == "runoff")
    return frozenset(days for days, count in runoffs.items() if count >= MIN_RUNOFF_SHARE * reports[days])


def _of_a_host(cluster: _Cluster, group: _ClaimGroup) -> bool:
    """Return whether one names the host of a conference alone and the other those who were invited too."""
    few, many = sorted((cluster.participants, group.participants), key=len)
    summit = cluster.summit or any(c.type == "summit" for c in group.claims)
    return summit and len(few) == 1 and few < many and len(many) > MIN_INVITED


def _same_participants(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Return whether two sets may mean the same participants: one contains the other, or half are common."""
    mine, theirs = _spelled_out(mine, theirs), _spelled_out(theirs, mine)
    common = mine & theirs
    if not common:
        return False
    blocs = {c for c in common if c.islower()}
    if mine <= theirs or theirs <= mine:
        return len(common) > 1 or bool(blocs) or mine == theirs
    return bool(len(common) > 1 or blocs) and 2 * len(common) >= len(mine | theirs)


def _spelled_out(mine: frozenset[str], theirs: frozenset[str]) -> frozenset[str]:
    """Return one set with the members of a format in its place where the other names some of them (`quad`, `IN,US`)."""
    formats = [slug for slug in mine - theirs if slug in FORMAT_MEMBERS and theirs & FORMAT_MEMBERS[slug]]
    return mine.difference(formats).union(*(FORMAT_MEMBERS[slug] for slug in formats))


def _from_one_article(cluster: _Cluster, group: _ClaimGroup) -> bool:
    """Return whether every article of the group is in the cluster too: two windows of an article are two events."""
    there = {c.article for c in cluster.claims}
    return all(c.article in there for c in group.claims)
