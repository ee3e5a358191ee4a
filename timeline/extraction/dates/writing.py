"""How a date is written never matters: what cannot be seen, and blanks inside a date, are taken out before reading.

The reader works on the shorter text; `Written` gives the offsets in the text as it was given.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
# soft hyphen, joiners, marks of direction, byte order mark, variation selectors
HIDDEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
UNSEEN = re.compile(f"[{HIDDEN}]+")
BLANK_IN_DATE, ZERO_IN_YEAR = PHRASES["blank_in_date"], PHRASES["zero_in_year"]
BLANKS = re.compile(rf"[ \t\n]{BLANK_IN_DATE}")
RUNS = re.compile(r"(?<= ) +")
ROUND = re.compile(PHRASES["round_zeros"])  # zeros of a Chinese year in whatever sign
# most texts have none of them: one scan that stops only at what may be one
ANY = re.compile(f"[{HIDDEN} \\t\\n0Oo○◯](?:(?<=[{HIDDEN}])|{BLANK_IN_DATE}|{ZERO_IN_YEAR})")
LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
ZEROS = str.maketrans(dict.fromkeys("0Oo○◯", PHRASES["zero"]))


@dataclass(frozen=True, slots=True)
class Cut:
    """What was taken out: where it stood in the shorter text, and how much is gone up to there."""

    places: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    def start(self, position: int) -> int:
        """Where a character of the shorter text stands in the longer one."""
        index = bisect_right(self.places, position)
        return position + (self.gone[index - 1] if index else 0)

    def shorter(self, position: int) -> int:
        """Where a character of the longer text stands in the shorter one."""
        index = bisect_left(range(len(self.places)), True, key=lambda i: self.places[i] + self.gone[i] > position)
        return max(position - (self.gone[index - 1] if index else 0), 0)


@dataclass(frozen=True, slots=True)
class Written:
    """A folded text as the rules read it."""

    text: str
    cuts: tuple[Cut, ...] = ()

    def given(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span in the text as given."""
        for cut in reversed(self.cuts):
            start, end = cut.start(start), cut.start(end - 1) + 1
        return start, end

    def read(self, start: int, end: int) -> tuple[int, int]:
        """Return the span that is read, of one in the text as given."""
        for cut in self.cuts:
            start, end = cut.shorter(start), cut.shorter(end)
        return start, end


def written(folded: str, language: str) -> Written:
    """Return the text without what is unseen; in Chinese without blanks inside dates, else with one blank for many."""
    if language != "zh":
        if "  " not in folded and UNSEEN.search(folded) is None:
            return Written(folded)
        return _written(folded, (UNSEEN, RUNS))
    if ANY.search(folded) is None:
        return Written(folded)
    seen = _written(folded, (UNSEEN, BLANKS))
    return Written(ROUND.sub(lambda year: year[0].translate(ZEROS), seen.text), seen.cuts)


def _written(text: str, patterns: tuple[re.Pattern[str], ...]) -> Written:
    cuts = []
    for pattern in patterns:
        if pattern.search(text) is not None:
            text, cut = _without(text, pattern)
            cuts.append(cut)
    return Written(text, tuple(cuts))


def _without(text: str, pattern: re.Pattern[str]) -> tuple[str, Cut]:
    kept, cut, done, gone = [], Cut(), 0, 0
    for match in pattern.finditer(text):
        kept.append(text[done : match.start()])
        done = match.end()
        cut.places.append(match.start() - gone)
        gone += done - match.start()
        cut.gone.append(gone)
    kept.append(text[done:])
    return "".join(kept), cut


def lowered(text: str, capitals: re.Pattern[str]) -> str:
    """In small letters, but for the words that mean something else without their capital (`May`)."""
    lower = text.translate(LOWER)
    done, pieces = 0, []
    for kept in capitals.finditer(text):
        pieces += [lower[done : kept.start()], kept.group()]
        done = kept.end()
    return "".join([*pieces, lower[done:]]) if pieces else lower
