"""The little language in which rules are written: literals, {parts}, (choice|of) and [optional].

`第{n}季[度]` is the literal 第, a part named n, the literal 季, and an optional 度. A part is a word
table or a number; `{n_2}` is a second one of the same part. From a pattern come a regular expression
and the ways in which it can begin, so that a scan looks only where a rule can begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from timeline.extraction.dates.numerals import CHINESE, number
from timeline.extraction.phrases import phrases_of

NUMBER = "<number>"  # stands for any number among the first characters of a pattern
DIGITS = frozenset("0123456789")
NUMERALS = "0123456789" + CHINESE
BLANKS = r"(?: {0,2}[ \n])"  # what a blank of a rule may be in a language with blanks between its words
RUN_OF_BLANKS = re.compile(BLANKS)
TOKEN = re.compile(r"\{(\w+)\}|([()\[\]|])|(.)", re.S)


@dataclass(frozen=True, slots=True)
class Part:
    """What `{name}` stands for: a table of words with their values, or a kind of number."""

    regex: str
    table: Mapping[str, Any] | None = None

    def value(self, text: str) -> Any:
        if self.table is None:
            return number(text)
        return self.table[text] if text in self.table else self.table[RUN_OF_BLANKS.sub(" ", text)]

    def beginnings(self) -> set[str]:
        return {NUMBER} if self.table is None else set(self.table)


def word_part(table: Mapping[str, Any], blank: str = r"\ ") -> Part:
    """Return a part for the words of a table, longest first; `blank`: the regex of a blank in them."""
    words = sorted(table, key=lambda w: (-len(w), w))
    return Part("|".join(re.escape(word).replace(r"\ ", blank) for word in words), dict(table))


# `n` goes up to 999, and is no row of bare digits: 二〇二五年前 is a year, not so many years ago
NUMBERS = {name: Part(regex) for name, regex in phrases_of(__name__).items()}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: the regular expression, its named parts, and how it can begin.

    `beginnings` are up to so many literal characters as were asked for, or NUMBER and the character that comes next;
    `numbers` are the regular expressions of the numbers that it can begin with.
    """

    regex: str
    parts: tuple[tuple[str, Part], ...]
    beginnings: frozenset[str]
    numbers: frozenset[str]


class BadPattern(ValueError):
    """A pattern that cannot be read: an unknown part, an unclosed bracket."""


def compile_pattern(source: str, tables: Mapping[str, Part], blank: str = r"\ ", length: int = 2) -> Pattern:
    """Read a pattern; `length` characters of its beginnings are told. Raises BadPattern."""
    reader = _Reader(source, {**NUMBERS, **tables}, blank, length)
    regex, begins = reader.choice("")
    return Pattern(regex, tuple(reader.found), frozenset(begins), frozenset(reader.numbers))


class _Reader:
    def __init__(self, source: str, tables: Mapping[str, Part], blank: str, length: int) -> None:
        self.source, self.tables, self.blank, self.length = source, tables, blank, length
        self.tokens: Iterator[re.Match[str]] = TOKEN.finditer(source)
        self.found: list[tuple[str, Part]] = []
        self.numbers: set[str] = set()

    def choice(self, closing: str) -> tuple[str, set[str]]:
        """Alternatives up to `closing`: their regex and every way they can begin."""
        branches: list[str] = []
        begins: set[str] = set()
        while True:
            regex, branch_begins, stop = self._sequence()
            branches.append(regex)
            begins |= branch_begins
            if stop == "|":
                continue
            if stop != closing:
                raise BadPattern(f"unbalanced brackets in {self.source!r}")
            return "|".join(branches), begins

    def _sequence(self) -> tuple[str, set[str], str]:
        regex, begins = "", {""}
        for token in self.tokens:
            name, mark, literal = token.groups()
            if mark and mark in ")]|":
                return regex, begins, mark
            if name:
                piece, starts = self._part(name)
                if NUMBER in starts and "" in begins:
                    self.numbers.add(piece)
            elif mark:
                inner, starts = self.choice(")" if mark == "(" else "]")
                piece = f"(?:{inner})" if mark == "(" else f"(?:{inner})?"
                starts = starts if mark == "(" else starts | {""}
            else:
                piece, starts = self.blank if literal == " " else re.escape(literal), {literal}
            regex += piece
            going_on = {b for b in begins if not _full(b, self.length)}
            if going_on:
                shortened = {s if s.startswith(NUMBER) else s[: self.length] for s in starts}
                begins -= going_on
                begins |= {joined for b in going_on for s in shortened for joined in _join(b, s, self.length)}
        return regex, begins, ""

    def _part(self, name: str) -> tuple[str, set[str]]:
        part = self.tables.get(re.sub(r"_\d$", "", name))
        if part is None:
            raise BadPattern(f"unknown part {{{name}}} in {self.source!r}")
        self.found.append((name, part))  # the nth part is the nth group: the only capturing ones
        return f"({part.regex})", part.beginnings()


def _full(begin: str, length: int) -> bool:
    """Whether no more characters of it are looked at: as many as are wanted, or all before a number's."""
    if begin.startswith(NUMBER):
        return begin != NUMBER
    return len(begin) >= length or (length > 2 and begin[-1:] in DIGITS)


def _join(begin: str, start: str, length: int) -> set[str]:
    """Only so many literal characters, or a number and one character, are looked at."""
    if begin == NUMBER:
        return {begin + f for f in (NUMERALS if start.startswith(NUMBER) else (start[:1],))}
    if start.startswith(NUMBER):
        return {start} if not begin else {begin + numeral for numeral in (NUMERALS if length == 2 else DIGITS)}
    return {(begin + start)[:length]}
