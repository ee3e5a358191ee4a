"""TimeML TIMEX3 (ISO 24617-1) attributes of an expression: type, value and mod."""

from __future__ import annotations

from datetime import date

from timeline.extraction.dates.context import Resolved
from timeline.extraction.dates.fields import Fields

MODS = {
    "by": "ON_OR_BEFORE",
    "goal": "ON_OR_BEFORE",
    "within": "ON_OR_BEFORE",
    "until": "ON_OR_BEFORE",
    "as_of": "ON_OR_BEFORE",
    "after": "AFTER",
    "from": "ON_OR_AFTER",
    "since": "ON_OR_AFTER",
}
PARTS = {
    "early": "START",
    "mid": "MID",
    "late": "END",
    "early-mid": "START",
    "mid-late": "END",
    "half1": "START",
    "half2": "END",
}
LETTERS = {"day": "D", "workday": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
SEASONS = {3: "SP", 6: "SU", 9: "FA", 12: "WI"}


def timex3(f: Fields, r: Resolved, modifier: str) -> dict[str, str]:
    """Return the attributes; `value` is that of the expression without its modifier, which `mod` carries."""
    mod = MODS.get(modifier, "")
    if f.about or modifier == "about":
        mod = "APPROX"
    if f.vague:
        past = {"past": "PAST_REF", "future": "FUTURE_REF"}.get(f.vague, "PRESENT_REF")
        return {"type": "DATE", "value": past, "mod": mod}
    if f.span is not None:
        count, unit = f.span
        return {"type": "DURATION", "value": _duration(abs(count), unit), "mod": mod}
    if f.point is not None or (mod and (f.third or (f.part and (r.grain == "decade" or f.part[0] == "mid")))):
        return {"type": "DATE", "value": f"{r.start}/{r.end}", "mod": mod}  # whose part `mod` cannot say as well
    if f.third is not None:
        mod = mod or PARTS[f.third]
    elif r.grain == "decade" and f.part is not None:
        mod = mod or PARTS[f.part[0]]
    elif r.grain == "part" and f.part is not None and f.part[0] == "mid" and f.upto is None:
        mod = mod or "MID"  # the beginning and the end are a quarter of their own
    return {"type": "DATE", "value": _value(f, r), "mod": mod}


def _duration(count: int, unit: str) -> str:
    if unit == "hour":
        return f"PT{count}H"
    return f"P{count / 2:g}M" if unit == "half-month" else f"P{count}{LETTERS[unit]}"


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
    if grain in ("week", "weekend"):
        iso = start.isocalendar()
        return f"{iso.year}-W{iso.week:02}" + ("-WE" if grain == "weekend" else "")
    if grain == "month" or (grain == "part" and f.third is not None):
        return f"{year}-{start.month:02}"
    if grain == "quarter":
        return f"{year}-Q{(start.month + 2) // 3}"
    if grain == "half":
        return f"{year}-H{1 if start.month < 7 else 2}"
    if grain == "season":
        return f"{year}-{SEASONS[start.month]}"
    return {"year": year, "decade": year[:3]}.get(grain, f"{start}/{end}")
