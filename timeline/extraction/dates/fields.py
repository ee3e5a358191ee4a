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
    nth: int | None = None  # the nth week or weekday of a month
    shift: tuple[int, str] | None = None
    span: tuple[int, str] | None = None
    whole_units: int | None = None  # 今明两年: this many whole years from year_rel on
    same_period: int | None = None  # 去年同期: the last date named, years moved
    rest: bool = False  # the rest of the unit
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
def decade(f: Fields, v: Values) -> None:
    if "year" in v:
        f.decade = v["year"]
    else:
        century = v["century"] if "century" in v else v.get("deictic_century", 20)
        f.decade = (century - 1) * 100 + v["tens"]


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
def nth_weekday(f: Fields, v: Values) -> None:
    f.nth, f.weekday = v["small"], v["weekday"]


@meaning
def nth_week(f: Fields, v: Values) -> None:
    f.nth = v["small"]


@meaning
def holiday(f: Fields, v: Values) -> None:
    f.month, f.day = v["holiday"]


@meaning
def span_ahead(f: Fields, v: Values) -> None:
    f.span = (_count(v), v["unit"])
    f.about = "more" in v


@meaning
def span_behind(f: Fields, v: Values) -> None:
    f.span = (-_count(v), v["unit"])
    f.about = "more" in v


@meaning
def point_ahead(f: Fields, v: Values) -> None:
    f.shift = (_count(v), v["unit"])
    f.about = "more" in v


@meaning
def point_behind(f: Fields, v: Values) -> None:
    f.shift = (-_count(v), v["unit"])
    f.about = "more" in v


@meaning
def half_ahead(f: Fields, v: Values) -> None:
    f.span = (6, "month")


@meaning
def half_behind(f: Fields, v: Values) -> None:
    f.span = (-6, "month")


@meaning
def half_from_now(f: Fields, v: Values) -> None:
    f.shift = (6, "month")


@meaning
def half_ago(f: Fields, v: Values) -> None:
    f.shift = (-6, "month")


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
def same_period(f: Fields, v: Values) -> None:
    f.same_period = v["deictic_year"]


@meaning
def vague(f: Fields, v: Values) -> None:
    f.vague = v["vague"]


@meaning
def nothing(f: Fields, v: Values) -> None:
    """What only looks like a date: it wins by its length and gives no expression."""
    f.level = "nothing"


# --- English phrases that stand whole ------------------------------------------------------------


def _year_and_month(f: Fields, v: Values) -> None:
    f.year, f.year_rel = v.get("year"), v.get("deictic_year")
    f.month, f.month_rel = v.get("month_name"), v.get("deictic_month")


@meaning
def year_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = (v["part_of_year"], 0)


@meaning
def year_end_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = ("late", 0)


@meaning
def month_end_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    if f.month is None and f.month_rel is None:
        f.month_rel = 0
    f.third = "late"


@meaning
def month_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.third = v["part_of_month"]


@meaning
def named_month_days_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.day, f.upto = v["day"], Fields()
    f.upto.day = v["day_2"]


@meaning
def deictic_weekday_en(f: Fields, v: Values) -> None:
    f.week_rel, f.weekday = v["deictic_weekday"], v["weekday"]


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
