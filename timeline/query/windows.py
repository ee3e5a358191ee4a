"""Windows of days: ISO 8601 intervals, and presets relative to a day."""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.utils.translation import gettext

from timeline.extraction.dates.calendar import add_months, month, year

FIRST_YEAR, LAST_YEAR = 1000, 2999  # that dates may have, both inclusive
ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
DURATION = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
PRESETS = ("next-7", "next-30", "next-90", "next-14m", "this-year", "last-year", "all")
RECENT = ("last-1", "last-7", "last-30", "last-90", "last-365")
RELATIVE = (*PRESETS, *RECENT)
Days = tuple[date | None, date | None]


class WindowError(ValueError):
    """A text that names no days."""


def preset(name: str, base: date) -> Days:
    """Return the days (inclusive) of one of PRESETS or RECENT; `next-7` is `base` and seven days more."""
    if name == "all":
        return None, None
    if name in ("this-year", "last-year"):
        return year(base.year - (name == "last-year"))
    direction, _, number = name.partition("-")
    if number.endswith("m"):
        return base, add_months(base, int(number[:-1]))
    days = timedelta(days=int(number))
    return (base, base + days) if direction == "next" else (base - days, base)


def window_label(text: str) -> str:
    """Return the label of one of PRESETS or RECENT; anything else is its own label."""
    labels = {
        "next-7": gettext("Next 7 days"),
        "next-30": gettext("Next 30 days"),
        "next-90": gettext("Next 90 days"),
        "next-14m": gettext("Next 14 months"),
        "this-year": gettext("This year"),
        "last-year": gettext("Last year"),
        "all": gettext("All dates"),
        "last-1": gettext("since yesterday"),
        "last-7": gettext("in the last 7 days"),
        "last-30": gettext("in the last 30 days"),
        "last-90": gettext("in the last 90 days"),
        "last-365": gettext("in the last 365 days"),
    }
    return labels.get(text, text)


def iso_day(text: str, *, first: bool) -> date:
    """Return the first or last day of an ISO 8601 year, month or day. Raises WindowError."""
    return iso_days(text)[0 if first else 1]


def iso_days(text: str) -> tuple[date, date]:
    """Return the days (inclusive) of an ISO 8601 year, month or day. Raises WindowError."""
    found = ISO.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise WindowError(text)
    try:
        if found[3]:
            day = date.fromisoformat(text)
            return day, day
        if found[2]:
            date(int(found[1]), int(found[2]), 1)  # raises for month 13, which `month` would carry over
            return month(int(found[1]), int(found[2]))
    except ValueError as e:
        raise WindowError(text) from e
    return year(int(found[1]))


def iso_interval(text: str) -> Days:
    """Return the days (inclusive) of an ISO 8601 date or interval: `2024-03/2025-05`, `2024-03-20/P14M`, `../2025`.

    `..` or nothing is an open end. Raises WindowError, also where the end lies before the start.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return iso_days(text)
    if first.startswith("P") and last.startswith("P"):
        raise WindowError(text)
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
        raise WindowError(text)
    return begin, end


def days_of(text: str, base: date) -> Days:
    """Return the days (inclusive) of one of PRESETS or RECENT, or of an ISO 8601 interval. Raises WindowError."""
    return preset(text, base) if text in RELATIVE else iso_interval(text)


def _moved(day: date, duration: str, sign: int) -> date:
    """Move a day by an ISO 8601 duration of at least a day. Raises WindowError."""
    found = DURATION.fullmatch(duration)
    if found is None:
        raise WindowError(duration)
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    total_months, total_days = years * 12 + months, weeks * 7 + days
    if total_months + total_days == 0:
        raise WindowError(duration)
    try:
        moved = add_months(day, sign * total_months) + timedelta(days=sign * total_days)
    except (ValueError, OverflowError) as e:
        raise WindowError(duration) from e
    if not FIRST_YEAR <= moved.year <= LAST_YEAR:
        raise WindowError(duration)
    return moved
