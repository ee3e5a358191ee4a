"""The day of a holiday in a year: solar, lunar, Islamic, by weekday, by solar term or counted from Easter.

A holiday is a row of a word table: `["solar", 12, 25]`, `["lunar", 8, 15]`, `["eve", 1, 1]` (the day before a
lunar day), `["hijri", 10, 1]`, `["weekday", 11, 3, 4]` (the fourth Thursday of November, -1 the last),
`["term", "清明"]`, `["easter", -2]`. The calendars are those of lunar_python, hijridate and dateutil.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from dateutil.easter import easter

from timeline.extraction.dates import calendar as cal

LUNAR_YEARS = range(1600, 2201)  # beyond them the lunar tables are no promise
HIJRI_YEARS = range(1925, 2077)  # the Umm al-Qura calendar of hijridate


def day_of(holiday: Sequence[Any], year: int) -> date:
    """Its day in (or, for the last lunar month, of) a Gregorian year. Raises ValueError where it has none."""
    found = _day_of(tuple(holiday), year)
    if found is None:
        raise ValueError(f"no {' '.join(map(str, holiday))} in {year}")
    return found


@cache
def _day_of(holiday: tuple[Any, ...], year: int) -> date | None:
    """None where it has none: kept as well."""
    kind, *numbers = holiday
    try:
        return KINDS[kind](year, *numbers)
    except ValueError:
        return None


def lunar_month(year: int, month: int) -> tuple[date, date]:
    """First and last day of a lunar month; leap months are not counted. Raises ValueError out of range."""
    first, days = _lunar_months(year)[month]
    return first, first + timedelta(days=days - 1)


@cache
def _lunar_months(year: int) -> Mapping[int, tuple[date, int]]:
    """Return the first day and the length of each month but the leap month. Raises ValueError out of range.

    Cached: the library takes milliseconds for a year, and a text may name thousands of days.
    """
    if year not in LUNAR_YEARS:
        raise ValueError(f"no lunar calendar for {year}")
    lunar = _lunar_calendar()
    own = [m for m in lunar.LunarYear.fromYear(year).getMonths() if m.getYear() == year and m.getMonth() > 0]
    return {m.getMonth(): (_date(lunar.Solar.fromJulianDay(m.getFirstJulianDay())), m.getDayCount()) for m in own}


def _lunar_calendar() -> ModuleType:
    """Return the library, which is loaded by the first day of the lunar calendar."""
    return import_module("lunar_python")


def _date(day: Any) -> date:
    return date(day.getYear(), day.getMonth(), day.getDay())


def _solar(year: int, month: int, day: int) -> date:
    return date(year, month, day)


def _lunar(year: int, month: int, day: int) -> date:
    first, days = _lunar_months(year)[month]
    if day > days:
        raise ValueError(f"lunar month {month} of {year} has {days} days")
    return first + timedelta(days=day - 1)


def _eve(year: int, month: int, day: int) -> date:
    return _lunar(year, month, day) - timedelta(days=1)


def _hijri(year: int, month: int, day: int) -> date:
    """Return the first one that begins in the year."""
    if year not in HIJRI_YEARS:
        raise ValueError(f"no Islamic calendar for {year}")
    hijri = import_module("hijridate")
    begins = hijri.Gregorian(year, 1, 1).to_hijri().year
    for islamic in (begins, begins + 1):
        found = hijri.Hijri(islamic, month, day).to_gregorian()
        if found.year == year:
            return date(found.year, found.month, found.day)
    raise ValueError(f"not in {year}")


def _weekday(year: int, month: int, weekday: int, nth: int) -> date:
    found = cal.nth_weekday(*cal.month(year, month), weekday, nth)
    if found is None:
        raise ValueError("no such weekday")
    return found


def _term(year: int, name: str) -> date:
    if year not in LUNAR_YEARS:
        raise ValueError(f"no solar terms for {year}")
    for lunar_year in (year, year + 1):
        if (found := _terms(lunar_year)[name]).year == year:
            return found
    raise ValueError(f"no {name} in {year}")


@cache
def _terms(lunar_year: int) -> Mapping[str, date]:
    """Return the days of the solar terms; kept as the months are."""
    return {name: _date(day) for name, day in _lunar_calendar().Lunar.fromYmd(lunar_year, 6, 1).getJieQiTable().items()}


def _easter(year: int, days: int) -> date:
    return easter(year) + timedelta(days=days)


KINDS: dict[str, Callable[..., date]] = {
    "solar": _solar,
    "lunar": _lunar,
    "eve": _eve,
    "hijri": _hijri,
    "weekday": _weekday,
    "term": _term,
    "easter": _easter,
}
