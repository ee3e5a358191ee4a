"""Keep newsdesk's files private: no other user of the machine may read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

UMASK = 0o077
OTHERS_BITS = stat.S_IRWXG | stat.S_IRWXO
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")


def private_paths(folder: Path, database: Path | None) -> Iterator[Path]:
    """Yield the folder, all below it and the files of an SQLite database; parents first, links not followed."""
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))
    if database is not None:
        yield from (database.with_name(database.name + suffix) for suffix in SQLITE_SUFFIXES)


def open_to_others(folder: Path, database: Path | None = None) -> list[Path]:
    """Return the paths that the group or others may read, write or enter."""
    return [path for path in private_paths(folder, database) if _mode(path) & OTHERS_BITS]


def close_to_others(folder: Path, database: Path | None = None) -> None:
    """Remove all rights of the group and others; paths where that fails stay open (`open_to_others`).

    A folder with files of other users, such as /tmp, is left as it is.
    """
    if _is_shared(folder):
        return
    for path in private_paths(folder, database):
        rights = _mode(path)
        if rights & OTHERS_BITS:
            try:
                path.chmod(rights & ~OTHERS_BITS)
            except OSError:
                pass  # of another user, or deleted meanwhile


def _mode(path: Path) -> int:
    """Return the permission bits; 0 for links and missing files."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return 0
    return 0 if stat.S_ISLNK(mode) else stat.S_IMODE(mode)


def _is_shared(folder: Path) -> bool:
    mode, owner = folder.stat().st_mode, folder.stat().st_uid
    return bool(mode & stat.S_ISVTX) or any(
        entry.stat(follow_symlinks=False).st_uid != owner for entry in _entries(folder)
    )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)
