"""No file and no function of the packages, the tests and the measurements is too long to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tests.support.sources import MODULES, name_of

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50  # from `def` to the last line of the body; decorators do not count
OWN = [path for path in MODULES if "migrations" not in path.parts]
BESIDE = [path for folder in ("tests", "bench", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", [*OWN, *BESIDE], ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= MAX_FILE_LINES
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {
        f.name: lines for f in functions if (lines := (f.end_lineno or f.lineno) - f.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_all_packages_are_looked_at() -> None:
    assert {name_of(path).partition(".")[0] for path in OWN} >= {"timeline", "newsdesk"}
    assert len(OWN) > 200
    assert {path.relative_to(ROOT).parts[0] for path in BESIDE} == {"tests", "bench", "tools"}
    assert Path(__file__) in BESIDE and len(BESIDE) > 150
