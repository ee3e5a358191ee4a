"""Meanings of English phrases that stand whole: most name parts of the calendar in whatever order."""

from __future__ import annotations

from timeline.extraction.dates.fields import Fields, Meanings, Values
from timeline.extraction.dates.relative import amount

MEANINGS = Meanings()

# which field a part of a pattern sets
NAMES = {
    "year": "year",
    "deictic_year": "year_rel",
    "the_year": "year_rel",
    "named_year": "year_ref",
    "month_name": "month",
    "month_full": "month",
    "month_word": "month",
    "month_lower": "month",
    "deictic_month": "month_rel",
    "the_month": "month_rel",
    "deictic_week": "week_rel",
    "the_week": "week_rel",
    "weekday": "weekday",
    "weekday_full": "weekday",
    "deictic_day": "day_rel",
    "day": "day",
    "ordinal": "day",
    "month_dot": "month",
    "nth": "nth",
    "holiday": "holiday",
}
PARTS = {
    "nth_quarter": "quarter",
    "quarter_number": "quarter",
    "last_quarter": "quarter",
    "half": "half",
    "half_number": "half",
    "season": "season",
}
WEEK_HALVES = {"early": 1, "late": 2}


@MEANINGS.add
def named(f: Fields, v: Values) -> None:
    """Everything that the phrase names, each under its own field."""
    for part, value in v.items():
        if part in NAMES:
            setattr(f, NAMES[part], value)
        elif part in PARTS:
            f.part = (PARTS[part], value)


def _point(v: Values) -> str:
    """early, mid, late."""
    return str(next(v[name] for name in POINTS if name in v))


POINTS = ("part", "point_of", "end_of", "year_point", "month_point")


@MEANINGS.add
def year_part_en(f: Fields, v: Values) -> None:
    """Set the fields of `the end of 2025`, `late this year`."""
    named(f, v)
    f.part = (_point(v), 0)


@MEANINGS.add
def point_of_part(f: Fields, v: Values) -> None:
    """Set the fields of `the end of the third quarter`, `late summer 2025`."""
    season_en(f, v)
    f.point = _point(v)


@MEANINGS.add
def season_en(f: Fields, v: Values) -> None:
    """Set the fields of `this spring`, `summer 2025`."""
    named(f, v)
    if "which" in v:
        f.towards = v["which"]


@MEANINGS.add
def deictic_quarter_en(f: Fields, v: Values) -> None:
    """Set the fields of `next quarter`: counted from that of the anchor."""
    f.shift = (v["deictic_quarter"], v["deictic_quarter"], "quarter")


@MEANINGS.add
def edge_of_quarter(f: Fields, v: Values) -> None:
    """Set the fields of `the end of this quarter`."""
    f.quarter_rel, f.quarter_part = v["deictic_quarter"], v["quarter_edge"]


@MEANINGS.add
def decade_en(f: Fields, v: Values) -> None:
    """Set the fields of `the 1990s`, `the past decade`."""
    if "the_decade" in v:
        f.decade, f.decade_rel = 0, v["the_decade"]
    else:
        f.decade = v.get("decade_year") or v["tens_of"]
    if not {"part", "point_of"}.isdisjoint(v):
        f.part = (_point(v), 0)


@MEANINGS.add
def year_range_cut(f: Fields, v: Values) -> None:
    """`2023-24`; what ends before it begins is none."""
    f.year, f.upto = v["year"], Fields()
    f.upto.year = v["year"] - v["year"] % 100 + (v.get("later_year") or v["no_month"])


@MEANINGS.add
def edge_en(f: Fields, v: Values) -> None:
    """Set the fields of `the first three months of 2025`, `the last day of July`."""
    named(f, v)
    f.edge = (v["edge"], v.get("n") or v.get("count") or 1, v["edge_unit"])


@MEANINGS.add
def month_part_en(f: Fields, v: Values) -> None:
    """Set the fields of `early May`, `the second half of June`."""
    half = v.pop("half", None)
    named(f, v)
    f.third = f"half{half}" if half else _point(v)
    if f.month is None and f.month_rel is None:
        f.month_rel = 0


@MEANINGS.add
def month_range_en(f: Fields, v: Values) -> None:
    """Set the fields of `May-July 2025`: from one month to another."""
    f.month, f.upto = v["month_name"], Fields()
    f.upto.month = v["month_name_2"]
    _year(f.upto, v)


def _year(f: Fields, v: Values) -> None:
    named(f, {name: v[name] for name in ("year", "deictic_year") if name in v})


@MEANINGS.add
def days_en(f: Fields, v: Values) -> None:
    """`3-7 June 2025`: the month and year stand with the end."""
    f.day, f.upto = v["day"], Fields()
    f.upto.day, f.upto.month = v["day_2"], v["month_name"]
    _year(f.upto, v)


@MEANINGS.add
def nth_weekend(f: Fields, v: Values) -> None:
    """Set the fields of `the first weekend of May`."""
    named(f, v)
    f.weekday, f.weekend = 5, True


@MEANINGS.add
def towards(f: Fields, v: Values) -> None:
    """`last May`, `this coming Friday`: the nearest in that direction; `this`, `next` weekday are of the week."""
    named(f, v)
    word = v["which_day"] if "which_day" in v else v["which"]
    if f.weekday is not None and word in (0, 1):
        f.week_rel = word
    else:
        f.towards = word


@MEANINGS.add
def weekday_day(f: Fields, v: Values) -> None:
    """Set the fields of `Tuesday, May 6`: the weekday beside its day."""
    named(f, {name: value for name, value in v.items() if name != "weekday"})
    f.on_weekday = v["weekday"]


@MEANINGS.add
def weekday_bare_day(f: Fields, v: Values) -> None:
    """`Thursday the 28th`: the nearest day with this number that is such a weekday."""
    f.day, f.on_weekday = v["day"], v["weekday_full"]


@MEANINGS.add
def weekend_en(f: Fields, v: Values) -> None:
    """Set the fields of `next weekend`, `this coming weekend`."""
    f.weekend = True
    if "which" in v:
        f.week_rel = min(v["which"], 1) if v["which"] != COMING else 0


COMING = 2


@MEANINGS.add
def week_part_en(f: Fields, v: Values) -> None:
    """Set the fields of `early next week`."""
    f.week_rel = v.get("deictic_week", 0)
    if _point(v) in WEEK_HALVES:
        f.week_half = WEEK_HALVES[_point(v)]


@MEANINGS.add
def week_around(f: Fields, v: Values) -> None:
    """Set the fields of `the week of May 6`: the week that holds the day."""
    named(f, v)
    f.around = "week"


@MEANINGS.add
def weekend_around(f: Fields, v: Values) -> None:
    """Set the fields of `the weekend of May 10`: the weekend of the week that holds the day."""
    named(f, v)
    f.around = "weekend"


@MEANINGS.add
def today(f: Fields, v: Values) -> None:
    """Set the fields of the day of the anchor."""
    f.day_rel = 0


@MEANINGS.add
def rest_en(f: Fields, v: Values) -> None:
    """Set the fields of `the rest of May`: from the anchor to the end."""
    named(f, v)
    f.rest = True


@MEANINGS.add
def so_far_en(f: Fields, v: Values) -> None:
    """Set the fields of `so far this year`: from the beginning to the anchor."""
    named(f, v)
    f.so_far = True


@MEANINGS.add
def numeric_in_order(f: Fields, v: Values) -> None:
    """`5/6/2024`: which is the month is asked of the order of the source."""
    f.year, f.two_numbers = v["year"], (v["number2"], v["number2_2"])


@MEANINGS.add
def beside_holiday(f: Fields, v: Values) -> None:
    """Set the fields of `the day after Christmas`: a day counted from a holiday."""
    f.counted_from, f.shift = Fields(), (v["day_beside"], v["day_beside"], "day")
    named(f.counted_from, v)


@MEANINGS.add
def from_day(f: Fields, v: Values) -> None:
    """Set the fields of `a week from Tuesday`, `two weeks from today`: to the day."""
    f.counted_from, f.shift = Fields(), amount(v) if "unit" in v or "half_amount" in v else (1, 1, "week")
    named(f.counted_from, v)
    if f.counted_from.weekday is not None:
        f.counted_from.towards = v.get("which_day") or AHEAD
        if v.get("which_day") == 1:
            f.counted_from.week_rel = 1


AHEAD = 1


@MEANINGS.add
def ago_to_the_day(f: Fields, v: Values) -> None:
    """Set the fields of `a week ago Monday`, `two weeks ago today`."""
    low, high, unit = amount(v)
    f.counted_from, f.shift = Fields(), (-high, -low, unit)
    if "weekday_full" in v:
        f.counted_from.weekday, f.counted_from.towards = v["weekday_full"], -1
    else:
        f.counted_from.day_rel = 0


@MEANINGS.add
def in_amount(f: Fields, v: Values) -> None:
    """`in nearly two years`: a point ahead in a clause that looks ahead, else what it has lasted."""
    f.shift, f.about, f.either = amount(v), True, v["more"]


@MEANINGS.add
def point_about(f: Fields, v: Values) -> None:
    """Set the fields of `some two years ago`: about so far from the anchor."""
    f.shift, f.about = amount(v), True


@MEANINGS.add
def later(f: Fields, v: Values) -> None:
    """Set the fields of `two days later`: counted from the date named last, if there is one."""
    f.shift, f.later = amount(v), True


@MEANINGS.add
def vague_event(f: Fields, v: Values) -> None:
    """Set the fields of `after the election`: a time that only an event gives."""
    f.vague = "event"
