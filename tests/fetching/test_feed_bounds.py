"""Feeds that are made to cost: no parser sees more than a bounded part of them, and the rest is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import fastfeedparser
import pytest

from tests.support.feed_server import item, rss
from timeline.fetching import feed_text
from timeline.fetching.feed_text import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ENTRIES, MAX_ENTRY_TAGS
from timeline.fetching.feeds import NoFeedError, ParsedFeed, parse_feed

MANY = " ".join(f'a{n}="x"' for n in range(50_000))
GOOD = item("good")


def parse(text: str) -> ParsedFeed:
    return parse_feed(text.encode(), "", "https://one.example/feed")


@pytest.mark.parametrize(
    "entry",
    [
        f"<item {MANY}><title>x</title></item>",
        f"<item><title>x</title><a {MANY}/></item>",
        f"<item><title {MANY}>x</title></item>",
        "<item>" + "<a/>" * 50_000 + "</item>",
        "<item>" + "<a>" * 50_000 + "</item>",
        "<item>" + "<pubDate>x</pubDate>" * 50_000 + "</item>",
    ],
)
def test_an_entry_beyond_the_bounds_is_left_out_and_counted(entry: str) -> None:
    feed = parse(rss(item("before"), entry, GOOD))
    assert [one.id for one in feed.entries] == ["id-before", "id-good"]
    assert feed.too_large == 1
    assert feed.entries[1].date == "Wed, 20 Mar 2024 15:00:00 +0000"  # the numbers of dates do not shift


def test_what_is_within_the_bounds_is_read() -> None:
    attributes = " ".join(f'a{n}="x"' for n in range(MAX_ATTRIBUTES))
    nested = "<a>" * (MAX_DEPTH - 10) + "</a>" * (MAX_DEPTH - 10)
    feed = parse(rss(f"<item {attributes}><title>x</title>{nested}{'<a/>' * (MAX_ENTRY_TAGS - 200)}</item>", GOOD))
    assert (len(feed.entries), feed.too_large) == (2, 0)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (f"<rss {MANY}>" + GOOD, f"more than {MAX_ATTRIBUTES} attributes"),
        ("<rss><channel>" + f"<image {MANY}/>" + GOOD, f"more than {MAX_ATTRIBUTES} attributes"),
        ("<rss>" + "<a>" * 1000, f"more than {MAX_DEPTH} elements within each other"),
        (
            '{"version": "https://jsonfeed.org/version/1", "items": [' + "{}," * 300_000 + "{}]}",
            "more than 200,000 objects",
        ),
    ],
)
def test_a_feed_beyond_the_bounds_is_refused_with_the_reason(document: str, reason: str) -> None:
    with pytest.raises(NoFeedError, match=reason):
        parse(document)


# Several times as much as a parser may see; each is made when its test runs.
ENDLESS: dict[str, Callable[[], str]] = {
    "empty items": lambda: rss("<item/>" * 700_000),
    "items": lambda: rss("<item></item>" * 400_000),
    "items in items": lambda: rss("<item><description>" * 400_000),
    "CDATA in CDATA": lambda: rss("<![CDATA[" * 900_000),
    "comments in comments": lambda: rss("<!-- " * 900_000),
    "elements": lambda: rss("<a/>" * 900_000),
    "an attribute without end": lambda: rss("<item a='" * 800_000),
    "signs": lambda: rss("<" * 2_500_000),
    "empty CDATA": lambda: rss(item(1, title="<![CDATA[]]>" * 300_000)),
    "entries": lambda: "<feed>" + "<entry/>" * 700_000,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_parser_sees_a_bounded_part_of_what_arrives(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tags, parse_all = list[int](), fastfeedparser.parse

    def counted(data: bytes, **more: Any) -> Any:
        tags.append(data.count(b"<"))
        return parse_all(data, **more)

    monkeypatch.setattr(fastfeedparser, "parse", counted)
    feed = parse(ENDLESS[what]())
    assert len(feed.entries) <= MAX_ENTRIES
    assert tags and tags[0] <= 3 * feed_text.MAX_TAGS


UNCLOSED = [
    "<description>",
    "<title><b>",
    "<pubDate>",
    "<description>x</x>",
    "<title><![CDATA[x]]>",
    "<![CDATA[<title>",
    "<title></description>",
]


@pytest.mark.parametrize("where", ["<rss><channel>{}", "<rss><channel>{}</title></description>", "<rss>{}<item>"])
@pytest.mark.parametrize("element", [*UNCLOSED, "<a{n}:title>", "<a{n}:title></a{n}:title>"])
def test_elements_that_never_end_cost_no_more_than_others(element: str, where: str) -> None:
    document = where.format("".join(element.replace("{n}", str(n)) for n in range(60_000)))
    begun = time.process_time()
    try:
        parse(document)
    except NoFeedError:
        pass
    assert time.process_time() - begun < 5.0  # searched to the end for each, they would take half a minute


def test_entries_behind_the_most_are_counted_and_what_follows_them_is_read() -> None:
    body = "".join(item(n) for n in range(MAX_ENTRIES + 9))
    feed = parse(f"<rss><channel>{body}<title>last</title></channel></rss>")
    assert (len(feed.entries), feed.left_out, feed.title) == (MAX_ENTRIES, 9, "last")
