"""SQLite, by its backup API, which copies a snapshot and replaces a database in one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection

from timeline.operations.backups import files, origin
from timeline.operations.backups.files import APPLICATION_ID, Backup, BackupError, Progress
from timeline.operations.backups.migrate import connected_to, migrate
from timeline.operations.backups.origin import Contents

BATCH_PAGES = 5_000
MAX_LOCK_SECONDS = 30.0  # of waiting for another writer


def database_file() -> Path:
    """Return the path of the present database."""
    return Path(connection.settings_dict["NAME"])


def save(draft: Path, progress: Progress) -> None:
    """Copy a snapshot in one read transaction, so that writers neither wait nor make it start again."""
    if not database_file().is_file():
        raise BackupError(f"There is no database {database_file()} yet.")
    with closing(_connect(database_file(), "rw")) as source, closing(_connect(draft, "rwc")) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # it is sealed and put on the disk afterwards
        size = source.execute("PRAGMA page_size").fetchone()[0]
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it sees nothing new
        source.backup(copy, pages=BATCH_PAGES, progress=_progress_callback(progress, size))
        source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()  # so that it opens where nothing can be written
        copy.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if "django_migrations" not in inspect(draft).tables:
        raise BackupError("This database holds no newsdesk. Look at DATABASE_URL, or run `manage.py migrate`.")


def inspect(path: Path) -> Contents:
    """Check all pages of a file and return its contents. Raises BackupError if it is damaged."""
    try:
        with closing(_connect(path, "ro&immutable=1")) as copy:
            found = copy.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise BackupError(f"{path.name} is damaged: {found}.")
            tables = frozenset(name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
            migrations: frozenset[tuple[str, str]] = frozenset()
            if "django_migrations" in tables:
                migrations = frozenset(copy.execute("SELECT app, name FROM django_migrations").fetchall())
            return Contents(migrations, tables)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path.name} is damaged: {error}.") from error


def check(backup: Backup, progress: Progress) -> None:
    """Check the digest and the pages of a backup. Raises BackupError."""
    files.read_verified(backup, None, progress)
    origin.check(backup.path, inspect(backup.path))


def load(backup: Backup, progress: Progress) -> None:
    """Copy, check and migrate beside the database; then change the database in one transaction."""
    database = database_file()
    with files.draft_folder(database.parent) as folder:
        draft = folder / backup.path.name
        with draft.open("xb") as file:
            files.read_verified(backup, file, progress)
        origin.check(backup.path, inspect(draft))
        with closing(_connect(draft, "rw")) as copy:
            copy.execute("PRAGMA application_id = 0")
        with connected_to(NAME=str(draft)):
            migrate(backup.path.name)
        connection.close()
        _replace(draft, database, progress)


def _replace(draft: Path, database: Path, progress: Progress) -> None:
    """Replace the database in one transaction: readers see the old rows until the commit, writers wait.

    A file renamed over the database would not be seen by processes that have the old one open.
    """
    with closing(_connect(draft, "rw")) as source, closing(_connect(database, "rwc")) as target:
        size = target.execute("PRAGMA page_size").fetchone()[0]
        if source.execute("PRAGMA page_size").fetchone()[0] != size:
            source.execute("PRAGMA journal_mode = DELETE").fetchone()
            source.execute(f"PRAGMA page_size = {size}")
            source.execute("VACUUM")
        source.backup(target, pages=BATCH_PAGES, progress=_progress_callback(progress, size), sleep=0.1)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=MAX_LOCK_SECONDS, isolation_level=None)


def _progress_callback(progress: Progress, page_size: int) -> Callable[[int, int, int], object]:
    """Make a callback for `Connection.backup`, which would otherwise wait for a lock for ever."""
    waits_since = 0.0

    def tell(status: int, left: int, total: int) -> None:
        nonlocal waits_since
        if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            waits_since = 0.0
            progress((total - left) * page_size, total * page_size)
        elif not waits_since:
            waits_since = time.monotonic()
        elif time.monotonic() - waits_since > MAX_LOCK_SECONDS:
            raise BackupError("Another process holds the database for writing. Stop workers and web, then try again.")

    return tell
