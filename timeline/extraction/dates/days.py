"""Meanings of phrases that name days and weeks by what is around them: today, weekdays, weekends, holidays."""

from __future__ import annotations

from timeline.extraction.dates.fields import Fields, Meanings, Values

MEANINGS = Meanings()


@MEANINGS.add
def deictic_day(f: Fields, v: Values) -> None:
    """Set the fields of `今天`, `昨晚`."""
    f.day_rel = v["deictic_day"]


@MEANINGS.add
def onwards(f: Fields, v: Values) -> None:
    """Set the fields of `明起`: from that day on."""
    f.day_rel, f.onwards = v["short_day"], True


@MEANINGS.add
def same_day_of_year(f: Fields, v: Values) -> None:
    """Set the fields of `去年今天`."""
    f.same_day = v["deictic_year"]


@MEANINGS.add
def same_day_before(f: Fields, v: Values) -> None:
    """Set the fields of `三周前的今天`: counted from the anchor, to the day."""
    f.shift, f.counted_from = (-v["n"], -v["n"], v["unit"]), Fields()
    f.counted_from.day_rel = 0


@MEANINGS.add
def years_before(f: Fields, v: Values) -> None:
    """Set the fields of `十年前的` before a month or season: a year counted from the anchor's."""
    f.year_rel = -v["n"]


@MEANINGS.add
def numbered_day(f: Fields, v: Values) -> None:
    """Set the fields of `昨(10)日`: the number decides."""
    f.day_rel, f.numbered = v["day_opened"], v["day"]


@MEANINGS.add
def named_day(f: Fields, v: Values) -> None:
    """Set the fields of `当天`, `翌日`: counted from the day named before."""
    f.day_ref = v["named_day"]


@MEANINGS.add
def deictic_week(f: Fields, v: Values) -> None:
    """Set the fields of `本周`, `上周`."""
    f.week_rel = v["deictic_week"]


@MEANINGS.add
def weekday(f: Fields, v: Values) -> None:
    """Set the fields of `下周二`, `周二`."""
    f.weekday = v["weekday"]
    if "deictic_week" in v:
        f.week_rel = v["deictic_week"]


@MEANINGS.add
def weekdays_together(f: Fields, v: Values) -> None:
    """Set the fields of `下周二、三`."""
    weekday(f, v)
    f.upto = Fields()
    f.upto.weekday = v.get("weekday_3", v["weekday_2"])


@MEANINGS.add
def week_part(f: Fields, v: Values) -> None:
    """Set the fields of `下周初`."""
    f.week_rel, f.week_part = v["deictic_week"], v["part_of_week"]


@MEANINGS.add
def weekend(f: Fields, v: Values) -> None:
    """Set the fields of `本周末`."""
    f.weekend = True
    if "deictic_week" in v:
        f.week_rel = v["deictic_week"]


@MEANINGS.add
def days_together(f: Fields, v: Values) -> None:
    """Set the fields of `今明两天`."""
    f.day_rel, f.whole_units = v["days_together"]


@MEANINGS.add
def week_of_day(f: Fields, v: Values) -> None:
    """Mean the week of a day: `11月3日这一周`."""
    f.day_ref, f.around = 0, "week"


@MEANINGS.add
def week_half(f: Fields, v: Values) -> None:
    """Set the fields of `上半周`."""
    f.week_rel, f.week_half = v.get("deictic_week", 0), v["week_half"]


@MEANINGS.add
def nth_weekday(f: Fields, v: Values) -> None:
    """Set the fields of `11月第一个星期二`: of a month; without a weekday, of its weekends."""
    f.nth, f.weekday = v["small"] if "small" in v else v.get("nth_word", -1), v.get("weekday", SATURDAY)
    f.weekend = "weekday" not in v


SATURDAY = 5


@MEANINGS.add
def nth_week(f: Fields, v: Values) -> None:
    """Set the fields of `5月第一个星期`."""
    f.nth = v.get("n", 1)


@MEANINGS.add
def holiday(f: Fields, v: Values) -> None:
    """Set the fields of `圣诞节`."""
    f.holiday = v["holiday"] if "holiday" in v else v["short_holiday"]


@MEANINGS.add
def national_day(f: Fields, v: Values) -> None:
    """Set the fields of `国庆日`, whose day depends on the country."""
    f.holiday = "national"


@MEANINGS.add
def lunar(f: Fields, v: Values) -> None:
    """Set the fields of `正月十五`, `农历八月十五`; without a day, the whole month."""
    month = v.get("lunar_month") or v.get("only_lunar") or v.get("month", 1)
    f.lunar = (month, v.get("lunar_day") or v.get("lunar_early") or v.get("day", 0))


@MEANINGS.add
def neighbouring_months(f: Fields, v: Values) -> None:
    """Set the fields of `5、6月`."""
    f.upto = Fields()
    f.month, f.upto.month = v["month_pair"] if "month_pair" in v else (v["month"], v.get("month_3", v["month_2"]))
