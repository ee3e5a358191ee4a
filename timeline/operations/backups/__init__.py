"""The whole database into one file, and back, all or nothing (`manage.py backup` and `restore`).

A backup is written beside its name and gets it when it is complete. A restore is checked and migrated beside the
database, which is changed only then, in one transaction.
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
    """Write everything as it is at one moment, while others go on working; the bytes of the file. Raises BackupError.

    If it fails, what had the name before is as it was.
    """
    database = sqlite.database_file() if connection.vendor == "sqlite" else None
    try:
        with files.told_in_words(path):
            files.check_target(path, database)
            with files.draft_folder(path.parent) as folder:
                draft = folder / path.name
                draft.touch(mode=0o600)
                _of(connection.vendor).save(draft, progress)
                files.seal(draft, progress)
                files.put(draft, path)
            return path.stat().st_size
    except DATABASE_ERRORS as error:
        raise BackupError(f"{path} was not written: {error}.") from error


def save_generation(
    folder: Path, policy: Policy, now: datetime, progress: Progress = lambda done, of: None
) -> tuple[Path, int, list[Path]]:
    """Write a backup named after `now` (UTC) into the folder, then remove older ones that no rule keeps.

    Gives the file, its bytes, and those removed. Raises BackupError, and then nothing was removed.
    """
    if not folder.is_dir():
        raise BackupError(f"{folder} is no folder; make it first.")
    database = str(connection.settings_dict["NAME"])
    path = folder / generations.name_of(database, now)
    size = save(path, progress)
    with files.told_in_words(folder):
        return path, size, generations.remove_old(folder, database, policy)


def check(path: Path, progress: Progress = lambda done, of: None) -> Backup:
    """Look through a backup as for a restore, and change nothing. Raises BackupError."""
    backup = files.opened(path)
    _of(backup.kind).check(backup, progress)
    return backup


def load(path: Path, *, replace: bool = False, progress: Progress = lambda done, of: None) -> Backup:
    """Make the database what it was when the file was written, all or nothing. Raises BackupError.

    `replace`: even if it holds articles.
    """
    backup = files.opened(path)
    if backup.kind != connection.vendor:
        raise BackupError(
            f"{path} is a backup of {files.TITLES[backup.kind]}, and this database is "
            f"{connection.display_name}. Set DATABASE_URL to one of its kind; `manage.py transfer` takes "
            "everything from there to the other."
        )
    origin.check_replaced(replace=replace)
    try:
        with files.told_in_words(path):
            _of(backup.kind).load(backup, progress)
    except DATABASE_ERRORS as error:
        raise BackupError(f"{path} was not restored: {error}. The database is as it was.") from error
    return backup


def _of(kind: str) -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgres}[kind]
