"""Where rules may begin: one scan of a text, and the few rules that are worth a try at a place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.numerals import CHINESE
from timeline.extraction.dates.patterns import BLANKS, NUMBER, RUN_OF_BLANKS, Part

DIGITS = "0123456789"
AFTER_NUMERAL = {c: re.compile(rf"[{s}]*+").match for s in (DIGITS, CHINESE) for c in s}
HEAD = 12  # characters that hold a beginning, with its blanks
CHUNK = 50_000  # characters that are scanned at once, so that the places of an endless text need no endless memory
LONGEST_NUMBER = 12  # numerals; no rule takes so many
MOST_KNOWN = 4096  # of anything that is kept to be looked up again
SURROGATES = re.compile("[\ud800-\udfff]")


class Rule:
    """A name in words, a pattern, and one named meaning.

    `level` places it in a chain from coarse to fine; a rule that is not `alone` only continues a chain, one
    that is not `chained` only begins it. `number` is the regular expression of a number that it begins with. `match`
    compiles the regular expression of the rule when it is first called: most texts need few of them.
    """

    __slots__ = (
        "alone",
        "beginnings",
        "chained",
        "known",
        "level",
        "match",
        "meaning",
        "name",
        "number",
        "parts",
        "regex",
    )

    def __init__(
        self,
        name: str,
        level: str,
        regex: str,
        parts: tuple[tuple[str, Part], ...],
        meaning: Callable[[Fields, dict[str, Any]], None],
        beginnings: frozenset[str],
        number: str,
        *,
        alone: bool = True,
        chained: bool = True,
    ) -> None:
        self.name, self.level, self.regex, self.parts, self.meaning = name, level, regex, parts, meaning
        self.beginnings, self.number, self.alone, self.chained = beginnings, number, alone, chained
        self.match: Callable[[str, int], re.Match[str] | None] = self._compiled
        self.known: dict[tuple[str | Any, ...], dict[str, Any]] = {}

    def _compiled(self, text: str, position: int) -> re.Match[str] | None:
        self.match = re.compile(self.regex).match
        return self.match(text, position)

    def named(self, match: re.Match[str]) -> dict[str, Any]:
        """Return the fields that a match names, not to be changed; the same words name the same ones."""
        groups = match.groups()
        named = self.known.get(groups)
        if named is None:
            fields = Fields()
            fields.level = self.level
            said = zip(self.parts, groups, strict=True)
            self.meaning(fields, {name: part.value(text) for (name, part), text in said if text is not None})
            named = fields.__dict__
            if not any(isinstance(value, Fields) for value in named.values()):  # which resolving fills in
                if len(self.known) >= MOST_KNOWN:
                    self.known.clear()
                self.known[groups] = named
        return named


class Index:
    """Rules by the characters, or by the number and the character behind it, that they begin with."""

    def __init__(self, rules: Iterable[Rule], mere: int = 1) -> None:
        self.mere = mere  # numerals from which on a mere number may be a date
        begins: dict[str, list[Rule]] = defaultdict(list)
        follows: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for begin in rule.beginnings:
                if begin.startswith(NUMBER):
                    follows[begin[len(NUMBER) :]].append(rule)
                else:
                    begins[begin].append(rule)
        for begin in begins:  # who looks up a longer beginning finds the rules of the shorter ones as well
            for length in range(1, len(begin)):
                begins[begin] += [rule for rule in begins.get(begin[:length], ()) if rule not in begins[begin]]
        self.begins = {begin: tuple(found) for begin, found in begins.items()}
        self.lengths = tuple(sorted({len(begin) for begin in begins}, reverse=True))
        self.blanks = any(" " in begin for begin in begins)
        self.anything = tuple(follows.pop("", ()))  # rules for a number whatever follows
        self.follows = {follow: tuple(found) for follow, found in follows.items()}
        self.known: dict[str, tuple[Rule, ...]] = {}  # by a number and what follows it
        numerals = DIGITS + CHINESE if self.follows or self.anything else ""
        self.firsts = {begin[0] for begin in begins}.union(numerals, "\n" if self.blanks else "")

    def rules_at(self, text: str, position: int, *, fresh: bool = True) -> tuple[Rule, ...]:
        """Return the rules that may match at a place. A `fresh` number is not the rest of a longer one."""
        first = text[position : position + 1]
        if first not in self.firsts:
            return ()
        found = self._beginning(text, position)
        numeral = AFTER_NUMERAL.get(first)
        if numeral is None:
            return found
        if fresh and position and _goes_on(text, position):
            return found
        run = numeral(text, position)
        return found + self.of_number(text, position, run.end() if run is not None else position)

    def of_number(self, text: str, start: int, end: int) -> tuple[Rule, ...]:
        """Return the rules that may begin with the numerals of a half-open span and the character behind them."""
        if end - start > LONGEST_NUMBER:
            return self.anything
        said = text[start : end + 1]
        if self.blanks and said.endswith("\n"):
            said = f"{said[:-1]} "  # a line may break inside a date
        found = self.known.get(said)
        if found is None:
            number = said[: end - start]
            fitting = [r for r in self.follows.get(said[len(number) :], ()) if re.fullmatch(r.number, number)]
            found = (*fitting, *(self.anything if len(number) >= self.mere else ()))
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[said] = found
        return found

    def _beginning(self, text: str, position: int) -> tuple[Rule, ...]:
        head = text[position : position + HEAD]
        if self.blanks and ("\n" in head or "  " in head):
            head = RUN_OF_BLANKS.sub(" ", head)
        for length in self.lengths:
            if found := self.begins.get(head[:length]):
                return found
        return ()


def _goes_on(text: str, position: int) -> bool:
    """Whether the numeral here only continues one: `3.15日`, `12:30`, `第二〇二〇年`."""
    before = text[position - 1]
    if before in ".,:/":
        return position > 1 and text[position - 2] in DIGITS
    return before in AFTER_NUMERAL and (before in DIGITS) == (text[position] in DIGITS)  # 安倍晋三28日


Place = tuple[int, tuple[Rule, ...]]  # where rules may begin, and which


def places_of(index: Index, *, by_words: bool) -> Callable[[str], Iterator[Place]]:
    """Return what gives every place of a text where a rule may begin, in order."""
    if by_words:
        match_at = re.compile(rf"(?<![a-zA-Z0-9])(?=[{DIGITS}]|{_trie(set(index.begins))})").finditer
        return lambda text: ((m.start(), index.rules_at(text, m.start())) for m in match_at(text))
    return _Scan(index)


class _Scan:
    """All beginnings of two characters in one pass; numbers by two numerals, or one and what may follow it."""

    def __init__(self, index: Index) -> None:
        self.index = index
        numbers = {
            numeral + behind
            for numerals in (DIGITS, CHINESE)
            for numeral in numerals
            for behind in (*index.follows, *numerals)
        }
        pieces = [*index.begins, *sorted(numbers - set(index.begins))]
        assert all(len(piece) == PAIR for piece in pieces), "beginnings of two characters"
        # with each piece the rules that begin so, and where it begins with a numeral, what finds the end of the number
        self.pieces = [(index.begins.get(piece, ()), AFTER_NUMERAL.get(piece[0])) for piece in pieces]
        self.automaton = AhoCorasick(pieces, matchkind=MatchKind.Standard, implementation=Implementation.DFA)

    def __call__(self, text: str) -> Iterator[Place]:
        number_ends = 0
        for begin in range(0, len(text), CHUNK):
            for piece, start, _ in self._found(text[begin : begin + CHUNK + PAIR - 1]):
                rules, run_at = self.pieces[piece]
                if run_at is not None:
                    start += begin
                    if start < number_ends:
                        continue
                    if not (start and _goes_on(text, start)):
                        end = run_at(text, start).end()  # type: ignore[union-attr]  # a run of one at least
                        of_number = self.index.of_number(text, start, end)
                        if of_number or text[end : end + 1] in self.index.follows:
                            number_ends = end
                            if found_there := rules + of_number:
                                yield start, found_there
                            continue
                    if rules:
                        yield start, rules
                else:
                    yield begin + start, rules

    def _found(self, chunk: str) -> list[tuple[int, int, int]]:
        try:
            return self.automaton.find_matches_as_indexes(chunk, overlapping=True)
        except UnicodeEncodeError:
            return self.automaton.find_matches_as_indexes(SURROGATES.sub("?", chunk), overlapping=True)


PAIR = 2


def _trie(words: set[str]) -> str:
    """Return a regular expression for these words that looks at each character once.

    A word ends where a shorter one does.
    """
    by_first: dict[str, set[str]] = defaultdict(set)
    for word in words:
        by_first[word[0]].add(word[1:])
    branches = (
        (BLANKS if first == " " else re.escape(first)) + ("" if "" in rests else f"(?:{_trie(rests)})")
        for first, rests in sorted(by_first.items())
    )
    return "|".join(branches)


def class_of(characters: Iterable[str]) -> str:
    """Return a regular expression for any of these characters."""
    return "[" + "".join(sorted(re.escape(c) for c in set(characters))) + "]"
