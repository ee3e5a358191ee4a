"""Backup files: where they may be written, how damage is detected, and the cleanup of drafts.

A backup is a SQLite database or an archive of `pg_dump`, followed by one line, the trailer, with the SHA-256 and the
size of all before it. The programs of both databases ignore that line.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

Kind = Literal["sqlite", "postgresql"]
Progress = Callable[[int, int], object]  # (bytes done, bytes in all or 0 if unknown)

MAGIC_BYTES: dict[Kind, bytes] = {"sqlite": b"SQLite format 3\0", "postgresql": b"PGDMP"}  # first bytes of a file
TITLES: dict[Kind, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TRAILER = re.compile(rb"\nnewsdesk backup 1, sha256 ([0-9a-f]{64}), ([0-9]{20}) bytes\n")
APPLICATION_ID = 0x4E575344  # "NWSD": a SQLite file with it has a trailer
APPLICATION_ID_AT = 68  # its offset in a SQLite file
ARCHIVE_END = b"\0" * 5  # how an archive of pg_dump ends: no further block of rows
BLOCK_BYTES = 1 << 20
DRAFT = ".newsdesk-draft-"  # prefix of draft folders
# Files that 0.4 and 0.5 left beside a backup that they checked.
ORPHAN = re.compile(r"(\..+-[a-z0-9_]{8})-(?:wal|shm)")


def _trailer(digest: str, size: int) -> bytes:
    return f"\nnewsdesk backup 1, sha256 {digest}, {size:020} bytes\n".encode("ascii")


TRAILER_BYTES = len(_trailer("0" * 64, 0))


class BackupError(Exception):
    """A backup cannot be written or restored; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A file to restore. `size`: bytes without the trailer; `digest`: their SHA-256, None if written by 0.4 or 0.5."""

    path: Path
    kind: Kind
    size: int
    digest: str | None


@contextmanager
def os_errors_as_backup_errors(path: Path) -> Iterator[None]:
    """Turn errors of the operating system about the file and its folder into a BackupError."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{error.filename or path}: {error.strerror or error}.") from error


# --- writing ------------------------------------------------------------------------------------


def check_target(path: Path, database: Path | None) -> None:
    """Raise BackupError unless `path` can become a backup. `database`: the file of the database, if it is one."""
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent} is no folder; make it first.")
    if path.is_dir():
        raise BackupError(f"{path} is a folder. Name a file in it, or let backups collect there: --keep daily=7 {path}")
    if path.exists() and not path.is_file():
        raise BackupError(f"{path} is no ordinary file; name one, or a file that does not exist yet.")
    if database is not None:
        own = [database.resolve(), *(database.resolve().with_name(database.name + end) for end in ("-wal", "-shm"))]
        if path.resolve() in own or (path.exists() and database.exists() and path.samefile(database)):
            raise BackupError(f"{path} is the database itself; name another file.")


def seal(path: Path, progress: Progress) -> None:
    """Append the trailer, and wait until all of it is on the disk."""
    digest, size = hashlib.sha256(), path.stat().st_size
    with path.open("r+b") as file:
        for block in _blocks(file, size):
            digest.update(block)
            progress(file.tell(), size)
        file.seek(0, os.SEEK_END)
        file.write(_trailer(digest.hexdigest(), size))
        file.flush()
        os.fsync(file.fileno())


def publish(draft: Path, path: Path) -> None:
    """Give a complete file its name, in one step that a loss of power does not undo."""
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- reading ------------------------------------------------------------------------------------


def open_backup(path: Path) -> Backup:
    """Read the header and the trailer of a backup. Raises BackupError if it is none, or truncated."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise BackupError(f"{path} is no ordinary file.")
        with path.open("rb") as file:
            begins = file.read(APPLICATION_ID_AT + 4)
            whole = file.seek(0, os.SEEK_END)
            file.seek(max(0, whole - TRAILER_BYTES))
            ends = file.read()
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
    kind = next((kind for kind, magic in MAGIC_BYTES.items() if begins.startswith(magic)), None)
    trailer = TRAILER.fullmatch(ends)
    if kind is None:
        raise BackupError(f"{path} is {'damaged' if trailer else 'no backup that `manage.py backup` wrote'}.")
    if trailer is None:
        if begins[APPLICATION_ID_AT:] == APPLICATION_ID.to_bytes(4, "big"):
            raise BackupError(f"{path} is damaged: its end is missing or was changed.")
        if kind == "postgresql" and not ends.endswith(ARCHIVE_END):
            raise BackupError(f"{path} is damaged: it does not end as an archive of pg_dump does.")
        return Backup(path, kind, whole, None)
    size = whole - TRAILER_BYTES
    if int(trailer[2]) != size:
        raise BackupError(f"{path} is damaged: it should have {int(trailer[2]):,} bytes and has {size:,}.")
    return Backup(path, kind, size, trailer[1].decode("ascii"))


def read_verified(backup: Backup, to: IO[bytes] | None, progress: Progress) -> None:
    """Read a whole backup, check its digest, and write it to `to` if given. Raises BackupError if it differs."""
    digest, done = hashlib.sha256(), 0
    with os_errors_as_backup_errors(backup.path), backup.path.open("rb") as file:
        for block in _blocks(file, backup.size):
            digest.update(block)
            if to is not None:
                to.write(block)
            done += len(block)
            progress(done, backup.size)
    if done != backup.size or (backup.digest is not None and digest.hexdigest() != backup.digest):
        raise BackupError(f"{backup.path} is damaged: it is not what was written (its SHA-256 differs).")


def _blocks(file: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (block := file.read(min(size, BLOCK_BYTES))):
        size -= len(block)
        yield block


# --- drafts -------------------------------------------------------------------------------------


@contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """Make a private folder for drafts and remove it afterwards.

    Folders of killed processes in `parent` are removed too: a folder in use is locked by its process.
    """
    _remove_leftovers(parent)
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=DRAFT))
        with _locked(folder) as alone:
            if alone:
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
                return  # another process just removed it as a leftover


def _remove_leftovers(parent: Path) -> None:
    for path in parent.iterdir():
        if path.name.startswith(DRAFT):
            with _locked(path) as alone:
                if alone:
                    shutil.rmtree(path, ignore_errors=True)
        elif (orphan := ORPHAN.fullmatch(path.name)) and not path.with_name(orphan[1]).exists():
            path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Try to lock a folder; give whether it was locked."""
    try:
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # removed meanwhile, or another user's
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield os.fstat(handle).st_nlink > 0
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)
