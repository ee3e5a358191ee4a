"""Read web pages: the text of an article, and the feeds that a page names."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import trafilatura
from selectolax.lexbor import LexborHTMLParser

from timeline.extraction.cleaning import clean
from timeline.extraction.markup import is_parsable
from timeline.extraction.phrases import phrases_of
from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.feeds import NO_XML, absolute
from timeline.fetching.posts import plain
from timeline.fetching.sanitize import sanitize

PHRASES = phrases_of(__name__)

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # NoArticleError carries its messages

MAX_PAGE_BYTES = 1_000_000  # characters of a page that are read; its article comes first
MIN_FULL_TEXT_CHARS = 400  # characters; a shorter text is a summary, or a notice whose page is as short
MIN_ARTICLE_CHARS = 80  # characters of an article; a shorter text means that there is none
MAX_FEEDS = 10
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
CUT_OFF = re.compile(PHRASES["cut_off"], re.I)


class NoArticleError(ValueError):
    """No article can be read from a page; the message is a sentence without its subject."""


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """A feed that a page names."""

    url: str
    title: str


def is_summary(markup: str, title: str = "") -> bool:
    """Return whether a feed's text is shorter than its page's article."""
    text = clean(markup, title)
    return len(text) < MIN_FULL_TEXT_CHARS or CUT_OFF.search(text[-40:]) is not None


def article_markup(data: bytes, content_type: str, url: str) -> str:
    """Return the article of a page, sanitised. Raises NoArticleError."""
    page = _decoded(data, content_type)
    if not is_parsable(page):
        raise NoArticleError("has more tags, or nests them deeper, than an article does")
    try:
        found = trafilatura.extract(
            NO_XML.sub("", page),
            url=url,
            output_format="html",
            include_comments=False,
            include_tables=True,
        )
    except Exception as e:  # a parser error on hostile markup must not lose the entry
        raise NoArticleError(f"cannot be read: {type(e).__name__}") from e
    markup = sanitize(found or "")
    if len(clean(markup)) < MIN_ARTICLE_CHARS:
        raise NoArticleError("holds no article that can be distinguished from what surrounds it")
    return markup


def named_feeds(data: bytes, content_type: str, url: str) -> tuple[str, list[NamedFeed]]:
    """Return the title of a page and the feeds it names by `<link rel=alternate>`. Raises NoArticleError."""
    page = _decoded(data, content_type)
    if not is_parsable(page):
        raise NoArticleError("has more tags, or nests them deeper, than a page does")
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    place = absolute((base.attributes.get("href") or "") if base else "", url) or url
    found: dict[str, NamedFeed] = {}
    for link in tree.css("link[rel][href]"):
        attributes = {name: value or "" for name, value in link.attributes.items()}
        kind = attributes.get("type", "").partition(";")[0].strip().lower()
        if "alternate" in attributes["rel"].lower().split() and kind in FEED_TYPES:
            address = absolute(attributes["href"], place)
            if address.startswith(("http://", "https://")):
                found.setdefault(address, NamedFeed(address, plain(attributes.get("title", ""))))
    title = tree.css_first("title")
    return plain(title.text() if title else ""), list(found.values())[:MAX_FEEDS]


def _decoded(data: bytes, content_type: str) -> str:
    try:
        return decode(data, content_type)[:MAX_PAGE_BYTES]
    except DecodeError as e:
        raise NoArticleError(str(e)) from e
