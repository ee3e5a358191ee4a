"""The time axis: days to x, and ticks for every zoom from days to centuries. Numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from timeline.extraction.dates.calendar import add_months

MIN_TICK_DISTANCE = 46.0  # px
MIN_DAY_DISTANCE = 28.0  # px, where the label of a tick is one number
MONTH_STEPS = (1, 3, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000)
DAYS_OF_MONTH = 30.4375
MIN_BINS = 12  # counts are read best in a few wide ones
Stretch = tuple[date, date]  # days, both inclusive


@dataclass(frozen=True, slots=True)
class Scale:
    """The days `start`–`end` (inclusive) between the x `left` and `right`."""

    start: date
    end: date
    left: float
    right: float

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def per_day(self) -> float:
        return (self.right - self.left) / self.days

    def before(self, day: date) -> float:
        """Return the x where a day begins, clipped to the axis."""
        return self._clip(self.left + (day - self.start).days * self.per_day)

    def behind(self, day: date) -> float:
        """Return the x where a day ends, clipped to the axis."""
        return self._clip(self.left + ((day - self.start).days + 1) * self.per_day)

    def middle(self, day: date) -> float:
        return self._clip(self.left + ((day - self.start).days + 0.5) * self.per_day)

    def holds(self, day: date) -> bool:
        return self.start <= day <= self.end

    def _clip(self, x: float) -> float:
        return min(max(x, self.left), self.right)

    @property
    def unit(self) -> str:
        """The unit of one tick: day, week, month, quarter or year."""
        if self.per_day >= MIN_DAY_DISTANCE:
            return "day"
        if self.per_day * 7 >= MIN_TICK_DISTANCE:
            return "week"
        return {1: "month", 3: "quarter"}.get(self._months, "year")

    @property
    def _months(self) -> int:
        """The least step in months that leaves room for the labels."""
        return next((m for m in MONTH_STEPS if m * DAYS_OF_MONTH * self.per_day >= MIN_TICK_DISTANCE), MONTH_STEPS[-1])

    def ticks(self) -> list[date]:
        """Return the first days of the visible units, in order."""
        if self.unit == "day":
            return [self.start + timedelta(days=n) for n in range(self.days)]
        if self.unit == "week":
            first = self.start + timedelta(days=-self.start.weekday() % 7)
            return [first + timedelta(days=n) for n in range(0, (self.end - first).days + 1, 7)]
        return list(self._by_months(self._months))

    def headings(self) -> list[date]:
        """Return the days of headings: first days of months over ticks of days and weeks, of years over months."""
        if self.unit in ("day", "week"):
            return [self.start, *(d for d in self._by_months(1) if d > self.start)]
        if self.unit in ("month", "quarter"):
            return [self.start, *(d for d in self._by_months(12) if d > self.start)]
        return []

    def weekends(self) -> list[Stretch]:
        """Return Saturdays with their Sundays, clipped to the axis, where the unit is a day; else none."""
        if self.unit != "day":
            return []
        first = self.start - timedelta(days=(self.start.weekday() - 5) % 7)
        pairs = [(first + timedelta(days=n), first + timedelta(days=n + 1)) for n in range(0, self.days + 7, 7)]
        return [(max(a, self.start), min(b, self.end)) for a, b in pairs if b >= self.start and a <= self.end]

    def bins(self) -> list[Stretch]:
        """Cut the days into 12 to 90 whole days, weeks, months, quarters or years (the outer ones may be partial).

        Take the longest unit that gives enough bins; less than 12 days give one bin each.
        """
        for months in reversed(MONTH_STEPS):
            if self.days >= (MIN_BINS - 1) * months * DAYS_OF_MONTH:
                found = self._cut(list(self._by_months(months)))
                if len(found) >= MIN_BINS:
                    return found
        step = 7 if self.days > 7 * MIN_BINS else 1
        first = self.start + timedelta(days=-self.start.weekday() % step)
        return self._cut([first + timedelta(days=n) for n in range(0, (self.end - first).days + 1, step)])

    def _cut(self, days: list[date]) -> list[Stretch]:
        """Return the stretches between these days, in order and within the axis."""
        starts = days if days and days[0] == self.start else [self.start, *days]
        return [(a, b - timedelta(days=1)) for a, b in pairwise(starts)] + [(starts[-1], self.end)]

    def _by_months(self, step: int) -> Iterator[date]:
        count = self.start.year * 12 + self.start.month - 1
        if self.start.day > 1:
            count += 1
        count += -count % step
        while count < 9999 * 12:
            day = add_months(date(1, 1, 1), count - 12)
            if day > self.end:
                return
            yield day
            count += step
