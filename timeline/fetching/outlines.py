"""Lists of feeds: OPML as readers of feeds write it, or one address a line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.posts import PostError, address, plain

MAX_LIST_BYTES = 5_000_000
MAX_FEEDS = 5_000
OUTLINE = re.compile(r"<opml\b", re.I)
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class ListError(ValueError):
    """A list of feeds that cannot be read; the message is a sentence without its subject."""


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """A feed of a list."""

    url: str
    title: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class FeedList:
    """The feeds of a list, each once, and what was left out, a sentence each."""

    feeds: tuple[ListedFeed, ...]
    problems: tuple[str, ...] = ()


def parse_list(data: bytes) -> FeedList:
    """Parse OPML, or addresses, one a line (`#` begins a comment). Raises ListError where there is no address."""
    if len(data) > MAX_LIST_BYTES:
        raise ListError(f"has {len(data):,} bytes; a list may have {MAX_LIST_BYTES:,}")
    try:
        text = decode(data, "")
    except DecodeError as e:
        raise ListError(str(e)) from e
    rows = _outlines(text) if OUTLINE.search(text[:10_000]) else _lines(text)
    found, problems = dict[str, ListedFeed](), list[str]()
    for row in rows:
        try:
            url = address(row.url if "://" in row.url else f"https://{row.url}")
        except PostError:
            problems.append(f"{row.url[:80]!r} is no http or https address")
            continue
        found.setdefault(url, ListedFeed(url, plain(row.title), row.home))
    if not found:
        raise ListError("names no feed: OPML, or an address a line, is expected" if not problems else problems[0])
    if len(found) > MAX_FEEDS:
        problems.append(f"has {len(found):,} feeds; the first {MAX_FEEDS:,} are taken")
    return FeedList(tuple(found.values())[:MAX_FEEDS], tuple(problems))


def _lines(text: str) -> list[ListedFeed]:
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [ListedFeed(line) for line in lines if line and not line.startswith("#")]


def _outlines(text: str) -> list[ListedFeed]:
    """Return all outlines with an address, in order, whatever folders they stand in."""
    if "<!ENTITY" in text or "<!entity" in text:
        raise ListError("declares entities, which no list of feeds needs")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, load_dtd=False)
    root = etree.fromstring(DECLARATION.sub("", text).encode("utf-8", "ignore"), parser)
    if root is None:
        raise ListError("is no well-formed OPML")
    found = []
    for outline in root.iter("outline", "{*}outline"):
        values = {name.lower(): value for name, value in outline.attrib.items()}
        if url := values.get("xmlurl", "").strip():
            title = values.get("title") or values.get("text") or ""
            found.append(ListedFeed(url, title, values.get("htmlurl", "")))
    return found


def write_opml(title: str, feeds: Iterable[tuple[str, str, str]]) -> str:
    """Return OPML 2.0 of feeds, each with the name of its source, its title and address, in folders by source."""
    folders = dict[str, list[str]]()
    for source, name, url in feeds:
        line = f'      <outline type="rss" text={quoteattr(name or url)} xmlUrl={quoteattr(url)}/>'
        folders.setdefault(source, []).append(line)
    body = "\n".join(
        f"    <outline text={quoteattr(source)}>\n" + "\n".join(lines) + "\n    </outline>"
        for source, lines in folders.items()
    )
    head = f"  <head><title>{title.replace('&', '&amp;').replace('<', '&lt;')}</title></head>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n{head}\n  <body>\n{body}\n  </body>\n</opml>\n'
    )
