"""From named fields to days: the calendar arithmetic of the specification, with the reason for each step.

What a text leaves out is filled in by the rules that `years.py` states.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates import compound, mentioned
from timeline.extraction.dates.context import Context, Impossible, Resolved
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.weeks import week, weekend
from timeline.extraction.dates.years import (
    decade,
    deictic_quarter,
    fill_year,
    holiday,
    lunar,
    named_year,
    part,
    same_day,
    whole_year,
)
from timeline.extraction.reason import Code, Reason, reason

FIRST_YEAR, LAST_YEAR = 1000, 2999  # a year outside is no date of the news


def resolve(f: Fields, c: Context) -> Resolved:
    """Return the days that the fields mean. Raises Impossible where the calendar has no such day."""
    try:
        if f.upto is not None:
            compound.take_before(f, f.upto, in_range=True)
            if compound.names_year(f.upto):
                compound.take_after(f.upto, f)
        found = _resolver(tuple(f.__dict__))(f, c)
        if f.upto is not None:
            found = _range(f, found, c)
    except (OverflowError, ValueError) as e:
        raise Impossible(str(e)) from e
    for day in (found.start, found.end):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Impossible(f"year {day.year}")
    return found


@lru_cache(maxsize=4096)
def _resolver(named: tuple[str, ...]) -> Callable[[Fields, Context], Resolved]:
    """By the names of the fields that are set."""
    for name, resolver in RESOLVERS:
        if name in named:
            return resolver
    raise Impossible("names nothing")


# --- ranges -------------------------------------------------------------------------------------


def _range(f: Fields, first: Resolved, c: Context) -> Resolved:
    upto = f.upto
    assert upto is not None
    start = first.start
    if start is None:
        raise Impossible("a range that begins nowhere")
    if upto.year_ref is not None:  # `2024年10月至次年3月`
        upto.year, upto.year_ref = start.year + upto.year_ref, None
    if upto.year is None and upto.year_rel is None and upto.year_ref is None:
        _inherit(upto, start, first.grain, f)
    last = resolve(upto, c)
    if last.end is None or last.end < start:
        raise Impossible("a range that ends before it begins")
    grain = first.grain if first.grain == last.grain else "span"
    return Resolved(start, last.end, grain, first.how, first.year_named)


def _inherit(upto: Fields, start: date, grain: str, f: Fields) -> None:
    """`5月3日至5日`: the end takes the year and month of the beginning; `11月至1月` runs into the next year."""
    if upto.day is not None and upto.month is None and upto.month_rel is None:
        upto.year, upto.month = start.year, start.month
        if upto.day < start.day:
            upto.year, upto.month = (start.year + start.month // 12, start.month % 12 + 1)
    elif upto.month is not None:
        upto.year = start.year + (upto.month < start.month)
    elif upto.part is not None:
        upto.year = start.year
    elif upto.third is not None and upto.month_rel is None:
        upto.year, upto.month = start.year, start.month  # `11月初至中旬`
    elif upto.weekday is not None and upto.week_rel is None:
        day = start + timedelta(days=(upto.weekday - start.weekday()) % 7)
        upto.__dict__.clear()
        upto.year, upto.month, upto.day = day.year, day.month, day.day


# --- months and days ----------------------------------------------------------------------------


def _month_number(f: Fields, c: Context) -> tuple[int, int, Reason, bool]:
    """(year, month, how, year named) of fields with a month."""
    if f.month_rel is not None:
        first = cal.add_months(c.anchor.replace(day=1), f.month_rel)
        return first.year, first.month, c.because(Code.COUNTED), True
    if f.month_ref is not None:
        if c.last is None or c.last.start is None or c.last.grain not in ("day", "month", "part"):
            raise Impossible("refers to a month that the text has not named")
        named = c.last.start.replace(day=1)
        first = cal.add_months(named, f.month_ref)
        return first.year, first.month, reason(Code.MONTH_MENTIONED, f"{named:%Y-%m}"), True
    assert f.month is not None
    if not 1 <= f.month <= 12:
        raise Impossible(f"month {f.month}")
    year, how, year_named = fill_year(f.month, f.day or 0, f, c)
    return year, f.month, how, year_named


SHORT = 3  # days of a week cut off by the end of a month from which on it is a week
THIRDS = {
    "early": (1, 10),
    "mid": (11, 20),
    "late": (21, 31),
    "early-mid": (1, 20),
    "mid-late": (11, 31),
    "half1": (1, 15),
    "half2": (16, 31),
}


def _month(f: Fields, c: Context) -> Resolved:
    year, number, how, named = _month_number(f, c)
    start, end = cal.month(year, number)
    of_now = (year, number) == (c.anchor.year, c.anchor.month)
    if f.rest and of_now:
        return Resolved(c.anchor, end, "month", c.because(Code.REST, f"{year}-{number:02}"), True)
    if f.so_far and of_now:
        return Resolved(start, c.anchor, "month", c.because(Code.SO_FAR, f"{year}-{number:02}"), True)
    if f.third is None:
        return Resolved(start, end, "month", how, named)
    low, high = THIRDS[f.third]
    return Resolved(start.replace(day=low), end.replace(day=min(high, end.day)), "part", how, named)


def _third(f: Fields, c: Context) -> Resolved:
    """`月底`, `上旬` without a month: of the anchor's own."""
    f.month_rel = 0
    return _month(f, c)


def _edge(f: Fields, c: Context) -> Resolved:
    """`2021年的前两周`, `本月最后一天`: so many units at the beginning or end of what else is named."""
    assert f.edge is not None
    side, count, unit = f.edge
    del f.edge
    whole = resolve(f, c)
    if whole.start is None or whole.end is None:
        raise Impossible("the edge of an open span")
    if side > 0:
        start, end = whole.start, cal.shift(whole.start, count, unit) - timedelta(days=1)
    elif unit == "week":
        start, end = cal.week(whole.end, 1 - count)[0], whole.end
        if (whole.end - cal.week(whole.end, 0)[0]).days < SHORT:
            start = max(whole.start, start - timedelta(days=7))  # a month that ends on a Monday
    else:
        start, end = cal.shift(whole.end + timedelta(days=1), -count, unit), whole.end
    if not whole.start <= start <= end <= whole.end:
        raise Impossible(f"no {count} {unit} in {whole.start}…{whole.end}")
    grain = unit if count == 1 and unit in ("day", "week", "month", "quarter") else "part"
    return Resolved(start, end, grain, whole.how, whole.year_named)


def _nth(f: Fields, c: Context) -> Resolved:
    """`11月第一个星期二`, `2月份第二周` (weeks that begin in the month), `2024年第12周` (ISO 8601)."""
    assert f.nth is not None
    if f.month is None and f.month_rel is None and f.month_ref is None:
        given = named_year(f, c)
        if f.weekday is not None or given is None:
            raise Impossible("of no month")
        return Resolved(*cal.week(date.fromisocalendar(given[0], f.nth, 1)), "week", given[1], True)
    year, number, how, named = _month_number(f, c)
    found = cal.nth_weekday(*cal.month(year, number), f.weekday or 0, f.nth)
    if found is None:
        raise Impossible(f"no such weekday in {year}-{number:02}")
    if f.weekday is None:
        return Resolved(found, found + timedelta(days=6), "week", how, named)
    if f.weekend:
        return Resolved(found, found + timedelta(days=1), "weekend", how, named)
    return Resolved(found, found, "day", how, named)


def _day(f: Fields, c: Context) -> Resolved:
    assert f.day is not None
    if f.month is None and f.month_rel is None and f.month_ref is None:
        return _bare_day(f.day, f, c)
    year, number, how, named = _month_number(f, c)
    day = date(year, number, f.day)
    return Resolved(day, day, "day", how, named)


def _bare_day(number: int, f: Fields, c: Context) -> Resolved:
    """`15日`: of the month named just before, else by tense, else the latest up to the anchor."""
    if f.on_weekday is not None:
        return _bare_day_on(number, f.on_weekday, c)
    near = c.near
    if (
        near is not None
        and near.start is not None
        and near.grain in ("day", "month", "part")
        and not _happens_now(number, c)
    ):
        day = cal.day(near.start.year, near.start.month, number)
        if day and not _on_the_other_side(day, c):
            return Resolved(day, day, "day", reason(Code.MONTH_JUST_NAMED, f"{day:%Y-%m}"), near.year_named)
    ahead = _looks_ahead(number, c)
    last = f.upto.day if f.upto is not None and f.upto.month is None and f.upto.day is not None else 0
    for step in range(4):
        first = cal.add_months(c.anchor.replace(day=1), step if ahead else -step)
        day = cal.day(first.year, first.month, number)
        if last > number and cal.day(first.year, first.month, last) is None:
            continue  # 28至31日 are days of a month that has both
        if day and (day >= c.anchor if ahead else day <= c.anchor):
            return Resolved(day, day, "day", c.because(Code.MONTH_NEXT if ahead else Code.MONTH_LATEST))
    raise Impossible(f"day {number}")


def _on_the_other_side(day: date, c: Context) -> bool:
    """Whether a clause looks away from a day: `2017年5月就任。…他25日将会谈` is not of that May."""
    if c.tense.direction == "behind":
        return day > c.anchor
    return c.tense.direction == "ahead" and day < c.anchor - timedelta(days=LONG_AGO)


def _happens_now(number: int, c: Context) -> bool:
    """Whether a bare day is one of the last few, and the text before only named a month: `6月底生效后,3日宣布`."""
    near = c.near
    if not c.cues_stray or near is None or near.start is None or c.tense.direction == "ahead":
        return False
    apart = (c.anchor.year - near.start.year) * 12 + c.anchor.month - near.start.month
    return 0 <= c.anchor.day - number <= LAST_DAYS and (near.grain == "day") < apart < HALF_A_YEAR


def _bare_day_on(number: int, weekday: int, c: Context) -> Resolved:
    """`Thursday the 28th`: the nearest day that is both."""
    for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5):
        first = cal.add_months(c.anchor.replace(day=1), step)
        day = cal.day(first.year, first.month, number)
        if day is not None and day.weekday() == weekday:
            code = Code.NEXT_WEEKDAY if day > c.anchor else Code.LATEST_WEEKDAY
            return Resolved(day, day, "day", c.because(code, weekday), True)
    raise Impossible(f"no such day {number}")


def _looks_ahead(number: int, c: Context) -> bool:
    """Whether a bare day is the next one: so the clause, unless the other one is quite near and this one far."""
    back = c.anchor.day - number  # days since, where it lies behind in this month
    tense = c.tense
    if not c.cues_stray:
        return tense.direction == "ahead"
    if tense.direction == "ahead":
        # `16日誓言将废除规则` on the 17th, `在28日再将…`: what is to come was told on that day
        return not 0 < back <= (YESTERDAY if tense.governed else LAST_DAYS)
    if tense.direction == "behind":
        return False
    # `14日公布` on the 10th: nothing tells of the past, and the last 14th is long ago
    return not c.alone and 0 < -back <= NEXT_DAYS


YESTERDAY, LAST_DAYS = 2, 7
LONG_AGO = 100  # days; a plan told of a month named just before is not older
NEXT_DAYS = 10
HALF_A_YEAR = 6


def _deictic_day(f: Fields, c: Context) -> Resolved:
    assert f.day_rel is not None
    day = c.anchor + timedelta(days=f.day_rel)
    if f.numbered is not None:
        return mentioned.numbered(day, f.numbered) or Resolved(day, day, "day", c.because(Code.COUNTED), True)
    last = day + timedelta(days=(f.whole_units or 1) - 1)
    return Resolved(day, last, "day", c.because(Code.COUNTED), True)


# --- weeks --------------------------------------------------------------------------------------


def _weekday(f: Fields, c: Context) -> Resolved:
    assert f.weekday is not None
    if f.nth is not None:
        return _nth(f, c)
    if f.week_rel is not None:
        day = cal.week(c.anchor, f.week_rel)[0] + timedelta(days=f.weekday)
        return Resolved(day, day, "day", c.because(Code.COUNTED), True)
    back = (c.anchor.weekday() - f.weekday) % 7
    if f.towards is not None:
        day = c.anchor - timedelta(days=back or 7) if f.towards < 0 else c.anchor + timedelta(days=7 - back)
        return Resolved(day, day, "day", c.because(Code.COUNTED), True)
    if c.tense.direction == "ahead" and (c.tense.governed or not c.cues_stray or not 0 < back <= YESTERDAY):
        day, code = c.anchor + timedelta(days=(7 - back) % 7), Code.NEXT_WEEKDAY
    else:
        day, code = c.anchor - timedelta(days=back), Code.LATEST_WEEKDAY
    return Resolved(day, day, "day", c.because(code, f.weekday), True)


# --- spans and points ---------------------------------------------------------------------------


def _span(f: Fields, c: Context) -> Resolved:
    assert f.span is not None
    count, unit = f.span
    other = cal.shift(c.anchor, count, unit)
    return Resolved(
        min(c.anchor, other),
        max(c.anchor, other),
        "span",
        c.because(Code.SPAN_FROM if count >= 0 else Code.SPAN_TO, abs(count), unit),
        True,
    )


def _shift(f: Fields, c: Context) -> Resolved:
    assert f.shift is not None
    low, high, unit = f.shift
    start = cal.unit_of(cal.shift(c.anchor, low, unit), unit)[0]
    end = cal.unit_of(cal.shift(c.anchor, high, unit), unit)[1]
    grain = unit if unit in ("week", "month", "quarter", "half", "year", "decade") else "day"
    if unit == "half-month":
        grain = "month"
    count = high if low > 0 else low
    how = c.because(Code.AFTER if count >= 0 else Code.BEFORE, abs(count), unit) if count else c.because(Code.COUNTED)
    return Resolved(start, end, grain if low == high else "span", how, True)


VAGUE = {"past": Code.SOME_TIME_BEFORE, "future": Code.SOME_TIME_AFTER, "none": Code.NOT_COMPUTABLE}


def _vague(f: Fields, c: Context) -> Resolved:
    assert f.vague is not None
    if f.vague == "event":
        return Resolved(None, None, "vague", reason(Code.FROM_EVENT))
    start = c.anchor if f.vague == "future" else None
    end = c.anchor if f.vague == "past" else None
    return Resolved(start, end, "vague", c.because(VAGUE[f.vague]))


RESOLVERS: list[tuple[str, Callable[[Fields, Context], Resolved]]] = [
    ("vague", _vague),
    ("edge", _edge),
    ("around", lambda f, c: compound.around(f, c, resolve)),
    ("counted_from", lambda f, c: compound.counted(f, c, resolve)),
    ("two_numbers", lambda f, c: compound.in_order(f, c, resolve)),
    ("same_day", same_day),
    ("quarter_rel", deictic_quarter),
    ("holiday", holiday),
    ("lunar", lunar),
    ("span", _span),
    ("since_mentioned", mentioned.since_mentioned),
    ("shift", _shift),
    ("same_period", mentioned.same_period),
    ("day_rel", _deictic_day),
    ("day_ref", mentioned.named_day),
    ("day", _day),
    ("weekday", _weekday),
    ("weekend", weekend),
    ("week_rel", week),
    ("nth", _nth),
    ("month", _month),
    ("month_rel", _month),
    ("month_ref", _month),
    ("third", _third),
    ("decade", decade),
    ("part", part),
    ("year", whole_year),
    ("year_rel", whole_year),
    ("year_ref", whole_year),
]
