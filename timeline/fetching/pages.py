"""Read web pages: the text of an article, and the feeds that a page names."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import date
from importlib import import_module

from selectolax.lexbor import LexborHTMLParser

from timeline.extraction.cleaning import clean
from timeline.extraction.markup import is_parsable
from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import fold
from timeline.fetching.encoding import DecodeError, decode
from timeline.fetching.feeds import NO_XML, absolute
from timeline.fetching.posts import plain
from timeline.fetching.sanitize import sanitize

PHRASES = phrases_of(__name__)

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # NoArticleError carries its messages

logging.getLogger("htmldate").setLevel(logging.CRITICAL)

MAX_PAGE_CHARS = 1_000_000  # of a page without its scripts, that are read; its article comes first
UNREAD = re.compile(r"<(script|style|svg|noscript|template)\b[^>]{0,2000}>|<!--", re.I)
CLOSING = {name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "svg", "noscript", "template")}
CLOSING["!--"] = re.compile("-->")
METADATA = re.compile(r"application/ld\+json", re.I)  # a script that says when a page was published
MAX_METADATA_CHARS = 20_000
FIRST_DAY, LAST_DAY = "1995-01-01", "2100-12-31"
GRAM = 3  # characters of the pieces by which two texts are compared
MIN_SHARED, MIN_SHARED_OF_SHORT = 0.1, 0.5  # of a summary's pieces, in a page that holds its article; in a short page
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


def is_better(page: str, summary: str, title: str = "") -> bool:
    """Return whether the markup of a page holds more of an article than its summary in the feed does.

    A notice to subscribers is as short, or has nothing to do with the summary. Of a feed without summaries any
    page is better.
    """
    text, short = clean(page, title), clean(summary, title)
    if not short:
        return bool(text)
    if len(text) <= len(short):
        return False
    wanted = _pieces(f"{title}\n{short}")
    shared = len(wanted & _pieces(text)) / max(1, len(wanted))
    return shared >= (MIN_SHARED if len(text) >= MIN_FULL_TEXT_CHARS else MIN_SHARED_OF_SHORT)


def _pieces(text: str) -> set[str]:
    letters = "".join(c for c in fold(text).lower() if c.isalnum())
    return {letters[at : at + GRAM] for at in range(len(letters) - GRAM + 1)}


def page_date(data: bytes, content_type: str, url: str, latest: date) -> date | None:
    """Return the day on which a page says that it was published, None where it says none or one after `latest`."""
    try:
        page = _decoded(data, content_type)
        if not is_parsable(page):
            return None
        found = import_module("htmldate").find_date(
            NO_XML.sub("", page),
            extensive_search=False,
            original_date=True,
            url=url,
            min_date=FIRST_DAY,
            max_date=LAST_DAY,  # a day beyond it would be mended to the first of its month
        )
        day = date.fromisoformat(found) if found else None
        return day if day is not None and day <= latest else None
    except Exception:  # a parser error on hostile markup must not lose the entry
        return None


def article_markup(data: bytes, content_type: str, url: str) -> str:
    """Return the article of a page, sanitised. Raises NoArticleError."""
    page = _decoded(data, content_type)
    if not is_parsable(page):
        raise NoArticleError("has more tags, or nests them deeper, than an article does")
    extractor = import_module("trafilatura")  # slow to load
    try:
        found = extractor.extract(
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
        return without_scripts(decode(data, content_type))[:MAX_PAGE_CHARS]
    except DecodeError as e:
        raise NoArticleError(str(e)) from e


def without_scripts(page: str) -> str:
    """Return a page without scripts, styles, drawings and comments, in one pass; metadata in JSON-LD stays.

    What is never closed stays: a parser would take all behind it for a part of it.
    """
    kept, at, unclosed = list[str](), 0, set[str]()
    for opening in UNREAD.finditer(page):
        name = (opening[1] or "!--").lower()
        if opening.start() < at or name in unclosed:
            continue
        closing = CLOSING[name].search(page, opening.end())
        if closing is None:
            unclosed.add(name)
        elif not (METADATA.search(opening[0]) and closing.end() - opening.start() <= MAX_METADATA_CHARS):
            kept.append(page[at : opening.start()])
            at = closing.end()
    return "".join([*kept, page[at:]])
