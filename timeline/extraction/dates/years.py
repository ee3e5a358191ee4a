"""Years: named, or found by the rules of filling in; what comes once in a year.

Rules of filling in (specification, "Filling what is missing"): what the text names just before, then
the tense of the clause, then the latest day or weekday up to the anchor and the nearest month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.context import Context, Impossible, Resolved
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.holidays import day_of, lunar_month
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Code, Reason, reason

PHRASES = phrases_of(__name__)
NATIONAL_WORDS = (PHRASES["independence"], PHRASES["national"])
SOON = 75  # days from the anchor within which a day is told without its year
HALF_A_YEAR = 6  # months; of two years the nearer one
LONG_PAST = 9  # months, where no verb tells; news tells of a month of this year rather than of one in the next
RECENT = 3  # months up to that of the anchor in which news tells of days without their year
TOMORROW = range(1, 3)  # days ahead
JUST_NOW = range(1, 15)  # days since; nobody means the day a year on, whatever else the clause foretells
LONG_BEHIND = 2  # months; a deadline that is over for longer would be told with its year
SEASONS = {1: (3, 5), 2: (6, 8), 3: (9, 11), 4: (12, 14)}
PARTS = {"early": (1, 3), "mid": (4, 9), "late": (10, 12)}


def named_year(f: Fields, c: Context) -> tuple[int, Reason] | None:
    """Return the year where the text gives it: as a number, by a deictic word, or by reference; with the reason.

    None where it gives none; raises Impossible for a reference to nothing.
    """
    if f.year is not None:
        return f.year, reason(Code.STATED)
    if f.year_rel is not None:
        return c.anchor.year + f.year_rel, c.because(Code.COUNTED)
    if f.year_ref is not None:
        if c.last is None or c.last.start is None:
            raise Impossible("refers to a year that the text has not named")
        if f.year_ref == 0 and c.cues_stray and c.last.start.year == c.anchor.year:
            raise Impossible("tells of a year gone by, which is not the present one")
        return c.last.start.year + f.year_ref, reason(Code.YEAR_MENTIONED, str(c.last.start.year))
    return None


def fill_year(month: int, day: int, f: Fields, c: Context) -> tuple[int, Reason, bool]:
    """Return the year for a month (1–12) and day (0 for none): named, else near, else by tense, else the nearest.

    With the reason, and whether the text gave it.
    """
    if named := named_year(f, c):
        return (*named, True)
    if f.towards is not None:
        year = c.anchor.year + (f.towards > 0 and month <= c.anchor.month) - (f.towards < 0 and month >= c.anchor.month)
        return year, c.because(Code.COUNTED), True
    near = c.near
    here = c.anchor.year * 12 + c.anchor.month
    if near is not None and near.start is not None and near.year_named and near.grain != "decade":
        there = near.start.year * 12 + month
        near_then = near.grain != "year" and 0 <= month - near.start.month <= 1  # `2019年3月初,称将在3月底会晤`
        looks_back = near.start.year > c.anchor.year and c.tense.direction != "ahead" and _just_past(month, c)
        if not looks_back and (near_then or not _against(c.tense.direction, there, here)):
            return near.start.year, reason(Code.YEAR_JUST_NAMED, str(near.start.year)), True
    if (goes_on := _year_that_goes_on(month, day, c)) is not None:
        return goes_on, c.because(Code.YEAR_AHEAD), False
    that = c.anchor.year * 12 + month
    long_past = LONG_PAST if c.cues_stray else HALF_A_YEAR
    year = c.anchor.year + (that < here - long_past) - (that > here + HALF_A_YEAR)
    loose = c.tense.direction and not c.tense.governed
    if c.cues_stray and c.tense.direction == "ahead" and loose and here - long_past <= that < here:
        return c.anchor.year, c.because(Code.YEAR_NEAREST), False  # `3月时爆发的疫情将…`: another word looks ahead
    if loose and abs((date(year, month, min(day or 15, 28)) - c.anchor).days) <= SOON:
        return year, c.because(Code.YEAR_NEAREST), False  # `7月16日支持将其押后` on 31 July: not next year's
    if c.tense.direction == "ahead" and not (c.cues_stray and day and _days_since(year, month, day, c) in JUST_NOW):
        until = f.upto.day if f.upto is not None and f.upto.month is None and f.upto.day is not None else day
        past = that < here or (that == here and 0 < until < c.anchor.day)  # `将于17日至21日` on the 20th
        return c.anchor.year + past, c.because(Code.YEAR_AHEAD), False
    if c.tense.direction == "behind":
        ahead = that > here or (that == here and day > c.anchor.day)
        if c.cues_stray and day and -_days_since(year, month, day, c) in TOMORROW:
            ahead = False  # told in a newsroom where that day has come
        return c.anchor.year - ahead, c.because(Code.YEAR_BACK), False
    if c.leaning == "ahead" and year * 12 + month < here - LONG_BEHIND:
        return year + 1, c.because(Code.YEAR_DEADLINE), False
    return year, c.because(Code.YEAR_NEAREST), False


def _year_that_goes_on(month: int, day: int, c: Context) -> int | None:
    """`定于4月12日举行大选，6月7日决选`: after a day that is ahead by its words, a later one is not behind."""
    near = c.near
    if near is None or near.start is None or near.grain != "day" or near.how.code != Code.YEAR_AHEAD or not day:
        return None
    later = (near.start.month, near.start.day) < (month, day)
    return near.start.year if later and near.start > c.anchor and c.tense.direction != "behind" else None


def mentioned_anew(near: Resolved | None, month: int | None, anchor: date) -> bool:
    """Whether the sentence before only names a past year, and a month just over (1–12) is that of the news."""
    if near is None or near.start is None or month is None:
        return False
    return near.grain == "year" and near.start.year < anchor.year and (anchor.month - month) % 12 <= RECENT


def _against(tense: str, there: int, here: int) -> bool:
    """Return whether the clause looks to the other side of the anchor; both in months."""
    return (tense == "behind" and there > here) or (tense == "ahead" and there < here)


def _days_since(year: int, month: int, day: int, c: Context) -> int:
    found = cal.day(year, month, day)
    return (c.anchor - found).days if found is not None else 0


def _just_past(month: int, c: Context) -> bool:
    """`自2021年起扩大进口。8月初到访` in September 2020: the month just past, not that of the year to come."""
    return month <= c.anchor.month and (c.anchor - date(c.anchor.year, month, 1)).days <= SOON


def whole_year(f: Fields, c: Context) -> Resolved:
    """Return a year, several, or what is left or past of this one. Raises Impossible where none is named."""
    named = named_year(f, c)
    if named is None:
        raise Impossible("no year")
    number, how = named
    if f.rest and number == c.anchor.year:
        return Resolved(c.anchor, cal.year(number)[1], "year", c.because(Code.REST, str(number)), True)
    if f.so_far and number == c.anchor.year:
        return Resolved(cal.year(number)[0], c.anchor, "year", c.because(Code.SO_FAR, str(number)), True)
    last = number + (f.whole_units or 1) - 1
    return Resolved(cal.year(number)[0], cal.year(last)[1], "year", how, True)


def decade(f: Fields, c: Context) -> Resolved:
    """Ten years from one that ends in 0, or their beginning, middle or end."""
    assert f.decade is not None
    decade = f.decade or c.anchor.year - c.anchor.year % 10 + f.decade_rel
    first, last = decade, decade + 9
    if f.part is not None:
        low, high = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}[f.part[0]]
        first, last = decade + low, decade + high
    return Resolved(date(first, 1, 1), date(last, 12, 31), "decade", reason(Code.DECADE), True)


def part(f: Fields, c: Context) -> Resolved:
    """Quarters, halves, seasons, beginnings and ends of a year, or the first or last month of one."""
    whole = _part(f, c)
    if f.quarter_part is None or whole.start is None or whole.end is None:
        return whole
    first = whole.start if f.quarter_part == "early" else whole.end
    return Resolved(*cal.month(first.year, first.month), "month", whole.how, whole.year_named)


def deictic_quarter(f: Fields, c: Context) -> Resolved:
    """`上季度`: counted from the quarter of the anchor."""
    assert f.quarter_rel is not None
    first = cal.add_months(c.anchor.replace(month=(c.anchor.month - 1) // 3 * 3 + 1, day=1), 3 * f.quarter_rel)
    days = cal.months(first.year, first.month, first.month + 2)
    if f.quarter_part is not None:
        edge = days[0] if f.quarter_part == "early" else days[1]
        return Resolved(*cal.month(edge.year, edge.month), "month", c.because(Code.COUNTED), True)
    return Resolved(*days, "quarter", c.because(Code.COUNTED), True)


def same_day(f: Fields, c: Context) -> Resolved:
    """`去年今天`: the day of the anchor in another year; 29 February becomes the 28th."""
    assert f.same_day is not None
    day = cal.add_months(c.anchor, 12 * f.same_day)
    return Resolved(day, day, "day", c.because(Code.COUNTED), True)


def _part(f: Fields, c: Context) -> Resolved:
    """Quarters, halves, seasons, beginnings and ends of a year; without a year the anchor's own.

    Raises Impossible for a quarter that no year has.
    """
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
    if f.point is not None:  # of three months one, of six two
        third = (last - first + 1) // 3
        first, last = {"early": (first, first + third - 1), "late": (last - third + 1, last)}.get(
            f.point, (first + third, last - third)
        )
        grain = "month" if first == last else "part"
    if named := named_year(f, c):
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


def holiday(f: Fields, c: Context) -> Resolved:
    """Return the day of a holiday: of the year named, by tense, or the nearest. Raises ValueError without one."""
    assert isinstance(f.holiday, list)
    return _yearly(f, c, lambda year: (day_of(f.holiday, year),) * 2, "day")  # type: ignore[arg-type]


def lunar(f: Fields, c: Context) -> Resolved:
    """Return a month or day of the lunar calendar, as a holiday. Raises ValueError where the calendar has none."""
    assert f.lunar is not None
    month, day = f.lunar
    if not day:
        return _yearly(f, c, lambda year: lunar_month(year, month), "month")
    return _yearly(f, c, lambda year: (day_of(("lunar", month, day), year),) * 2, "day")


def _yearly(f: Fields, c: Context, days_in: Callable[[int], cal.Days], grain: str) -> Resolved:
    """Return the days of what comes once a year, on other days each year."""
    if named := named_year(f, c):
        return Resolved(*days_in(named[0]), grain, named[1], True)
    if f.towards is not None:
        return _yearly_towards(f.towards, c, days_in, grain)
    near, there = c.near, [days_in(c.anchor.year + step) for step in (-1, 0, 1)]
    if near is not None and near.start is not None and near.year_named and near.grain != "decade":
        return Resolved(*days_in(near.start.year), grain, reason(Code.YEAR_JUST_NAMED, str(near.start.year)), True)
    if c.tense.direction == "ahead" and not (c.cues_stray and any((c.anchor - d[1]).days in JUST_NOW for d in there)):
        return Resolved(*next(d for d in there if d[1] >= c.anchor), grain, c.because(Code.YEAR_AHEAD))
    nearest = min(there, key=lambda d: abs((d[0] - c.anchor).days))
    loose = c.cues_stray and not c.tense.governed and abs((nearest[0] - c.anchor).days) <= SOON
    if c.tense.direction == "behind" and not loose:
        # the last lunar month of a year comes in the next one, and may lie ahead still
        back = (d for step in (1, 0, -1, -2) if (d := days_in(c.anchor.year + step))[0] <= c.anchor)
        return Resolved(*next(back), grain, c.because(Code.YEAR_BACK))
    return Resolved(*nearest, grain, c.because(Code.YEAR_NEAREST))


def _yearly_towards(towards: int, c: Context, days_in: Callable[[int], cal.Days], grain: str) -> Resolved:
    """`last Christmas`, `next Easter`, `this Thanksgiving` (of the anchor's own year)."""
    found = days_in(c.anchor.year)
    if towards > 0 and found[0] <= c.anchor:
        found = days_in(c.anchor.year + 1)
    elif towards < 0 and found[1] >= c.anchor:
        found = days_in(c.anchor.year - 1)
    return Resolved(*found, grain, c.because(Code.COUNTED), True)


def national_day(text: str, begins: int, position: int, days: Mapping[str, list[Any]]) -> list[Any]:
    """Return the day of the country named last before `position`, else of the one that news most often means.

    独立日 without a country is that of the United States, 国庆日 that of China. `days` are those of countries.
    """
    before = text[begins:position]
    named = [(before.rfind(country), len(country), days[country]) for country in days if country in before]
    if named:
        return list(max(named)[2])
    independent = text.startswith(NATIONAL_WORDS[0], position)
    return list(days[PHRASES["independence_country"] if independent else PHRASES["national_country"]])
