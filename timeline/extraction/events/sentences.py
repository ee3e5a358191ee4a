"""Sentences and clauses with their offsets in the folded text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]*[”」』\"’)]*")
CLAUSE = re.compile(r"(?:[^,;:]|,(?= \d{4}\b))+")  # the comma of `May 3, 2025` parts nothing
SHORT = "jan feb mar apr jun jul aug sept sep oct nov dec mr ms mrs dr st u.s u.k u.n no vs gen sen".split()
ENGLISH = re.compile(
    rf"(?:[^.!?;\n]|\.(?!\s|$|[”\"])|(?:{'|'.join(f'(?<={re.escape(w)})' for w in SHORT)})\.)+[.!?;]*[”\"’)]*", re.I
)


@dataclass(frozen=True, slots=True)
class Clause:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """Half-open offsets, without the blanks around; its clauses lie one after another inside."""

    start: int
    end: int
    clauses: tuple[Clause, ...]


def sentences(folded: str, language: str = "zh") -> Iterator[Sentence]:
    """Sentences in order; a closing quotation mark belongs to the sentence that it closes."""
    for m in (ENGLISH if language == "en" else SENTENCE).finditer(folded):
        start, end = m.start(), m.end()
        while start < end and folded[start] in " \t":
            start += 1
        while end > start and folded[end - 1] in " \t":
            end -= 1
        if start < end:
            clauses = tuple(Clause(c.start(), c.end()) for c in CLAUSE.finditer(folded, start, end))
            yield Sentence(start, end, clauses)
