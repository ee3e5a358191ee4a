"""Back up the whole database into one file and restore it, all or nothing (`manage.py backup` and `restore`).

A backup is written to a draft and renamed when it is complete. A restore is checked and migrated beside the database,
which is then changed in one transaction.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path
from types import ModuleType

import psycopg
from django.db import Error, connection

from timeline.operations.backups import files, generations, origin, postgres, sqlite
from timeline.operations.backups.files import Backup, BackupError, Progress
from timeline.operations.backups.generations import Policy

__all__ = ["Backup", "BackupError", "Progress", "check", "load", "save", "save_generation"]

DATABASE_ERRORS = (Error, sqlite3.Error, psycopg.Error)


def save(path: Path, progress: Progress = lambda done, of: None) -> int:
    """Write a snapshot while others go on working; return the size of the file in bytes. Raises BackupError.

    If it fails, a file that had the name before is unchanged.
    """
    database = sqlite.database_file() if connection.vendor == "sqlite" else None
    try:
        with files.os_errors_as_backup_errors(path):
            files.check_target(path, database)
            with files.draft_folder(path.parent) as folder:
                draft = folder / path.name
                draft.touch(mode=0o600)
                _module_of(connection.vendor).save(draft, progress)
                files.seal(draft, progress)
                files.publish(draft, path)
            return path.stat().st_size
    except DATABASE_ERRORS as error:
        raise BackupError(f"{path} was not written: {error}.") from error


def save_generation(
    folder: Path, policy: Policy, now: datetime, progress: Progress = lambda done, of: None
) -> tuple[Path, int, list[Path]]:
    """Write a backup named after `now` (UTC) into the folder, then remove older ones that no rule keeps.

    Return the file, its size in bytes, and the removed files. Raises BackupError, and then none was removed.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is no folder; make it first.")
    database = str(connection.settings_dict["NAME"])
    path = folder / generations.file_name(database, now)
    size = save(path, progress)
    with files.os_errors_as_backup_errors(folder):
        return path, size, generations.remove_old(folder, database, policy)


def check(path: Path, progress: Progress = lambda done, of: None) -> Backup:
    """Check a backup as for a restore; change nothing. Raises BackupError."""
    backup = files.open_backup(path)
    _module_of(backup.kind).check(backup, progress)
    return backup


def load(path: Path, *, replace: bool = False, progress: Progress = lambda done, of: None) -> Backup:
    """Restore a backup, all or nothing. Raises BackupError.

    `replace`: even if it holds articles.
    """
    backup = files.open_backup(path)
    if backup.kind != connection.vendor:
        raise BackupError(
            f"{path} is a backup of {files.TITLES[backup.kind]}, and this database is "
            f"{connection.display_name}. Set DATABASE_URL to one of its kind; `manage.py transfer` takes "
            "everything from there to the other."
        )
    origin.check_replaced(replace=replace)
    try:
        with files.os_errors_as_backup_errors(path):
            _module_of(backup.kind).load(backup, progress)
    except DATABASE_ERRORS as error:
        raise BackupError(f"{path} was not restored: {error}. The database is as it was.") from error
    return backup


def _module_of(kind: str) -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgres}[kind]
