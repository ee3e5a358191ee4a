"""Known newsrooms: their names and their time zones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

KEYS = {"slug", "hosts", "authors", "names", "zone", "language"}


@dataclass(frozen=True, slots=True)
class Newsroom:
    """`names` has the keys zh-Hans and en; `zone` is an IANA name; `language` is "" where it has several."""

    slug: str
    names: Mapping[str, str]
    zone: str
    language: str


class NewsroomError(ValueError):
    """An entry of the file breaks its rules; the message names it."""


def newsroom_of(url: str, author: str = "") -> Newsroom:
    """Return the newsroom of a URL, by the longest suffix of its host, else by the author of the post.

    An unknown one is made from its host, in UTC: an editor sets its zone in the admin.
    """
    by_host, by_author = _known_newsrooms()
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    labels = host.split(".")
    for start in range(len(labels)):
        if known := by_host.get(".".join(labels[start:])):
            return known
    if author in by_author:
        return by_author[author]
    name = host.removeprefix("www.") or "unknown"
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in name)[:80].strip("-") or "unknown"
    return Newsroom(slug, {"zh-Hans": name, "en": name}, "UTC", "")


@cache
def _known_newsrooms() -> tuple[dict[str, Newsroom], dict[str, Newsroom]]:
    source = files("timeline.fetching").joinpath("newsrooms.toml").read_text("utf-8")
    return load(tomllib.loads(source))


def load(data: Mapping[str, Any]) -> tuple[dict[str, Newsroom], dict[str, Newsroom]]:
    """Return newsrooms by host and by author. Raises NewsroomError."""
    by_host: dict[str, Newsroom] = {}
    by_author: dict[str, Newsroom] = {}
    for row in data["newsroom"]:
        slug = row.get("slug", "?")
        if unknown := set(row) - KEYS:
            raise NewsroomError(f"{slug}: unknown {sorted(unknown)}")
        try:
            ZoneInfo(row["zone"])
        except (ZoneInfoNotFoundError, ValueError) as e:
            raise NewsroomError(f"{slug}: no such zone: {row['zone']}") from e
        room = Newsroom(slug, row["names"], row["zone"], row["language"])
        for host in row["hosts"]:
            if host in by_host:
                raise NewsroomError(f"{slug}: {host} stands twice")
            by_host[host] = room
        by_author.update(dict.fromkeys(row.get("authors", []), room))
    return by_host, by_author
