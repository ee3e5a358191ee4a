"""What the measurement of feeds is made of: documents after a kind of fault, each with what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from timeline.fetching.feeds import NoFeedError, ParsedFeed, parse_feed

URL = "https://news.example/feed"


@dataclass(frozen=True, slots=True)
class Case:
    """One document or line. `wrong` says what is not right about what is read, "" where all is."""

    kind: str
    name: str
    wrong: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as it should be read. `text`: stands in its markup, or None where that is not looked at."""

    title: str
    link: str = ""
    text: str | None = None
    id: str | None = None
    date: str | None = None
    without: str = ""


def expect(kind: str, name: str, data: bytes, items: Iterable[Item], content_type: str = "", title: str = "") -> Case:
    """The case of a feed that has exactly these entries."""
    wanted = list(items)

    def wrong() -> str:
        try:
            parsed = parse_feed(data, content_type, URL)
        except NoFeedError as e:
            return f"refused: {e}"
        return compared(parsed, wanted, title)

    return Case(kind, name, wrong)


def compared(parsed: ParsedFeed, wanted: list[Item], title: str = "") -> str:
    if title and parsed.title != title:
        return f"the feed's title is {parsed.title!r}"
    if len(parsed.entries) != len(wanted):
        return f"{len(parsed.entries)} entries, not {len(wanted)}"
    for entry, item in zip(parsed.entries, wanted, strict=True):
        if entry.title != item.title:
            return f"title {entry.title!r}, not {item.title!r}"
        if item.link and entry.link != item.link:
            return f"link {entry.link!r}, not {item.link!r}"
        if item.text is not None and item.text not in entry.markup:
            return f"{item.text!r} is not in {entry.markup!r}"
        if item.without and item.without in entry.markup + entry.title:
            return f"{item.without!r} is in {entry.markup!r}"
        if item.id is not None and entry.id != item.id:
            return f"id {entry.id!r}, not {item.id!r}"
        if item.date is not None and entry.date.strip() != item.date:
            return f"date {entry.date!r}, not {item.date!r}"
    return ""


def rss(body: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n', names: str = "") -> str:
    return (
        f'{declaration}<rss version="2.0"{names}><channel><title>Bote</title><link>https://news.example/</link>'
        f"{body}</channel></rss>"
    )


def item(title: str, n: int, text: str, more: str = "") -> str:
    return (
        f"<item><title>{title}</title><link>https://news.example/{n}</link><guid isPermaLink='false'>g{n}</guid>"
        f"<description>{text}</description>{more}</item>"
    )


def atom(body: str, names: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        f'{names}><title>Bote</title><id>f</id><link href="https://news.example/"/>{body}</feed>'
    )


def entry(title: str, n: int, body: str) -> str:
    return (
        f'<entry>{title}<id>g{n}</id><link href="https://news.example/{n}"/>'
        f"<updated>2026-03-16T20:00:00Z</updated>{body}</entry>"
    )


def plain_items(texts: list[str]) -> str:
    return "".join(item(escape(text[:20]), n, escape(text)) for n, text in enumerate(texts))
