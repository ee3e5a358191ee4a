"""Calendar arithmetic on spans of days. Both ends inclusive; weeks run Monday to Sunday (ISO 8601)."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta

Days = tuple[date, date]


def add_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later (or earlier), clipped to the month's last day.

    Raises OverflowError outside the years that `datetime.date` holds.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"year {year}")
    if day.day <= 28:
        return date(year, month0 + 1, day.day)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def day(year: int, month: int, number: int) -> date | None:
    """Return the day of a date, or None where the calendar has none."""
    try:
        return date(year, month, number)
    except ValueError:
        return None


def month(year: int, number: int) -> Days:
    """Return the days of a month; `number` may lie outside 1–12 and then counts on into other years."""
    over, month0 = divmod(number - 1, 12)
    year += over
    return date(year, month0 + 1, 1), date(year, month0 + 1, monthrange(year, month0 + 1)[1])


def months(year: int, first: int, last: int) -> Days:
    """Return the days from month `first` to month `last` of a year (13 is next year's January)."""
    return month(year, first)[0], month(year, last)[1]


def year(number: int) -> Days:
    """Return the days of a year."""
    return date(number, 1, 1), date(number, 12, 31)


def week(day: date, weeks: int = 0) -> Days:
    """Return the week that holds `day`, moved by `weeks`."""
    monday = day + timedelta(days=7 * weeks - day.weekday())
    return monday, monday + timedelta(days=6)


def nth_weekday(first: date, last: date, weekday: int, nth: int) -> date | None:
    """Return the `nth` (1 …, -1 the last) `weekday` (0 Monday) of the days first–last, or None where there is none."""
    if nth < 0:
        return last - timedelta(days=(last.weekday() - weekday) % 7 - 7 * (nth + 1))
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day <= last else None


def shift(day: date, count: int, unit: str) -> date:
    """`day` moved by `count` units (hour, day, workday, week, month, quarter, half, year, decade, century).

    A half-month is fifteen days, two are a month. Hours become days, rounded away from `day`; workdays are
    Monday to Friday. Raises OverflowError outside years 1–9999.
    """
    if unit in MONTHS:
        return add_months(day, count * MONTHS[unit])
    if unit == "half-month":
        whole, half = divmod(abs(count), 2)
        sign = 1 if count > 0 else -1
        return add_months(day, sign * whole) + timedelta(days=sign * 15 * half)
    if unit == "workday":
        return _workdays(day, count)
    if unit == "hour":
        count, unit = -(-count // 24) if count > 0 else count // 24, "day"
    return day + timedelta(days=count * (7 if unit == "week" else 1))


def _workdays(day: date, count: int) -> date:
    weeks, rest = divmod(abs(count), 5)
    step = timedelta(days=1 if count > 0 else -1)
    day += weeks * 7 * step
    while rest or day.weekday() > 4:
        day += step
        rest -= bool(rest) and day.weekday() < 5
    return day


MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120, "century": 1200}


def unit_of(day: date, unit: str) -> Days:
    """Return the whole unit (at its own grain) that holds `day`: its week, month, year; a day for days and hours."""
    if unit == "week":
        return week(day)
    if unit in ("month", "half-month"):
        return month(day.year, day.month)
    if unit == "quarter":
        first = day.month - (day.month - 1) % 3
        return months(day.year, first, first + 2)
    if unit == "half":
        first = 1 if day.month <= 6 else 7
        return months(day.year, first, first + 5)
    if unit == "year":
        return year(day.year)
    if unit == "decade":
        first_year = day.year - day.year % 10
        return date(first_year, 1, 1), date(first_year + 9, 12, 31)
    return day, day
