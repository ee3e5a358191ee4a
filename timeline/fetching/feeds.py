"""Parse RSS 0.9x to 2.0, RDF, Atom and JSON Feed, within limits, without entities or external resources.

fastfeedparser reads the vocabularies, of a text that `timeline.fetching.feed_text` has bounded and made well-formed;
where it does not find all entries, feedparser, which is slower, is tried as well.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import urljoin

import fastfeedparser
import feedparser

from timeline.extraction.markup import unescaped
from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.feed_text import FIRST, MAX_ENTRIES, NO_XML, BoundsError, FeedText, rewritten
from timeline.fetching.markup_text import plain_title
from timeline.fetching.posts import BLANK, MAX_TITLE_CHARS, plain

__all__ = ["MAX_ENTRIES", "NO_XML", "Entry", "NoFeedError", "ParsedFeed", "absolute", "parse_feed"]

FeedKind = Literal["rss", "rdf", "atom", "json"]

MAX_MARKUP_CHARS = 1_000_000  # of one entry
MAX_OBJECTS = 200_000  # of a JSON Feed
BASE = re.compile(r"\sxml:base\s*=\s*[\"']([^\"'<]*)")
LANGUAGE = re.compile(r"\sxml:lang\s*=\s*[\"']([^\"'<]*)")
CHANNEL_LANGUAGE = re.compile(r"<(?:dc:)?language>([^<]{1,40})<")
IMAGE = "an image"
MAGIC = {b"\x89PNG": IMAGE, b"GIF8": IMAGE, b"\xff\xd8\xff": IMAGE, b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive"}


class NoFeedError(ValueError):
    """The content is not a readable feed; the message is a sentence without its subject."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `link`: absolute or ""; `date`: as written; `markup`: HTML, not sanitised."""

    id: str
    link: str
    title: str
    author: str
    date: str
    markup: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed. `home`: the URL of its site or ""; `language`: as declared.

    `left_out`: entries over MAX_ENTRIES; `too_large`: entries over another bound; `unreadable`: characters whose bytes
    fit nowhere. `hub` and `topic`: where it offers to announce what is new (WebSub), and its own address there, or "".
    """

    kind: FeedKind
    title: str
    home: str
    language: str
    entries: tuple[Entry, ...]
    left_out: int = 0
    too_large: int = 0
    unreadable: int = 0
    hub: str = ""
    topic: str = ""


def parse_feed(data: bytes, content_type: str, url: str) -> ParsedFeed:
    """Parse a feed that was fetched from `url`. Raises NoFeedError with the reason."""
    for magic, what in MAGIC.items():
        if data.startswith(magic):
            raise NoFeedError(f"is {what}, not a feed")
    if not data.strip():
        raise NoFeedError("is empty")
    try:
        text = decode(data, content_type)
    except DecodeError as e:
        raise NoFeedError(str(e)) from e
    start = text.lstrip("\ufeff \t\r\n")[:1]
    return _json(text, url) if start in ("{", "[") else _xml(text, url)


# --- XML ----------------------------------------------------------------------------------------


def _xml(text: str, url: str) -> ParsedFeed:
    try:
        feed = rewritten(text)
    except BoundsError as e:
        raise NoFeedError(str(e)) from e
    head, rows = _read(feed)
    home = absolute(_text(head.get("link")), url)
    base = BASE.search(feed.attributes)
    place = absolute(base[1] if base else "", url) or home or url
    said = LANGUAGE.search(feed.attributes) or CHANNEL_LANGUAGE.search(feed.text)
    language = _text(head.get("language")) or (plain(said[1]) if said else "")
    entries = [_entry(row, feed.dates, place) for row in rows[:MAX_ENTRIES]]
    return ParsedFeed(
        cast(FeedKind, feed.root),
        _title(_text(head.get("title"))),
        home,
        language[:16],
        tuple(entry for entry in entries if entry.id or entry.link or entry.title or entry.markup),
        feed.left_out,
        feed.too_large,
        text.count("\ufffd"),
        absolute(feed.links.get("hub", ""), url),
        absolute(feed.links.get("self", ""), url),
    )


def _read(feed: FeedText) -> tuple[dict[str, Any], Sequence[Any]]:
    """Return what the parsers find of the feed itself, and its entries. Raises NoFeedError where they find no feed."""
    data = feed.text.encode("utf-8", "replace")
    why: Exception | None = None
    head, rows = dict[str, Any](), list[Any]()
    try:
        read = fastfeedparser.parse(data, include_tags=False, include_media=False, include_enclosures=False)
        head, rows = read.get("feed", {}), read.get("entries", [])
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError, IndexError) as e:
        why = e
    if why is None and len(rows) >= feed.entries:
        return head, rows
    second = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    if len(second.entries) > len(rows):
        return second.feed, second.entries
    if why is not None and feed.entries:
        raise NoFeedError(f"cannot be read as a feed: {plain(str(why))[:200]}") from why
    return head, rows


def _entry(row: Any, dates: list[str], base: str) -> Entry:
    contents = [_text(content.get("value")) for content in row.get("content") or [] if isinstance(content, dict)]
    markup = max([*contents, _text(row.get("description"))], key=len)
    id_ = BLANK.sub(" ", _text(row.get("id"))).strip()
    return Entry(
        id=id_[:2000],
        link=absolute(_text(row.get("link")), base),
        title=_title(_text(row.get("title"))),
        author=plain(_text(row.get("author")))[:200],
        date=_date(row, dates),
        markup=markup[:MAX_MARKUP_CHARS],
    )


def _title(text: str) -> str:
    """Return a title as one line of text; it was HTML in the feed."""
    return BLANK.sub(" ", unescaped(plain_title(text[: 10 * MAX_TITLE_CHARS]))).strip()[:MAX_TITLE_CHARS]


def _date(row: Any, dates: list[str]) -> str:
    """Return the date as written, by its number; prefer the date of publication to that of the update."""
    for name in ("published", "updated"):
        try:
            number = int((datetime.fromisoformat(_text(row.get(name))) - FIRST).total_seconds())
        except (ValueError, TypeError):
            continue
        if 0 <= number < len(dates) and dates[number].strip():
            return dates[number]
    return ""


# --- JSON Feed ----------------------------------------------------------------------------------


def _json(text: str, url: str) -> ParsedFeed:
    """Parse JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    if text.count("{") + text.count("[") > MAX_OBJECTS:
        raise NoFeedError(f"has more than {MAX_OBJECTS:,} objects")
    try:
        feed = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as e:
        raise NoFeedError(f"is no JSON that can be read: {plain(str(e))[:200]}") from e
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in _text(feed.get("version")):
        raise NoFeedError("is JSON, but not a JSON Feed: it has no version of jsonfeed.org and no list of items")
    home = absolute(_text(feed.get("home_page_url")), url)
    entries = tuple(_item(item, home or url) for item in items[:MAX_ENTRIES] if isinstance(item, dict))
    title, language = plain(html.escape(_text(feed.get("title")))), _text(feed.get("language"))[:16]
    hubs = (
        [hub for hub in feed.get("hubs") or [] if isinstance(hub, dict)] if isinstance(feed.get("hubs"), list) else []
    )
    hub = next((_text(hub.get("url")) for hub in hubs if _text(hub.get("type")).lower() == "websub"), "")
    return ParsedFeed(
        "json",
        title,
        home,
        language,
        entries,
        left_out=max(0, len(items) - MAX_ENTRIES),
        hub=absolute(hub, url),
        topic=absolute(_text(feed.get("feed_url")), url),
    )


def _item(item: dict[str, Any], base: str) -> Entry:
    given = _text(item.get("content_html"))
    lines = _text(item.get("content_text") or item.get("summary"))
    markup = given or "".join(f"<p>{html.escape(line)}</p>" for line in lines.split("\n"))
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    named = [_text(author.get("name")) for author in authors or [] if isinstance(author, dict)]
    return Entry(
        id=BLANK.sub(" ", _text(item.get("id"))).strip()[:2000],
        link=absolute(_text(item.get("url") or item.get("external_url")), base),
        title=plain(html.escape(_text(item.get("title")))) or plain(html.escape(lines))[:80],
        author=plain(html.escape(", ".join(filter(None, named))))[:200],
        date=_text(item.get("date_published") or item.get("date_modified")),
        markup=markup[:MAX_MARKUP_CHARS],
    )


def _text(value: Any) -> str:
    """Return a text for any JSON value; "" for what is neither text nor number."""
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def absolute(link: str, base: str) -> str:
    """Return the absolute URL of a link on the page `base`; "" where there is none."""
    link = link.strip()
    if not link:
        return ""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""
