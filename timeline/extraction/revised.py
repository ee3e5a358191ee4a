"""Sentences that came into an article later count from the day of the edit that brought them.

An article keeps the date of its first version, and with it what `tomorrow` means in the sentences that stood there.
Each later sentence is known by its digest, with the day of its own version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b

from timeline.extraction.article import Article, EventMention, Reading

SENTENCE = re.compile(r"[^。！？!?；;\n.]++(?:\.(?=\S)[^。！？!?；;\n.]*+)*+[。！？!?；;.]*+[”」』\"’)）]*+")
MAX_SENTENCES = 5_000  # of an article that are told apart
MAX_DAYS = 5  # of edits for which an article is read once more; older ones count from the first day
MIN_CHARS = 4  # of a sentence


@dataclass(frozen=True, slots=True)
class LaterSentences:
    """Where the sentences of a text stand that came later: (start, end, day), in order."""

    places: tuple[tuple[int, int, date], ...]

    def day_at(self, position: int) -> date | None:
        """Return the day from which the sentence at a position counts; None for that of the article."""
        return next((day for start, end, day in self.places if start <= position < end), None)


def sentences_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the sentences of a text: start, end, digest of what it says."""
    for number, found in enumerate(SENTENCE.finditer(text)):
        if number >= MAX_SENTENCES:
            return
        words = "".join(found[0].split())
        if len(words) >= MIN_CHARS:
            yield found.start(), found.end(), blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


def later_days(text: str, before: str, known: Mapping[str, str], day: str) -> dict[str, str]:
    """Return by digest the days of the sentences of a text that came later than its first version.

    `before` is the text until now, and `known` what was returned for it; `day` is that of the new text.
    """
    old = {digest for _, _, digest in sentences_of(before)}
    return {
        digest: known.get(digest, day)
        for _, _, digest in sentences_of(text)
        if digest in known or (day and digest not in old)
    }


def later_sentences(text: str, days: Collection[tuple[str, date]], first: date) -> LaterSentences:
    """Find the sentences that count from another day than the first; of the latest MAX_DAYS days."""
    of = dict(days)
    latest = sorted({day for day in of.values() if day != first})[-MAX_DAYS:]
    places = [(start, end, of[digest]) for start, end, digest in sentences_of(text) if of.get(digest) in latest]
    return LaterSentences(tuple(places)) if latest else LaterSentences(())


def with_later_sentences(article: Article, reading: Reading, read: Callable[[Article], Reading]) -> Reading:
    """Return a reading whose later sentences are read with their own days. `read`: reads with the anchor given."""
    if reading.anchor is None or not article.later:
        return reading
    later = later_sentences(article.text, article.later, reading.anchor.day)
    if not later.places:
        return reading
    of_day: dict[date | None, Reading] = {None: reading}
    for day in {day for _, _, day in later.places}:
        of_day[day] = read(replace(article, anchor=day, later=()))
    expressions = sorted(
        (e for day, other in of_day.items() for e in other.expressions if later.day_at(e.start_char) == day),
        key=lambda e: e.start_char,
    )
    numbers = {(e.start_char, e.end_char): number for number, e in enumerate(expressions)}

    def moved(event: EventMention, other: Reading) -> EventMention:
        own = (other.expressions[number] for number in event.expressions)
        found = [numbers[place] for e in own if (place := (e.start_char, e.end_char)) in numbers]
        return replace(event, expressions=tuple(found))

    events = [
        moved(event, other)
        for day, other in of_day.items()
        for event in other.events
        if later.day_at(event.trigger[0]) == day
    ]
    kept = {_what(event) for event in events}
    # What each reading tells by a sentence of the other is told once in the article, and is not lost by that.
    in_all = set[tuple[object, ...]].intersection(*map(_all, of_day.values())) - kept
    repeated = [moved(event, reading) for event in reading.events if _what(event) in in_all]
    return replace(
        reading, expressions=tuple(expressions), events=tuple(sorted([*events, *repeated], key=lambda e: e.trigger))
    )


def _what(event: EventMention) -> tuple[object, ...]:
    return event.kind, event.type, event.stage, event.place, event.participants, event.when.days


def _all(reading: Reading) -> set[tuple[object, ...]]:
    return {_what(event) for event in reading.events}
