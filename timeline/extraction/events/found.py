"""What is found in a text before any event is read: words of the lexicon, usable dates, who is named."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from timeline.extraction.article import Expression
from timeline.extraction.events.actors import Topic, mentions_in, topic_of
from timeline.extraction.events.dating import DatedText
from timeline.extraction.events.lexicon import Hit, Lexicon, lexicon
from timeline.extraction.events.usable_dates import usable_dates
from timeline.extraction.gazetteer import Mention

LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


@dataclass
class Found:
    """A folded text with its hits and dates; `lowered` is in lower case too, where letters have case."""

    title: str
    folded: str
    lowered: str
    words: Lexicon
    dated: DatedText

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """Who is named outside of dates; looked for only where something may come of it."""
        return mentions_in(self.folded, self.lowered, self.dated.all_expressions, self.dated.anchor)

    @cached_property
    def topic(self) -> Topic:
        return topic_of(self.title, self.mentions, self.dated.anchor)


def found_in(title: str, folded: str, expressions: Sequence[Expression], anchor: date, language: str) -> Found | None:
    """None where the language has no lexicon, or the text no date that may be an event's."""
    words = lexicon(language)
    lowered = folded.translate(LOWER) if language == "en" else folded
    usable = usable_dates(expressions, lowered, anchor) if words is not None else []
    if words is None or not usable:
        return None
    hits = words.find(lowered)
    if language == "en":  # `on May 29` is not what may be
        days = [(e.start_char, e.end_char) for e in expressions]
        hits = [h for h in hits if h.role != "cue" or not _lies_in(h, days)]
    nouns = [h for h in hits if h.trigger is not None and h.trigger.form == "noun"]
    return Found(title, folded, lowered, words, DatedText(lowered, usable, hits, anchor, expressions, nouns))


def _lies_in(hit: Hit, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of some spans, ordered and apart, holds a word."""
    last = bisect_right(spans, hit.start, key=lambda span: span[0]) - 1
    return last >= 0 and hit.end <= spans[last][1]
