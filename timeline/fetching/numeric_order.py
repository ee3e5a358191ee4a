"""In which order a newsroom writes dates in figures, as far as its texts show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"
YEAR_LAST = re.compile(r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:19|20)\d\d(?![\d./-])")
YEAR_BEGINS = re.compile(r"(?<![\d./-])(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}(?![\d./-])")


@dataclass(frozen=True, slots=True)
class OrderGuess:
    """An order (dmy, mdy, ymd), or "" where the texts show none; `why` in English, for whoever adds a source."""

    order: str
    why: str


def numeric_order(texts: Iterable[str]) -> OrderGuess:
    """Say which order dates show of which one number can only be the day, or which begin with the year."""
    seen: Counter[str] = Counter()
    for text in texts:
        for first, _, second in YEAR_LAST.findall(text):
            if int(first) > 12 >= int(second):
                seen[DAY_FIRST] += 1
            elif int(second) > 12 >= int(first):
                seen[MONTH_FIRST] += 1
        seen[YEAR_FIRST] += len(YEAR_BEGINS.findall(text))
    last = {order: seen[order] for order in (DAY_FIRST, MONTH_FIRST) if seen[order]}
    if len(last) == 2:
        return OrderGuess("", "the entries show both orders; that of the language is used")
    if last:
        order, count = last.popitem()
        return OrderGuess(order, f"{count} dates of the entries can only be read so")
    if seen[YEAR_FIRST]:
        return OrderGuess(YEAR_FIRST, f"{seen[YEAR_FIRST]} dates of the entries begin with the year")
    return OrderGuess("", "no entry shows one; that of the language is used")
