"""No file and no function of the packages, the tests and the measurements is too long to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.processes import ROOT
from tests.support.sources import MODULES, name_of

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50  # from `def` to the last line of the body; decorators do not count
OWN = [path for path in MODULES if "migrations" not in path.parts]
BESIDE = [path for folder in ("tests", "bench", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]


def too_long(source: str) -> dict[str, int]:
    """The lines of each function with too many, and those of the file."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    lines = {f.name: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    long = {name: n for name, n in lines.items() if n > MAX_FUNCTION_LINES}
    return long | ({"": n} if (n := len(source.splitlines())) > MAX_FILE_LINES else {})


def test_files_and_functions_are_short() -> None:
    found = {name_of(path): too_long(path.read_text("utf-8")) for path in (*OWN, *BESIDE)}
    assert {name: long for name, long in found.items() if long} == {}


def test_what_is_too_long_is_noticed() -> None:
    assert too_long("def f():\n" + "    x\n" * 50) == {"f": 51}
    assert too_long("x\n" * 401) == {"": 401}


def test_all_packages_are_looked_at() -> None:
    assert {name_of(path).partition(".")[0] for path in OWN} >= {"timeline", "newsdesk"}
    assert len(OWN) > 200
    assert {path.relative_to(ROOT).parts[0] for path in BESIDE} == {"tests", "bench", "tools"}
    assert Path(__file__) in BESIDE and len(BESIDE) > 150
