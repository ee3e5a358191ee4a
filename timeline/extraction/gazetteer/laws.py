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
