"""Parse RSS 0.9x to 2.0, RDF, Atom and JSON Feed, within limits, without entities or external resources.

fastfeedparser reads the vocabularies. Before that a document is repaired (`_repaired`): its DOCTYPE is removed, its
characters are XML's, and each of its dates is replaced by a number, since the library turns dates into UTC and loses
whether they had a zone.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.entities import html5
from typing import Any, Literal
from urllib.parse import urljoin

import fastfeedparser
from lxml import etree

from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.posts import BLANK, plain

FeedKind = Literal["rss", "rdf", "atom", "json"]

MAX_ENTRIES = 500  # of one fetch; the first ones are the newest
MAX_MARKUP_CHARS = 1_000_000  # of one entry
DATES = frozenset({"pubdate", "date", "published", "updated", "issued", "modified", "created", "lastbuilddate"})
ROOTS: dict[str, FeedKind] = {"rss": "rss", "feed": "atom", "rdf": "rdf"}
XML = "{http://www.w3.org/XML/1998/namespace}"
RSS_090, RSS_100 = "http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/"  # the same vocabulary
FIRST = datetime(1980, 1, 1, tzinfo=UTC)  # the date that stands for number 0
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
PROLOG = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.S)
BARE_DOCTYPE = re.compile(r"<!DOCTYPE[^<>\[]*>", re.I)
AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)(?:([a-zA-Z][a-zA-Z0-9]{1,30};))?",
    re.S,
)
IMAGE = "an image"
MAGIC = {b"\x89PNG": IMAGE, b"GIF8": IMAGE, b"\xff\xd8\xff": IMAGE, b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive"}
PAGE = re.compile(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)


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
    """A feed. `home`: the URL of its site or ""; `language`: as declared; `left_out`: entries over MAX_ENTRIES."""

    kind: FeedKind
    title: str
    home: str
    language: str
    entries: tuple[Entry, ...]
    left_out: int = 0


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
    root, dates = _repaired(text)
    name = _local(root)
    if name not in ROOTS:
        raise NoFeedError(f"is XML, but not a feed: it begins with <{name[:40]}>")
    try:
        read = fastfeedparser.parse(
            etree.tostring(root, encoding="utf-8"), include_tags=False, include_media=False, include_enclosures=False
        )
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError, IndexError) as e:
        raise NoFeedError(f"cannot be read as a feed: {plain(str(e))[:200]}") from e
    feed = read.get("feed", {})
    home = absolute(_text(feed.get("link")), url)
    base = absolute(root.get(f"{XML}base", ""), url) or home or url
    entries = [_entry(row, dates, base) for row in read.get("entries", [])[:MAX_ENTRIES]]
    left_out = max(0, len(read.get("entries", [])) - MAX_ENTRIES)
    language = _text(feed.get("language")) or root.get(f"{XML}lang") or _language(root)
    return ParsedFeed(ROOTS[name], plain(_text(feed.get("title"))), home, language[:16], tuple(entries), left_out)


def _language(root: etree._Element) -> str:
    """Return the language that a channel declares, in RSS or Dublin Core."""
    for element in root.iter("{*}language"):
        return plain(element.text or "")
    return ""


def _repaired(text: str) -> tuple[etree._Element, list[str]]:
    """Return the repaired tree of a document, with numbers for dates, and the dates. Raises NoFeedError."""
    text = NO_XML.sub("", text)
    begins = PROLOG.match(text)
    at = begins.end() if begins else 0
    if text[at : at + 9].upper() == "<!DOCTYPE":
        doctype = BARE_DOCTYPE.match(text, at)
        if doctype is None:
            raise NoFeedError("declares entities of its own, which are not read")
        at = doctype.end()
    if PAGE.match(text, at) or (begins and PAGE.match(text, begins.end())):
        raise NoFeedError("is a web page, not a feed; `manage.py add_source` looks for the feed of a page")
    body = AMPERSAND.sub(_ampersand, text[at:]).replace(RSS_090, RSS_100, 1)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(body.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise NoFeedError(f"is no XML that can be read: {plain(str(e))[:200]}") from e
    if root is None:
        raise NoFeedError("is neither XML nor JSON")
    etree.strip_tags(root, etree.Entity)
    return root, _number_dates(root.iter(etree.Element))


def _ampersand(found: re.Match[str]) -> str:
    """Replace a bare `&`, and entities that HTML has and XML has not; keep a CDATA section."""
    if not found[0].startswith("&"):
        return found[0]
    name = found[1]
    if name and (char := html5.get(name)) and char not in "<>&\"'":
        return char
    return "&amp;" + (name or "")


def _local(element: etree._Element) -> str:
    """Return the name of an element without namespace or prefix."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def _number_dates(elements: Iterable[etree._Element]) -> list[str]:
    dates: list[str] = []
    for element in elements:
        if _local(element) in DATES and not len(element):
            dates.append(element.text or "")
            element.text = (FIRST + timedelta(seconds=len(dates) - 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return dates


def _entry(row: Any, dates: list[str], base: str) -> Entry:
    contents = [_text(content.get("value")) for content in row.get("content") or [] if isinstance(content, dict)]
    markup = max([*contents, _text(row.get("description"))], key=len)
    id_ = BLANK.sub(" ", _text(row.get("id"))).strip()
    return Entry(
        id=id_[:2000],
        link=absolute(_text(row.get("link")), base),
        title=plain(_text(row.get("title"))),
        author=plain(_text(row.get("author")))[:200],
        date=_date(row, dates),
        markup=markup[:MAX_MARKUP_CHARS],
    )


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
    return ParsedFeed("json", title, home, language, entries, max(0, len(items) - MAX_ENTRIES))


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
