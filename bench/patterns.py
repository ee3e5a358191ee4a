"""`python -m bench.patterns`: print every regular expression of the packages as JSON, found by running them.

What `re` compiles for one of their modules is recorded while all modules are imported, the words of all languages are
loaded, and articles, posts and feeds are read; patterns that appear only in the source (`re.sub("…", …)` in a function
that was not called) are evaluated there. A call of `re` whose pattern neither reveals is named.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("timeline", "newsdesk")
CALLS = frozenset({"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})
ARTICLES = 40  # that are read, with BRACKETED; they meet all that is compiled on first use
BRACKETED = "昨天（19日），英国宣布大选将于7月4日举行。"


class Found(NamedTuple):
    """All patterns, each with its places and methods, and the calls whose pattern is unknown.

    The places compile the pattern, the methods use it; no methods where its name does not reveal them: it may be any.
    """

    patterns: dict[re.Pattern[Any], list[str]]
    uses: dict[re.Pattern[Any], set[str]]
    unknown: list[str]


def found() -> Found:
    """Record in a process of its own, which has imported nothing yet."""
    command = [sys.executable, "-m", "bench.patterns"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "newsdesk.settings", "PYTHONHASHSEED": "0"}
    told = json.loads(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout)
    patterns: dict[re.Pattern[Any], list[str]] = {}
    uses: dict[re.Pattern[Any], set[str]] = {}
    methods = _methods()
    for source, is_bytes, flags, place in told["patterns"]:
        compiled = re.compile(source.encode("latin-1") if is_bytes else source, flags)
        patterns.setdefault(compiled, []).append(place)
        uses.setdefault(compiled, set()).update(methods.get(place, CALLS))
    return Found(patterns, uses, told["unknown"])


def _methods() -> dict[str, set[str]]:
    """Return, for each line that names a pattern, the methods by which anything of that name is used, anywhere."""
    trees = {
        path: ast.parse(path.read_text("utf-8")) for package in PACKAGES for path in (ROOT / package).rglob("*.py")
    }
    used: dict[str, set[str]] = {}
    loose: set[str] = set()  # names that stand for themselves as well: given to somebody who may do anything
    for tree in trees.values():
        held = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in CALLS:
                used.setdefault(node.value.id, set()).add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in held:
                loose.add(node.id)
    methods: dict[str, set[str]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
                name = node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""
                for line in (
                    range(node.lineno, (node.end_lineno or node.lineno) + 1) if name in used.keys() - loose else ()
                ):
                    methods[f"{path.relative_to(ROOT)}:{line}"] = used[name]
    return methods


class Recorder:
    """Replace `re._compile`, and record what modules of the packages pass to it."""

    def __init__(self) -> None:
        self.compile = re._compile  # type: ignore[attr-defined]
        self.patterns: set[tuple[str, bool, int, str]] = set()

    def __call__(self, pattern: Any, flags: int) -> Any:
        compiled = self.compile(pattern, flags)
        place = _place(sys._getframe(2))
        if place:
            self.keep(compiled, place)
        return compiled

    def keep(self, compiled: re.Pattern[Any], place: str) -> None:
        source = compiled.pattern
        text = source.decode("latin-1") if isinstance(source, bytes) else source
        self.patterns.add((text, isinstance(source, bytes), compiled.flags & ~re.DEBUG, place))


def _place(frame: FrameType) -> str:
    """Return file and line in the packages, "" elsewhere."""
    path = Path(frame.f_code.co_filename)
    inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES
    return f"{path.relative_to(ROOT)}:{frame.f_lineno}" if inside else ""


def modules() -> Iterator[str]:
    for package in PACKAGES:
        path = [str(ROOT / package)]
        yield package
        yield from (module.name for module in pkgutil.walk_packages(path, f"{package}."))


def record() -> dict[str, Any]:
    """Import and read everything; return the compiled patterns, and the calls without a known one."""
    recorder = Recorder()
    re._compile = recorder  # type: ignore[attr-defined]
    importlib.import_module("django").setup()
    for name in modules():
        importlib.import_module(name)
    fuzz = importlib.import_module("bench.fuzz_articles")
    for seed in range(ARTICLES):
        for target in fuzz.TARGETS.values():
            target(random.Random(seed))
    core = importlib.import_module("timeline.extraction")
    core.read_article(core.Article("", BRACKETED, datetime(2024, 3, 20, tzinfo=UTC)))
    grammar = importlib.import_module("timeline.extraction.dates.grammar")
    for rule in (rule for language in ("zh", "en") for rule in grammar.grammar(language).rules):
        rule.match("", 0)  # compiled when it is first tried
    cldr = importlib.import_module("timeline.extraction.dates.cldr")
    for language in tomllib.loads((ROOT / "timeline/extraction/dates/foreign.toml").read_text("utf-8")):
        cldr.finder(language)
    for name, value in vars(sys.modules["timeline.api.patterns"]).items():  # by which the API's schema checks
        if name.isupper() and isinstance(value, str):
            recorder.keep(recorder.compile(value, 0), f"timeline/api/patterns.py:{name}")
    seen = {place for *_, place in recorder.patterns}
    unknown = []
    for path in sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        for call in _calls(path):
            lines = range(call.lineno, (call.end_lineno or call.lineno) + 1)
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            if any(f"{path.relative_to(ROOT)}:{line}" in seen for line in lines):
                continue
            pattern = _evaluated(call.args[0], path)
            if pattern is None:
                unknown.append(place)
            else:
                recorder.keep(recorder.compile(pattern, 0), place)
    return {"patterns": sorted(recorder.patterns), "unknown": unknown}


def _calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls of `re` that take a pattern."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
            yield node


def _evaluated(pattern: ast.expr, path: Path) -> str | bytes | None:
    """Return a pattern that its module alone determines: written out, or a constant."""
    module = sys.modules[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")]
    try:
        value = eval(compile(ast.Expression(pattern), str(path), "eval"), dict(vars(module)))
    except NameError:
        return None
    return value if isinstance(value, str | bytes) else None


if __name__ == "__main__":
    json.dump(record(), sys.stdout)
