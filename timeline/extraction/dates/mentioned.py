"""Dates that count from what the text named before: that day, so long after, the same time of another year."""

from __future__ import annotations

from datetime import date, timedelta

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.context import Context, Impossible, Resolved
from timeline.extraction.dates.fields import Fields
from timeline.extraction.reason import Code, reason

HALF_A_MONTH = 15
# what a date must name for an amount to be counted from it
GRAINS = {
    "day": {"day"},
    "week": {"day"},
    "month": {"day", "month"},
    "year": {"day", "month", "part", "quarter", "half", "season", "year"},
}


def numbered(day: date, number: int) -> Resolved | None:
    """Return the day nearest to `day` that has this number in its month; None where `day` has it itself."""
    if day.day == number:
        return None
    for days in range(1, HALF_A_MONTH + 1):
        for near in (day - timedelta(days), day + timedelta(days)):
            if near.day == number:
                return Resolved(near, near, "day", reason(Code.DAY_IN_BRACKETS, day), True)
    return None


def named_day(f: Fields, c: Context) -> Resolved:
    """`当天`, `次日`: counted from the day named last; that day is the anchor where none was named before."""
    assert f.day_ref is not None
    last = c.last
    if last is not None and last.start is not None and last.start > c.anchor and c.tense.direction != "ahead":
        # what is told has happened: a day ahead was only mentioned
        last = c.last_past if c.last_past is not None and c.last_past.grain == "day" else last
    if (last is None or last.grain != "day") and f.day_ref == 0 and c.cues_stray and c.tense.direction != "ahead":
        return Resolved(c.anchor, c.anchor, "day", c.because(Code.COUNTED), True)
    if last is None or last.start is None or last.grain != "day":
        return Resolved(None, None, "vague", reason(Code.DAY_NOT_MENTIONED))
    day = last.start + timedelta(days=f.day_ref)
    return Resolved(day, day, "day", reason(Code.DAY_MENTIONED, last.start), True)


def may_count_from(f: Fields, last: Resolved | None) -> bool:
    """Whether `shift` can count from the date named last: that one must be exact enough."""
    if f.shift is None or last is None or last.start is None:
        return False
    low, _, unit = f.shift
    return low > 0 and last.grain in GRAINS.get(unit, ())


def follows(f: Fields, c: Context, sentences: int) -> bool:
    """Whether `shift` counts from the date named last, so many sentences before.

    One to come must stand in the same sentence (`首轮定于9月7日，两周后决选`); from one behind no time to
    come is counted.
    """
    last = c.last
    if not may_count_from(f, last) or last is None or last.start is None or sentences > 1:
        return False
    if last.start > c.anchor:
        return sentences == 0
    return c.tense.direction != "ahead" and _after(f, last.start)[0] <= c.anchor


def _after(f: Fields, day: date) -> cal.Days:
    assert f.shift is not None
    low, high, unit = f.shift
    return cal.unit_of(cal.shift(day, low, unit), unit)[0], cal.unit_of(cal.shift(day, high, unit), unit)[1]


def since_mentioned(f: Fields, c: Context) -> Resolved:
    """`7月2日…。两天后`: so long after the date named last."""
    assert f.shift is not None and c.last is not None and c.last.start is not None
    low, high, unit = f.shift
    how = reason(Code.AFTER, high, unit, "mentioned", c.last.start)
    return Resolved(*_after(f, c.last.start), unit if low == high else "span", how, True)


def same_period(f: Fields, c: Context) -> Resolved:
    """`去年同期`: the days named last, in another year. Raises Impossible where none were."""
    if c.last is None or c.last.start is None or c.last.end is None:
        raise Impossible("refers to a time that the text has not named")
    move = 12 * (f.same_period or 0)
    how = reason(Code.SAME_PERIOD, c.last.start, c.last.end, f.same_period or 0)
    end = cal.add_months(c.last.end, move)
    if c.last.grain == "month":
        end = cal.month(end.year, end.month)[1]
    return Resolved(cal.add_months(c.last.start, move), end, c.last.grain, how, True)


def point_or_span(f: Fields, shift: tuple[int, int, str], tense: str) -> None:
    """Set a point or a span, as the clause looks.

    `in nearly two years` is ahead only in a clause that looks ahead, `in about two years` (2) unless it looks back;
    `in less than two years` (3) is all the time until then.
    """
    lasted = tense == "behind" or (f.either == 1 and tense != "ahead")
    if lasted or f.either == 3:
        f.span = (-shift[1] if lasted else shift[1], shift[2])
        del f.shift
