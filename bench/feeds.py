"""How feeds are read: right and wrong by kind of fault, over documents of its own, and how fast."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from html import escape

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from bench import feed_costs, feed_encodings, feed_markup, feed_moments  # noqa: E402
from bench.feed_cases import URL, Case, rss  # noqa: E402
from bench.table import table  # noqa: E402
from timeline.fetching.feeds import parse_feed  # noqa: E402

SHOWN = 5  # wrong cases of a kind that are printed


def run() -> str:
    kinds = defaultdict[str, list[tuple[Case, str]]](list)
    for module in (feed_encodings, feed_markup, feed_moments, feed_costs):
        for case in module.cases():
            kinds[case.kind].append((case, case.wrong()))
    rows = []
    for kind, told in kinds.items():
        wrong = [(case, what) for case, what in told if what]
        for case, what in wrong[:SHOWN]:
            print(f"{kind}: {case.name}: {what[:300]}", file=sys.stderr)
        share = (len(told) - len(wrong)) / len(told)
        rows.append([kind, len(told) - len(wrong), len(wrong), f"{100 * share:.0f} %"])
    total = sum(map(len, kinds.values()))
    head = ["kind", "right", "wrong", "share"]
    return f"{total} documents and lines of dates\n\n{table(head, rows)}\n{_throughput()}\n"


def _throughput() -> str:
    """Feeds of 100 kB a second: thirty articles in Chinese with markup, in the three ways of writing it."""
    text = "<p>外交部发言人昨天说，两国总理将在下个月举行会谈。</p>" * 40
    told = []
    for name, form in {"CDATA": f"<![CDATA[{text}]]>", "escaped": escape(text), "children": text}.items():
        items = "".join(
            f"<item><title>会谈{n}</title><link>https://news.example/{n}</link><guid>{n}</guid>"
            f"<pubDate>Tue, 09 Jun 2026 18:05:11 +0800</pubDate><description>{form}</description></item>"
            for n in range(100)
        )
        document = rss(items).encode()
        data = rss(items[: len(items) * 100_000 // len(document)].rpartition("<item>")[0]).encode()
        parse_feed(data, "", URL)
        begun, count = time.process_time(), 0
        while time.process_time() - begun < 2:
            parse_feed(data, "", URL)
            count += 1
        told.append(f"{name} ({len(data) / 1000:.0f} kB): {count / (time.process_time() - begun):.0f} feeds a second")
    return "; ".join(told)
