"""Votes whose day a law fixes: the day inside a window that a text gives, where there is exactly one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from timeline.extraction.dates import calendar as cal
from timeline.extraction.gazetteer.data import BadGazetteer, actors, read

LONGEST = 366  # days of a window that a law may sharpen
KEYS = {"country", "types", "stage", "day", "since", "every", "source"}
KINDS = ("weekday", "after", "from", "solar")
FIXED_BY_LAW = frozenset({"US"})  # countries that elect presidents on the day of the law and no other
# By how many days a report may miss the day of a law: votes are told by their week, the steps behind them by their day.
TOLERANCE = {"vote": timedelta(days=7), "result": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Law:
    """A vote's day by law: from the year `since` on (to `until`), every so many years."""

    country: str
    types: frozenset[str]
    stage: str
    day: tuple[Any, ...]
    since: int
    every: int
    source: str
    until: int | None = None

    def day_in(self, year: int) -> date | None:
        """Return the day in a year, None where the vote is not due."""
        if year < self.since or (year - self.since) % self.every or (self.until is not None and year > self.until):
            return None
        kind, month, *rest = self.day
        if kind == "solar":
            return date(year, month, rest[0])
        if kind == "from":
            first = date(year, month, rest[0])
            return first + timedelta(days=(rest[1] - first.weekday()) % 7)
        found = cal.nth_weekday(*cal.month(year, month), rest[0], rest[1])
        return found + timedelta(days=rest[2]) if found is not None and kind == "after" else found

    def days_in(self, start: date, end: date) -> list[date]:
        """Return the days inside a window, both ends inclusive."""
        days = [day for year in range(start.year, end.year + 1) if (day := self.day_in(year)) is not None]
        return [day for day in days if start <= day <= end]


@cache
def laws() -> Sequence[Law]:
    """Every law. Raises BadGazetteer where a row is wrong."""
    found = []
    for row in read("laws")["law"]:
        if set(row) - {"until"} != KEYS or row["country"] not in actors() or row["day"][0] not in KINDS:
            raise BadGazetteer(f"laws.toml: {row.get('country')}: expected are a known country, a day, {sorted(KEYS)}")
        found.append(
            Law(
                row["country"],
                frozenset(row["types"]),
                row["stage"],
                tuple(row["day"]),
                row["since"],
                row["every"],
                row["source"],
                row.get("until"),
            )
        )
    return found


def day_by_law(country: str, type: str, stage: str, start: date | None, end: date | None) -> date | None:
    """Return the only day by law inside a window (both ends inclusive); None where there is none, or more than one."""
    if start is None or end is None or not 0 < (end - start).days <= LONGEST:
        return None
    fitting = [law for law in laws() if law.country == country and law.stage == stage and type in law.types]
    days = {day for law in fitting for day in law.days_in(start, end)}
    return days.pop() if len(days) == 1 else None


def on_the_day_of_law(country: str, type: str, stage: str, start: date | None, end: date | None) -> bool:
    """Return whether a window may mean this vote: of a country in FIXED_BY_LAW only if the law has a day in or near it.

    Windows without an end, or longer than a year, may mean any vote. `stage`: vote or result.
    """
    if country not in FIXED_BY_LAW or start is None or end is None or (end - start).days > LONGEST:
        return True
    fitting = [law for law in laws() if law.country == country and law.stage == stage and type in law.types]
    first, last = start - TOLERANCE[stage], end + TOLERANCE[stage]
    before = not fitting or first.year < min(law.since for law in fitting)
    return before or any(law.days_in(first, last) for law in fitting)
