"""Measure time against length, on news and on hostile text.

`find` from 1 kB to 1 MB: microseconds a character should not grow. Then texts on which each pattern of the packages
would backtrack (bench/pumping.py), and markup that is slow to parse, through everything that reads untrusted text: all
at 100 kB, and the slowest again at 5 MB, which should take no more than five seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from tqdm import tqdm

from bench.corpus import sample
from bench.patterns import found
from bench.pumping import Attack, attacks
from bench.table import table
from timeline.extraction import Article, read_article
from timeline.extraction.cleaning import clean
from timeline.extraction.dates import find
from timeline.fetching.feeds import NoFeedError, parse_feed
from timeline.fetching.pages import NoArticleError, article_markup
from timeline.fetching.posts import MAX_POST_BYTES, PostError, parse_post
from timeline.fetching.sanitize import sanitize

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ANCHOR = date(2024, 3, 20)
HOSTILE = {
    "1": "1",
    "年": "年",
    "一二三四五六七八九": "一二三四五六七八九",
    "2020年": "2020年",
    "2020年，": "2020年，",
    "今天": "今天",
    "周一至": "周一至",
    "三年后": "三年后",
    "5月3日（": "5月3日（",
    "“明天": "“明天",
    "1月、": "1月、",
    "将了": "将了",
    "国庆日": "国庆日",
    "in 2020 and ": "in 2020 and ",
    "the next 1 ": "the next 1 ",
}

MARKUP = (
    *("<div>", "<b></i>", "<p>x", "<a b='>", '<a b=">">', "<b id=1>", "<ul><li><a>x</a>", "<table><td>", "<svg>"),
    *("</p>", "<!--", "<![CDATA[", "&amp", "&#65;", "x\n"),
)
SCREENED, SLOWEST = 100_000, 8  # characters of all, and how many of each reader are measured at full length
HEAD = b"<!--1710947702000-->\n[t](https://a.example/1)\n---\n"
RSS = b"<rss version='2.0'><channel><item><title>t</title><description>%b</description></item></channel></rss>"
URL = "https://a.example/1"


def _post(text: str) -> None:
    for data in (text.encode("utf-8", "ignore"), HEAD + text.encode("utf-8", "ignore")):
        try:
            parse_post(data[:MAX_POST_BYTES], "one")
        except PostError:
            pass


def _feed(text: str) -> None:
    for data in (text.encode("utf-8", "ignore"), RSS % text.encode("utf-8", "ignore")):
        try:
            parse_feed(data, "text/xml", URL)
        except NoFeedError:
            pass


def _page(text: str) -> None:
    try:
        article_markup(f"<html><body><p>{text}".encode("utf-8", "ignore"), "text/html", URL)
    except NoArticleError:
        pass


READERS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "sanitised": sanitize,
    "read_article": lambda text: read_article(Article("题", text, datetime(2024, 3, 20, tzinfo=UTC))),
    "parse_post": _post,
    "parse_feed": _feed,
    "article_markup": _page,
}


def hostile() -> str:
    """Return the table of the slowest."""
    strings = dict.fromkeys(attack for pattern in found().patterns for attack in attacks(pattern)[::4])
    strings.update(dict.fromkeys(Attack("", piece, "") for piece in (*MARKUP, *HOSTILE)))
    rows: list[tuple[float, list[object]]] = []
    for name, read in READERS.items():
        costs = [(_seconds(read, attack.text(SCREENED)), attack) for attack in tqdm(strings, name, leave=False)]
        for short, attack in sorted(costs, key=lambda cost: -cost[0])[:SLOWEST]:
            text = attack.text(MAX_POST_BYTES).encode("utf-8", "ignore")[:MAX_POST_BYTES].decode("utf-8", "ignore")
            long = _seconds(read, text)
            rows.append((long, [name, f"`{attack.prefix[:12] + attack.pump[:24]!r}`", f"{short:.2f}", f"{long:.2f}"]))
    rows.sort(key=lambda row: -row[0])
    head = ["reader", "again and again", f"seconds for {SCREENED:,} characters", f"for {MAX_POST_BYTES:,} bytes"]
    return f"\n{len(strings):,} strings for each reader\n\n" + table(head, [row for _, row in rows])


def _seconds(read: Callable[[str], object], text: str) -> float:
    """Return seconds of processor time, the shorter of two runs where it is short."""
    costs: list[float] = []
    while len(costs) < 2 and sum(costs) < 1:
        begun = time.process_time()
        read(text)
        costs.append(time.process_time() - begun)
    return min(costs)


def run() -> str:
    news = "\n".join(t.text for t in sample(1200, 5))
    rows = []
    for name, piece in [("news", news), *HOSTILE.items()]:
        language = "en" if piece.isascii() and piece[0].isalpha() else "zh"
        costs = [_microseconds((piece * (size // len(piece) + 1))[:size], language) for size in SIZES]
        rows.append([name, *(f"{cost:.2f}" for cost in costs), f"{costs[-1] / costs[1]:.2f}"])
    return table(["text", *(f"{size:,}" for size in SIZES), "1 MB : 10 kB"], rows) + hostile()


def _microseconds(text: str, language: str) -> float:
    """Return microseconds a character, the median of at least three rounds and a tenth of a second."""
    find(text[:100], ANCHOR, language=language)
    costs: list[float] = []
    spent = 0.0
    while len(costs) < 3 or (spent < 0.1 and len(costs) < 50):
        begun = time.perf_counter()
        find(text, ANCHOR, language=language)
        costs.append(time.perf_counter() - begun)
        spent += costs[-1]
    return statistics.median(costs) / len(text) * 1e6
