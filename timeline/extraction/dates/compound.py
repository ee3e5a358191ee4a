"""Days that are counted from a day of the same phrase, and what parts of a list or range tell each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.context import Context, Impossible, Resolved
from timeline.extraction.dates.fields import Fields
from timeline.extraction.reason import Code, reason

Resolve = Callable[[Fields, Context], Resolved]
DECEMBER = 12
ORDER = {"early": 1, "mid": 2, "late": 3}


def around(f: Fields, c: Context, resolve: Resolve) -> Resolved:
    """Return the week that holds a day (`the week of May 6`), or its weekend (`the weekend of May 10`)."""
    unit = f.around
    del f.around
    found = resolve(f, c)
    if found.start is None:
        raise Impossible("the week of no day")
    monday, sunday = cal.week(found.start)
    start = monday if unit == "week" else monday + timedelta(days=5)
    return Resolved(start, sunday, unit or "week", found.how, found.year_named)


def counted(f: Fields, c: Context, resolve: Resolve) -> Resolved:
    """Count so much from a day, to the day: `a week from Tuesday`, `the day after Christmas`."""
    assert f.counted_from is not None and f.shift is not None
    base = resolve(f.counted_from, c)
    if base.start is None or base.start != base.end:
        raise Impossible("counted from no day")
    low, high, unit = f.shift
    how = reason(Code.AFTER if high >= 0 else Code.BEFORE, abs(high or low), unit, "mentioned", base.start)
    return Resolved(cal.shift(base.start, low, unit), cal.shift(base.start, high, unit), "day", how, True)


def moved(r: Resolved, days: int) -> Resolved:
    """`国庆节翌日`: so many days from the one that is named."""
    if r.start is None or r.end is None:
        return r
    step = timedelta(days)
    return replace(r, start=r.start + step, end=r.end + step)


def on_weekday(r: Resolved, f: Fields, weekday: int) -> Resolved:
    """`星期一(5月8日)`: the weekday decides between this year and its neighbours."""
    if r.start is None or f.year is not None or f.month is None or f.day is None or r.start.weekday() == weekday:
        return r
    for year in (r.start.year - 1, r.start.year + 1):
        day = cal.day(year, f.month, f.day)
        if day is not None and day.weekday() == weekday:
            return Resolved(day, day, "day", reason(Code.YEAR_OF_WEEKDAY, str(day.year)), True)
    return r


def in_order(f: Fields, c: Context, resolve: Resolve) -> Resolved:
    """`5/6/2024` by the order of the source, or the other way round where that alone is a date."""
    assert f.two_numbers is not None
    first, second = f.two_numbers
    pairs = [(second, first), (first, second)]  # month, day
    for f.month, f.day in pairs if c.order == "dmy" else reversed(pairs):
        if cal.day(f.year or 0, f.month, f.day) is not None:
            del f.two_numbers
            return resolve(f, c)
    raise Impossible(f"{first} and {second}")


def names_year(f: Fields) -> bool:
    """Whether a year is said, by number or by its distance."""
    return f.year is not None or f.year_rel is not None or f.year_ref is not None


def place(f: Fields) -> tuple[int, int]:
    """Where in a year the fields lie, for comparing two of one kind."""
    if f.month is not None:
        return f.month, f.day or {"early": 1, "mid": 11, "late": 21}.get(f.third or "", 1)
    if f.part is not None:
        return f.part[1] or ORDER[f.part[0]], 0
    return 0, 0


def take_before(f: Fields, later: Fields, *, in_range: bool = False) -> None:
    """Give an earlier day the week, month and year of `later` where it leaves them out: the nearest before it.

    A range begins before it ends: `Friday to next Monday`, `28日至下月3日` begin a week or month earlier.
    """
    if f.day is not None and f.month is None and f.month_rel is None and later.day is not None:
        back = in_range and f.day > later.day
        if later.month_rel is not None:
            f.month_rel = later.month_rel - back
        elif later.month is not None:
            f.month = later.month - back or DECEMBER
    if f.weekday is not None and f.week_rel is None and later.weekday is not None and later.week_rel is not None:
        f.week_rel = later.week_rel - (in_range and f.weekday > later.weekday)
    if names_year(f) or not (f.month or f.part or f.holiday):
        return
    over = later.month is not None and later.day is None and f.month == later.month
    back = not over and place(f) > place(later) and (later.month is not None or later.part is not None)
    if later.year is not None:
        f.year = later.year - back
    elif later.year_rel is not None:
        f.year_rel = later.year_rel - back


def take_after(f: Fields, earlier: Fields) -> None:
    """Give a bare day the month and year, a weekday the week of the one before it: `May 5 and 12`."""
    if f.weekday is not None and f.week_rel is None and f.towards is None and earlier.week_rel is not None:
        f.week_rel = earlier.week_rel
    if f.day is None or f.month is not None or f.month_rel is not None:
        return
    f.month, f.month_rel = earlier.month, earlier.month_rel
    if f.month is None:
        del f.month
    if f.month_rel is None:
        del f.month_rel
    if not names_year(f):
        if earlier.year is not None:
            f.year = earlier.year
        if earlier.year_rel is not None:
            f.year_rel = earlier.year_rel
