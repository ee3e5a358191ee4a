"""The words by which events are found: those of a text, as an index keeps them, and those of a search.

Both scripts are one (`script.fold`); Latin letters lose case, accents and the plural's `s`. Chinese has no blanks, so
that it is kept in pairs of neighbours: a phrase of pairs stands where the characters do.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from timeline.extraction import gazetteer
from timeline.extraction.script import fold

MAX_TERMS = 12  # of a search
MAX_WORD_CHARS = 40
MIN_STEM_CHARS = 4  # of a word that may be a plural
EAST_ASIAN = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
RUN = re.compile(rf"[{EAST_ASIAN}]+|[^\W_{EAST_ASIAN}]+")
ABBREVIATION = re.compile(r"\b(?:\w\.){2,}")
POSSESSIVE = re.compile(r"['\u2019]s\b")
ACCENT = re.compile(r"[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that must follow one another; with `open` the last one is the beginning of a word."""

    tokens: tuple[str, ...]
    open: bool = False
    typed: bool = False  # the last word of the search, in Latin letters: the reader may still be typing it


def index_text(texts: Iterable[str]) -> str:
    """Return the tokens of texts, with a blank between them."""
    return " ".join(token for text in texts for run in _runs(text) for token in _tokens(run, whole=True))


def event_words(kind: str, type: str, stage: str, codes: Iterable[str]) -> list[str]:
    """Return what readers call an event of this kind and who takes part, in three languages, with other names."""
    data = _data()
    words = [*data["kinds"].get(kind, ()), *data["types"].get(type, ()), *data["stages"].get(stage, ())]
    return [*words, *dict.fromkeys(name for code in codes for name in gazetteer.names_of(code))]


def search_terms(text: str) -> list[Term]:
    """Return the terms of a search, all of which must be found; none of a text without letters and digits.

    >>> [term.tokens for term in search_terms("Türkiye's 總統選舉")]
    [('turkiye',), ('总统', '统选', '选举')]
    """
    runs = list(_runs(text.removesuffix("*")))
    stop = frozenset(_data()["stop"])
    wanted = [run for run in runs if run not in stop] or runs
    terms: list[Term] = []
    for run in wanted:
        terms += _terms(run)
    terms = list(dict.fromkeys(terms))[:MAX_TERMS]
    if terms and wanted[-1].isascii():
        terms[-1] = Term(terms[-1].tokens, open=text.endswith("*"), typed=wanted[-1] == runs[-1])
    return terms


def _runs(text: str) -> Iterator[str]:
    """Yield the words in Latin letters, and what stands together in others, folded."""
    folded = fold(text).lower()
    if not folded.isascii():
        folded = "".join(
            c if c >= "\u2e80" else ACCENT.sub("", unicodedata.normalize("NFKD", c)) for c in folded
        ).lower()
    folded = ABBREVIATION.sub(lambda found: found[0].replace(".", "") + " ", POSSESSIVE.sub("", folded))
    return (run[:MAX_WORD_CHARS] if _is_word(run) else run for run in RUN.findall(folded))


def _is_word(run: str) -> bool:
    return not re.match(f"[{EAST_ASIAN}]", run)


def _tokens(run: str, *, whole: bool) -> Iterator[str]:
    """Yield the tokens of a run; `whole`: with its last character alone, by which the index finds single ones."""
    if _is_word(run):
        yield _stem(run)
        return
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    if whole or len(run) == 1:
        yield run[-1]


def _stem(word: str) -> str:
    """Take away the plural's ending (Harman's S stemmer)."""
    if len(word) < MIN_STEM_CHARS or not word.isascii() or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1]


def _terms(run: str) -> Iterator[Term]:
    if _is_word(run):
        yield Term(tuple(_tokens(run, whole=False)))
        return
    for part in _split(run):
        yield Term(tuple(_tokens(part, whole=False)), open=len(part) == 1)


def _split(run: str) -> list[str]:
    """Split Chinese without blanks into known names and types and what stands between them, if of two characters."""
    known, found, at, begun = _known(), list[str](), 0, 0
    while at < len(run):
        word = next((run[at : at + n] for n in range(min(12, len(run) - at), 1, -1) if run[at : at + n] in known), "")
        if word:
            found += [run[begun:at], word]
            begun = at + len(word)
        at += len(word) or 1
    parts = [part for part in (*found, run[begun:]) if len(part) > 1]
    return parts or [run]


@cache
def _data() -> Any:
    return tomllib.loads(files("timeline.extraction").joinpath("search.toml").read_text("utf-8"))


@cache
def _known() -> frozenset[str]:
    """Chinese names of actors, places and types, folded."""
    data = _data()
    words: list[Sequence[str]] = [row for name in ("kinds", "types", "stages") for row in data[name].values()]
    words += [gazetteer.names_of(code) for code in (*gazetteer.actors(), *gazetteer.places())]
    runs = (run for names in words for word in names for run in RUN.findall(fold(word)))
    return frozenset(run for run in runs if not _is_word(run))
