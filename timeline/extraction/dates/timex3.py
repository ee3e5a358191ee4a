"""TimeML TIMEX3 (ISO 24617-1) attributes of an expression: type, value and mod."""

from __future__ import annotations

from datetime import date

from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.meaning import Resolved

MODS = {"by": "ON_OR_BEFORE", "as_of": "ON_OR_BEFORE", "after": "AFTER", "from": "ON_OR_AFTER", "since": "ON_OR_AFTER"}
PARTS = {"early": "START", "mid": "MID", "late": "END", "half1": "START", "half2": "END"}
LETTERS = {"hour": "TH", "day": "D", "week": "W", "month": "M", "quarter": "Q", "half": "H", "year": "Y"}
SEASONS = {1: "SP", 2: "SU", 3: "FA", 4: "WI"}


def timex3(f: Fields, r: Resolved, modifier: str) -> dict[str, str]:
    """The attributes; `value` is that of the expression without its modifier, which `mod` carries."""
    mod = MODS.get(modifier, "")
    if f.about or modifier == "about":
        mod = "APPROX"
    if f.vague:
        past = {"past": "PAST_REF", "future": "FUTURE_REF"}.get(f.vague, "PRESENT_REF")
        return {"type": "DATE", "value": past, "mod": mod}
    if f.span is not None:
        count, unit = f.span
        return {"type": "DURATION", "value": _duration(abs(count), unit), "mod": mod}
    if f.third is not None:
        mod = mod or PARTS[f.third]
    elif r.grain == "part" and f.part is not None:
        mod = mod or PARTS[f.part[0]]
    return {"type": "DATE", "value": _value(f, r), "mod": mod}


def _duration(count: int, unit: str) -> str:
    letters = LETTERS.get(unit, "Y")
    years = {"decade": 10, "century": 100}.get(unit, 1)
    return f"PT{count}H" if letters == "TH" else f"P{count * years}{letters}"


def _value(f: Fields, r: Resolved) -> str:
    start, end = r.start, r.end
    if start is None or end is None:
        return "PRESENT_REF"
    if start == end:
        return start.isoformat()
    if f.upto is not None:
        return f"{start}/{end}"
    return _unit_value(f, start, end, r.grain)


def _unit_value(f: Fields, start: date, end: date, grain: str) -> str:
    year = f"{start.year:04}"
    if grain == "part" and f.part is not None:
        return {"early": f"{year}-Q1", "late": f"{year}-Q4"}.get(f.part[0], year)
    week = f"{start.isocalendar().year}-W{start.isocalendar().week:02}"
    values = {
        "month": f"{year}-{start.month:02}",
        "part": f"{year}-{start.month:02}",
        "quarter": f"{year}-Q{(start.month + 2) // 3}",
        "half": f"{year}-H{1 if start.month < 7 else 2}",
        "season": f"{year}-{SEASONS.get((start.month % 12) // 3, 'WI')}",
        "year": year,
        "decade": year[:3],
        "week": week,
        "weekend": f"{week}-WE",
    }
    return values.get(grain, f"{start}/{end}")
