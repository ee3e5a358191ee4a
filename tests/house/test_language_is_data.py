"""No word of Chinese stands in the code: words, patterns and sentences are data beside it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

from tests.support.sources import MODULES, ROOT, name_of

HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
OWN = [path for path in MODULES if "migrations" not in path.parts]
TRANSLATING = {"gettext", "gettext_noop", "gettext_lazy", "_"}
PHRASES = sorted((ROOT / "timeline").rglob("phrases.toml"))


def prose(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where docstrings stand, and messages that are translated: line and column of begin and end."""
    nodes = list(ast.walk(ast.parse(source)))
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in nodes if isinstance(node, owners)]
    first = [body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)]
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args]
    found = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in TRANSLATING]
    lines = [line.encode() for line in source.splitlines()]

    def place(line: int, column: int) -> tuple[int, int]:
        return line, len(lines[line - 1][:column].decode())  # `ast` counts bytes, `tokenize` characters

    return [
        (place(text.lineno, text.col_offset), place(text.end_lineno or 0, text.end_col_offset or 0))
        for text in [*first, *found]
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]


def chinese(source: str) -> list[str]:
    """The tokens with Han characters, outside of docstrings, comments and messages."""
    if not HAN.search(source):
        return []
    left_out = prose(source)
    return [
        f"line {token.start[0]}: {token.string}"
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type != tokenize.COMMENT
        and HAN.search(token.string)
        and not any(start <= token.start and token.end <= end for start, end in left_out)
    ]


def test_code_has_no_chinese_word() -> None:
    found = {name_of(path): chinese(path.read_text("utf-8")) for path in OWN}
    assert {name: words for name, words in found.items() if words} == {}


SEEN = '''"""英国"""
# 英国
NAME = "英国"  # 英国
def f() -> None:
    """英国"""
    print(f"{NAME}大选", gettext("双方"))
'''


def test_a_chinese_word_is_noticed() -> None:
    assert [found.partition(":")[0] for found in chinese(SEEN)] == ["line 3", "line 6"]


@pytest.mark.parametrize("path", PHRASES, ids=lambda path: name_of(path.parent))
def test_every_phrase_is_used_by_its_module(path: Path) -> None:
    sections = tomllib.loads(path.read_text("utf-8"))
    assert sections
    for name, phrases in sections.items():
        source = (path.parent / f"{name}.py").read_text("utf-8")
        used = set(re.findall(r'PHRASES\["(\w+)"\]', source))
        as_a_whole = re.search(r"(?:PHRASES|phrases_of\(__name__\))\.(?:values|items)\(\)", source)
        assert used <= set(phrases), name
        assert as_a_whole or used == set(phrases), name
