"""The text that a model is shown: numbered sentences, with numbers at the dates and at those who are named.

It answers with these numbers alone, so a day or a country can only be one that the article has. Only sentences with a
date, and those beside them, are shown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.article import Expression
from timeline.extraction.events.actors import mentions_in
from timeline.extraction.events.sentences import spans
from timeline.extraction.gazetteer import Mention, find_mentions
from timeline.extraction.script import fold

AROUND = 1  # sentences before and after one with a date that are shown
HEAD = 2  # sentences at the beginning that are always shown
MAX_SENTENCES = 120  # of an article that are shown
# What marks and fences are made of must not stand in the text itself.
ESCAPED = str.maketrans({"{": "｛", "}": "｝", "<": "＜", ">": "＞"})
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text as the model sees it, and what its numbers mean.

    `sentences`: half-open offsets in the text, by number; `shown`: the numbers of those that are shown, in order.
    `dates`: indexes of the expressions that have a number, `expressions` by index. `mentions`: those of the text in
    order, then those of the title, which have no place in it.
    """

    text: str
    title: str
    anchor: date
    language: str
    sentences: Sequence[tuple[int, int]]
    shown: Sequence[int]
    expressions: Sequence[Expression]
    dates: frozenset[int]
    mentions: Sequence[Mention]
    in_title: int

    def sentence_at(self, position: int) -> int:
        """Return the number of the sentence that holds a place, or of the last before it."""
        starts = [start for start, _ in self.sentences]
        return max(bisect_right(starts, position) - 1, 0)

    def is_in_title(self, mention: int) -> bool:
        return mention >= len(self.mentions) - self.in_title

    def render(self) -> str:
        """Return the numbered lines: title first, then a line for each shown sentence, `…` where some are left out."""
        first = len(self.mentions) - self.in_title
        title = _marked(self.title, 0, len(self.title), [], list(enumerate(self.mentions))[first:])
        lines, last = [f"0 {title}"], 0
        for number in self.shown:
            if number != last + 1:
                lines.append("…")
            lines.append(f"{number + 1} {self._line(number)}")
            last = number
        return "\n".join(lines)

    def _line(self, number: int) -> str:
        start, end = self.sentences[number]
        dates = [(i, self.expressions[i]) for i in sorted(self.dates) if start <= self.expressions[i].start_char < end]
        named = [
            (i, m) for i, m in enumerate(self.mentions[: len(self.mentions) - self.in_title]) if start <= m.start < end
        ]
        return _marked(self.text, start, end, dates, named)


def mark(text: str, title: str, expressions: Sequence[Expression], anchor: date, language: str) -> MarkedText | None:
    """Return a text with its numbers; None where it has no date that could be an event's."""
    dates = frozenset(i for i, e in enumerate(expressions) if not e.vague and (e.start or e.end))
    if not dates:
        return None
    folded = fold(text)
    sentences = [(a, b) for a, b in spans(folded, language) if folded[a:b].strip()] or [(0, len(folded))]
    starts = [start for start, _ in sentences]
    dated = sorted({max(bisect_right(starts, expressions[i].start_char) - 1, 0) for i in dates})
    near = {n for d in dated for n in range(d - AROUND, d + AROUND + 1)} | set(range(HEAD))
    shown = [n for n in sorted(near) if 0 <= n < len(sentences)][:MAX_SENTENCES]
    lowered = folded.lower() if language == "en" else folded
    in_text = mentions_in(folded, lowered if len(lowered) == len(folded) else folded, expressions, anchor)
    in_title = find_mentions(title, anchor)
    mentions = [*in_text, *in_title]
    return MarkedText(text, title, anchor, language, sentences, shown, expressions, dates, mentions, len(in_title))


def _marked(
    text: str, start: int, end: int, dates: Sequence[tuple[int, Expression]], named: Sequence[tuple[int, Mention]]
) -> str:
    """Write a stretch with a mark behind each date and each name; of one actor only at the first place."""
    marks = [(min(e.end_char, end), f"{{d{i}={_days(e)}}}") for i, e in dates]
    seen: set[tuple[str, ...]] = set()
    for i, mention in named:
        if mention.codes not in seen:
            seen.add(mention.codes)
            marks.append((min(mention.end, end), f"{{m{i}}}"))
    out, position = [], start
    for place, words in sorted(marks):
        out += [text[position:place].translate(ESCAPED), words]
        position = max(position, place)
    out.append(text[position:end].translate(ESCAPED))
    return BLANKS.sub(" ", "".join(out)).strip()


def _days(e: Expression) -> str:
    if e.start == e.end and e.start is not None:
        return e.start.isoformat()
    return f"{e.start or ''}/{e.end or ''}"
