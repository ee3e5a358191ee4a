"""Meanings of English phrases that stand whole."""

from __future__ import annotations

from timeline.extraction.dates.absolute import half, holiday, named_month_day, quarter, season
from timeline.extraction.dates.fields import Fields, Meanings, Values

MEANINGS = Meanings()


def _year_and_month(f: Fields, v: Values) -> None:
    for name, value in (
        ("year", v.get("year")),
        ("year_rel", v.get("deictic_year")),
        ("month", v.get("month_name", v.get("month_full", v.get("month_word")))),
        ("month_rel", v.get("deictic_month")),
    ):
        if value is not None:
            setattr(f, name, value)


@MEANINGS.add
def year_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = (v["part"], 0)


@MEANINGS.add
def year_point_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.part = (v.get("point_of") or v["year_point"], 0)


@MEANINGS.add
def decade_part_en(f: Fields, v: Values) -> None:
    f.decade, f.part = v["year"], (v["decade_part"], 0)


@MEANINGS.add
def decade_point_en(f: Fields, v: Values) -> None:
    f.decade, f.part = 0, (v["point_of"], 0)


@MEANINGS.add
def month_point_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    if f.month is None and f.month_rel is None:
        f.month_rel = 0
    f.third = v["point_of"]


@MEANINGS.add
def month_part_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.third = v["part"]


@MEANINGS.add
def week_point_en(f: Fields, v: Values) -> None:
    f.week_rel, f.week_half = v.get("deictic_week", 0), {"early": 1, "late": 2}.get(v["point_of"])
    if f.week_half is None:
        del f.week_half


@MEANINGS.add
def deictic_month_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.towards = v["deictic_weekday"]


@MEANINGS.add
def month_range_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.upto = Fields()
    f.upto.month = v["month_name_2"]


@MEANINGS.add
def named_month_days_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.day, f.upto = v["day"], Fields()
    f.upto.day = v["day_2"]


@MEANINGS.add
def nth_weekday_en(f: Fields, v: Values) -> None:
    _year_and_month(f, v)
    f.nth, f.weekday = v["nth"], v["weekday"]


@MEANINGS.add
def deictic_weekday_en(f: Fields, v: Values) -> None:
    f.weekday, word = v["weekday"], v["deictic_weekday"]
    if word in (0, 1):
        f.week_rel = word  # this, next: of the week
    else:
        f.towards = 1 if word > 0 else -1  # this coming, last: the nearest in that direction


@MEANINGS.add
def weekday_day_en(f: Fields, v: Values) -> None:
    named_month_day(f, v)
    f.on_weekday = v["weekday"]


@MEANINGS.add
def weekend_en(f: Fields, v: Values) -> None:
    f.weekend = True
    if "deictic_weekday" in v:
        f.week_rel = v["deictic_weekday"]


@MEANINGS.add
def deictic_quarter_en(f: Fields, v: Values) -> None:
    f.shift = (v["deictic_quarter"], v["deictic_quarter"], "quarter")


@MEANINGS.add
def quarter_en(f: Fields, v: Values) -> None:
    quarter(f, v)
    _year_and_month(f, v)


@MEANINGS.add
def half_en(f: Fields, v: Values) -> None:
    half(f, v)
    _year_and_month(f, v)


@MEANINGS.add
def season_en(f: Fields, v: Values) -> None:
    season(f, v)
    _year_and_month(f, v)
    if "deictic_weekday" in v:
        f.towards = v["deictic_weekday"]


@MEANINGS.add
def holiday_en(f: Fields, v: Values) -> None:
    holiday(f, v)
    _year_and_month(f, v)


@MEANINGS.add
def vague_event(f: Fields, v: Values) -> None:
    f.vague = "event"


@MEANINGS.add
def month_en(f: Fields, v: Values) -> None:
    f.month = v["month_full"] if "month_full" in v else v["month_word"]
