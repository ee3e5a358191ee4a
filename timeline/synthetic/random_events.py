"""Events that never happened, for measurements: drawn from a seed in the proportions of a diary of the news.

No database and no clock. Most lie in the ten years before the day `until`; they thin out behind it and ahead of it.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Generic, NamedTuple, TypeVar

from timeline.extraction import gazetteer
from timeline.extraction.dates import calendar as cal
from timeline.resolution.resolve import COMMON

T = TypeVar("T")

YEARS_BEHIND, YEARS_NEAR, YEARS_AHEAD = 36, 10, 9
AHEAD, NEAR = 0.04, 0.80  # shares of the events: ahead of `until`, and in the ten years before it
MEAN_AHEAD = 300  # days
MONTHS, MARGIN = 14, timedelta(days=32)  # what the page opens on; a month around a day lies within the margin
MOST_SOURCES, FEW_SOURCES = 30, 2.2  # newsrooms of one event, and the exponent of their distribution
PLACED, CURATED, REPRINTED, ELECTION = 0.2, 0.005, 0.04, 0.3
ELECTIONS = {
    "presidential": 20,
    "legislative": 20,
    "general": 21,
    "local": 17,
    "leadership": 10,
    "referendum": 6,
    "by_election": 4,
    "supranational": 2,
}
ALLIANCES = {"meeting": 50, "agreement": 20, "summit": 16, "exercise": 8, "accession": 4, "withdrawal": 2}
STAGES = {"vote": 93, "runoff": 4, "call": 2, "result": 1}
LENGTHS = {"day": 70, "week": 8, "month": 10, "quarter": 5, "year": 4, "longer": 2, "open": 1}
BEHIND = {"occurred": 86, "cancelled": 4, "postponed": 3, "scheduled": 5, "expected": 2}  # the last two have lapsed
TO_COME = {"scheduled": 68, "expected": 21, "conditional": 8, "postponed": 2, "cancelled": 1}
HOW_MANY_MEET = {2: 80, 3: 14, 4: 6}


class When(NamedTuple):
    """Days as `models.Dated` keeps them: both ends inclusive, None open."""

    start: date | None
    end: date | None
    granularity: str = "day"
    modifier: str = ""
    extent: str = "within"
    alternatives: tuple[tuple[str, str], ...] = ()

    @property
    def day(self) -> date:
        """What events are ordered by."""
        day = self.start or self.end
        assert day is not None, "one end at least is known"
        return day


@dataclass(slots=True)
class Telling:
    """A newsroom (a number from 0) speaks of the event on a day; `after`: when it is over."""

    source: int
    reported: date
    after: bool
    reprint: bool = False


@dataclass(slots=True)
class Invented:
    """An event and who tells of it, in order; the last telling gives `when` and `status`."""

    kind: str
    type: str
    stage: str
    place: str
    participants: tuple[str, ...]
    when: When
    status: str
    tellings: list[Telling]
    curated: bool


class Urn(Generic[T]):
    """Draws with fixed weights."""

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self.things = list(things)
        self.sums = list(accumulate(weights))

    @classmethod
    def of(cls, weights: Mapping[T, float]) -> Urn[T]:
        return cls(list(weights), list(weights.values()))

    @classmethod
    def zipf(cls, things: Sequence[T], exponent: float = 1.0) -> Urn[T]:
        """The first the most often."""
        return cls(things, [1 / rank**exponent for rank in range(1, len(things) + 1)])

    def draw(self, chance: random.Random) -> T:
        return self.things[bisect(self.sums, chance.random() * self.sums[-1], 0, len(self.sums) - 1)]


class Inventor:
    """Invents events; the same calls with the same seed give the same events."""

    def __init__(self, seed: int, until: date, sources: int) -> None:
        self.chance, self.until = random.Random(seed), until
        countries = [code for code, actor in gazetteer.actors().items() if actor.kind == "country"]
        first = [code for code in COMMON if code in countries]
        rest = sorted(set(countries) - set(first))
        random.Random(0).shuffle(rest)
        self.countries = Urn.zipf([*first, *rest])
        self.blocs = Urn.zipf([code for code, actor in gazetteer.actors().items() if actor.kind == "bloc"])
        self.places = sorted(gazetteer.places())
        self.newsrooms = Urn.zipf(range(sources), 0.8)
        self.how_many = Urn.zipf(range(1, min(sources, MOST_SOURCES) + 1), FEW_SOURCES)
        self.kinds = {"election": Urn.of(ELECTIONS), "alliance": Urn.of(ALLIANCES)}
        self.stages, self.lengths, self.meeting = Urn.of(STAGES), Urn.of(LENGTHS), Urn.of(HOW_MANY_MEET)
        self.behind, self.to_come = Urn.of(BEHIND), Urn.of(TO_COME)

    def days(self, count: int) -> list[date]:
        """On which days the events lie, in order."""
        near = self.until - timedelta(days=round(YEARS_NEAR * 365.25))
        before = round((YEARS_BEHIND - YEARS_NEAR) * 365.25)
        found = []
        for _ in range(count):
            kind, where = self.chance.random(), self.chance.random()
            if kind < AHEAD:
                days = min(self.chance.expovariate(1 / MEAN_AHEAD), YEARS_AHEAD * 365.0)
                found.append(self.until + timedelta(days=1 + int(days)))
            elif kind < AHEAD + NEAR:  # the share of a year rises towards now: the root of an even draw
                found.append(near + timedelta(days=int((self.until - near).days * (0.2 * where + 0.8 * where**0.5))))
            else:
                found.append(near - timedelta(days=1 + int(before * (1 - where**0.5))))
        return sorted(found)

    def days_ahead(self, count: int) -> list[date]:
        """Days so that every event meets the 14 months from `until` on, however wide it is."""
        first, last = self.until + MARGIN, cal.add_months(self.until, MONTHS) - MARGIN
        spread = range((last - first).days + 1)
        return sorted(first + timedelta(days=self.chance.choice(spread)) for _ in range(count))

    def event(self, day: date) -> Invented:
        """An event that lies on this day or around it."""
        kind = "election" if self.chance.random() < ELECTION else "alliance"
        type = self.kinds[kind].draw(self.chance)
        place = ""
        if type == "by_election" or (type == "local" and self.chance.random() < PLACED):
            place = self.chance.choice(self.places)
        stage = self.stages.draw(self.chance) if kind == "election" else ""
        when = self.around(day, self.lengths.draw(self.chance), type)
        over = when.end is not None and when.end < self.until
        status = (self.behind if over else self.to_come).draw(self.chance)
        return Invented(
            kind,
            type,
            stage,
            place,
            self._participants(type, place),
            when,
            status,
            self._tellings(when, status),
            self.chance.random() < CURATED,
        )

    def _participants(self, type: str, place: str) -> tuple[str, ...]:
        if place:
            return (gazetteer.places()[place].country,)
        one = self.countries.draw(self.chance)
        if type in ELECTIONS:
            return ("eu",) if type == "supranational" else (one,)
        if type in ("accession", "withdrawal"):
            return one, self.blocs.draw(self.chance)
        if type == "summit" and self.chance.random() < 0.7:
            return (self.blocs.draw(self.chance),)
        if type == "agreement" and self.chance.random() < 0.15:
            return one, self.blocs.draw(self.chance)
        wanted, several = self.meeting.draw(self.chance), {one: None}
        while len(several) < wanted:
            several[self.countries.draw(self.chance)] = None
        return tuple(several)

    def around(self, day: date, length: str, type: str = "") -> When:
        """Days of the class `length` (`models.Precision`) that hold `day`, in a grain that a newsroom would use."""
        shade = self.chance.random()
        if length == "day":
            return When(day, day)
        if length == "week":
            if shade < 0.4:
                return When(*cal.week(day), "week")
            extent = "throughout" if type in ("summit", "meeting", "exercise", "supranational") else "within"
            return When(day, day + timedelta(days=1 + int(shade * 5)), "day", "", extent)
        if length == "month":
            first, last = cal.month(day.year, day.month)
            if shade < 0.2:
                return When(last - timedelta(days=9), last, "part")
            return When(first, last, "month", "about" if shade > 0.95 else "")
        if length == "quarter":
            return When(*cal.unit_of(day, "quarter"), "quarter")
        if length == "open":
            first, last = cal.month(day.year, day.month)
            return When(first, None, "month", "from") if shade < 0.8 else When(None, last, "month", "by")
        return self._wide(day, length, shade)

    def _wide(self, day: date, length: str, shade: float) -> When:
        first, last = cal.year(day.year)
        if length == "longer":
            return When(first, cal.year(day.year + 1 + int(shade * 4))[1], "year")
        if shade < 0.3:
            return When(*cal.unit_of(day, "half"), "half")
        if shade < 0.4 and day.year < self.until.year + YEARS_AHEAD:
            pairs = cal.months(day.year, 10, 12), cal.months(day.year + 1, 1, 3)
            spans = tuple((a.isoformat(), b.isoformat()) for a, b in pairs)
            return When(pairs[0][0], pairs[1][1], "quarter", alternatives=spans)
        if shade < 0.6:
            start = first + timedelta(days=int(shade * 300))
            return When(start, last, "year", "by")
        return When(first, last, "year")

    def _tellings(self, when: When, status: str) -> list[Telling]:
        """Who speaks of it when: each newsroom once, some twice; what took place is told last by who saw it."""
        wanted = self.how_many.draw(self.chance)
        sources = {self.newsrooms.draw(self.chance): None}
        while len(sources) < wanted:
            sources[self.newsrooms.draw(self.chance)] = None
        told = [*sources, *([next(iter(sources))] if self.chance.random() < 0.35 else [])]
        over = status == "occurred"
        after = {n for n in range(len(told)) if over and (n == len(told) - 1 or self.chance.random() < 0.4)}
        found = [self._after(source, when) for n, source in enumerate(told) if n in after]
        found += [self._before(source, when) for n, source in enumerate(told) if n not in after]
        found.sort(key=lambda telling: (telling.after, telling.reported))
        for telling in found[1:]:
            telling.reprint = telling.source != found[0].source and self.chance.random() < REPRINTED
        return found

    def _after(self, source: int, when: When) -> Telling:
        day = (when.end or when.day) + timedelta(days=int(self.chance.random() * 3))
        return Telling(source, min(day, self.until), True)

    def _before(self, source: int, when: When) -> Telling:
        lead = 1 + int(min(self.chance.expovariate(1 / 75), 900))
        last = min(when.day, self.until + timedelta(days=1))
        return Telling(source, last - timedelta(days=lead), False)

    # --- what was believed before ---------------------------------------------------------------

    def history(self, event: Invented, steps: int) -> list[tuple[When, str, str]]:
        """What was believed one after another (days, status, word of the change), `steps` at most; the last is now."""
        now, status = event.when, event.status
        found = [(now, status)]
        if len(found) < steps and status == "occurred":
            found.append((now, self.to_come.draw(self.chance) if self.chance.random() < 0.3 else "scheduled"))
        while len(found) < steps:
            when, status = found[-1]
            earlier = "scheduled" if status in ("occurred", "postponed", "cancelled") else status
            if self.chance.random() < 0.4:
                found.append((self._moved(when), earlier))
            elif wider := self._wider(when):
                found.append((wider, "expected"))
            else:
                break
        found.reverse()
        return [(*found[0], "first"), *((*b, _change(a, b)) for a, b in pairwise(found))]

    def _moved(self, when: When) -> When:
        """The same length on other days, mostly earlier: votes are put off."""
        days = timedelta(days=7 * (1 + int(self.chance.random() * 20)) * (1 if self.chance.random() < 0.8 else -1))
        start, end = (day and day - days for day in (when.start, when.end))
        return When(start, end, "day" if start == end else "span", when.modifier, when.extent)

    def _wider(self, when: When) -> When | None:
        if when.start is None or when.end is None:
            return None
        length = (when.end - when.start).days
        grain = "month" if length < 10 else "quarter" if length < 40 else "year" if length < 180 else ""
        wide = grain and cal.unit_of(when.start, grain)
        return When(*wide, grain) if wide and wide[1] >= when.end else None


def _change(before: tuple[When, str], after: tuple[When, str]) -> str:
    """The word for the step, as `timeline.resolution.resolve` gives it."""
    (a, _), (b, _) = before, after
    if a[:2] == b[:2]:
        return "status"
    inside = a.start and b.start and a.end and b.end and a.start <= b.start and b.end <= a.end
    return "narrowed" if inside else "moved"
