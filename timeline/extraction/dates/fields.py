"""What a phrase names before the calendar is asked: the fields of a date, and what sets them."""

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
    quarter_rel: int | None = None
    part: tuple[str, int] | None = None  # ("quarter", 3), ("half", 1), ("season", 2), ("early", 0) …
    month: int | None = None
    month_rel: int | None = None
    month_ref: int | None = None
    third: str | None = None  # part of a month: early, mid, late
    day: int | None = None
    day_rel: int | None = None
    day_ref: int | None = None
    numbered: int | None = None  # the day of the month that stands in brackets within a deictic word
    week_rel: int | None = None
    weekday: int | None = None
    weekend: bool = False
    nth: int | None = None  # the nth week or weekday of a month, -1 the last; the nth week of a year
    holiday: list[Any] | str | None = None  # a row of holidays.py; "national" where the country stands elsewhere
    lunar: tuple[int, int] | None = None  # lunar month and day, day 0 for the whole month
    edge: tuple[int, int, str] | None = None  # -1 or 1, how many, unit: the last three days of what else is named
    week_half: int | None = None
    point: str | None = None  # early, mid, late of a quarter, half or season
    decade_rel: int = 0  # years from the anchor's decade
    around: str | None = None  # the week or weekend that holds the day
    counted_from: Fields | None = None  # the day that `shift` counts from, to the day
    either: int = 0  # `in nearly a year`: a point ahead or the time that has passed
    two_numbers: tuple[int, int] | None = None  # day and month in the order of the source
    week_part: str | None = None  # early, mid
    quarter_part: str | None = None  # the first (early) or last (late) month of a quarter or half
    same_day: int | None = None  # the anchor's day so many years away
    moved: int | None = None  # days from what else is named: 国庆节翌日
    shift: tuple[int, int, str] | None = None  # at least, at most, unit
    span: tuple[int, str] | None = None
    whole_units: int | None = None  # 今明两年: this many whole years (days) from year_rel (day_rel) on
    within: bool = False  # 年内: what is left of the unit, or what is past of it
    same_period: int | None = None  # 去年同期: the last date named, years moved
    onwards: bool = False  # 今起: from then on
    rest: bool = False  # the rest of the unit
    so_far: bool = False  # what is past of it
    towards: int | None = None  # the nearest behind (-1) or ahead (1), 0 that of the unit
    on_weekday: int | None = None  # the weekday that is said with a day
    vague: str | None = None  # past, future, none
    later: bool = False  # `shift` counts from the date named last or from nothing
    since_mentioned: bool = False  # `shift` counts from the date named last
    about: bool = False
    upto: Fields | None = None
    level: str = ""

    def take(self, other: Fields) -> None:
        """Add the fields that `other` names."""
        self.__dict__.update(other.__dict__)


Meaning = Callable[[Fields, Values], None]


class Meanings(dict[str, Meaning]):
    """Meanings by name, for the `meaning` of a rule."""

    def add(self, set_fields: Meaning) -> Meaning:
        """Register a meaning under its function's name."""
        self[set_fields.__name__] = set_fields
        return set_fields
