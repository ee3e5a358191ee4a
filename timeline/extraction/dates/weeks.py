"""Weeks and weekends, counted from the anchor."""

from __future__ import annotations

from datetime import timedelta

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.context import Context, Resolved
from timeline.extraction.dates.fields import Fields
from timeline.extraction.reason import Code

WEDNESDAY = 2
WEEK_PARTS = {"early": (0, 1), "mid": (1, 3)}  # the days of a week, 0 Monday


def week(f: Fields, c: Context) -> Resolved:
    """Return a week from Monday to Sunday, a part of it, or what is left or past of the present one."""
    assert f.week_rel is not None
    start, end = cal.week(c.anchor, f.week_rel)
    if f.week_part is not None:
        first, last = WEEK_PARTS[f.week_part]
        days = (start + timedelta(days=first), start + timedelta(days=last))
        return Resolved(*days, "part", c.because(Code.COUNTED), True)
    if f.week_half is not None:
        middle = start + timedelta(days=3)
        start, end = (start, middle - timedelta(days=1)) if f.week_half == 1 else (middle, end)
        return Resolved(start, end, "part", c.because(Code.COUNTED), True)
    if f.rest and f.week_rel == 0:
        return Resolved(c.anchor, end, "week", c.because(Code.REST_OF_WEEK), True)
    if f.so_far and f.week_rel == 0:
        return Resolved(start, c.anchor, "week", c.because(Code.WEEK_SO_FAR), True)
    return Resolved(start, end, "week", c.because(Code.COUNTED), True)


def weekend(f: Fields, c: Context) -> Resolved:
    """Saturday and Sunday: of the week named, else by tense, else the latest."""
    rel, code = f.week_rel, Code.COUNTED
    if rel is None:
        begun = c.anchor.weekday() >= 5
        rel = 0 if c.tense.direction == "ahead" or begun else -1
        code = Code.NEXT_WEEKEND if c.tense.direction == "ahead" else Code.LATEST_WEEKEND
    elif rel == 0 and c.tense.direction == "behind" and c.anchor.weekday() < WEDNESDAY:
        rel, code = -1, Code.LATEST_WEEKEND  # `这个周末签署了` on a Monday
    saturday = cal.week(c.anchor, rel)[0] + timedelta(days=5)
    return Resolved(saturday, saturday + timedelta(days=1), "weekend", c.because(code), True)
