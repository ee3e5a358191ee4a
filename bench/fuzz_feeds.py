"""Hostile feeds, as a target of `bench.fuzz_articles`: refused with a reason, or entries that can be stored."""

from __future__ import annotations

import html
import json
import os
import random
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from bench.hostile_text import ZONES, text_of  # noqa: E402
from timeline.extraction.cleaning import CONTROL, clean  # noqa: E402
from timeline.fetching import dates  # noqa: E402
from timeline.fetching.feeds import MAX_ENTRIES, NoFeedError, parse_feed  # noqa: E402
from timeline.fetching.identity import identify, page_of  # noqa: E402
from timeline.fetching.pages import NoArticleError  # noqa: E402
from timeline.fetching.pages import article_markup as article_markup_of_page  # noqa: E402
from timeline.fetching.sanitize import sanitize  # noqa: E402
from timeline.models import Claim  # noqa: E402


class Broken(AssertionError):
    """A promise about the output does not hold."""


def holds(fact: bool, what: str) -> None:
    if not fact:
        raise Broken(what)


RDF = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
FEEDS = (
    ("<rss version='2.0'><channel><title>{}</title><link>{}</link>", "</channel></rss>"),
    ("<feed xmlns='http://www.w3.org/2005/Atom'><title>{}</title><link href='{}'/>", "</feed>"),
    (RDF + "<channel><title>{}</title><link>{}</link></channel>", "</rdf:RDF>"),
    ('{{"version": "https://jsonfeed.org/version/1.1", "title": "{}", "home_page_url": "{}", "items": [', "]}"),
    ("<!DOCTYPE rss [<!ENTITY a '{}'><!ENTITY b SYSTEM '{}'>]><rss><channel>&a;&b;", "</channel></rss>"),
)
ENTRIES = (
    "<item><title>{}</title><link>{}</link><guid>{}</guid><pubDate>{}</pubDate><description>{}</description></item>",
    "<entry><title>{}</title><link href='{}'/><id>{}</id><updated>{}</updated><summary>{}</summary></entry>",
    '{{"title": "{}", "url": "{}", "id": "{}", "date_published": "{}", "content_html": "{}"}}',
    "<item><title><![CDATA[{}]]></title><link/>{}<guid>{}</guid><dc:date>{}</dc:date><p:encoded>{}</p:encoded></item>",
)
DATES = (
    *("2024-05-03T10:00:00Z", "Fri, 03 May 2024 10:00:00 +0800", "2024年5月3日 10:00", "0000-00-00", "12/13/14", "-1"),
    *("Fri, 99 May 2024 25:61:61 GMT", "2024-05-03T10:00:00+99:99", "", "2024-05-03 10:00 CST", "9999-12-31T23:59:60Z"),
)
LINKS = ("https://one.example/1", "/2?a=1#b", "javascript:x", "http://[::1", "//x", "", "http://a:99999/", "data:,x")
# What is cheap to send and costs a parser that sees it whole; some of it stands in a feed many times over.
COSTLY = (
    *(
        "<item/>",
        "<item><title>x",
        "<entry>",
        "<a>",
        "</a>",
        "<a b='",
        "<!--",
        "<![CDATA[",
        "]]>",
        "<?x",
        "&",
        "&#150;",
        "<",
    ),
    *(
        "<description>",
        "<pubDate>x</pubDate>",
        "<media:title>x</media:title>",
        " a='1'",
        "\x00",
        "<title><b>",
        "xmlns:a='b' ",
    ),
)
MOST_REPEATED = 20_000
ELEMENT = re.compile(r'<([a-z][^\s/>]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*/?>', re.I)
ATTRIBUTE = re.compile(r'([^\s=>]+)="([^"]*)"')
LIVE = frozenset("script style iframe object embed svg math form base meta link".split())
SCRIPT = re.compile(r"[\x00-\x20]*javascript\s*:", re.I)  # what a browser leaves out before a scheme
CLOCKS: tuple[dates.Clock, ...] = ("stated", "local")
NOW = datetime(2024, 5, 4, tzinfo=UTC)


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def feed(chance: random.Random) -> list[Claim]:
    """Parse the bytes of a feed, its entries and their pages: refused with a reason, or entries that can be stored."""
    (head, foot), form, safe = chance.choice(FEEDS), chance.choice(ENTRIES), chance.random() < 0.7
    written = _json if head.startswith("{{") else html.escape

    def some(text: str) -> str:
        return written(text) if safe else text

    parts = [
        (text_of(chance)[:90], chance.choice(LINKS), chance.choice(LINKS), chance.choice(DATES), text_of(chance))
        for _ in range(chance.randint(0, 4))
    ]
    entries = [form.format(*map(some, part)) for part in parts]
    if chance.random() < 0.1:
        entries.insert(chance.randint(0, len(entries)), chance.choice(COSTLY) * chance.randint(1, MOST_REPEATED))
    if chance.random() < 0.02:
        entries.append("<item " + " ".join(f"a{n}='x'" for n in range(MOST_REPEATED)) + "><title>x</title></item>")
    words = head.format(some(text_of(chance)[:60]), some(chance.choice(LINKS))) + ",".join(entries) + foot
    data = words.encode(chance.choice(("utf-8", "utf-8", "gb18030", "utf-16", "big5")), "replace")
    if chance.random() < 0.3:
        cut = chance.randint(0, len(data))
        data = data[:cut] + chance.randbytes(chance.randint(0, 4)) + data[cut + chance.randint(0, 3) :]
    kind = chance.choice(("", "text/xml; charset=gb2312", "application/json", "text/html;charset=\xff"))
    try:
        parsed = parse_feed(data, kind, "https://one.example/feed")
    except NoFeedError as refused:
        holds(bool(str(refused)), "refused without a reason")
        return []
    holds(len(parsed.entries) <= MAX_ENTRIES, "more entries than are read")
    holds(min(parsed.left_out, parsed.too_large, parsed.unreadable) >= 0, "fewer than no entries left out")
    named_entries = identify(parsed.entries, parsed.home or "https://one.example/feed", chance.choice(("link", "id")))
    holds(len({one.url for one in named_entries}) == len(named_entries), "two entries of one address")
    for one in named_entries:
        holds(page_of(page_of(one.url)) == page_of(one.url), f"two names of one page: {one.url!r}")
        moment = dates.entry_date(one.entry.date, NOW, ZoneInfo(chance.choice(ZONES)), chance.choice(CLOCKS)).moment
        holds(
            moment.tzinfo is not None and moment <= NOW + dates.AHEAD,
            f"a moment ahead of the clock: {one.entry.date!r}",
        )
        holds(one.url.startswith(("http://", "https://")), f"an address: {one.url[:80]!r}")
        markup = sanitize(one.entry.markup)
        holds(not is_live(markup), f"markup that lives: {markup!r}")
        holds(CONTROL.search(clean(markup, one.entry.title)) is None, "control characters are left in the text")
    if chance.random() < 0.05:
        try:
            article_markup_of_page(data, "text/html", "https://one.example/1")
        except NoArticleError as refused:
            holds(bool(str(refused)), "a page refused without a reason")
    return []


def is_live(markup: str) -> bool:
    """Return whether sanitised markup, with all values in double quotes, contains anything that a browser would run."""
    for name, attributes in ELEMENT.findall(markup):
        told = ATTRIBUTE.findall(attributes)
        if name.lower() in LIVE or any(a.startswith("on") or SCRIPT.match(html.unescape(v)) for a, v in told):
            return True
    return False
