"""EDTF (ISO 8601-2:2019) for spans of days; level 2 for quarters, halves and sets, else level 0–1."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from timeline.extraction.dates import calendar as cal


@lru_cache(maxsize=16384)
def span_edtf(start: date | None, end: date | None, *, about: bool = False) -> str:
    """Write a span of days in the shortest form with exactly these bounds (both inclusive, None open).

    >>> span_edtf(date(2025, 5, 1), date(2025, 5, 31))
    '2025-05'
    >>> span_edtf(None, date(2024, 12, 31))
    '../2024-12-31'
    """
    if start is None or end is None:
        return f"{start or '..'}/{end or '..'}" if start or end else ""
    unit = _unit(start, end)
    if unit:
        return unit + ("~" if about else "")
    mark = "~" if about else ""
    return f"{start}{mark}/{end}{mark}"


def _unit(start: date, end: date) -> str:
    """Return the one EDTF unit with these bounds, or "" where it takes an interval."""
    if start == end:
        return start.isoformat()
    if start.day != 1 or end != cal.month(end.year, end.month)[1]:
        return ""
    length = (end.year - start.year) * 12 + end.month - start.month + 1
    year = f"{start.year:04}"
    if length == 1:
        return f"{year}-{start.month:02}"
    if length == 3 and start.month % 3 == 1:
        return f"{year}-{33 + start.month // 3}"
    if length == 6 and start.month in (1, 7):
        return f"{year}-{40 + start.month // 7}"
    if length == 12 and start.month == 1:
        return year
    if length == 120 and start.month == 1 and start.year % 10 == 0:
        return year[:3] + "X"
    return ""
