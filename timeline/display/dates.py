"""Intervals in words, in the active language. A day that no source gave is never shown."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext, pgettext

from timeline.extraction.dates import calendar as cal
from timeline.extraction.when import When

SHORT = 45  # a computed span of at most so many days is given in days, up to LONG in months, else in years
LONG = 5 * 366
UNITS = ("week", "month", "quarter", "half", "year", "decade")


def span_words(when: When, *, short: bool = False) -> str:
    """Write the interval as a reader says it: `May 2025`, `by the end of 2024`, `6–9 June 2024`.

    `short` leaves the year out of days and months, for where a heading shows it.
    """
    short = short and _in_one_year(when)
    if len(when.alternatives) > 1:
        word = pgettext("between alternatives", " or ")
        return word.join(_plain(start, end, _grain(start, end, when.grain), short) for start, end in when.alternatives)
    words = _modified(when, short)
    if when.modifier == "about":
        return pgettext("an approximate date", "around %(when)s") % {"when": words}
    return words


def _in_one_year(when: When) -> bool:
    """Without the years `March 2024` to `March 2027` would be one month."""
    bounds = [when.start, when.end, *(day for pair in when.alternatives for day in pair)]
    return len({day.year for day in bounds if day}) <= 1


def _modified(when: When, short: bool) -> str:
    start, end, grain = when.start, when.end, when.grain
    if start is None and end is None:
        return gettext("no known date")
    if end is None:
        assert start is not None
        return pgettext("open end", "from %(when)s") % {"when": _unit_at(start, grain, short)}
    if when.modifier == "by":
        return _deadline(end, grain, short)
    if start is None:
        return pgettext("open start", "up to %(when)s") % {"when": _unit_at(end, grain, short)}
    if when.modifier == "until":
        return pgettext("last of a state", "until %(when)s") % {"when": _unit_at(end, grain, short)}
    if when.modifier in ("since", "from"):
        return _between(start, end, grain, short)
    return _plain(start, end, grain, short)


def _deadline(end: date, grain: str, short: bool) -> str:
    if grain in ("month", "span") or (grain == "part" and end.day == 31 and end.month != 12):
        if end == cal.month(end.year, end.month)[1]:
            return pgettext("deadline", "by the end of %(when)s") % {"when": _month(end, short)}
        return pgettext("latest", "by %(when)s") % {"when": _month(end, short)}
    if grain in ("year", "part", "half") and (end.month, end.day) == (12, 31):
        return pgettext("deadline, a year", "by the end of %(year)s") % {"year": _year(end)}
    when = {"when": _unit_at(end, grain, short)}
    if grain in ("half", "week", "weekend", "decade"):
        return pgettext("deadline of a period", "by the end of the %(when)s") % when
    if grain == "quarter":
        return pgettext("deadline of a quarter", "by the end of %(when)s") % when
    return pgettext("latest", "by %(when)s") % when


def _between(start: date, end: date, grain: str, short: bool) -> str:
    words = _both(start, end, grain, short)
    if words["first"] == words["last"]:
        return words["first"]
    if start.year == end.year:
        return pgettext("somewhere between, in one year", "between %(first_short)s and %(last)s") % words
    return pgettext("somewhere between", "between %(first)s and %(last)s") % words


def _both(start: date, end: date, grain: str, short: bool) -> dict[str, str]:
    """Return the units of both ends, with the year and without it."""
    return {
        "first": _unit_at(start, grain, short),
        "last": _unit_at(end, grain, short),
        "first_short": _unit_at(start, grain, True),
        "last_short": _unit_at(end, grain, True),
    }


def _plain(start: date | None, end: date | None, grain: str, short: bool) -> str:
    """Write a closed interval at its grain; with one open end write `from` or `up to`."""
    if start is None or end is None:
        day, word = (
            (start, pgettext("open end", "from %(when)s"))
            if start
            else (
                end,
                pgettext("open start", "up to %(when)s"),
            )
        )
        return word % {"when": _unit_at(day, grain, short)} if day else gettext("no known date")
    if start == end:
        return _day(start, short)
    if grain == "span":
        days = (end - start).days
        coarse = "day" if days <= SHORT else ("month" if days <= LONG else "year")
        return _between(start, end, coarse, short)
    if grain == "day":
        return _days(start, end, short)
    named = _period(start, end, grain, short)
    return named or _several(start, end, grain, short)


def _period(start: date, end: date, grain: str, short: bool) -> str:
    """One named period with exactly these bounds, or the rest of one; "" for a range of several."""
    if grain == "weekend":
        return pgettext("two days", "weekend of %(days)s") % {"days": _days(start, end, short)}
    if grain == "part":
        return _part(start, end, short)
    if grain == "season":
        return _season(start)
    if grain == "week" and (end - start).days == 6:
        return pgettext("seven days", "week of %(days)s") % {"days": _days(start, end, short)}
    if grain not in UNITS:
        return ""
    unit = cal.unit_of(end, grain)
    if unit == (start, end):
        return _unit_at(end, grain, short)
    if grain == "decade" and unit[0] <= start:
        return _part_of_decade(start, end)
    if unit[0] < start and unit[1] == end:
        return pgettext("rest of a period", "later in %(when)s") % {"when": _unit_at(end, grain, short)}
    return ""


def _several(start: date, end: date, grain: str, short: bool) -> str:
    """From one unit to another of the same grain: `November–December 2024`, `2024–2025`."""
    if grain == "month" and start.year == end.year:
        words: dict[str, object] = {"first": _month_name(start), "last": _month_name(end), "year": start.year}
        words |= {"number": start.month, "last_number": end.month}
        if short:
            return pgettext("months", "%(first)s–%(last)s") % words
        return pgettext("months", "%(first)s–%(last)s %(year)s") % words
    both = _both(start, end, grain if grain in UNITS else "month", short)
    if both["first"] == both["last"]:
        return both["first"]
    if start.year == end.year:
        return pgettext("range, in one year", "%(first_short)s to %(last)s") % both
    return pgettext("range", "%(first)s to %(last)s") % both


# --- names of units -----------------------------------------------------------------------------


def _unit_at(day: date, grain: str, short: bool) -> str:
    """Name the unit of the grain that holds the day; parts and seasons by their months."""
    if grain == "month":
        return _month(day, short)
    if grain == "quarter":
        words = {"quarter": _quarter_name(day), "year": _year(day)}
        return pgettext("quarter of a year", "%(quarter)s %(year)s") % words
    if grain == "half":
        half = pgettext("half of a year", "first half of %(year)s")
        if day.month > 6:
            half = pgettext("half of a year", "second half of %(year)s")
        return half % {"year": _year(day)}
    if grain == "year":
        return pgettext("year alone", "%(year)s") % {"year": _year(day)}
    if grain == "decade":
        return pgettext("decade", "%(decade)ss") % {"decade": day.year - day.year % 10}
    if grain in ("week", "weekend"):
        return pgettext("seven days", "week of %(days)s") % {"days": _days(*cal.week(day), short)}
    if grain in ("part", "season", "span"):
        return _month(day, short) if grain != "part" else _edge(day, short)
    return _day(day, short)


def _edge(day: date, short: bool) -> str:
    """Name the part of the year that begins or ends on this day, else the month."""
    if (day.month, day.day) in ((1, 1), (3, 31)):
        return pgettext("part of a year", "early %(year)s") % {"year": _year(day)}
    if (day.month, day.day) in ((10, 1), (12, 31)):
        return pgettext("part of a year", "late %(year)s") % {"year": _year(day)}
    return _month(day, short)


def _part(start: date, end: date, short: bool) -> str:
    """`early 2025`, `mid-March 2024`; "" where it is none of the known parts."""
    if start.day == 1 and end == cal.month(end.year, end.month)[1] and start.year == end.year:
        year = {"year": _year(start)}
        if (start.month, end.month) == (1, 3):
            return pgettext("part of a year", "early %(year)s") % year
        if (start.month, end.month) == (4, 9):
            return pgettext("part of a year", "mid-%(year)s") % year
        if (start.month, end.month) == (10, 12):
            return pgettext("part of a year", "late %(year)s") % year
    if (start.year, start.month) != (end.year, end.month):
        return ""
    month = {"month": _month(start, short)}
    thirds = {
        (1, 10): pgettext("part of a month", "early %(month)s"),
        (11, 20): pgettext("part of a month", "mid-%(month)s"),
        (1, 15): pgettext("part of a month", "first half of %(month)s"),
    }
    if (start.day, end.day) in thirds:
        return thirds[start.day, end.day] % month
    if end != cal.month(end.year, end.month)[1]:
        return ""
    if start.day == 16:
        return pgettext("part of a month", "second half of %(month)s") % month
    return pgettext("part of a month", "late %(month)s") % month if start.day > 16 else ""


def _season(start: date) -> str:
    names = {
        3: pgettext("season", "spring %(year)s"),
        6: pgettext("season", "summer %(year)s"),
        9: pgettext("season", "autumn %(year)s"),
        12: pgettext("season", "winter %(year)s–%(next)s"),
    }
    if start.month not in names:
        return ""
    return names[start.month] % {"year": _year(start), "next": start.year + 1}


def _part_of_decade(start: date, end: date) -> str:
    decade = {"decade": start.year - start.year % 10}
    if start.year % 10 == 0:
        return pgettext("part of a decade", "early %(decade)ss") % decade
    if end.year % 10 == 9:
        return pgettext("part of a decade", "late %(decade)ss") % decade
    return pgettext("part of a decade", "mid-%(decade)ss") % decade


def _grain(start: date | None, end: date | None, of: str) -> str:
    """Return the grain that fits the bounds of an alternative, which keeps none; `of`: the grain of all of them."""
    if start is None or end is None:
        day = start or end
        return "month" if day and (day.day == 1 or (day + timedelta(days=1)).day == 1) else "day"
    if of == "part" and _part(start, end, False):
        return "part"
    for unit in ("month", "quarter", "half", "year", "decade"):
        if cal.unit_of(start, unit) == (start, end):
            return unit
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        return "month"
    return "part" if _part(start, end, False) and _thirds(start, end) else "day"


def _thirds(start: date, end: date) -> bool:
    last = start.day == 21 and (end + timedelta(days=1)).day == 1
    return last or (start.day, end.day) in ((1, 10), (11, 20))


def _year(day: date) -> str:
    return str(day.year)


def _month_name(day: date) -> str:
    return str(MONTHS[day.month])


def _month(day: date, short: bool) -> str:
    words = {"month": _month_name(day), "number": day.month, "year": day.year}
    if short:
        return pgettext("month alone", "%(month)s") % words
    return pgettext("month and year", "%(month)s %(year)s") % words


def _quarter_name(day: date) -> str:
    return (
        pgettext("quarter", "Q1"),
        pgettext("quarter", "Q2"),
        pgettext("quarter", "Q3"),
        pgettext("quarter", "Q4"),
    )[(day.month - 1) // 3]


def _day(day: date, short: bool) -> str:
    words = {"day": day.day, "month": _month_name(day), "number": day.month, "year": day.year}
    if short:
        return pgettext("day and month", "%(day)s %(month)s") % words
    return pgettext("day, month and year", "%(day)s %(month)s %(year)s") % words


def _days(start: date, end: date, short: bool) -> str:
    """`6–9 June 2024`, `30 May – 2 June 2024`, `30 December 2024 – 2 January 2025`."""
    words = {
        "day": start.day,
        "last_day": end.day,
        "month": _month_name(start),
        "last_month": _month_name(end),
        "number": start.month,
        "last_number": end.month,
        "year": start.year,
    }
    if start.year != end.year:
        ends = {"first": _day(start, False), "last": _day(end, False)}
        return pgettext("days", "%(first)s – %(last)s") % ends
    if start.month != end.month:
        if short:
            return pgettext("days", "%(day)s %(month)s – %(last_day)s %(last_month)s") % words
        return pgettext("days", "%(day)s %(month)s – %(last_day)s %(last_month)s %(year)s") % words
    if short:
        return pgettext("days", "%(day)s–%(last_day)s %(month)s") % words
    return pgettext("days", "%(day)s–%(last_day)s %(month)s %(year)s") % words


def day_words(day: date) -> str:
    """Write one known day in words: `20 March 2024`."""
    return _day(day, False)


def moment_words(moment: datetime) -> str:
    """Write a moment in the active time zone: `20 March 2024, 10:15`."""
    local = timezone.localtime(moment)
    words = {"day": day_words(local.date()), "time": f"{local:%H:%M}"}
    return pgettext("a day and a time", "%(day)s, %(time)s") % words


def month_words(day: date) -> str:
    """Name the month of a day without its year, as short as a tick of the picture needs."""
    return pgettext("tick", "%(month)s") % {"month": str(MONTHS[day.month])[:3], "number": day.month}
