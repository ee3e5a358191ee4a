"""What a phrase names before the calendar is asked: the fields of a date, and the meanings that set them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Values = dict[str, Any]


class Fields:
    """The named fields of one expression; what is not named stays at its class default.

    `*_rel` count from the anchor, `*_ref` from the last date named in the text. Months are 1–12,
    weekdays 0 (Monday) – 6.
    """

    year: int | None = None
    year_rel: int | None = None
    year_ref: int | None = None
    decade: int | None = None
    part: tuple[str, int] | None = None  # ("quarter", 3), ("half", 1), ("season", 2), ("early", 0) …
    month: int | None = None
    month_rel: int | None = None
    month_ref: int | None = None
    third: str | None = None  # part of a month: early, mid, late
    day: int | None = None
    day_rel: int | None = None
    day_ref: int | None = None
    week_rel: int | None = None
    weekday: int | None = None
    weekend: bool = False
    nth: int | None = None  # the nth week or weekday of a month, -1 the last; the nth week of a year
    holiday: list[Any] | str | None = None  # a row of holidays.py; "national" where the country stands elsewhere
    lunar: tuple[int, int] | None = None  # lunar month and day, day 0 for the whole month
    edge: tuple[int, int, str] | None = None  # -1 or 1, how many, unit: the last three days of what else is named
    week_half: int | None = None
    shift: tuple[int, int, str] | None = None  # at least, at most, unit
    span: tuple[int, str] | None = None
    whole_units: int | None = None  # 今明两年: this many whole years (days) from year_rel (day_rel) on
    within: bool = False  # 年内: what is left of the unit, or what is past of it
    same_period: int | None = None  # 去年同期: the last date named, years moved
    rest: bool = False  # the rest of the unit
    so_far: bool = False  # what is past of it
    towards: int | None = None  # the nearest behind (-1) or ahead (1), 0 that of the unit
    on_weekday: int | None = None  # the weekday that is said with a day
    vague: str | None = None  # past, future, none
    about: bool = False
    upto: Fields | None = None
    level: str = ""

    def take(self, other: Fields) -> None:
        """Add the fields that `other` names."""
        self.__dict__.update(other.__dict__)


Meaning = Callable[[Fields, Values], None]
MEANINGS: dict[str, Meaning] = {}


def meaning(set_fields: Meaning) -> Meaning:
    """Register a meaning under its function's name, for the `meaning` of a rule."""
    MEANINGS[set_fields.__name__] = set_fields
    return set_fields


@meaning
def year(f: Fields, v: Values) -> None:
    f.year = v["year"]


@meaning
def short_year(f: Fields, v: Values) -> None:
    f.year = 2000 + v["year2"] if v["year2"] < 50 else 1900 + v["year2"]


@meaning
def year_range(f: Fields, v: Values) -> None:
    f.year, f.upto = v["year"], Fields()
    f.upto.year = v["year_2"]


@meaning
def year_range_short(f: Fields, v: Values) -> None:
    f.year, f.upto = v["year"], Fields()
    f.upto.year = v["year"] - v["year"] % 100 + v["year2"]


@meaning
def two_digit_year(f: Fields, v: Values) -> None:
    f.year = 2000 + v["small"]


@meaning
def era_year(f: Fields, v: Values) -> None:
    f.year = v["era"] + v.get("n", 1)


@meaning
def roc_year(f: Fields, v: Values) -> None:
    f.year = 1911 + v["year3"]


@meaning
def deictic_year(f: Fields, v: Values) -> None:
    f.year_rel = v["deictic_year"]


@meaning
def named_year(f: Fields, v: Values) -> None:
    f.year_ref = v["named_year"]


@meaning
def years_together(f: Fields, v: Values) -> None:
    f.year_rel, f.whole_units = v["years_together"], 2


@meaning
def turn_of_the_year(f: Fields, v: Values) -> None:
    f.year_rel, f.part, f.upto = 0, ("late", 0), Fields()
    f.upto.year_rel, f.upto.part = 1, ("early", 0)


@meaning
def decade(f: Fields, v: Values) -> None:
    if "year" in v:
        f.decade = v["year"]
    else:
        century = v["century"] if "century" in v else v.get("deictic_century", 20)
        f.decade = (century - 1) * 100 + v["tens"]


@meaning
def neighbouring_decades(f: Fields, v: Values) -> None:
    first, last = v["decade_pair"]
    f.decade, f.upto = first, Fields()
    f.upto.decade = last - 9


@meaning
def part_of_year(f: Fields, v: Values) -> None:
    f.part = (v.get("part_of_year") or v["part_after_year"], 0)


@meaning
def part_of_decade(f: Fields, v: Values) -> None:
    f.part = (v["part_of_decade"], 0)


@meaning
def quarter(f: Fields, v: Values) -> None:
    f.part = ("quarter", v["small"] if "small" in v else v["nth_quarter"])


@meaning
def first_quarters(f: Fields, v: Values) -> None:
    f.part, f.upto = ("quarter", 1), Fields()
    f.upto.part = ("quarter", v["small"])


@meaning
def first_months(f: Fields, v: Values) -> None:
    f.month, f.upto = 1, Fields()
    f.upto.month = v["month"]


@meaning
def edge(f: Fields, v: Values) -> None:
    f.edge = (v["edge"] if "edge" in v else v["edges"], v.get("n", 1), v["unit"])


@meaning
def half(f: Fields, v: Values) -> None:
    f.part = ("half", v["half"])


@meaning
def season(f: Fields, v: Values) -> None:
    f.part = ("season", v["season"] if "season" in v else v["season_word"])


@meaning
def deictic_season(f: Fields, v: Values) -> None:
    f.year_rel, number = v["deictic_season"]
    f.part = ("season", number)


@meaning
def month(f: Fields, v: Values) -> None:
    f.month = v["month"] if "month" in v else v["month_name"]


@meaning
def month_range(f: Fields, v: Values) -> None:
    f.month, f.upto = v["month"], Fields()
    f.upto.month = v["month_2"]


@meaning
def deictic_month(f: Fields, v: Values) -> None:
    f.month_rel = v["deictic_month"]


@meaning
def named_month(f: Fields, v: Values) -> None:
    f.month_ref = v["named_month"]


@meaning
def part_of_month(f: Fields, v: Values) -> None:
    f.third = v["part_of_month"] if "part_of_month" in v else v["part_after_month"]


@meaning
def day(f: Fields, v: Values) -> None:
    f.day = v["day"]


@meaning
def day_range(f: Fields, v: Values) -> None:
    f.day, f.upto = v["day"], Fields()
    f.upto.day = v["day_2"]


@meaning
def month_day(f: Fields, v: Values) -> None:
    f.month, f.day = v["month"], v["day"]


@meaning
def named_month_day(f: Fields, v: Values) -> None:
    f.month, f.day = v["month_name"], v["day"]
    if "year" in v:
        f.year = v["year"]


@meaning
def named_month_year(f: Fields, v: Values) -> None:
    f.month, f.year = v["month_name"], v["year"]
    if "part_of_month" in v:
        f.third = v["part_of_month"]


@meaning
def numeric_date(f: Fields, v: Values) -> None:
    f.year, f.month, f.day = v["year"], v["month"], v["day"]


@meaning
def deictic_day(f: Fields, v: Values) -> None:
    f.day_rel = v["deictic_day"]


@meaning
def named_day(f: Fields, v: Values) -> None:
    f.day_ref = v["named_day"]


@meaning
def deictic_week(f: Fields, v: Values) -> None:
    f.week_rel = v["deictic_week"]


@meaning
def weekday(f: Fields, v: Values) -> None:
    f.weekday = v["weekday"]
    if "deictic_week" in v:
        f.week_rel = v["deictic_week"]


@meaning
def weekend(f: Fields, v: Values) -> None:
    f.weekend = True
    if "deictic_week" in v:
        f.week_rel = v["deictic_week"]


@meaning
def days_together(f: Fields, v: Values) -> None:
    f.day_rel, f.whole_units = v["days_together"]


@meaning
def week_half(f: Fields, v: Values) -> None:
    f.week_rel, f.week_half = v.get("deictic_week", 0), v["week_half"]


@meaning
def nth_weekday(f: Fields, v: Values) -> None:
    f.nth, f.weekday = v.get("small", -1), v["weekday"]


@meaning
def nth_week(f: Fields, v: Values) -> None:
    f.nth = v.get("n", 1)


@meaning
def holiday(f: Fields, v: Values) -> None:
    f.holiday = v["holiday"]


@meaning
def national_day(f: Fields, v: Values) -> None:
    f.holiday = "national"


@meaning
def lunar(f: Fields, v: Values) -> None:
    f.lunar = (v.get("lunar_month") or v.get("only_lunar", 1), v.get("lunar_day", 0))


@meaning
def neighbouring_months(f: Fields, v: Values) -> None:
    f.upto = Fields()
    f.month, f.upto.month = v["month_pair"] if "month_pair" in v else (v["month"], v["month_2"])


def _amount(v: Values) -> tuple[int, int, str]:
    """At least, at most, unit: `三个月`, `两个半月`, `一年半`, `半年`, `两到三年`, `两三年`."""
    if "one_unit" in v:
        return _in_units(1, 1, v["one_unit"])
    if "half_amount" in v:
        count, unit = v["half_amount"]
        return count, count, unit
    if "and_half" in v:
        units, unit = v["and_half"]
        count = (2 * _count(v) + 1) * units
        return count, count, unit
    if "pair" in v:
        return (*v["pair"], v["unit"])
    low = _count(v)
    low, high = sorted((low, v.get("n_2") or v.get("count_2") or low))  # `三到两年前`
    return _in_units(low, high, v["unit"])


def _in_units(low: int, high: int, unit: str) -> tuple[int, int, str]:
    times, unit = {"fortnight": (2, "week"), "decade": (10, "year"), "century": (100, "year")}.get(unit, (1, unit))
    return low * times, high * times, unit


@meaning
def span_ahead(f: Fields, v: Values) -> None:
    _, count, unit = _amount(v)
    f.span, f.about = (count, unit), "more" in v


@meaning
def span_behind(f: Fields, v: Values) -> None:
    _, count, unit = _amount(v)
    f.span, f.about = (-count, unit), "more" in v


@meaning
def point_ahead(f: Fields, v: Values) -> None:
    f.shift, f.about = _amount(v), "more" in v


@meaning
def point_behind(f: Fields, v: Values) -> None:
    low, high, unit = _amount(v)
    f.shift, f.about = (-high, -low, unit), "more" in v


def _count(v: Values) -> int:
    return int(v["n"] if "n" in v else v["count"])


@meaning
def rest_of_year(f: Fields, v: Values) -> None:
    f.rest = True
    if "deictic_year" in v:
        f.year_rel = v["deictic_year"]
    elif "deictic_month" in v:
        f.month_rel = v["deictic_month"]
    else:
        f.week_rel = v["deictic_week"]


@meaning
def within_unit(f: Fields, v: Values) -> None:
    f.within = True
    setattr(f, v["unit_alone"], 0)


@meaning
def earlier_in_unit(f: Fields, v: Values) -> None:
    rest_of_year(f, v)
    f.rest, f.so_far = False, True


@meaning
def same_period(f: Fields, v: Values) -> None:
    f.same_period = v["deictic_year"]


@meaning
def vague(f: Fields, v: Values) -> None:
    f.vague = v.get("vague", "none")


@meaning
def vague_ahead(f: Fields, v: Values) -> None:
    f.vague = "future"


@meaning
def vague_behind(f: Fields, v: Values) -> None:
    f.vague = "past"


@meaning
def nothing(f: Fields, v: Values) -> None:
    """What only looks like a date: it wins by its length and gives no expression."""
    f.level = "nothing"


# --- English phrases that stand whole ------------------------------------------------------------


def _year_and_month(f: Fields, v: Values) -> None:
    for name, value in (
        ("year", v.get("year")),
        ("year_rel", v.get("deictic_year")),
        ("month", v.get("month_name", v.get("month_full", v.get("month_word")))),
        ("month_rel", v.get("deictic_month")),
    ):
        if value is not None:
            setattr(f, name, value)


@meaning
def year_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = (v["part"], 0)


@meaning
def year_point_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = (v.get("point_of") or v["year_point"], 0)


@meaning
def decade_part_en(f: Fields, v: Values) -> None:
    f.decade, f.part = v["year"], (v["decade_part"], 0)


@meaning
def decade_point_en(f: Fields, v: Values) -> None:
    f.decade, f.part = 0, (v["point_of"], 0)


@meaning
def month_point_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    if f.month is None and f.month_rel is None:
        f.month_rel = 0
    f.third = v["point_of"]


@meaning
def month_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.third = v["part"]


@meaning
def week_point_en(f: Fields, v: Values) -> None:
    f.week_rel, f.week_half = v.get("deictic_week", 0), {"early": 1, "late": 2}.get(v["point_of"])
    if f.week_half is None:
        del f.week_half


@meaning
def deictic_month_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.towards = v["deictic_weekday"]


@meaning
def month_range_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.upto = Fields()
    f.upto.month = v["month_name_2"]


@meaning
def named_month_days_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.day, f.upto = v["day"], Fields()
    f.upto.day = v["day_2"]


@meaning
def nth_weekday_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.nth, f.weekday = v["nth"], v["weekday"]


@meaning
def deictic_weekday_en(f: Fields, v: Values) -> None:
    f.weekday, word = v["weekday"], v["deictic_weekday"]
    if word in (0, 1):
        f.week_rel = word  # this, next: of the week
    else:
        f.towards = 1 if word > 0 else -1  # this coming, last: the nearest in that direction


@meaning
def weekday_day_en(f: Fields, v: Values) -> None:
    named_month_day(f, v)
    f.on_weekday = v["weekday"]


@meaning
def weekend_en(f: Fields, v: Values) -> None:
    f.weekend = True
    if "deictic_weekday" in v:
        f.week_rel = v["deictic_weekday"]


@meaning
def deictic_quarter_en(f: Fields, v: Values) -> None:
    f.shift = (v["deictic_quarter"], v["deictic_quarter"], "quarter")


@meaning
def quarter_en(f: Fields, v: Values) -> None:
    quarter(f, v)
    _year_and_month(f, v)


@meaning
def half_en(f: Fields, v: Values) -> None:
    half(f, v)
    _year_and_month(f, v)


@meaning
def season_en(f: Fields, v: Values) -> None:
    season(f, v)
    _year_and_month(f, v)
    if "deictic_weekday" in v:
        f.towards = v["deictic_weekday"]


@meaning
def holiday_en(f: Fields, v: Values) -> None:
    holiday(f, v)
    _year_and_month(f, v)


@meaning
def vague_event(f: Fields, v: Values) -> None:
    f.vague = "event"


@meaning
def month_en(f: Fields, v: Values) -> None:
    f.month = v["month_full"] if "month_full" in v else v["month_word"]
