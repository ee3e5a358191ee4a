"""Fill the tables of docs/dates.md from the examples of the rules: `python -m tests.support.date_page`.

A table stands between `<!-- rules zh -->` (or `<!-- finder fr -->`) and `<!-- end -->`. Each rule has a row: its name,
an example, the days that it means at the anchor of the examples, and the reason in words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from importlib import import_module

import django
from django.conf import settings
from django.utils import translation

from tests.support.date_examples import Example, examples_of_rules, named, read, rule_names
from tests.support.sources import ROOT
from timeline.extraction.article import Expression
from timeline.extraction.dates import find
from timeline.extraction.dates.cldr import words_of

PAGE = ROOT / "docs" / "dates.md"
TABLE = re.compile(r"(<!-- (rules|finder) (\w\w) -->\n).*?(?=<!-- end -->)", re.S)
HEAD = "| kind | example | days | reason |\n|---|---|---|---|\n"
ANCHOR = date(2024, 3, 20)


def filled(page: str) -> str:
    """The page with its tables as the rules are now."""
    with translation.override("en"):
        return TABLE.sub(lambda m: f"{m[1]}\n{HEAD}" + "".join(_rows(m[2], m[3])) + "\n", page)


def _rows(kind: str, language: str) -> Iterator[str]:
    if kind == "finder":
        for text in words_of(language)["examples"]:
            for found in find(text, ANCHOR, language=language):
                yield _row(found.rule, text, found)
        return
    by_rule: dict[str, list[Example]] = defaultdict(list)
    for example in examples_of_rules(language):
        if example.kind != "not":
            by_rule[example.rule].append(example)
    for name in rule_names(language):
        shown = [(e, one) for e in by_rule[name] if (one := _shown(name, e)) is not None]
        if shown:
            yield _row(name, shown[0][0].text, shown[0][1])
        else:
            yield f"| {name} | {_code(by_rule[name][0].text)} | none | no part of it is read as a date |\n"


def _shown(name: str, example: Example) -> Expression | None:
    """The expression in which a rule is seen, or the first, which a modifier or a cue changes."""
    found = read(example)
    return next((e for e in found if name in named(e)), found[0] if found else None)


def _row(name: str, text: str, one: Expression) -> str:
    reason_words = import_module("timeline.display.reasons").reason_words  # once Django has its settings
    days = f"{one.start or '…'}" if one.start == one.end else f"{one.start or '…'} to {one.end or '…'}"
    marks = [mark for mark in ("vague" * one.vague, "about" * (one.modifier == "about")) if mark]
    days = ("" if one.start is one.end is None else days) + (f" ({', '.join(marks)})" if marks else "")
    return f"| {name} | {_code(text)} | {days.strip()} | {reason_words(one.reasons[1:-1])} |\n"


def _code(text: str) -> str:
    return "`" + " ".join(text.replace("|", "¦").split()) + "`"


def main() -> None:
    """Write the page."""
    settings.configure(USE_I18N=True, LANGUAGE_CODE="en", INSTALLED_APPS=[])
    django.setup()
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
