"""Measure one more claim: with ever more events stored, with ever more claims on the same event, in an import."""

from __future__ import annotations

import json

from bench.corpus import shared
from bench.postgres import fresh
from bench.table import table


def run() -> str:
    shared("corpus/news-2020H2.tar.xz")
    with fresh() as database:
        grown = json.loads(database.python("-m", "bench.growing"))
    with fresh() as database:
        spent: dict[str, float] = json.loads(database.python("-m", "bench.importing"))
    return _costs(grown) + "\n" + _shares(spent)


def _costs(grown: dict[str, list[dict[str, float]]]) -> str:
    """Return the medians of one run."""
    parts = []
    for what, rows in grown.items():
        steps = [name for name in rows[0] if name != what]
        cells = [[f"{row[what]:,}", *(f"{row[step]:.1f}" for step in steps)] for row in rows]
        parts.append(table([what, *(f"{step}, ms" for step in steps)], cells))
    return "\n".join(parts)


def _shares(spent: dict[str, float]) -> str:
    before = spent["taking in"] + spent["reading"]
    rows = [[name, f"{seconds:.1f}", f"{seconds / sum(spent.values()):.0%}"] for name, seconds in spent.items()]
    head = table(["20,000 posts", "seconds", "share"], rows)
    return head + f"\nResolving adds {spent['resolving'] / before:.0%} to taking in and reading.\n"


if __name__ == "__main__":
    print(run())
