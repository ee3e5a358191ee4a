"""When an event is: its days and how they are meant, as one value that every package passes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Days = tuple[date | None, date | None]  # first and last, both inclusive; None is open

MAX_EXACT_DAYS = 4  # a window of so many days still counts as exact: a summit lasts several
BOUNDS = frozenset({"by", "after", "from", "since", "until"})  # modifiers with which a day is only an end
FEBRUARY = 2
LONGEST = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}  # days, by precision


@dataclass(frozen=True, slots=True)
class When:
    """The days of an event, both inclusive, None open.

    `grain`: in which the source gave them (as `Expression.granularity`). `modifier`: "", by, from, after, since, until
    or about. `extent`: `within`, some day of them, or `throughout`, all of them. `alternatives`: the spans of which
    the days are the hull. `by_law`: the sources give a window, and a law the one day in it.
    """

    start: date | None
    end: date | None
    grain: str = "day"
    modifier: str = ""
    extent: str = "within"
    alternatives: tuple[Days, ...] = ()
    by_law: bool = False

    @property
    def days(self) -> Days:
        return self.start, self.end

    @property
    def day(self) -> date:
        """The day by which events are ordered: the first, or the last where the start is open."""
        day = self.start or self.end
        assert day is not None, "a claim without any date makes no event"
        return day

    @property
    def edtf(self) -> str:
        """ISO 8601-2: a day, one day of a set (within), or an interval (throughout).

        >>> When(date(2024, 3, 20), date(2025, 5, 20)).edtf
        '[2024-03-20..2025-05-20]'
        >>> When(date(2024, 6, 11), date(2024, 6, 13), extent="throughout").edtf
        '2024-06-11/2024-06-13'
        """
        if self.start is not None and self.start == self.end:
            return self.start.isoformat()
        if self.lasts:
            return f"{self.start or '..'}/{self.end or '..'}"
        return f"[{self.start or ''}..{self.end or ''}]"

    @property
    def is_day(self) -> bool:
        """Whether it is one known day."""
        return self.start is not None and self.start == self.end

    @property
    def is_exact(self) -> bool:
        """Whether both ends are given, of a window of at most MAX_EXACT_DAYS."""
        if self.start is None or self.end is None or self.modifier in BOUNDS:
            return False
        return (self.end - self.start).days < MAX_EXACT_DAYS

    @property
    def is_deadline(self) -> bool:
        """Whether the last day is a deadline: `by the end of June`."""
        return self.modifier == "by" and self.end is not None

    @property
    def lasts(self) -> bool:
        """Whether the event is meant to last as long as the days do, even where an end is open."""
        return self.extent == "throughout"

    @property
    def is_stay(self) -> bool:
        """Whether the event lasts for the whole of several known days, as in `6月11日至13日举行峰会`."""
        return self.lasts and self.start is not None and self.end is not None and self.start < self.end

    @property
    def precision(self) -> str:
        """The class of the length: the first of LONGEST that holds it, else `longer`; `open` lacks an end."""
        if self.start is None or self.end is None:
            return "open"
        days = (self.end - self.start).days + 1
        return next((name for name, longest in LONGEST.items() if days <= longest), "longer")


def in_year(day: date, year: int) -> date:
    """Return the same day of another year; the last of February stays the last, and a leap day keeps its month.

    >>> in_year(date(2023, 2, 28), 2024), in_year(date(2024, 2, 29), 2025), in_year(date(2024, 2, 29), 2028)
    (datetime.date(2024, 2, 29), datetime.date(2025, 2, 28), datetime.date(2028, 2, 29))
    """
    last = (day + timedelta(days=1)).month != day.month
    if day.month != FEBRUARY or not last:
        return day.replace(year=year)
    return date(year, FEBRUARY + 1, 1) - timedelta(days=1)


def iso(day: date | None) -> str | None:
    """Return a day as it stands in JSON."""
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    """Return a day from JSON."""
    return date.fromisoformat(text) if text else None


def spans_of(when: When) -> list[list[str | None]]:
    """Return the alternatives as JSON keeps them."""
    return [[iso(start), iso(end)] for start, end in when.alternatives]


def dates_of(when: When) -> dict[str, str | None]:
    """Return days as JSON keeps them in corrections and in the log of changes."""
    return {"start": iso(when.start), "end": iso(when.end), "granularity": when.grain}


def when_of(dates: Mapping[str, Any]) -> When:
    """Return the days of `dates_of`, beside which a modifier may stand; an old one may have no grain."""
    start, end = day_of(dates.get("start")), day_of(dates.get("end"))
    return When(start, end, dates.get("granularity") or "day", dates.get("modifier") or "")
