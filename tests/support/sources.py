"""The modules of the project and what each imports, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "timeline").rglob("*.py")) + sorted((ROOT / "newsdesk").rglob("*.py"))
CORE = "timeline.extraction"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


@cache
def imports(path: Path) -> tuple[tuple[str, int], ...]:
    """(module, column) of every import: column 0 is the top of the file. What `import_module` loads when it is first
    needed counts as well."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in NAMES else str(node.module)), node.col_offset
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "import_module":
            yield from ((str(name.value), 0) for name in node.args[:1] if isinstance(name, ast.Constant))
