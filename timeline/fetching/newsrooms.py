"""Known newsrooms: their names and their time zones."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from timeline.extraction.cleaning import NOTHING, Around, clean

HAN_WORDS = re.compile("([\u4e00-\u9fff]+)")
MAX_NAME_CHARS = 120  # of which a slug is made
KEYS = {"slug", "hosts", "authors", "names", "zone", "language", "around"}


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A newsroom. `around`: what it puts around its articles.

    `names` has the keys zh-Hans and en; `zone` is an IANA name; `language` is "" where it has several.
    """

    slug: str
    names: Mapping[str, str]
    zone: str
    language: str
    around: Around = NOTHING


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
    return Newsroom(slug_of(name), {"zh-Hans": name, "en": name}, "UTC", "")


def slug_of(name: str) -> str:
    """Return a slug of a name or host, "unknown" where nothing is left: `海港日报` gives haigang-ribao."""
    spelled = []
    for part in HAN_WORDS.split(unicodedata.normalize("NFKC", name)[:MAX_NAME_CHARS]):
        if HAN_WORDS.fullmatch(part):
            words = [part[at : at + 2] for at in range(0, len(part), 2)]
            pinyin = import_module("pypinyin")  # slow to load
            spelled += ["".join(pinyin.lazy_pinyin(word)) for word in words]
        else:
            spelled.append(part)
    ascii_name = unicodedata.normalize("NFKD", "-".join(spelled)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name)[:80].strip("-") or "unknown"


def text_of(markup: str, title: str, url: str, author: str = "", source: str = "") -> str:
    """Return the text of an article, cleaned of what its newsroom puts around it.

    The newsroom is that of the address, else of the author, else the known one whose slug is `source`.
    """
    room = newsroom_of(url, author)
    if room.around is NOTHING:
        room = _by_slug().get(source, room)
    return clean(markup, title, room.around)


@cache
def _by_slug() -> dict[str, Newsroom]:
    return {room.slug: room for room in _known_newsrooms()[0].values()}


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
        room = Newsroom(slug, row["names"], row["zone"], row["language"], _around(slug, row.get("around", ())))
        for host in row["hosts"]:
            if host in by_host:
                raise NewsroomError(f"{slug}: {host} stands twice")
            by_host[host] = room
        by_author.update(dict.fromkeys(row.get("authors", []), room))
    return by_host, by_author


def _around(slug: str, rules: Sequence[Mapping[str, str]]) -> Around:
    """Return the rules of one newsroom. Raises NewsroomError where one is no selector or pattern, or has no example."""
    for rule in rules:
        if set(rule) not in ({"selector", "example"}, {"line", "example"}):
            raise NewsroomError(f"{slug}: a rule has a selector or a line, and an example: {dict(rule)}")
    lines = [rule["line"] for rule in rules if "line" in rule]
    try:
        return Around(
            tuple(rule["selector"] for rule in rules if "selector" in rule),
            re.compile("|".join(f"(?:{line})" for line in lines)) if lines else None,
        )
    except re.error as e:
        raise NewsroomError(f"{slug}: no pattern: {e}") from e
