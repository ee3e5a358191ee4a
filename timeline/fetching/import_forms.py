"""Files that articles are imported from: posts, saved feeds, JSON lines. What a file is, it tells by itself.

JSON lines have an object a line: `url` and `title`, a date (`published` or `date`), and one of `html`, `content_html`,
`text`, `content_text`, `content`; `author` where there is one. An undated article cannot be imported: what it says
would count from the day of the import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from timeline.extraction.markup import has_tag
from timeline.fetching.dates import entry_date
from timeline.fetching.feeds import Entry, NoFeedError, parse_feed
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import LAST_YEAR, PostError, RawArticle, address, markup_of, parse_post, plain
from timeline.fetching.sanitize import sanitize

FEED = re.compile(rb"\s*(?:<\?xml\b|<rss\b|<feed\b|<rdf:RDF\b)", re.I)
JSON_FEED = re.compile(rb'\s*\{[^{}]{0,2000}"version"\s*:\s*"https?://(?:www\.)?jsonfeed\.org/')
OPML = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)?<opml\b", re.I | re.S)
BOM = b"\xef\xbb\xbf"
MARKUP, TEXT = ("html", "content_html"), ("text", "content_text", "content", "summary")
DATE = ("published", "date", "date_published", "published_at")
LAST = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)  # a later moment is refused by whoever stores it


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a file that is no article. `where`: its place in the file, "" for all of it."""

    where: str
    reason: str


Read = Callable[[bytes, str], Iterator[RawArticle | Refused]]


def read_file(data: bytes, name: str) -> Iterator[RawArticle | Refused]:
    """Yield the articles of a file, and what of it was refused; never raises on what it reads."""
    data = data.removeprefix(BOM)
    if OPML.match(data):
        yield Refused("", "is a list of feeds (OPML), not of articles: add them with `manage.py add_sources`")
    elif FEED.match(data) or JSON_FEED.match(data):
        yield from _feed(data, name)
    elif data.lstrip()[:1] == b"{":
        yield from _lines(data, name)
    else:
        try:
            yield parse_post(data, name)
        except PostError as e:
            yield Refused("", str(e))


def _feed(data: bytes, name: str) -> Iterator[RawArticle | Refused]:
    try:
        parsed = parse_feed(data, "", f"file:///{name}")
    except NoFeedError as e:
        yield Refused("", str(e))
        return
    for number, entry in enumerate(parsed.entries, 1):
        try:
            yield _of_entry(entry)
        except PostError as e:
            yield Refused(f"entry {number}", str(e))
    if parsed.left_out:
        yield Refused("", f"has {parsed.left_out} entries more than are read of one file; split it")


def _of_entry(entry: Entry) -> RawArticle:
    url = address(entry.link)
    moment, how = _moment(entry.date, url, entry.author)
    markup = sanitize(entry.markup)
    title = entry.title or plain(markup)[:100]
    if not title:
        raise PostError("has neither a title nor a text")
    return RawArticle(entry.id or url, title, url, moment, entry.author, markup, "", how)


def _lines(data: bytes, name: str) -> Iterator[RawArticle | Refused]:
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield _of_object(json.loads(line), f"{name}:{number}")
        except PostError as e:
            yield Refused(f"line {number}", str(e))
        except (ValueError, RecursionError) as e:
            yield Refused(f"line {number}", f"is no JSON object: {str(e)[:100]}")


def _of_object(row: Any, name: str) -> RawArticle:
    if not isinstance(row, dict):
        raise PostError("is no JSON object")

    def first(*names: str) -> str:
        return next((row[key] for key in names if isinstance(row.get(key), str) and row[key].strip()), "")

    title, author = plain(first("title")), plain(first("author"))
    if not title:
        raise PostError("has no `title`")
    if not (link := first("url", "link")):
        raise PostError("has no `url`")
    url = address(link)
    moment, how = _moment(first(*DATE), url, author)
    markup = markup_of(first(*TEXT), first(*MARKUP))
    markup = sanitize(markup) if has_tag(markup) else markup
    return RawArticle(name, title, url, moment, author, markup, "", how)


def _moment(written: str, url: str, author: str) -> tuple[datetime, str]:
    """Return when it was published; a date without a zone is read in that of the newsroom. Raises PostError."""
    found = entry_date(written, LAST, ZoneInfo(newsroom_of(url, author).zone), "stated")
    if found.how == "missing":
        shown = f" that can be read: {written[:40]!r}" if written else ""
        raise PostError(f"has no date of publication{shown}; write it as 2024-03-20T15:14:00Z")
    return found.moment, found.how
