"""The examples beside the date rules, and what they promise: used by test_dates.py and by prove.py."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from timeline.extraction.article import Expression
from timeline.extraction.dates.grammar import Grammar, grammar
from timeline.extraction.dates.reader import find_with

DATES = files("timeline.extraction.dates")
PHRASES = Path(__file__).resolve().parents[1] / "extraction"
BY_KIND = {
    "zh": ("zh_kinds.toml", "zh_sentences.toml"),
    "en": ("en_kinds.toml", "en_phrases.toml", "en_sentences.toml"),
}  # files of phrases
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Example:
    """One text and what the rules must find in it, as of `day`. `kind` is whole, inside or not.

    `rule` is the rule that needs it, or the kind of phrase it stands for.
    """

    language: str
    rule: str
    kind: str
    text: str
    wanted: tuple[str, ...]
    day: date

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


@cache
def rules_file(language: str) -> dict[str, Any]:
    return tomllib.loads(DATES.joinpath(f"{language}.toml").read_text("utf-8"))


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads(DATES.joinpath(f"{language}_examples.toml").read_text("utf-8"))


def anchor(language: str) -> date:
    day: date = _file(language)["anchor"]
    return day


@cache
def examples(language: str) -> tuple[Example, ...]:
    """Those of the rules of the language, and its phrases by kind."""
    return (*examples_of_rules(language), *phrases(language))


@cache
def examples_of_rules(language: str) -> tuple[Example, ...]:
    """Those of the file of the language, and of files put beside it, each with an anchor of its own."""
    beside = sorted(f.name for f in DATES.iterdir() if f.name.startswith(f"{language}_examples_"))
    files_of_rules = [_file(language), *(tomllib.loads(DATES.joinpath(name).read_text("utf-8")) for name in beside)]
    return tuple(e for data in files_of_rules for e in examples_in(data, language))


@cache
def phrases(language: str) -> tuple[Example, ...]:
    """Phrases by kind, of no rule in particular."""
    data = (tomllib.loads((PHRASES / name).read_text("utf-8")) for name in BY_KIND[language])
    return tuple(e for file in data for e in examples_in(file, language))


def examples_in(data: Mapping[str, Any], language: str) -> Iterator[Example]:
    """The examples of one file."""
    assert set(data) == {"anchor", "example"}, set(data)
    day: date = data["anchor"]
    for row in data["example"]:
        assert set(row) <= {"rule", "kind", "not", "whole", "inside"}, row
        about = row.get("rule") or row["kind"]
        for text, days in row.get("whole", {}).items():
            yield Example(language, about, "whole", text, (days,), day)
        for text, wanted in row.get("inside", {}).items():
            yield Example(language, about, "inside", text, tuple(wanted), day)
        for text in row.get("not", []):
            yield Example(language, about, "not", text, (), day)


def days(e: Expression) -> str:
    return f"{e.start or ''}/{e.end or ''}"


def named(e: Expression) -> set[str]:
    """The rules that an expression names."""
    return set(e.rule.replace(", said again", "").replace(" to ", " + ").split(" + ")) | {e.rule}


def read(example: Example, rules: Grammar | None = None, text: str = "") -> list[Expression]:
    rules = rules or grammar(example.language)
    return find_with(rules, text or example.text, example.day)


def keeps(example: Example, rules: Grammar | None = None, text: str = "") -> bool:
    """Whether the rules give what the example says; `text` is the same in the other script."""
    text = text or example.text
    found = read(example, rules, text)
    if example.kind == "not":
        return all(example.rule not in named(e) for e in found)
    if example.kind == "whole":
        return [(e.text, days(e), e.vague) for e in found] == [(text, example.wanted[0], False)]
    surfaces = [(f"{days(e)}{' vague' if e.vague else ''}", e.end_char - e.start_char) for e in found]
    return surfaces == [(w.partition(" = ")[2], len(w.partition(" = ")[0])) for w in example.wanted]


def rule_names(language: str) -> list[str]:
    data = rules_file(language)
    return [row["name"] for part in ("rule", "before", "after") for row in data[part]]
