"""The whole database into one file, and back: SQLite by its own copying, PostgreSQL by its client programs.

A file is written beside its name and renamed when it is complete and has been looked through.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection

from timeline.models import Article

KINDS = {"sqlite": b"SQLite format 3\0", "postgresql": b"PGDMP"}  # what a file begins with
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PAGES = 2_000  # of SQLite that are copied before others have their turn
EMPTY = ["SET lock_timeout = '30s'", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]

Progress = Callable[[int, int], object]  # (done, of)


class CannotBackUp(Exception):
    """The message says why, and what to do."""


def save(path: Path, progress: Progress = lambda done, of: None) -> int:
    """Write everything as it is at one moment, while others go on working; the bytes of the file.

    Raises CannotBackUp.
    """
    if not path.parent.is_dir():
        raise CannotBackUp(f"{path.parent} is no folder; make it first.")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # for its owner only
    os.close(handle)
    draft = Path(name)
    try:
        {"sqlite": _save_sqlite, "postgresql": _save_postgresql}[connection.vendor](draft, progress)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path.stat().st_size


def load(path: Path, *, replace: bool = False, progress: Progress = lambda done, of: None) -> None:
    """Make the database what it was when the file was written, all or nothing. Raises CannotBackUp.

    `replace`: even if it holds articles.
    """
    kind = _kind(path)
    if kind != connection.vendor:
        raise CannotBackUp(
            f"{path} is a backup of {NAMES[kind]}, and this database is {NAMES[connection.vendor]}; "
            "set DATABASE_URL to one of its kind."
        )
    if not replace and _holds_articles():
        raise CannotBackUp("This database holds articles. Restore into an empty one, or replace it with --replace.")
    {"sqlite": _load_sqlite, "postgresql": _load_postgresql}[kind](path, progress)


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            begins = file.read(16)
    except OSError as error:
        raise CannotBackUp(f"{path} cannot be read: {error.strerror}.") from error
    for kind, magic in KINDS.items():
        if begins.startswith(magic):
            return kind
    raise CannotBackUp(f"{path} is no backup that `manage.py backup` wrote.")


def _holds_articles() -> bool:
    try:
        return Article.objects.exists()
    except DatabaseError:  # it has no tables yet
        return False


# --- SQLite -------------------------------------------------------------------------------------


def _save_sqlite(draft: Path, progress: Progress) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(draft)) as copy:
        connection.connection.backup(copy, pages=PAGES, progress=_told(progress))
    _look_through(draft)


def _load_sqlite(path: Path, progress: Progress) -> None:
    _look_through(path)
    connection.ensure_connection()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        copy.backup(connection.connection, progress=_told(progress))
    connection.close()


def _told(progress: Progress) -> Callable[[int, int, int], object]:
    return lambda status, left, total: progress(total - left, total)


def _look_through(path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            found = copy.execute("PRAGMA quick_check").fetchone()[0]
            copy.execute("SELECT count(*) FROM django_migrations")
    except sqlite3.DatabaseError as error:
        raise CannotBackUp(f"{path} is damaged or no database of newsdesk: {error}.") from error
    if found != "ok":
        raise CannotBackUp(f"{path} is damaged: {found}.")


# --- PostgreSQL ---------------------------------------------------------------------------------


def _save_postgresql(draft: Path, progress: Progress) -> None:
    _run("pg_dump", ["--format=custom", "--no-owner", "--no-acl", f"--file={draft}"])
    _run("pg_restore", ["--list", str(draft)], server=False)


def _load_postgresql(path: Path, progress: Progress) -> None:
    """In one transaction: what was there is there again if anything goes wrong."""
    connection.close()
    with _script(path) as script:
        empty = [f"--command={sql}" for sql in EMPTY]
        quiet = ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        _run("psql", [*quiet, *empty, f"--file={script}"])


@contextmanager
def _script(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=path.absolute().parent) as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", ["--no-owner", "--no-acl", f"--file={script}", str(path)], server=False)
        yield script


def _run(program: str, words: Sequence[str], *, server: bool = True) -> None:
    """One of PostgreSQL's programs; where it needs the server, on the database of the settings."""
    found = shutil.which(program)
    if found is None:
        raise CannotBackUp(
            f"{program} is not installed. Install the client programs of the server's version "
            "(on Debian: postgresql-client) or put their folder into PATH."
        )
    login: list[str] = []
    environment: dict[str, Any] = dict(os.environ)
    if server:
        (_, *login), more = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
        environment |= more or {}
    done = subprocess.run([found, *words, *login], env=environment, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        hint = ""
        if "version mismatch" in said or "unsupported version" in said:
            hint = f"\n{found} is older than the server or the file; use the one of the server's version."
        raise CannotBackUp(f"{program} ended with status {done.returncode}: {said}{hint}")
