"""Spans of days as readers and programs write them: ISO 8601 intervals, and words that count from a day."""

from __future__ import annotations

import re
from datetime import date, timedelta

from timeline.extraction.dates.calendar import add_months, month, year

FIRST_YEAR, LAST_YEAR = 1000, 2999  # the years that the reading of dates knows
ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
DURATION = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
PRESETS = ("next-7", "next-30", "next-90", "next-14m", "this-year", "last-year", "all")
LAST = ("last-1", "last-7", "last-30", "last-90", "last-365")
Days = tuple[date | None, date | None]


class BadWindow(ValueError):
    """What cannot be read as days."""


def preset(name: str, base: date) -> Days:
    """The days (inclusive) of one of PRESETS or LAST, counted from `base`: `next-7` is today and seven days more."""
    if name == "all":
        return None, None
    if name in ("this-year", "last-year"):
        return year(base.year - (name == "last-year"))
    direction, _, number = name.partition("-")
    if number.endswith("m"):
        return base, add_months(base, int(number[:-1]))
    days = timedelta(days=int(number))
    return (base, base + days) if direction == "next" else (base - days, base)


def iso_day(text: str, *, first: bool) -> date:
    """The first or last day of an ISO 8601 year, month or day. Raises BadWindow."""
    return iso_days(text)[0 if first else 1]


def iso_days(text: str) -> tuple[date, date]:
    """The days (inclusive) of an ISO 8601 year, month or day. Raises BadWindow."""
    found = ISO.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise BadWindow(text)
    try:
        if found[3]:
            day = date.fromisoformat(text)
            return day, day
        if found[2]:
            date(int(found[1]), int(found[2]), 1)  # raises for month 13, which `month` would carry over
            return month(int(found[1]), int(found[2]))
    except ValueError as e:
        raise BadWindow(text) from e
    return year(int(found[1]))


def iso_interval(text: str) -> Days:
    """The days (inclusive) of an ISO 8601 interval: `2024-03/2025-05`, `2024-03-20/P14M`, `../2025`, or of one date.

    `..` or nothing is an open end. Raises BadWindow, also where the end lies before the start.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return iso_days(text)
    if first.startswith("P") and last.startswith("P"):
        raise BadWindow(text)
    if last.startswith("P"):
        start, _ = iso_days(first)
        end: date | None = _moved(start, last, 1) - timedelta(days=1)
        return start, end
    if first.startswith("P"):
        _, end = iso_days(last)
        return _moved(end, first, -1) + timedelta(days=1), end
    begin = None if first in ("", "..") else iso_day(first, first=True)
    end = None if last in ("", "..") else iso_day(last, first=False)
    if begin and end and begin > end:
        raise BadWindow(text)
    return begin, end


def days_of(text: str, base: date) -> Days:
    """The days of a preset, of `last-7` and its like, or of an ISO interval. Raises BadWindow."""
    return preset(text, base) if text in PRESETS or text in LAST else iso_interval(text)


def _moved(day: date, duration: str, sign: int) -> date:
    """The day a duration on or back; it is at least a day long. Raises BadWindow."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise BadWindow(duration)
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    total_months, total_days = years * 12 + months, weeks * 7 + days
    if total_months + total_days == 0:
        raise BadWindow(duration)
    try:
        moved = add_months(day, sign * total_months) + timedelta(days=sign * total_days)
    except (ValueError, OverflowError) as e:
        raise BadWindow(duration) from e
    if not FIRST_YEAR <= moved.year <= LAST_YEAR:
        raise BadWindow(duration)
    return moved
