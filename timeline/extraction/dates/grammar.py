"""Loads a language: its words, rules and modifiers, strictly, from the TOML beside this file."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from timeline.extraction.dates.fields import MEANINGS, Fields
from timeline.extraction.dates.meaning import MODIFIERS
from timeline.extraction.dates.numerals import CHINESE
from timeline.extraction.dates.pattern import NUMBER, Part, compile_pattern, word_part

DIGITS = "0123456789"


class BadGrammar(ValueError):
    """The language file breaks its own rules; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A name in words, a pattern, and one named meaning.

    `level` places it in a chain from coarse to fine; a rule that is not `alone` only continues a chain.
    """

    name: str
    level: str
    alone: bool
    match: Callable[..., re.Match[str] | None]
    parts: tuple[tuple[str, Part], ...]
    meaning: Callable[[Fields, dict[str, Any]], None]
    beginnings: frozenset[str]


@dataclass(frozen=True, slots=True)
class Modifier:
    """Words before or after an expression that turn its interval into another one."""

    name: str
    meaning: str
    match: Callable[..., re.Match[str] | None]
    levels: frozenset[str]


@dataclass(slots=True)
class Grammar:
    """One language, ready to scan. `candidates` finds every place where a rule may begin."""

    language: str
    tables: Mapping[str, Part]
    rules: list[Rule]
    chain: Mapping[str, frozenset[str]]
    linkers: re.Pattern[str]
    to: re.Pattern[str]
    before: list[Modifier]
    after: list[Modifier]
    cues: list[tuple[re.Pattern[str], str]]
    candidates: re.Pattern[str] = field(init=False)
    by_word: dict[str, list[Rule]] = field(init=False)
    by_number: dict[str, list[Rule]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_word, self.by_number = _index(self.rules)
        self.candidates = re.compile(_candidates(self.rules))


RULE_KEYS = {"name", "level", "pattern", "meaning", "alone", "not_after", "not_before"}
MODIFIER_KEYS = {"name", "meaning", "words", "not_before", "not_after", "levels"}
SECTIONS = {"language", "words", "chain", "linkers", "to", "rule", "before", "after", "cue"}


@cache
def grammar(language: str) -> Grammar:
    """The grammar of `zh` or `en`. Raises BadGrammar where the file is wrong, KeyError for others."""
    source = files("timeline.extraction.dates").joinpath(f"{language}.toml")
    if not source.is_file():
        raise KeyError(language)
    return load(tomllib.loads(source.read_text("utf-8")))


def load(data: Mapping[str, Any], *, without: str = "") -> Grammar:
    """A grammar from its parsed file; `without` leaves one rule or modifier out (to prove it is needed)."""
    _keys(data, SECTIONS, "file")
    tables = {name: word_part(table) for name, table in data["words"].items()}
    rules = [_rule(row, tables) for row in data["rule"] if row["name"] != without]
    names = [row["name"] for row in data["rule"] + data["before"] + data["after"]]
    if len(set(names)) != len(names):
        raise BadGrammar(f"a name stands twice: {sorted(n for n in names if names.count(n) > 1)}")
    return Grammar(
        language=data["language"],
        tables=tables,
        rules=rules,
        chain={level: frozenset(nexts) for level, nexts in data["chain"].items()},
        linkers=re.compile(data["linkers"]),
        to=re.compile(data["to"]),
        before=[_modifier(row, "before") for row in data["before"] if row["name"] != without],
        after=[_modifier(row, "after") for row in data["after"] if row["name"] != without],
        cues=[(re.compile(row["pattern"]), row["tense"]) for row in data["cue"]],
    )


def _keys(row: Mapping[str, Any], allowed: set[str], where: str) -> None:
    if unknown := set(row) - allowed:
        raise BadGrammar(f"{where}: unknown {sorted(unknown)}")


def _rule(row: Mapping[str, Any], tables: Mapping[str, Part]) -> Rule:
    name = row.get("name", "")
    _keys(row, RULE_KEYS, f"rule {name!r}")
    if row["meaning"] not in MEANINGS:
        raise BadGrammar(f"rule {name!r}: unknown meaning {row['meaning']!r}")
    pattern = compile_pattern(row["pattern"], tables)
    regex = f"(?:{pattern.regex})"
    if any(b.startswith(NUMBER) for b in pattern.beginnings):
        regex = rf"(?<![0-9{CHINESE}])(?<![0-9][.,:/])" + regex
    for literal in row.get("not_after", []):
        regex = f"(?<!{literal})" + regex
    if row.get("not_before"):
        regex += f"(?!{row['not_before']})"
    return Rule(
        name,
        row["level"],
        row.get("alone", True),
        re.compile(regex).match,
        pattern.parts,
        MEANINGS[row["meaning"]],
        pattern.beginnings,
    )


def _modifier(row: Mapping[str, Any], side: str) -> Modifier:
    _keys(row, MODIFIER_KEYS, f"modifier {row.get('name')!r}")
    if row["meaning"] not in MODIFIERS:
        raise BadGrammar(f"modifier {row['name']!r}: unknown meaning {row['meaning']!r}")
    words = "|".join(re.escape(w) for w in sorted(row["words"], key=lambda w: (-len(w), w)))
    regex = "".join(f"(?<!{literal})" for literal in row.get("not_after", [])) + f"(?:{words})"
    if row.get("not_before"):
        regex += f"(?!{row['not_before']})"
    # words before an expression are looked for backwards, in the reversed text
    match = re.compile(regex).match if side == "after" else re.compile(regex + "$").search
    return Modifier(row["name"], row["meaning"], match, frozenset(row.get("levels", [])))


def _index(rules: Iterable[Rule]) -> tuple[dict[str, list[Rule]], dict[str, list[Rule]]]:
    """Rules by first character, and rules that begin with a number by the character after it."""
    by_word: dict[str, list[Rule]] = defaultdict(list)
    by_number: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        for first in {b[0] for b in rule.beginnings if not b.startswith(NUMBER)}:
            by_word[first].append(rule)
        for follow in {b[len(NUMBER) :] for b in rule.beginnings if b.startswith(NUMBER)}:
            by_number[follow].append(rule)
    return dict(by_word), dict(by_number)


def _candidates(rules: Iterable[Rule]) -> str:
    """One scan: a number before a character that may follow one, or the first two characters of a rule."""
    begins = {b for rule in rules if rule.alone for b in rule.beginnings}
    follows = {b[len(NUMBER) :] for b in begins if b.startswith(NUMBER)}
    words = {b for b in begins if not b.startswith(NUMBER)}
    seconds = {w[1] for w in words if len(w) > 1} | set(DIGITS + CHINESE)
    first = _class({w[0] for w in words})
    follow = "" if "" in follows else f"(?={_class(follows)})"
    anywhere = _class({w[0] for w in words} | set(DIGITS + CHINESE))
    return (
        f"{anywhere}(?:(?<=[0-9])[0-9]*{follow}|(?<=[{CHINESE}])[{CHINESE}]*{follow}|(?<={first})(?={_class(seconds)}))"
    )


def _class(characters: Iterable[str]) -> str:
    return "[" + "".join(sorted(re.escape(c) for c in set(characters))) + "]"
