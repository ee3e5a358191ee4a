"""Databases of their own for tests that replace a whole one, of the kind on which the tests run."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from timeline.operations.backups.migrate import connected_to


class Databases:
    """`make` one, and let the project's connection lead to it for the time of `use`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = dict(connection.settings_dict)
        self.made: list[str] = []

    def make(self, name: str, of: str | None = None) -> str:
        """What stands in the settings as NAME. `of`: another one, which is copied; without it the new one is empty."""
        connection.close()
        if connection.vendor == "sqlite":
            path = self.folder / f"{name}.sqlite3"
            if of is not None:
                with closing(sqlite3.connect(of)) as old, closing(sqlite3.connect(path)) as new:
                    old.backup(new)
            return str(path)
        self.made.append(name)
        self.ask("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.ask("CREATE DATABASE {} TEMPLATE {}", name, of or "template0")
        return name

    @contextmanager
    def use(self, name: str, **settings: Any) -> Iterator[None]:
        with connected_to(NAME=name, **settings):
            yield

    def drop(self) -> None:
        while self.made:
            name = self.made.pop()
            self.ask("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def ask(self, statement: str, *names: str) -> None:
        """Run a statement beside all of them, with these names in it (PostgreSQL)."""
        entry = self.settings
        login = {"host": entry["HOST"], "port": entry["PORT"] or None, "user": entry["USER"]}
        with psycopg.connect(dbname="postgres", password=entry["PASSWORD"], **login, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def killed(work: Callable[[Callable[[], None]], Any]) -> None:
    """Do the work in a process of its own that gets `kill -9` when it calls what it is given."""
    connection.close()
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)

        def arrived() -> None:
            os.write(writes, b"!")
            signal.pause()

        try:
            work(arrived)
        finally:
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read(1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert said == b"!", "the work ended before the kill"
