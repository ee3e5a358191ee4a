"""Sentences and clauses with their offsets in the folded text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SENTENCE = re.compile(r"[^。!?;\n]++[。!?;]*+[”」』\"’)]*+")
# the comma of `May 3, 2025` and the colon of a clock part nothing
CLAUSE = re.compile(r"(?:[^,;:]|,(?= \d{4}\b)|(?<=\d):(?=\d))+")
# Whoever reads a sentence weighs each of its triggers against each of its days and words. No sentence of 4,532 dated
# ones in real news has more than 259 characters and 9 triggers; one that has far more is read in pieces.
LONGEST, MOST = 400, 16
SHORT = "jan feb mar apr jun jul aug sept sep oct nov dec mr ms mrs dr st u.s u.k u.n no vs gen sen".split()
ENGLISH = re.compile(
    rf"(?:[^.!?;\n]|\.(?!\s|$|[”\"])|(?:{'|'.join(f'(?<={re.escape(w)})' for w in SHORT)})\.)++[.!?;]*+[”\"’)]*+", re.I
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a sentence: offsets in the text, `end` exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: offsets in the text without the blanks around, `end` exclusive; its clauses follow one another."""

    start: int
    end: int
    clauses: tuple[Clause, ...]


def sentences(folded: str, language: str, *places: Sequence[int]) -> Iterator[Sentence]:
    """Yield in order the sentences that hold a place of each of `places` (ordered offsets).

    A closing quotation mark belongs to the sentence that it closes. Only these are cut into clauses: most sentences
    of news hold no dated event.
    """
    pattern = ENGLISH if language == "en" else SENTENCE
    position = 0
    first = places[0]
    while (index := bisect_left(first, position)) < len(first):
        m = _around(pattern, folded, position, first[index])
        if m is None:
            return
        position = m.end()
        start, end = m.span()
        while start < end and folded[start] in " \t":
            start += 1
        while end > start and folded[end - 1] in " \t":
            end -= 1
        if all(bisect_left(p, end) > bisect_left(p, start) for p in places):
            clauses = [Clause(c.start(), c.end()) for c in CLAUSE.finditer(folded, start, end)]
            yield from _pieces(Sentence(start, end, tuple(clauses)), first)


def spans(folded: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield every sentence as half-open offsets; an endless one in pieces that end after a comma where one is."""
    for match in (ENGLISH if language == "en" else SENTENCE).finditer(folded):
        start, end = match.span()
        while end - start > LONGEST:
            stop = folded.rfind(",", start, start + LONGEST) + 1 or start + LONGEST
            yield start, stop
            start = stop
        yield start, end


def _pieces(sentence: Sentence, triggers: Sequence[int]) -> Iterator[Sentence]:
    """Yield the sentence; where it is endless, pieces of whole clauses, and of an endless clause stretches."""
    if not _is_endless(sentence.start, sentence.end, triggers):
        yield sentence
        return
    together: list[Clause] = []
    for clause in _stretches(sentence.clauses, triggers):
        if together and _is_endless(together[0].start, clause.end, triggers):
            yield Sentence(together[0].start, together[-1].end, tuple(together))
            together = []
        together.append(clause)
    if together:
        yield Sentence(together[0].start, together[-1].end, tuple(together))


def _is_endless(start: int, end: int, triggers: Sequence[int]) -> bool:
    return end - start > LONGEST or bisect_left(triggers, end) - bisect_left(triggers, start) > MOST


def _stretches(clauses: Sequence[Clause], triggers: Sequence[int]) -> Iterator[Clause]:
    for clause in clauses:
        start = clause.start
        while _is_endless(start, clause.end, triggers):
            behind = bisect_left(triggers, start) + MOST
            stop = min(start + LONGEST, triggers[behind] if behind < len(triggers) else clause.end)
            yield Clause(start, stop)
            start = stop
        yield Clause(start, clause.end)


def _around(pattern: re.Pattern[str], folded: str, position: int, place: int) -> re.Match[str] | None:
    """Return the sentence that holds a place, searched from the end of an earlier one on."""
    position = max(position, folded.rfind("\n", position, place) + 1)
    for m in pattern.finditer(folded, position):
        if m.end() > place:
            return m
    return None
