"""Lines that recur at the ends of a newsroom's articles: who is told by them is the reader, not the news.

A line is taken for such a one by what was counted of it over many articles and days, never by its words; what names a
day of the calendar is news that was told again, and stays. Pure: what was counted is stored elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
NAMES_A_DAY = re.compile(PHRASES["names_a_day"])
MIN_CHARS, MAX_CHARS = 12, 400  # shorter ones are names and headings, longer ones paragraphs
FIRST, LAST = 3, 8  # lines at the beginning and at the end of an article that are counted and may be left out
MIN_ARTICLES, MIN_DAYS, MIN_SPAN = 6, 5, 21  # articles, their days, days from the first to the last
MAX_ELSEWHERE = 0.1  # of the articles, in which it stands amid the others
CYCLE = 61  # days by which days are counted, so that they fit a number of the database


@dataclass(frozen=True, slots=True)
class LineCount:
    """What was counted of a line: the articles that have it at an end, those that have it elsewhere, their days.

    `days`: a bit for each of CYCLE days; `first`, `last`: both inclusive.
    """

    line: str
    articles: int
    elsewhere: int
    days: int
    first: date
    last: date

    @property
    def is_around(self) -> bool:
        """Return whether the line stands around the articles of its newsroom and is no part of them."""
        return (
            self.articles >= MIN_ARTICLES
            and self.days.bit_count() >= MIN_DAYS
            and (self.last - self.first).days >= MIN_SPAN
            and self.elsewhere <= self.articles * MAX_ELSEWHERE
            and not _names_a_day(self.line)
        )


@lru_cache(maxsize=4096)
def _names_a_day(line: str) -> bool:
    return NAMES_A_DAY.search(line) is not None


def bit_of(day: date) -> int:
    """Return the bit of a day in `LineCount.days`."""
    return 1 << day.toordinal() % CYCLE


def digest_of_line(line: str) -> str:
    """Return the name of a line: 32 hexadecimal digits."""
    return blake2b(line.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def lines_at_the_ends(text: str) -> set[str]:
    """Return the lines of an article that are counted where they stand."""
    lines = text.split("\n")
    at = lines[:FIRST] + lines[max(FIRST, len(lines) - LAST) :]
    return {line for line in at if MIN_CHARS <= len(line) <= MAX_CHARS}


def lines_amid(text: str) -> Iterator[str]:
    """Yield the other lines of an article that are long and short enough to be counted."""
    lines = text.split("\n")
    for line in lines[FIRST : max(FIRST, len(lines) - LAST)]:
        if MIN_CHARS <= len(line) <= MAX_CHARS:
            yield line


def without_lines(text: str, is_around: Callable[[str], bool]) -> str:
    """Return a text without the lines at its ends that stand around it; a text of nothing else is left whole.

    Only what reaches to an end is left out: between sentences of its own an article may repeat what it told before.
    """
    lines = text.split("\n")
    start, end = 0, len(lines)
    while start < min(FIRST, end) and is_around(lines[start]):
        start += 1
    while end > max(start, len(lines) - LAST) and is_around(lines[end - 1]):
        end -= 1
    return "\n".join(lines[start:end]) if start < end else text
