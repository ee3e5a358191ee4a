"""Files that no other user of the machine may read: what newsdesk writes, and what it finds in its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

UMASK = 0o077
OTHERS = stat.S_IRWXG | stat.S_IRWXO
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def private_paths(folder: Path, database: Path | None) -> Iterator[Path]:
    """The folder, what is below it, and the files of an SQLite database; links are not followed, parents come first."""
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))
    if database is not None:
        yield from (database.with_name(database.name + suffix) for suffix in SQLITE_SUFFIXES)


def open_to_others(folder: Path, database: Path | None = None) -> list[Path]:
    """Those of them that the group or others may read, write or enter."""
    return [path for path in private_paths(folder, database) if _rights(path) & OTHERS]


def close_to_others(folder: Path, database: Path | None = None) -> None:
    """Take all rights away from the group and others; what cannot be mended stays as it is (`open_to_others`).

    A folder in which other users have files of their own, such as /tmp, is not newsdesk's to close.
    """
    if _is_shared(folder):
        return
    for path in private_paths(folder, database):
        rights = _rights(path)
        if rights & OTHERS:
            try:
                path.chmod(rights & ~OTHERS)
            except OSError:
                pass  # it belongs to somebody else, or is gone


def _rights(path: Path) -> int:
    """The permission bits; 0 for a link and for what is gone."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(mode) else stat.S_IMODE(mode)


def _is_shared(folder: Path) -> bool:
    mode, owner = folder.stat().st_mode, folder.stat().st_uid
    return bool(mode & stat.S_ISVTX) or any(entry.stat(follow_symlinks=False).st_uid != owner for entry in _in(folder))


def _in(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
