"""Meanings of phrases that count or limit: amounts of time, the rest of a unit, vague times."""

from __future__ import annotations

from timeline.extraction.dates.fields import Fields, Meanings, Values

MEANINGS = Meanings()


def amount(v: Values) -> tuple[int, int, str]:
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
    if "month" in v:  # 一年零三个月
        count = 12 * _count(v) + v["month"]
        return count, count, "month"
    if "pair" in v:
        return (*v["pair"], v["unit"].rstrip(MORE))
    low = _count(v)
    low, high = sorted((low, v.get("n_2") or v.get("count_2") or low))  # `三到两年前`
    return _in_units(low, high, v["unit"] if "unit" in v else v["month_unit"])


def _about(v: Values) -> bool:
    return "more" in v or "more_2" in v or v.get("unit", "").endswith(MORE)


MORE = "+"  # ends a unit that says that it is more: 个多月


def _in_units(low: int, high: int, unit: str) -> tuple[int, int, str]:
    unit = unit.rstrip(MORE)
    times, unit = {"fortnight": (2, "week"), "decade": (10, "year"), "century": (100, "year")}.get(unit, (1, unit))
    return low * times, high * times, unit


@MEANINGS.add
def span_ahead(f: Fields, v: Values) -> None:
    """Set the fields of `未来三天`: from the anchor so far ahead."""
    _, count, unit = amount(v)
    f.span, f.about = (count, unit), _about(v)


@MEANINGS.add
def span_behind(f: Fields, v: Values) -> None:
    """Set the fields of `过去三天`: from so far back to the anchor."""
    _, count, unit = amount(v)
    f.span, f.about = (-count, unit), _about(v)


@MEANINGS.add
def point_ahead(f: Fields, v: Values) -> None:
    """Set the fields of `三天后`: so far after the anchor."""
    f.shift, f.about = amount(v), _about(v)


@MEANINGS.add
def point_behind(f: Fields, v: Values) -> None:
    """Set the fields of `三天前`: so far before the anchor."""
    low, high, unit = amount(v)
    f.shift, f.about = (-high, -low, unit), _about(v)


def _count(v: Values) -> int:
    return int(v["n"] if "n" in v else v["count"] if "count" in v else v["small"])


@MEANINGS.add
def rest_of_year(f: Fields, v: Values) -> None:
    """Set the fields of `今年余下时间`: from the anchor to the end of the unit."""
    f.rest = True
    if "deictic_year" in v:
        f.year_rel = v["deictic_year"]
    elif "deictic_month" in v:
        f.month_rel = v["deictic_month"]
    else:
        f.week_rel = v["deictic_week"]


@MEANINGS.add
def within_unit(f: Fields, v: Values) -> None:
    """Set the fields of `年内`: some day of the unit, from the anchor on."""
    f.within = True
    setattr(f, v["unit_alone"], 0)


@MEANINGS.add
def earlier_in_unit(f: Fields, v: Values) -> None:
    """Set the fields of `今年早些时候`: from the beginning of the unit to the anchor."""
    rest_of_year(f, v)
    f.rest, f.so_far = False, True


@MEANINGS.add
def same_period(f: Fields, v: Values) -> None:
    """Set the fields of `去年同期`: the same days of another year."""
    f.same_period = v["deictic_year"]


@MEANINGS.add
def vague(f: Fields, v: Values) -> None:
    """Set the fields of `近期`: a time without days."""
    f.vague = v.get("vague", "none")


@MEANINGS.add
def vague_ahead(f: Fields, v: Values) -> None:
    """Set the fields of `不久的将来`: a vague time ahead."""
    f.vague = "future"


@MEANINGS.add
def vague_behind(f: Fields, v: Values) -> None:
    """Set the fields of `此前`: a vague time past."""
    f.vague = "past"


@MEANINGS.add
def nothing(f: Fields, v: Values) -> None:
    """Mark what only looks like a date: it wins by its length and gives no expression."""
    f.level = "nothing"
