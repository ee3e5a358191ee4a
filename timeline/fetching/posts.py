"""The archive's own post format: an optional front matter, a timestamp, a linked title, a rule, HTML.

---
title: "…"
date: 2020-08-19T22:56:39.000Z
author: …
---
<!--1597877799000-->
[title](https://…)
------
<p>…</p>
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from timeline.extraction.markup import has_tag, unescaped
from timeline.extraction.script import HAN
from timeline.validation.characters import remove_unstorable

MAX_POST_BYTES = 5_000_000  # the longest article of 20,000 real ones has 0.4 million
MAX_TITLE_CHARS = 500
MAX_URL_CHARS = 2000
FIRST_YEAR, LAST_YEAR = 1900, 2100

FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.S)
FIELD = re.compile(r"^(title|date|author|from):(.*)$", re.M)
STAMP = re.compile(r"<!--\s*(-?\d{1,20})\s*-->")
LINKED = re.compile(r"^\[.*$", re.M)  # a line that may be the linked title
RULE = re.compile(r"^-{3,}[ \t]*$", re.M)
TAG = re.compile(r"<[^<>]*>")
SPACE = re.compile(r"\s")
BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")


class PostError(ValueError):
    """A post that cannot be stored; the message is one sentence with the reason and what to do."""


@dataclass(frozen=True, slots=True)
class RawArticle:
    """A post as received. `name`: the file's name without suffix; `published`: aware, UTC; `markup`: HTML.

    `source`: the slug of its newsroom, "" to find it by the URL. `published_from`: how `published` was read
    (`timeline.fetching.dates.How`). `revised`: aware, UTC, when an edit of a known article was published that keeps
    its first time; its new sentences count from there.
    """

    name: str
    title: str
    url: str
    published: datetime
    author: str
    markup: str
    source: str = ""
    published_from: str = ""
    revised: datetime | None = None

    def __post_init__(self) -> None:
        """Remove unstorable characters from every field, whoever created the article."""
        for field in fields(self):
            if isinstance(value := getattr(self, field.name), str):
                object.__setattr__(self, field.name, remove_unstorable(value))


def markup_of(text: str, markup: str) -> str:
    """Return the given text or markup as markup: in a plain text, `<` is escaped."""
    if markup or not has_tag(text):
        return markup or text
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))


def parse_post(data: bytes, name: str) -> RawArticle:
    """Parse one post. Raises PostError with the reason."""
    if len(data) > MAX_POST_BYTES:
        raise PostError(f"has {len(data):,} bytes; an article may have {MAX_POST_BYTES:,}")
    text = _decoded(data)
    if not text.strip():
        raise PostError("is empty")
    fields, rest = _front_matter(text)
    head = RULE.split(rest, maxsplit=1)
    stamp = STAMP.search(head[0])
    link = _link(head[0])
    published = _published(stamp[1] if stamp else "", fields.get("date", ""))
    title = plain(link.title if link else fields.get("title", ""))
    if not title:
        raise PostError("has no title: a line `[title](https://…)` is expected after the timestamp")
    url = address((link.url if link else "") or fields.get("from", ""))
    after = max(link.end if link else 0, stamp.end() if stamp else 0)
    markup = head[1] if len(head) > 1 else rest[after:]
    return RawArticle(name, title, url, published, plain(fields.get("author", "")), markup.strip())


class Link(NamedTuple):
    """The linked title of a post; `end`: where its line ends in the text."""

    title: str
    url: str
    end: int


def _link(head: str) -> Link | None:
    """Return the first line `[title](url)`. The URL begins at the last `](`, since a title may contain brackets."""
    for line in LINKED.finditer(head):
        written = line[0].rstrip(" \t")
        title, bracket, url = written[1:-1].rpartition("](")
        if bracket and written.endswith(")") and not SPACE.search(url):
            return Link(title, url, line.end())
    return None


def plain(text: str) -> str:
    """Return one line of text without tags, for titles and names, of at most MAX_TITLE_CHARS characters."""
    text = unescaped(TAG.sub("", text))
    return BLANK.sub(" ", text.encode("utf-8", "ignore").decode()).strip()[:MAX_TITLE_CHARS]


def _decoded(data: bytes) -> str:
    """Decode UTF-8, else GB18030 where that gives Chinese text. Raises PostError on anything else."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _gb18030(data)
    if "\x00" in text:
        raise PostError("is not a text file (it holds NUL bytes)")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _gb18030(data: bytes) -> str:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as e:
        raise PostError("is neither UTF-8 nor GB18030; save it as UTF-8 and import it again") from e
    strange = sum(not c.isprintable() and not c.isspace() for c in text)
    letters = sum(not c.isascii() for c in text)
    if strange * 50 > len(text) or len(HAN.findall(text)) * 2 < letters:
        raise PostError("is neither UTF-8 nor Chinese text in GB18030; save it as UTF-8 and import it again")
    return text


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Parse the few fields that are used; a YAML reader would do far too much with untrusted text."""
    found = FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    fields = {key: value.strip(" \t").strip("\"'") for key, value in FIELD.findall(found[1])}
    return fields, text[found.end() :]


def _published(milliseconds: str, iso: str) -> datetime:
    if milliseconds:
        try:
            moment = datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
        except (OverflowError, ValueError, OSError) as e:
            raise PostError(f"has a timestamp outside the calendar: {milliseconds}") from e
    elif iso:
        moment = _iso(iso)
    else:
        raise PostError("has no timestamp: a line `<!--milliseconds since 1970-->` is expected at the top")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PostError(f"says it was published in the year {moment.year}; {FIRST_YEAR} to {LAST_YEAR} is expected")
    return moment


def _iso(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise PostError(f"has a date that cannot be read: {text[:40]!r}; write 2024-03-20T15:14:00Z") from e
    if moment.tzinfo is None:
        raise PostError(f"has a date without a zone: {text[:40]!r}; write 2024-03-20T15:14:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as e:
        raise PostError(f"has a date outside the calendar: {text[:40]!r}") from e


def address(text: str) -> str:
    """Return an http or https URL without fragment, scheme and host in lower case. Raises PostError on any other."""
    text = text.strip()
    if len(text) > MAX_URL_CHARS or BLANK.search(text):
        raise PostError(f"has an address that is too long or holds blanks: {text[:80]!r}…")
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as e:
        raise PostError(f"has an address that cannot be read: {text[:80]!r}") from e
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise PostError(f"has no http or https address: {text[:80]!r}; the title line is `[title](https://…)`")
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port is not None else ""
    found = urlunsplit((parts.scheme.lower(), place, parts.path, parts.query, ""))
    if max(len(text), len(found)) > MAX_URL_CHARS or BLANK.search(text):
        raise PostError(f"has an address that is too long or holds blanks: {text[:80]!r}…")
    return found
