"""Who may import whom (docs/architecture.md), read from the sources."""

from __future__ import annotations

import ast
import graphlib
import importlib
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from newsdesk.environment import OWN_PATHS
from tests.support.sources import CORE, MODULES, ROOT, imports, name_of

LOOSE = {"apps", "tasks", "urls"}  # names that the frameworks look for
# What each package of `timeline` may import of the others; one that stands here alone imports none.
MAY_IMPORT = {
    "extraction": "",
    "resilience": "",
    "validation": "",
    "models": "extraction",
    "fetching": "extraction validation",
    "resolution": "extraction",
    "display": "extraction models",
    "ingest": "extraction fetching models resilience validation",
    "pipeline": "extraction models resilience resolution validation",
    "query": "display extraction models",
    "curation": "display extraction ingest models pipeline query resilience resolution validation",
    "charts": "display extraction models query",
    "operations": "extraction ingest models pipeline second_reader",
    "synthetic": "extraction ingest models pipeline resolution",
    "second_reader": "extraction fetching models pipeline",
    "alerts": "display feeds fetching models query",
    "sandbox": "display extraction fetching resilience",
    "http": "models operations query resilience validation",
    "feeds": "display http models query",
    "web": "alerts charts display extraction feeds http models query sandbox second_reader validation",
    "tasks": "alerts curation ingest models operations pipeline resilience second_reader",
    "api": "display extraction fetching http ingest models query resilience sandbox tasks validation",
    "admin": "curation display fetching http ingest models pipeline query resilience second_reader tasks validation",
    "templatetags": "curation display models pipeline",
    "urls": "api feeds http web",
    "apps": "extraction operations",
    "management": "api curation display extraction fetching http ingest models operations pipeline query resilience "
    "second_reader synthetic tasks",
    "migrations": "extraction models",  # what was computed then is computed still
}
OF_NEWSDESK = "admin extraction fetching http operations query resilience web"  # what its wiring uses of `timeline`
DOMAIN_WORDS = ("election", "alliance", "bloc", "claim", "belief", "gazetteer", "voter", "participant")
COMPILED = {"selectolax", "ahocorasick_rs", "rjieba", "numpy"}
ELSEWHERE = {
    "cldr.py": {"babel"},
    "foreign.py": {"dateparser"},
    "holidays.py": {"dateutil", "hijridate", "lunar_python"},
}  # one door each
CLOCKS = {("date", "today"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("time", "time")}


def own(path: Path) -> set[str]:
    return {module for module, _ in imports(path) if module.startswith("timeline")}


def within(package: str) -> list[Path]:
    found = [p for p in MODULES if name_of(p).startswith(package)]
    assert found
    return found


def test_no_import_stands_inside_a_function() -> None:
    assert [
        (name_of(path), module)
        for path in MODULES
        if "migrations" not in path.parts
        for module, column in imports(path)
        if column
    ] == []


def test_the_core_imports_the_standard_library_and_few_packages() -> None:
    for path in within(CORE):
        allowed = sys.stdlib_module_names | COMPILED | ELSEWHERE.get(path.name, set())
        others = {m for m, _ in imports(path) if m.partition(".")[0] not in allowed and not m.startswith(CORE)}
        assert others == set(), path


def test_the_core_never_asks_for_the_time() -> None:
    for path in within(CORE):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in CLOCKS, f"{path}, line {node.lineno}"


def test_fetching_knows_nothing_of_the_database() -> None:
    database = ("django", "timeline.models", "timeline.pipeline")
    used = {(name_of(p), m) for p in within("timeline.fetching") for m, _ in imports(p) if m.startswith(database)}
    assert used == set()


def test_models_import_of_other_parts_only_the_days_of_an_event() -> None:
    may = ("timeline.models", "timeline.extraction.when")
    assert {(name_of(p), m) for p in within("timeline.models") for m in own(p) if not m.startswith(may)} == set()


def package_of(module: str) -> str:
    return module.split(".")[1]


def test_the_table_names_all_packages() -> None:
    here = {p.stem for p in (ROOT / "timeline").iterdir() if (p.is_dir() and any(p.rglob("*.py"))) or p.suffix == ".py"}
    assert here - {"__init__"} == set(MAY_IMPORT)
    assert {p.stem for p in (ROOT / "timeline").glob("*.py")} == {"__init__", *LOOSE}


def test_the_table_of_the_documentation_is_the_same() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([\w ]*)\|$", text, re.M)
    assert {package: may.strip() for package, may in rows} == MAY_IMPORT


def test_a_package_imports_what_it_may() -> None:
    used: dict[str, set[str]] = {package: set() for package in MAY_IMPORT}
    for path in MODULES:
        top, _, inner = name_of(path).partition(".")
        if top == "timeline" and inner:
            package = inner.partition(".")[0]
            used[package] |= {package_of(module) for module in own(path)} - {package}
    allowed = {package: set(may.split()) for package, may in MAY_IMPORT.items()}
    assert used == allowed, "the table says more or less than the code does"


def test_the_packages_form_no_ring() -> None:
    order = list(graphlib.TopologicalSorter({name: may.split() for name, may in MAY_IMPORT.items()}).static_order())
    assert set(order) == set(MAY_IMPORT)


def test_newsdesk_is_wiring() -> None:
    wiring = [p for p in MODULES if name_of(p).split(".")[0] == "newsdesk"]
    assert {package_of(module) for path in wiring for module in own(path)} == set(OF_NEWSDESK.split())
    addresses = set(OWN_PATHS)  # of which no prefix may be one; tests/http/test_proxies.py holds the list
    for path in wiring:
        words = [word for word in re.split(r"[^a-z.]+", path.read_text("utf-8").lower()) if word not in addresses]
        assert not [word for word in words if any(found in word for found in DOMAIN_WORDS)], path


def test_resolution_is_pure() -> None:
    for path in MODULES:
        if name_of(path).startswith("timeline.resolution"):
            others = {m for m, _ in imports(path) if m.partition(".")[0] not in sys.stdlib_module_names}
            assert all(m.startswith(("timeline.resolution", CORE, "rapidfuzz.")) for m in others), path


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


def test_no_test_imports_another() -> None:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        of_tests = [m for m, _ in imports(path) if m.startswith("tests.") or m == "conftest"]
        assert all(m.startswith("tests.support") for m in of_tests), path


IMPORT = re.compile(r"^ *(from (?:timeline|newsdesk|tests|bench)[\w.]* import [\w, ]+)", re.M)


def code_in_strings() -> Iterator[tuple[str, str]]:
    """(file, statement) of each import of our own code in the programs that benches and tests write as strings."""
    for path in (*sorted((ROOT / "bench").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from ((path.name, found.strip()) for found in IMPORT.findall(node.value))


def test_programs_in_strings_import_what_exists() -> None:
    programs = list(code_in_strings())
    assert len(programs) > 20
    for file, statement in programs:
        (found,) = ast.parse(statement).body
        assert isinstance(found, ast.ImportFrom)
        for alias in found.names:
            try:
                spec = importlib.util.find_spec(f"{found.module}.{alias.name}")
            except ModuleNotFoundError:  # a name of a module, not a module
                spec = None
            assert spec or hasattr(importlib.import_module(str(found.module)), alias.name), f"{file}: {statement}"


def test_importing_the_core_loads_no_library_that_few_texts_need() -> None:
    """jieba's dictionary, dateparser, the lunar calendar and CLDR take longer to load than everything else."""
    heavy = ["rjieba", "dateparser", "babel", "lunar_python", "hijridate"]
    code = f"import sys, timeline.extraction; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
