"""Time against length, 1 kB to 1 MB, on news and on hostile text: microseconds a character should not grow."""

from __future__ import annotations

import statistics
import time
from datetime import date

from bench.corpus import sample
from bench.table import table
from timeline.extraction.dates import find

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


def run() -> str:
    news = "\n".join(t.text for t in sample(1200, 5))
    rows = []
    for name, piece in [("news", news), *HOSTILE.items()]:
        language = "en" if piece.isascii() and piece[0].isalpha() else "zh"
        costs = [_microseconds((piece * (size // len(piece) + 1))[:size], language) for size in SIZES]
        rows.append([name, *(f"{cost:.2f}" for cost in costs), f"{costs[-1] / costs[1]:.2f}"])
    return table(["text", *(f"{size:,}" for size in SIZES), "1 MB : 10 kB"], rows)


def _microseconds(text: str, language: str) -> float:
    """Microseconds a character, the median of at least three rounds and a tenth of a second."""
    find(text[:100], ANCHOR, language=language)
    costs: list[float] = []
    spent = 0.0
    while len(costs) < 3 or (spent < 0.1 and len(costs) < 50):
        begun = time.perf_counter()
        find(text, ANCHOR, language=language)
        costs.append(time.perf_counter() - begun)
        spent += costs[-1]
    return statistics.median(costs) / len(text) * 1e6
