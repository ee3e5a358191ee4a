"""From named fields to days: the calendar arithmetic of the specification, with the reason for each step.

Rules of filling in (specification, "Filling what is missing"): what the text names just before, then
the tense of the clause, then the latest day or weekday up to the anchor and the nearest month.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.holidays import day_of, lunar_month
from timeline.extraction.reason import Code, Reason, reason

FIRST_YEAR, LAST_YEAR = 1000, 2999  # a year outside is no date of the news


@dataclass(slots=True)
class Resolved:
    """An interval, its grain, and how it came about. `year_named`: the text itself gave the year."""

    start: date | None
    end: date | None
    grain: str
    how: Reason
    year_named: bool = False


class Tense(NamedTuple):
    """Where a clause looks from the anchor: `ahead`, `behind`, `near` (of what was once planned) or "".

    `governed`: the word that tells it stands right beside the date.
    """

    direction: str = ""
    governed: bool = False


@dataclass(slots=True)
class Context:
    """What resolving may look at: the anchor, the clause's tense, and what the text named before.

    `near` was named with its year in the same sentence or the one before; `last` anywhere before. The tense
    is read from the clause only when a meaning asks for it.
    """

    anchor: date
    anchor_from: str
    read_tense: Callable[[Any], Tense]
    near: Resolved | None = None
    last: Resolved | None = None
    last_past: Resolved | None = None  # the last one that is not ahead of the anchor
    found: Any = None
    known_tense: Tense | None = None
    suggested: str = ""
    leaning: str = ""

    def ask_about(self, found: Any, tense: str, *, bare: bool) -> None:
        """The expression to read the tense of. `tense` is what its own words tell.

        `ahead?` is what they suggest: of a bare day (`26日前`) it decides, the month of a deadline (`11月前`) it
        only keeps from lying long behind.
        """
        self.found = found
        self.leaning = tense.rstrip("?") if found.modifier == "by" else ""
        self.suggested = tense.rstrip("?") if bare else ""
        self.known_tense = Tense(tense) if tense in ("ahead", "behind") else None

    @property
    def tense(self) -> Tense:
        if self.known_tense is None:
            told = self.read_tense(self.found)
            self.known_tense = told if told.direction else told._replace(direction=self.suggested)
        return self.known_tense

    def because(self, code: Code, *args: str | int) -> Reason:
        """A reason that counts from the anchor."""
        return reason(code, *args, self.anchor_from, self.anchor)


class Impossible(ValueError):
    """The fields name no day of the calendar (`2月30日`)."""


def resolve(f: Fields, c: Context) -> Resolved:
    """The days that the fields mean. Raises Impossible where the calendar has no such day."""
    try:
        found = _resolver(f)(f, c)
        if f.upto is not None:
            found = _range(f, found, c)
    except (OverflowError, ValueError) as e:
        raise Impossible(str(e)) from e
    for day in (found.start, found.end):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Impossible(f"year {day.year}")
    return found


def _resolver(f: Fields) -> Callable[[Fields, Context], Resolved]:
    named = f.__dict__
    for name, resolver in RESOLVERS:
        if name in named:
            return resolver
    raise Impossible("names nothing")


# --- ranges -------------------------------------------------------------------------------------


def _range(f: Fields, first: Resolved, c: Context) -> Resolved:
    upto = f.upto
    assert upto is not None
    if first.start is None:
        raise Impossible("a range that begins nowhere")
    if upto.year is None and upto.year_rel is None and upto.year_ref is None:
        _inherit(upto, first.start, first.grain, f)
    last = resolve(upto, c)
    if last.end is None or last.end < first.start:
        raise Impossible("a range that ends before it begins")
    grain = first.grain if first.grain == last.grain else "span"
    return Resolved(first.start, last.end, grain, first.how, first.year_named)


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
    elif upto.weekday is not None and upto.week_rel is None:
        day = start + timedelta(days=(upto.weekday - start.weekday()) % 7)
        upto.__dict__.clear()
        upto.year, upto.month, upto.day = day.year, day.month, day.day


# --- years --------------------------------------------------------------------------------------


def _named_year(f: Fields, c: Context) -> tuple[int, Reason] | None:
    """The year where the text gives it: as a number, by a deictic word, or by reference."""
    if f.year is not None:
        return f.year, reason(Code.STATED)
    if f.year_rel is not None:
        return c.anchor.year + f.year_rel, c.because(Code.COUNTED)
    if f.year_ref is not None:
        if c.last is None or c.last.start is None:
            raise Impossible("refers to a year that the text has not named")
        return c.last.start.year + f.year_ref, reason(Code.YEAR_MENTIONED, str(c.last.start.year))
    return None


def _fill_year(month: int, day: int, f: Fields, c: Context) -> tuple[int, Reason, bool]:
    """The year for a month (and day): named, else near, else by tense, else the nearest."""
    if named := _named_year(f, c):
        return (*named, True)
    if f.towards is not None:
        year = c.anchor.year + (f.towards > 0 and month <= c.anchor.month) - (f.towards < 0 and month >= c.anchor.month)
        return year, c.because(Code.COUNTED), True
    near = c.near
    here = c.anchor.year * 12 + c.anchor.month
    if near is not None and near.start is not None and near.year_named and near.grain != "decade":
        there = near.start.year * 12 + month
        told_then = near.grain != "year" and 0 <= month - near.start.month <= 1  # `2019年3月初,称将在3月底会晤`
        looks_back = near.start.year > c.anchor.year and c.tense.direction != "ahead" and _just_past(month, c)
        if not looks_back and (told_then or not _against(c.tense.direction, there, here)):
            return near.start.year, reason(Code.YEAR_JUST_NAMED, str(near.start.year)), True
    that = c.anchor.year * 12 + month
    year = c.anchor.year + (that < here - 6) - (that > here + 6)
    loose = c.tense.direction and not c.tense.governed
    if loose and abs((date(year, month, min(day or 15, 28)) - c.anchor).days) <= SOON:
        return year, c.because(Code.YEAR_NEAREST), False  # `7月16日支持将其押后` on 31 July: not next year's
    if c.tense.direction == "ahead":
        until = f.upto.day if f.upto is not None and f.upto.month is None and f.upto.day is not None else day
        past = that < here or (that == here and 0 < until < c.anchor.day)  # `将于17日至21日` on the 20th
        return c.anchor.year + past, c.because(Code.YEAR_AHEAD), False
    if c.tense.direction == "behind":
        ahead = that > here or (that == here and day > c.anchor.day)
        return c.anchor.year - ahead, c.because(Code.YEAR_BACK), False
    if c.leaning == "ahead" and year * 12 + month < here - LONG_BEHIND:
        return year + 1, c.because(Code.YEAR_DEADLINE), False
    return year, c.because(Code.YEAR_NEAREST), False


def _against(tense: str, there: int, here: int) -> bool:
    """The clause looks to the other side of the anchor; both in months."""
    return (tense == "behind" and there > here) or (tense == "ahead" and there < here)


def _just_past(month: int, c: Context) -> bool:
    """`自2021年起扩大进口。8月初到访` in September 2020: the month just past, not that of the year to come."""
    return month <= c.anchor.month and (c.anchor - date(c.anchor.year, month, 1)).days <= SOON


def _year(f: Fields, c: Context) -> Resolved:
    named = _named_year(f, c)
    if named is None:
        raise Impossible("no year")
    number, how = named
    if f.rest and f.year_rel == 0:
        return Resolved(c.anchor, cal.year(number)[1], "year", c.because(Code.REST, str(number)), True)
    if f.so_far and f.year_rel == 0:
        return Resolved(cal.year(number)[0], c.anchor, "year", c.because(Code.SO_FAR, str(number)), True)
    last = number + (f.whole_units or 1) - 1
    return Resolved(cal.year(number)[0], cal.year(last)[1], "year", how, True)


def _decade(f: Fields, c: Context) -> Resolved:
    assert f.decade is not None
    decade = f.decade or c.anchor.year - c.anchor.year % 10
    first, last = decade, decade + 9
    if f.part is not None:
        low, high = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}[f.part[0]]
        first, last = decade + low, decade + high
    return Resolved(date(first, 1, 1), date(last, 12, 31), "decade", reason(Code.DECADE), True)


SHORT = 3  # days of a week cut off by the end of a month from which on it is a week
SOON = 75  # days from the anchor within which a day is told without its year
LONG_BEHIND = 2  # months; a deadline that is over for longer would be told with its year
SEASONS = {1: (3, 5), 2: (6, 8), 3: (9, 11), 4: (12, 14)}
PARTS = {"early": (1, 3), "mid": (4, 9), "late": (10, 12)}


def _part(f: Fields, c: Context) -> Resolved:
    """Quarters, halves, seasons, beginnings and ends of a year; without a year the anchor's own."""
    assert f.part is not None
    name, number = f.part
    if name == "quarter":
        first, last, grain = 3 * number - 2, 3 * number, "quarter"
    elif name == "half":
        first, last, grain = 6 * number - 5, 6 * number, "half"
    elif name == "season":
        (first, last), grain = SEASONS[number], "season"
    else:
        (first, last), grain = PARTS[name], "part"
    if grain == "quarter" and not 1 <= number <= 4:
        raise Impossible(f"quarter {number}")
    if named := _named_year(f, c):
        return Resolved(*cal.months(named[0], first, last), grain, named[1], True)
    year, how = c.anchor.year, c.because(Code.YEAR_OF_ANCHOR)
    start, end = cal.months(year, first, last)
    if f.towards:
        while f.towards < 0 and end >= c.anchor:
            year, (start, end) = year - 1, cal.months(year - 1, first, last)
        while f.towards > 0 and start <= c.anchor:
            year, (start, end) = year + 1, cal.months(year + 1, first, last)
        return Resolved(start, end, grain, c.because(Code.COUNTED), True)
    tense = c.tense.direction
    if tense == "ahead" and cal.add_months(end, 4) < c.anchor:  # a quarter just over is still reported on
        year, how = year + 1, c.because(Code.YEAR_AHEAD)
    elif (tense == "behind" and start > c.anchor) or (name == "season" and number == 4 and c.anchor.month < 3):
        year, how = year - 1, c.because(Code.YEAR_BACK)
    return Resolved(*cal.months(year, first, last), grain, how)


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
    year, how, year_named = _fill_year(f.month, f.day or 0, f, c)
    return year, f.month, how, year_named


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
    if f.rest and f.month_rel == 0:
        return Resolved(c.anchor, end, "month", c.because(Code.REST, f"{year}-{number:02}"), True)
    if f.so_far and f.month_rel == 0:
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


def _holiday(f: Fields, c: Context) -> Resolved:
    """Of the year named, else by tense, else the nearest."""
    assert isinstance(f.holiday, list)
    return _yearly(f, c, lambda year: (day_of(f.holiday, year),) * 2, "day")  # type: ignore[arg-type]


def _lunar(f: Fields, c: Context) -> Resolved:
    assert f.lunar is not None
    month, day = f.lunar
    if not day:
        return _yearly(f, c, lambda year: lunar_month(year, month), "month")
    return _yearly(f, c, lambda year: (day_of(("lunar", month, day), year),) * 2, "day")


def _yearly(f: Fields, c: Context, days_in: Callable[[int], cal.Days], grain: str) -> Resolved:
    """What comes once a year, on other days each year."""
    if named := _named_year(f, c):
        return Resolved(*days_in(named[0]), grain, named[1], True)
    near, there = c.near, [days_in(c.anchor.year + step) for step in (-1, 0, 1)]
    if near is not None and near.start is not None and near.year_named and near.grain != "decade":
        return Resolved(*days_in(near.start.year), grain, reason(Code.YEAR_JUST_NAMED, str(near.start.year)), True)
    if c.tense.direction == "ahead":
        return Resolved(*next(d for d in there if d[1] >= c.anchor), grain, c.because(Code.YEAR_AHEAD))
    if c.tense.direction == "behind":
        # the last lunar month of a year comes in the next one, and may lie ahead still
        back = (d for step in (1, 0, -1, -2) if (d := days_in(c.anchor.year + step))[0] <= c.anchor)
        return Resolved(*next(back), grain, c.because(Code.YEAR_BACK))
    nearest = min(there, key=lambda d: abs((d[0] - c.anchor).days))
    return Resolved(*nearest, grain, c.because(Code.YEAR_NEAREST))


def _nth(f: Fields, c: Context) -> Resolved:
    """`11月第一个星期二`, `2月份第二周` (weeks that begin in the month), `2024年第12周` (ISO 8601)."""
    assert f.nth is not None
    if f.month is None and f.month_rel is None and f.month_ref is None:
        given = _named_year(f, c)
        if f.weekday is not None or given is None:
            raise Impossible("of no month")
        return Resolved(*cal.week(date.fromisocalendar(given[0], f.nth, 1)), "week", given[1], True)
    year, number, how, named = _month_number(f, c)
    found = cal.nth_weekday(*cal.month(year, number), f.weekday or 0, f.nth)
    if found is None:
        raise Impossible(f"no such weekday in {year}-{number:02}")
    if f.weekday is None:
        return Resolved(found, found + timedelta(days=6), "week", how, named)
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
    near = c.near
    if near is not None and near.start is not None and near.grain in ("day", "month", "part"):
        day = cal.day(near.start.year, near.start.month, number)
        if day and not (c.tense.direction == "behind" and day > c.anchor):
            return Resolved(day, day, "day", reason(Code.MONTH_JUST_NAMED, f"{day:%Y-%m}"), near.year_named)
    ahead = c.tense.direction == "ahead"
    last = f.upto.day if f.upto is not None and f.upto.month is None and f.upto.day is not None else 0
    for step in range(4):
        first = cal.add_months(c.anchor.replace(day=1), step if ahead else -step)
        day = cal.day(first.year, first.month, number)
        if last > number and cal.day(first.year, first.month, last) is None:
            continue  # 28至31日 are days of a month that has both
        if day and (day >= c.anchor if ahead else day <= c.anchor):
            return Resolved(day, day, "day", c.because(Code.MONTH_NEXT if ahead else Code.MONTH_LATEST))
    raise Impossible(f"day {number}")


def _deictic_day(f: Fields, c: Context) -> Resolved:
    assert f.day_rel is not None
    day = c.anchor + timedelta(days=f.day_rel)
    last = day + timedelta(days=(f.whole_units or 1) - 1)
    return Resolved(day, last, "day", c.because(Code.COUNTED), True)


def _named_day(f: Fields, c: Context) -> Resolved:
    assert f.day_ref is not None
    last = c.last
    if last is not None and last.start is not None and last.start > c.anchor and c.tense.direction != "ahead":
        # what is told has happened: a day ahead was only mentioned
        last = c.last_past if c.last_past is not None and c.last_past.grain == "day" else last
    if last is None or last.start is None or last.grain != "day":
        return Resolved(None, None, "vague", reason(Code.DAY_NOT_MENTIONED))
    day = last.start + timedelta(days=f.day_ref)
    return Resolved(day, day, "day", reason(Code.DAY_MENTIONED, last.start), True)


# --- weeks --------------------------------------------------------------------------------------


def _week(f: Fields, c: Context) -> Resolved:
    assert f.week_rel is not None
    start, end = cal.week(c.anchor, f.week_rel)
    if f.week_half is not None:
        middle = start + timedelta(days=3)
        start, end = (start, middle - timedelta(days=1)) if f.week_half == 1 else (middle, end)
        return Resolved(start, end, "part", c.because(Code.COUNTED), True)
    if f.rest and f.week_rel == 0:
        return Resolved(c.anchor, end, "week", c.because(Code.REST_OF_WEEK), True)
    if f.so_far and f.week_rel == 0:
        return Resolved(start, c.anchor, "week", c.because(Code.WEEK_SO_FAR), True)
    return Resolved(start, end, "week", c.because(Code.COUNTED), True)


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
    if c.tense.direction == "ahead":
        day, code = c.anchor + timedelta(days=(7 - back) % 7), Code.NEXT_WEEKDAY
    else:
        day, code = c.anchor - timedelta(days=back), Code.LATEST_WEEKDAY
    return Resolved(day, day, "day", c.because(code, f.weekday), True)


def _weekend(f: Fields, c: Context) -> Resolved:
    rel, code = f.week_rel, Code.COUNTED
    if rel is None:
        begun = c.anchor.weekday() >= 5
        rel = 0 if c.tense.direction == "ahead" or begun else -1
        code = Code.NEXT_WEEKEND if c.tense.direction == "ahead" else Code.LATEST_WEEKEND
    elif rel == 0 and c.tense.direction == "behind" and c.anchor.weekday() < WEDNESDAY:
        rel, code = -1, Code.LATEST_WEEKEND  # `这个周末签署了` on a Monday
    saturday = cal.week(c.anchor, rel)[0] + timedelta(days=5)
    return Resolved(saturday, saturday + timedelta(days=1), "weekend", c.because(code), True)


WEDNESDAY = 2


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
    how = c.because(Code.AFTER if count >= 0 else Code.BEFORE, abs(count), unit)
    return Resolved(start, end, grain if low == high else "span", how, True)


def _same_period(f: Fields, c: Context) -> Resolved:
    if c.last is None or c.last.start is None or c.last.end is None:
        raise Impossible("refers to a time that the text has not named")
    move = 12 * (f.same_period or 0)
    how = reason(Code.SAME_PERIOD, c.last.start, c.last.end, f.same_period or 0)
    end = cal.add_months(c.last.end, move)
    if c.last.grain == "month":
        end = cal.month(end.year, end.month)[1]
    return Resolved(cal.add_months(c.last.start, move), end, c.last.grain, how, True)


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
    ("holiday", _holiday),
    ("lunar", _lunar),
    ("span", _span),
    ("shift", _shift),
    ("same_period", _same_period),
    ("day_rel", _deictic_day),
    ("day_ref", _named_day),
    ("day", _day),
    ("weekday", _weekday),
    ("weekend", _weekend),
    ("week_rel", _week),
    ("nth", _nth),
    ("month", _month),
    ("month_rel", _month),
    ("month_ref", _month),
    ("third", _third),
    ("decade", _decade),
    ("part", _part),
    ("year", _year),
    ("year_rel", _year),
    ("year_ref", _year),
]


# --- modifiers ----------------------------------------------------------------------------------


def _by(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return (c.anchor if r.end is not None and r.end >= c.anchor else None), r.end


def _goal(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    """`到2050年实现` is a deadline; of the past (`到2010年，贸易量占到了40%`) it is the time itself."""
    return (c.anchor, r.end) if r.end is not None and r.end >= c.anchor else (r.start, r.end)


def _from(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, (None if r.start is not None and r.start > c.anchor else c.anchor)


def _after(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, None


def _since(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return (r.start, None) if r.start is not None and r.start > c.anchor else (r.start, c.anchor)


def _until(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return _by(r, c)


def _as_of(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return None, r.end


def _within(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    """`年内`: what is left of a unit that has begun; told of the past, what is over of it."""
    if r.start is None or r.end is None or not r.start <= c.anchor <= r.end:
        return r.start, r.end
    return (r.start, c.anchor) if c.tense.direction == "behind" else (c.anchor, r.end)


def _plain(r: Resolved, c: Context) -> tuple[date | None, date | None]:
    return r.start, r.end


MODIFIERS: dict[str, Callable[[Resolved, Context], tuple[date | None, date | None]]] = {
    "by": _by,
    "goal": _goal,
    "from": _from,
    "after": _after,
    "since": _since,
    "until": _until,
    "as_of": _as_of,
    "within": _within,
    "about": _plain,
    "plain": _plain,
}
