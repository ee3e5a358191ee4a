"""Measure alerts: ten thousand watchers and a thousand changes, each watcher told once, through a real receiver."""

from __future__ import annotations

import json

from bench.postgres import fresh
from bench.table import table


def run() -> str:
    with fresh() as database:
        found = json.loads(database.python("-m", "bench.telling"))
    rows = [
        ["matching 1,000 changes against 10,000 watches", f"{found['told']:,} told", f"{found['collect']:.1f}"],
        ["sending, one process", f"{found['messages']:,} webhooks", f"{found['send']:.1f}"],
    ]
    return table(["", "", "seconds"], rows)
