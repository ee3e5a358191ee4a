"""Names are the field's words: none of the words that newsdesk once had for itself alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.support.sources import MODULES, ROOT, name_of

# What stands for each now: options, report or source window, redirect, event, fix, recovery, dashboard or
# inbox, context.
PRIVATE = set(
    "asking told heir heirs happening happenings mend mends sweep desk desks manners handwriting exampling "
    "scene scenes".split()
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def names_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Attribute):
            yield node.attr


def private_words(source: str) -> set[str]:
    return {word.lower() for name in names_in(source) for word in WORD.findall(name)} & PRIVATE


HELD = [path for path in MODULES if "migrations" not in path.parts]


def test_names_are_the_words_of_the_field() -> None:
    found = {name_of(path): private_words(path.read_text("utf-8")) for path in HELD}
    assert {name: words for name, words in found.items() if words} == {}


def test_templates_are_named_likewise() -> None:
    templates = list((ROOT / "templates").rglob("*.html"))
    assert templates and [path for path in templates if set(re.findall(r"[a-z]+", path.stem)) & PRIVATE] == []


def test_a_private_word_is_noticed() -> None:
    assert private_words("class _ToldBy:\n    def mend_it(self, asking): ...") == {"told", "mend", "asking"}
