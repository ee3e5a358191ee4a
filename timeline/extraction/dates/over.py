"""Whether what lasts since a date, or until one, is over."""

from __future__ import annotations

import re

from timeline.extraction.dates.finder import Found
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
OVER = re.compile(PHRASES["over"])
STOP = re.compile(r"[。!?;\n]|\.(?=\s)")
FAR = 60  # characters behind a date in which its own words may end: `自二月签署协议以来`
LASTING = frozenset({"since", "until"})


def tense_of_lasting(found: Found, text: str) -> str:
    """`自二月签署协议以来`, `直到7日才宣布` tell of the past, `暂停直到周日` does not; "" where nothing is told."""
    if found.modifier not in LASTING:
        return ""
    limit = min(len(text), found.end + FAR)
    stop = STOP.search(text, found.end, limit)
    if OVER.search(text, found.end, stop.start() if stop is not None else limit):
        return "behind"
    return "ahead" if found.modifier == "until" and found.level == "weekday" else ""
