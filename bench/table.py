"""Print tables in Markdown, and write them to var/bench/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "var" / "bench"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def report(name: str, text: str) -> None:
    """Print a report and keep it as var/bench/NAME.md."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.md").write_text(text, "utf-8")
    print(f"## {name}\n\n{text}")
