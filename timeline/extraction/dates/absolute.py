"""Meanings of phrases that name parts of the calendar by number or name: years, quarters, months, days of a month."""

from __future__ import annotations

from timeline.extraction.dates.fields import Fields, Meanings, Values

MEANINGS = Meanings()


@MEANINGS.add
def year(f: Fields, v: Values) -> None:
    """Set the fields of `2025年`, `二〇二五年`."""
    f.year = v["year"]


@MEANINGS.add
def short_year(f: Fields, v: Values) -> None:
    """Set the fields of `98年`: below 50 it is of this century, else of the last."""
    short = next(v[name] for name in ("year2", "two_numerals", "numerals_of_year") if name in v)
    f.year = 2000 + short if short < 50 else 1900 + short


@MEANINGS.add
def year_range(f: Fields, v: Values) -> None:
    """Set the fields of `2024年至2026年`."""
    f.year, f.upto = v["year"], Fields()
    f.upto.year = v["year_2"]


@MEANINGS.add
def year_range_short(f: Fields, v: Values) -> None:
    """Set the fields of `2024-25年`: the second year is of the hundred of the first."""
    f.year, f.upto = v["year"], Fields()
    f.upto.year = v["year"] - v["year"] % 100 + v["year2"]


@MEANINGS.add
def two_digit_year(f: Fields, v: Values) -> None:
    """Set the fields of `08年`, which is of this century."""
    f.year = 2000 + v["small"]


@MEANINGS.add
def era_year(f: Fields, v: Values) -> None:
    """Set the fields of `令和6年`, `民国113年`, `昭和元年`: a year of an era."""
    f.year = v["era"] + (v.get("n") or v.get("digits", 1))


@MEANINGS.add
def buddhist_year(f: Fields, v: Values) -> None:
    """Set the fields of `佛历2566年`."""
    f.year = v["year"] - 543


@MEANINGS.add
def roc_year(f: Fields, v: Values) -> None:
    """Set the fields of `113年5月20日`: a year of the Republic of China."""
    f.year = 1911 + v["year3"]


@MEANINGS.add
def deictic_year(f: Fields, v: Values) -> None:
    """Set the fields of `今年`, `去年`."""
    f.year_rel = v["deictic_year"]


@MEANINGS.add
def named_year(f: Fields, v: Values) -> None:
    """Set the fields of `当年`, `次年`: counted from the year named before."""
    f.year_ref = v["named_year"]


@MEANINGS.add
def years_together(f: Fields, v: Values) -> None:
    """Set the fields of `今明两年`."""
    f.year_rel, f.whole_units = v["years_together"], 2


@MEANINGS.add
def turn_of_the_year(f: Fields, v: Values) -> None:
    """Set the fields of `岁末年初`: from the end of the anchor's year to the beginning of the next."""
    f.year_rel, f.part, f.upto = 0, ("late", 0), Fields()
    f.upto.year_rel, f.upto.part = 1, ("early", 0)


@MEANINGS.add
def decade(f: Fields, v: Values) -> None:
    """Set the fields of `1970年代`, `上世纪七十年代`."""
    f.decade = v["year"] if "year" in v else _century(v) + v["tens"]


@MEANINGS.add
def decade_range(f: Fields, v: Values) -> None:
    """Set the fields of `上世纪八十至九十年代`."""
    f.decade, f.upto = _century(v) + v["tens"], Fields()
    f.upto.decade = _century(v) + v["tens_2"]


def _century(v: Values) -> int:
    """Return the first year of its hundred."""
    return int(((v["century"] if "century" in v else v.get("deictic_century", 20)) - 1) * 100)


@MEANINGS.add
def neighbouring_decades(f: Fields, v: Values) -> None:
    """Set the fields of `七八十年代`."""
    first, last = v["decade_pair"]
    f.decade, f.upto = first, Fields()
    f.upto.decade = last - 9


@MEANINGS.add
def part_of_year(f: Fields, v: Values) -> None:
    """Set the fields of `年底`, `年初`."""
    f.part = (v.get("part_of_year") or v["part_after_year"], 0)


@MEANINGS.add
def part_of_decade(f: Fields, v: Values) -> None:
    """Set the fields of `90年代初`: the part of a decade."""
    f.part = (v["part_of_decade"], 0)


@MEANINGS.add
def quarter(f: Fields, v: Values) -> None:
    """Set the fields of `第三季度`, `首季`."""
    f.part = ("quarter", v["small"] if "small" in v else v.get("nth_quarter", 1))


@MEANINGS.add
def quarter_range(f: Fields, v: Values) -> None:
    """Set the fields of `二至三季度`."""
    f.part, f.upto = ("quarter", v["small"]), Fields()
    f.upto.part = ("quarter", v["small_2"])


@MEANINGS.add
def deictic_quarter(f: Fields, v: Values) -> None:
    """Set the fields of `上季度`."""
    f.quarter_rel = v["deictic_quarter"]


@MEANINGS.add
def part_of_quarter(f: Fields, v: Values) -> None:
    """Set the fields of `三季度末`: its first or last month."""
    f.quarter_part = v["part_of_quarter"]


@MEANINGS.add
def first_quarters(f: Fields, v: Values) -> None:
    """Set the fields of `前三季度`."""
    f.part, f.upto = ("quarter", 1), Fields()
    f.upto.part = ("quarter", v["small"])


@MEANINGS.add
def first_months(f: Fields, v: Values) -> None:
    """Set the fields of `今年前10月`."""
    f.month, f.upto = 1, Fields()
    f.upto.month = v["month"] if "month" in v else v.get("first_months") or v["n"]


@MEANINGS.add
def first_months_so_far(f: Fields, v: Values) -> None:
    """Set the fields of `前5个月出口增长`: those of the anchor's year."""
    first_months(f, v)
    f.year_rel = 0


@MEANINGS.add
def edge(f: Fields, v: Values) -> None:
    """Set the fields of `2021年的前2周`: the first or last days, weeks or months of a unit."""
    f.edge = (v["edge"] if "edge" in v else v["edges"], v.get("n", 1), v["unit"])


@MEANINGS.add
def half(f: Fields, v: Values) -> None:
    """Set the fields of `上半年`."""
    f.part = ("half", v["half"])


@MEANINGS.add
def season(f: Fields, v: Values) -> None:
    """Set the fields of `夏季`."""
    f.part = ("season", v["season"] if "season" in v else v["season_word"])


@MEANINGS.add
def deictic_season(f: Fields, v: Values) -> None:
    """Set the fields of `今春`, `去秋`."""
    f.year_rel, number = v["deictic_season"]
    f.part = ("season", number)


@MEANINGS.add
def month(f: Fields, v: Values) -> None:
    """Set the fields of `11月`, `元月`."""
    f.month = v["month"] if "month" in v else v.get("month_name", 1)


@MEANINGS.add
def month_range(f: Fields, v: Values) -> None:
    """Set the fields of `5月至7月`."""
    f.month, f.upto = v["month"], Fields()
    f.upto.month = v["month_2"]


@MEANINGS.add
def deictic_month(f: Fields, v: Values) -> None:
    """Set the fields of `本月`, `上个月`."""
    f.month_rel = v["deictic_month"]


@MEANINGS.add
def named_month(f: Fields, v: Values) -> None:
    """Set the fields of `同月`: counted from the month named before."""
    f.month_ref = v["named_month"]


@MEANINGS.add
def part_of_month(f: Fields, v: Values) -> None:
    """Set the fields of `月底`, `上旬`."""
    f.third = v["part_of_month"] if "part_of_month" in v else v["part_after_month"]


@MEANINGS.add
def day(f: Fields, v: Values) -> None:
    """Set the fields of `3日`."""
    f.day = v["day"]


@MEANINGS.add
def day_range(f: Fields, v: Values) -> None:
    """Set the fields of `3日至5日`."""
    f.day, f.upto = v["day"], Fields()
    f.upto.day = v.get("day_3", v["day_2"])


@MEANINGS.add
def month_day(f: Fields, v: Values) -> None:
    """Set the fields of `4/25`."""
    f.month, f.day = v["month"], v["day"]


@MEANINGS.add
def numeric_date(f: Fields, v: Values) -> None:
    """Set the fields of `2024-03-20`, `2024/3/20`."""
    f.year, f.month, f.day = v["year"], v["month"], v["day"]


@MEANINGS.add
def numeric_range(f: Fields, v: Values) -> None:
    """Set the fields of `2025/4/10-4/15`."""
    if "year" in v:
        f.year = v["year"]
    f.month, f.day, f.upto = v["month"], v["day"], Fields()
    f.upto.day = v["day_2"]
    if "month_2" in v:
        f.upto.month = v["month_2"]
    if "year_2" in v:
        f.upto.year = v["year_2"]


@MEANINGS.add
def numeric_month(f: Fields, v: Values) -> None:
    """Set the fields of `2026-07`."""
    f.year, f.month = v["year"], v["month"] if "month" in v else v["month2"]


@MEANINGS.add
def digits_in_a_row(f: Fields, v: Values) -> None:
    """Set the fields of `20250506`."""
    f.year, rest = divmod(v["eight_digits"], 10000)
    f.month, f.day = divmod(rest, 100)
