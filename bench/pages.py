"""Server time of pages at 10⁴, 10⁵ and 10⁶ generated events, on PostgreSQL and SQLite, beside the bare SQL of the same.

`python -m bench.pages [--sizes 10000,100000] [--databases sqlite] [--explain PAGE …]`; `make bench BENCH=pages` takes
the sizes from BENCH_SIZES.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from bench.generated import databases
from bench.table import table

SIZES = "10000,100000,1000000"
VENDORS = ("postgres", "sqlite")
HEAD = ("page", "events", "p50, ms", "p95, ms", "to the smallest", "bare SQL, ms", "to bare SQL", "queries", "kB")

Found = dict[int, dict[str, dict[str, Any]]]


def run() -> str:
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", SIZES).split(",")]
    return measured(VENDORS, sizes)


def measured(vendors: Sequence[str], sizes: Sequence[int]) -> str:
    parts = []
    for vendor in vendors:
        with databases(vendor) as kept:
            found = {size: json.loads(kept.of(size).python("-m", "bench.requesting")) for size in sizes}
        parts.append(f"### {vendor}\n\n{_table(found)}")
    return "\n".join(parts)


def _table(found: Found) -> str:
    rows, missing = [], []
    first = found[min(found)]
    for name in first:
        for size, pages in found.items():
            page = pages[name]
            if page["status"] != 200:
                missing.append(f"{name} ({page['path']}) at {size:,} events: {page['status']}")
                continue
            rows.append([name, f"{size:,}", *_cells(page, first[name])])
    text = table(HEAD, rows)
    return text + ("\nNot answered: " + "; ".join(missing) + "\n" if missing else "")


def _cells(page: dict[str, Any], first: dict[str, Any]) -> list[str]:
    return [
        f"{page['p50']:.1f}",
        f"{page['p95']:.1f}",
        f"{page['p50'] / first['p50']:.2f}×" if "p50" in first else "",
        f"{page['sql']:.1f}",
        f"{page['p50'] / page['sql']:.1f}×" if page["sql"] else "",
        str(page["queries"]),
        f"{page['bytes'] / 1000:.0f}",
    ]


def explained(vendors: Sequence[str], sizes: Sequence[int], pages: Sequence[str]) -> str:
    parts = []
    for vendor in vendors:
        with databases(vendor) as kept:
            for size in sizes:
                said = kept.of(size).python("-m", "bench.requesting", "--explain", *pages)
                parts.append(f"##### {vendor}, {size:,} events\n{said}")
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--databases", default=",".join(VENDORS))
    parser.add_argument("--explain", nargs="+", default=[], metavar="PAGE", help="names as in bench/requesting.py")
    chosen = parser.parse_args(arguments)
    vendors, sizes = chosen.databases.split(","), [int(size) for size in chosen.sizes.split(",")]
    print(explained(vendors, sizes, chosen.explain) if chosen.explain else measured(vendors, sizes))


if __name__ == "__main__":
    main(sys.argv[1:])
