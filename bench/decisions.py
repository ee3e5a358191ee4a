"""`python -m bench.decisions [COUNT] [--seed N] [--database NAME]`: play random sequences of decisions and readings.

The calendar after each must equal that of a fresh resolution, on SQLite and on PostgreSQL (bench/sequences.py). The
sequences are numbered from the seed; one that differs is named, and `--seed N` with a count of 1 plays it again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.postgres import ROOT, Database, fresh

DATABASES = ("sqlite", "postgres")


@contextmanager
def sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="newsdesk-bench-") as folder:
        database = Database("", Path(folder))
        database.env.pop("DATABASE_URL")
        database.python("manage.py", "migrate", "--verbosity", "0")
        database.python("manage.py", "load_gazetteer", "--verbosity", "0")
        yield database


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", choices=DATABASES, action="append")
    asked = parser.parse_args()
    for name in asked.database or DATABASES:
        with sqlite() if name == "sqlite" else fresh() as database:
            arguments = [sys.executable, "-m", "bench.deciding", str(asked.seed), str(asked.count)]
            env = {**os.environ, **database.env}
            done = subprocess.run(arguments, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            return done.returncode
        print(f"{name}: {asked.count} sequences from number {asked.seed}, each equal to a fresh resolution")
        print(f"  {done.stdout}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
