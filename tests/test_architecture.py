"""Who may import whom (docs/architecture.md), read from the sources."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "timeline").rglob("*.py")) + sorted((ROOT / "newsdesk").rglob("*.py"))
CORE = "timeline.extraction"
DOORS = {"views", "desk", "event_page", "fragments", "feeds", "api", "admin", "tasks", "urls", "management"}
COMPILED = {"selectolax", "ahocorasick_rs", "rjieba"}
ELSEWHERE = {"foreign.py": {"dateparser"}, "holidays.py": {"dateutil", "hijridate", "lunar_python"}}  # one door each
CLOCKS = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("time", "time")}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(module, column) of every import: column 0 is the top of the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in NAMES else str(node.module)), node.col_offset


def own(path: Path) -> set[str]:
    return {module for module, _ in imports(path) if module.startswith("timeline")}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_import_stands_inside_a_function(path: Path) -> None:
    assert [module for module, column in imports(path) if column and "migrations" not in path.parts] == []


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).startswith(CORE)], ids=name_of)
def test_the_core_imports_the_standard_library_and_few_packages(path: Path) -> None:
    allowed = COMPILED | ELSEWHERE.get(path.name, set())
    for module, _ in imports(path):
        top = module.partition(".")[0]
        assert top in sys.stdlib_module_names or top in allowed or module.startswith(CORE), module


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).startswith(CORE)], ids=name_of)
def test_the_core_never_asks_for_the_time(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in CLOCKS, f"line {node.lineno}"


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).startswith("timeline.fetching")], ids=name_of)
def test_fetching_knows_nothing_of_the_database(path: Path) -> None:
    assert not [m for m, _ in imports(path) if m.startswith(("django", "timeline.models", "timeline.pipeline"))]


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).startswith("timeline.models")], ids=name_of)
def test_models_import_no_other_part(path: Path) -> None:
    assert all(module.startswith("timeline.models") for module in own(path))


def test_only_doors_are_imported_by_no_inner_part() -> None:
    inner = [p for p in MODULES if name_of(p).startswith("timeline.") and name_of(p).split(".")[1] not in DOORS]
    for path in inner:
        assert not {m for m in own(path) if len(m.split(".")) > 1 and m.split(".")[1] in DOORS}, path


def test_resolving_is_pure() -> None:
    allowed = {"timeline.resolution.reprints", CORE + ".gazetteer", "rapidfuzz.fuzz", "rapidfuzz.process"}
    for name in ("resolving.py", "reprints.py"):
        used = {m for m, _ in imports(ROOT / "timeline" / name) if m.partition(".")[0] not in sys.stdlib_module_names}
        assert used <= allowed, name


def test_there_is_no_circle() -> None:
    graph = {name_of(p): own(p) for p in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module in done:
            return
        for other in graph.get(module, ()):
            visit(other, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())
