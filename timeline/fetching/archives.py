"""Read files of articles from folders and archives, in memory and within limits; nothing is unpacked to disk.

Members with absolute or `../` names, links, devices, encrypted or oversized members are each reported as a problem, and
reading goes on.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from timeline.fetching.posts import MAX_POST_BYTES

SAVED_FEEDS = frozenset({".xml", ".rss", ".atom", ".rdf", ".json", ".jsonl", ".ndjson"})
POSTS = frozenset({".md", ".markdown", ".html", ".htm", ".txt"}) | SAVED_FEEDS
MAX_FEED_BYTES = 50_000_000  # of a file that may hold many articles
TARS = (".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar")
MAX_MEMBERS = 2_000_000
MAX_BYTES = 8 * 2**30  # unpacked, of one archive
MAX_RATIO = 200  # unpacked by packed bytes of a zip member; HTML packs to about a tenth
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError),  # a zip with an unknown method, with a password
)


@dataclass(frozen=True, slots=True)
class Found:
    """A file. `origin`: its path, for messages; `name`: the file's name without suffix; `data`: its bytes."""

    origin: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or member that could not be read, and why."""

    origin: str
    reason: str


def open_posts(paths: Iterable[Path]) -> Iterator[Found | Problem]:
    """Yield every post below the paths, sorted within folders, one at a time.

    Never raises on what it reads: bad input yields a Problem.
    """
    for path in paths:
        try:
            yield from _open(path)
        except OSError as e:
            yield Problem(str(path), f"cannot be read: {e.strerror or e}")


def count_posts(paths: Iterable[Path]) -> int | None:
    """Return the number of posts, for a progress bar; None where counting would need unpacking."""
    total = 0
    for path in paths:
        if _is_tar(path):
            return None
        if path.suffix.lower() == ".zip":
            try:
                with zipfile.ZipFile(path) as archive:
                    total += sum(_is_post(n) for n in archive.namelist())
            except BROKEN:
                total += 1
        elif path.is_dir():
            total += sum(1 for _ in _files(path))
        else:
            total += 1
    return total


def _open(path: Path) -> Iterator[Found | Problem]:
    if not path.exists():
        yield Problem(str(path), "does not exist")
    elif path.is_dir():
        for file in _files(path):
            yield from _open(file)
    elif _is_tar(path):
        yield from _tar(path)
    elif path.suffix.lower() == ".zip":
        yield from _zip(path)
    elif path.suffix.lower() in POSTS:
        yield _file(path)
    else:
        yield Problem(str(path), f"is no post or archive; expected {', '.join(sorted(POSTS))}, .zip or a .tar")


def _file(path: Path) -> Found | Problem:
    with path.open("rb") as file:
        data = file.read(_limit(path.name) + 1)
    return Found(str(path), path.stem, data)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the posts and archives of a folder, sorted, without hidden files and links."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith(".") and not path.is_symlink() and (_is_post(name) or _is_archive(path)):
                yield path


def _is_post(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in POSTS


def _limit(name: str) -> int:
    return MAX_FEED_BYTES if PurePosixPath(name).suffix.lower() in SAVED_FEEDS else MAX_POST_BYTES


def _is_tar(path: Path) -> bool:
    return path.name.lower().endswith(TARS)


def _is_archive(path: Path) -> bool:
    return _is_tar(path) or path.suffix.lower() == ".zip"


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":")


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


# --- tar ----------------------------------------------------------------------------------------


def _tar(path: Path) -> Iterator[Found | Problem]:
    """Read the archive as a stream: every member once, in order, whatever its headers claim."""
    read = 0
    try:
        with tarfile.open(path, "r|*") as archive:
            for number, member in enumerate(archive):
                origin = f"{path}!{member.name}"
                read += member.size
                if number >= MAX_MEMBERS or read > MAX_BYTES:
                    yield Problem(str(path), "holds more than an archive may; the rest is not read")
                    return
                if (outcome := _tar_member(archive, member, origin)) is not None:
                    yield outcome
    except BROKEN as e:
        yield Problem(str(path), f"is a broken archive, read as far as it goes: {e}")


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, origin: str) -> Found | Problem | None:
    if member.isdir():
        return None
    if _leads_outside(member.name):
        return Problem(origin, "has a path that leads out of the archive")
    if not member.isreg():
        return Problem(origin, "is a link or a device, not a file")
    if not _is_post(member.name) or _is_hidden(member.name):
        return None
    if member.size > (most := _limit(member.name)):
        return Problem(origin, f"has {member.size:,} bytes; such a file may have {most:,}")
    file = archive.extractfile(member)
    assert file is not None
    return Found(origin, PurePosixPath(member.name).stem, file.read(most + 1))


# --- zip ----------------------------------------------------------------------------------------


def _zip(path: Path) -> Iterator[Found | Problem]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda m: m.filename)
            if len(members) > MAX_MEMBERS:
                yield Problem(str(path), f"holds {len(members):,} members; {MAX_MEMBERS:,} are allowed")
                return
            yield from _zip_members(path, archive, members)
    except BROKEN as e:
        yield Problem(str(path), f"is a broken archive: {e}")


def _zip_members(path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Found | Problem]:
    read = 0
    for member in members:
        outcome = _zip_member(archive, member, f"{path}!{member.filename}")
        if isinstance(outcome, Found):
            read += len(outcome.data)
        if read > MAX_BYTES:
            yield Problem(str(path), "holds more than an archive may; the rest is not read")
            return
        if outcome is not None:
            yield outcome


def _zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, origin: str) -> Found | Problem | None:
    if member.is_dir():
        return None
    if _leads_outside(member.filename):
        return Problem(origin, "has a path that leads out of the archive")
    if (member.external_attr >> 16) & 0o170000 not in (0, 0o100000):
        return Problem(origin, "is a link or a device, not a file")
    if not _is_post(member.filename) or _is_hidden(member.filename):
        return None
    if member.flag_bits & 1:
        return Problem(origin, "is encrypted; unpack it with its password first")
    try:
        with archive.open(member) as file:
            data = _read_bounded(file, member.compress_size, _limit(member.filename))
    except BROKEN as e:
        return Problem(origin, f"is broken: {e}")
    if data is None:
        return Problem(origin, f"unpacks to more than {_limit(member.filename):,} bytes or {MAX_RATIO} times its size")
    return Found(origin, PurePosixPath(member.filename).stem, data)


def _read_bounded(file: IO[bytes], packed: int, most: int) -> bytes | None:
    """Read a member, counting the bytes as they are unpacked; None where there are too many."""
    most = min(most, max(packed, 1) * MAX_RATIO)
    data = file.read(most + 1)
    return None if len(data) > most else data
