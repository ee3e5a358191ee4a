"""Feeds that are made to cost time and memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from functools import partial

from bench.feed_cases import URL, Case, atom, item, rss
from timeline.fetching.feeds import NoFeedError, parse_feed
from timeline.resilience.forked import run_isolated_one

SECONDS, MEGABYTES = 3.0, 200  # that a feed made to cost may take
KILLED_AFTER = 10.0  # seconds of the processor


def cases() -> Iterator[Case]:
    attributes = " ".join(f'a{n}="x"' for n in range(600_000))
    names = " ".join(f'xmlns:a{n}="x{n}"' for n in range(200_000))
    good = item("eins", 1, "kurz")
    made = {
        "attributes of an item": rss(f"<item {attributes}><title>x</title></item>" + good),
        "attributes of a title": rss(item("eins", 1, "kurz").replace("<title>", f"<title {attributes}>")),
        "attributes of the feed": rss(good, names=" " + attributes),
        "namespaces": rss(f"<item {names}><title>x</title></item>" + good),
        "many tags of many attributes": rss("".join(f"<item {attributes[:20_000]}/>" for _ in range(400))),
        "empty items": rss("<item/>" * 1_400_000),
        "empty entries": atom("<entry/>" * 1_000_000),
        "elements of an item": rss("<item>" + "<a/>" * 2_000_000 + "</item>" + good),
        "elements before the items": rss("<a/>" * 2_000_000 + good),
        "elements behind the items": rss(good + "<a/>" * 2_000_000),
        "deep": rss("<item>" + "<a>" * 1_000_000 + "</item>" + good),
        "deep in the description": rss(item("x", 2, "<b>" * 1_000_000) + good),
        "comments": rss("<!---->" * 1_200_000 + good),
        "open comments": rss("<!-- " * 1_500_000 + good),
        "instructions": rss("<?a?>" * 1_500_000 + good),
        "open sections": rss("<![CDATA[" * 1_000_000),
        "sections": rss(item("<![CDATA[]]>" * 500_000, 1, "x")),
        "brackets": "<" * 8_000_000,
        "quotes": rss("<item a='" * 800_000),
        "references": rss(item("&#150;" * 1_000_000, 1, "x")),
        "ampersands": rss(item("&" * 7_000_000, 1, "x")),
        "open descriptions": rss("<item><description>" * 400_000),
        "JSON": '{"version": "https://jsonfeed.org/version/1.1", "items": [' + "{}," * 2_500_000 + "{}]}",
        "JSON deep": '{"version": "https://jsonfeed.org/version/1.1", "items": ' + "[" * 5_000_000,
        "blanks": " " * 9_000_000,
        "junk": "x" * 9_000_000,
        "one title": rss(item("x" * 9_000_000, 1, "x")),
        "dates": rss("<item>" + "<pubDate>x</pubDate>" * 300_000 + "</item>" + good),
    }
    for name, text in made.items():
        yield Case("bounds", name, partial(_cost, text.encode()[:10_000_000]))


def _cost(data: bytes) -> str:
    found = run_isolated_one(_measured, data, KILLED_AFTER)
    if found is None:
        return "was killed"
    seconds, megabytes = found
    return f"takes {seconds:.1f} s and {megabytes:.0f} MB" if seconds > SECONDS or megabytes > MEGABYTES else ""


def _measured(data: bytes) -> tuple[float, float]:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        parse_feed(data, "", URL)
    except NoFeedError:
        pass
    return time.process_time() - begun, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
