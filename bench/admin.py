"""Measure time and queries of the admin's pages on generated events: lists, searches, filters, an event's history.

`make bench BENCH=admin` takes the sizes from BENCH_SIZES; the databases are those of pages.py, with decisions added.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from bench.generated import databases
from bench.table import table

SIZES = "10000,1000000"
HEAD = ("page", "events", "p50, ms", "worst, ms", "queries", "kB")


def run() -> str:
    sizes = [int(size) for size in os.environ.get("BENCH_SIZES", SIZES).split(",")]
    vendors = os.environ.get("BENCH_DATABASES", "postgres").split(",")
    return "\n".join(f"### {vendor}\n\n{_measured(vendor, sizes)}" for vendor in vendors)


def _measured(vendor: str, sizes: list[int]) -> str:
    with databases(vendor) as kept:
        found = {size: json.loads(kept.of(size).python("-m", "bench.admin_requesting")) for size in sizes}
    rows: list[list[Any]] = []
    for name in found[sizes[0]]:
        for size in sizes:
            page = found[size][name]
            row = [f"{page['p50']:.0f}", f"{page['worst']:.0f}", page["queries"], f"{page['bytes'] / 1000:.0f}"]
            rows.append([f"{name} `{page['path']}`" if size == sizes[0] else "", f"{size:,}", *row])
    return table(HEAD, rows)


if __name__ == "__main__":
    sys.stdout.write(run())
