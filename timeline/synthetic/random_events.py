"""Random events for measurements, in the proportions of a news diary. No database, no clock.

Most are in the ten years before the day `until`; there are fewer before and after.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

from timeline.extraction import gazetteer
from timeline.extraction.dates import calendar as cal
from timeline.extraction.when import When
from timeline.resolution.keys import COMMON_PARTICIPANTS

T = TypeVar("T")

YEARS_BEHIND, YEARS_NEAR, YEARS_AHEAD = 36, 10, 9
AHEAD_SHARE, NEAR_SHARE = 0.04, 0.80  # of the events: after `until`, and in the ten years before it
MEAN_DAYS_AHEAD = 300  # of the events after `until`
PAGE_MONTHS, PAGE_MARGIN = 14, timedelta(days=32)  # of the start page; a month around a day fits into the margin
MAX_SOURCES, SOURCES_EXPONENT = 30, 2.2  # sources of one event, and the exponent of their distribution
PLACE_SHARE, CURATED_SHARE, REPRINT_SHARE, ELECTION_SHARE = 0.2, 0.005, 0.04, 0.3
ELECTION_WEIGHTS = {
    "presidential": 20,
    "legislative": 20,
    "general": 21,
    "local": 17,
    "leadership": 10,
    "referendum": 6,
    "by_election": 4,
    "supranational": 2,
}
ALLIANCE_WEIGHTS = {"meeting": 50, "agreement": 20, "summit": 16, "exercise": 8, "accession": 4, "withdrawal": 2}
STAGE_WEIGHTS = {"vote": 93, "runoff": 4, "call": 2, "result": 1}
LENGTH_WEIGHTS = {"day": 70, "week": 8, "month": 10, "quarter": 5, "year": 4, "longer": 2, "open": 1}
PAST_STATUS_WEIGHTS = {
    "occurred": 86,
    "cancelled": 4,
    "postponed": 3,
    "scheduled": 5,
    "expected": 2,
}  # the last two lapsed
FUTURE_STATUS_WEIGHTS = {"scheduled": 68, "expected": 21, "conditional": 8, "postponed": 2, "cancelled": 1}
PARTICIPANT_WEIGHTS = {2: 80, 3: 14, 4: 6}


@dataclass(slots=True)
class Report:
    """A report of an event by a source (a number from 0). `after`: made after the event."""

    source: int
    reported: date
    after: bool
    reprint: bool = False


@dataclass(slots=True)
class RandomEvent:
    """An event with its reports in order; the last one gives `when` and `status`."""

    kind: str
    type: str
    stage: str
    place: str
    participants: tuple[str, ...]
    when: When
    status: str
    reports: list[Report]
    curated: bool


class WeightedChoice(Generic[T]):
    """A random choice with fixed weights."""

    def __init__(self, things: Sequence[T], weights: Sequence[float]) -> None:
        self.things = list(things)
        self.sums = list(accumulate(weights))

    @classmethod
    def of(cls, weights: Mapping[T, float]) -> WeightedChoice[T]:
        return cls(list(weights), list(weights.values()))

    @classmethod
    def zipf(cls, things: Sequence[T], exponent: float = 1.0) -> WeightedChoice[T]:
        """Weights by Zipf's law: the first is drawn most often."""
        return cls(things, [1 / rank**exponent for rank in range(1, len(things) + 1)])

    def draw(self, chance: random.Random) -> T:
        """Draw one of the things."""
        return self.things[bisect(self.sums, chance.random() * self.sums[-1], 0, len(self.sums) - 1)]


class RandomEvents:
    """Draws random events; the same calls with the same seed give the same events."""

    def __init__(self, seed: int, until: date, sources: int) -> None:
        self.chance, self.until = random.Random(seed), until
        countries = [code for code, actor in gazetteer.actors().items() if actor.kind == "country"]
        first = [code for code in COMMON_PARTICIPANTS if code in countries]
        rest = sorted(set(countries) - set(first))
        random.Random(0).shuffle(rest)
        self.countries = WeightedChoice.zipf([*first, *rest])
        self.blocs = WeightedChoice.zipf([code for code, actor in gazetteer.actors().items() if actor.kind == "bloc"])
        self.places = sorted(gazetteer.places())
        self.newsrooms = WeightedChoice.zipf(range(sources), 0.8)
        self.how_many = WeightedChoice.zipf(range(1, min(sources, MAX_SOURCES) + 1), SOURCES_EXPONENT)
        self.kinds = {"election": WeightedChoice.of(ELECTION_WEIGHTS), "alliance": WeightedChoice.of(ALLIANCE_WEIGHTS)}
        self.stages, self.lengths, self.meeting = (
            WeightedChoice.of(STAGE_WEIGHTS),
            WeightedChoice.of(LENGTH_WEIGHTS),
            WeightedChoice.of(PARTICIPANT_WEIGHTS),
        )
        self.behind, self.to_come = WeightedChoice.of(PAST_STATUS_WEIGHTS), WeightedChoice.of(FUTURE_STATUS_WEIGHTS)

    def days(self, count: int) -> list[date]:
        """Draw the days of so many events, in order."""
        near = self.until - timedelta(days=round(YEARS_NEAR * 365.25))
        before = round((YEARS_BEHIND - YEARS_NEAR) * 365.25)
        found = []
        for _ in range(count):
            kind, where = self.chance.random(), self.chance.random()
            if kind < AHEAD_SHARE:
                days = min(self.chance.expovariate(1 / MEAN_DAYS_AHEAD), YEARS_AHEAD * 365.0)
                found.append(self.until + timedelta(days=1 + int(days)))
            elif kind < AHEAD_SHARE + NEAR_SHARE:  # more towards now: the root of a uniform draw
                found.append(near + timedelta(days=int((self.until - near).days * (0.2 * where + 0.8 * where**0.5))))
            else:
                found.append(near - timedelta(days=1 + int(before * (1 - where**0.5))))
        return sorted(found)

    def days_ahead(self, count: int) -> list[date]:
        """Draw days so that every event overlaps the 14 months from `until` on, however long it is."""
        first, last = self.until + PAGE_MARGIN, cal.add_months(self.until, PAGE_MONTHS) - PAGE_MARGIN
        spread = range((last - first).days + 1)
        return sorted(first + timedelta(days=self.chance.choice(spread)) for _ in range(count))

    def event(self, day: date) -> RandomEvent:
        """Draw an event on or around this day."""
        kind = "election" if self.chance.random() < ELECTION_SHARE else "alliance"
        type = self.kinds[kind].draw(self.chance)
        place = ""
        if type == "by_election" or (type == "local" and self.chance.random() < PLACE_SHARE):
            place = self.chance.choice(self.places)
        stage = self.stages.draw(self.chance) if kind == "election" else ""
        when = self.around(day, self.lengths.draw(self.chance), type)
        over = when.end is not None and when.end < self.until
        status = (self.behind if over else self.to_come).draw(self.chance)
        return RandomEvent(
            kind,
            type,
            stage,
            place,
            self._participants(type, place),
            when,
            status,
            self._reports(when, status),
            self.chance.random() < CURATED_SHARE,
        )

    def _participants(self, type: str, place: str) -> tuple[str, ...]:
        if place:
            return (gazetteer.places()[place].country,)
        one = self.countries.draw(self.chance)
        if type in ELECTION_WEIGHTS:
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
        """Draw dates of the class `length` (`models.Precision`) that include `day`."""
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
            return When(pairs[0][0], pairs[1][1], "quarter", alternatives=pairs)
        if shade < 0.6:
            start = first + timedelta(days=int(shade * 300))
            return When(start, last, "year", "by")
        return When(first, last, "year")

    def _reports(self, when: When, status: str) -> list[Report]:
        """Draw the reports: each source once, some twice; those after the event come last."""
        wanted = self.how_many.draw(self.chance)
        sources = {self.newsrooms.draw(self.chance): None}
        while len(sources) < wanted:
            sources[self.newsrooms.draw(self.chance)] = None
        reporting = [*sources, *([next(iter(sources))] if self.chance.random() < 0.35 else [])]
        over = status == "occurred"
        after = {n for n in range(len(reporting)) if over and (n == len(reporting) - 1 or self.chance.random() < 0.4)}
        found = [self._after(source, when) for n, source in enumerate(reporting) if n in after]
        found += [self._before(source, when) for n, source in enumerate(reporting) if n not in after]
        found.sort(key=lambda report: (report.after, report.reported))
        for report in found[1:]:
            report.reprint = report.source != found[0].source and self.chance.random() < REPRINT_SHARE
        return found

    def _after(self, source: int, when: When) -> Report:
        day = (when.end or when.day) + timedelta(days=int(self.chance.random() * 3))
        return Report(source, min(day, self.until), True)

    def _before(self, source: int, when: When) -> Report:
        lead = 1 + int(min(self.chance.expovariate(1 / 75), 900))
        last = min(when.day, self.until + timedelta(days=1))
        return Report(source, last - timedelta(days=lead), False)

    # --- earlier beliefs ---------------------------------------------------------------

    def history(self, event: RandomEvent, steps: int) -> list[tuple[When, str, str]]:
        """Draw at most `steps` beliefs (dates, status, change), oldest first; the last is the present one."""
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
        """Return the same length on other days, mostly earlier ones."""
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
    """Return the change between two beliefs, as `timeline.resolution.beliefs` does."""
    (a, _), (b, _) = before, after
    if a.days == b.days:
        return "status"
    inside = a.start and b.start and a.end and b.end and a.start <= b.start and b.end <= a.end
    return "narrowed" if inside else "moved"
