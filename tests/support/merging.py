"""Two events that may be one, and what is live of them."""

from __future__ import annotations

from tests.support.articles import raw
from timeline.models import Event

TALKS = raw("t", "2024-05-01", "日本和加拿大将于6月3日举行外长会谈。")

SUMMIT = raw("s", "2024-05-02", "日本与加拿大将于6月10日签署防卫协议。", "two.example")

VOTE = [
    raw("a", "2024-05-23", "英国大选将于7月4日举行。"),
    raw("b", "2024-05-24", "英国大选将于7月4日举行，民调显示反对党领先。", "two.example"),
]

BOTH = raw("au", "2024-05-01", "澳大利亚大选将于2025年5月3日举行，下一次大选将于2028年5月举行。")


def live() -> dict[str, Event]:
    """By their types and years."""
    rows = Event.objects.filter(merged_into=None, retracted=False).order_by("day")
    return {f"{event.type} {event.day.year}": event for event in rows}
