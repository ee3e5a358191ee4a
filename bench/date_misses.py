"""Score the dates of the annotated articles of ../shared, and count by class what is still wrong; no text is printed.

Misses are classed in the first articles of the file only; the others are held out, and scored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from bench.corpus import shared
from bench.matching import count_dates, f1, overlap
from bench.table import table
from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article
from timeline.extraction.dates import find
from timeline.extraction.script import fold

LOOKED_AT = 1_100  # articles from which rules may learn
FEWEST = 2  # classes with fewer are summed up

Row = Mapping[str, Any]


def run() -> str:
    with shared("gold/train.jsonl").open(encoding="utf-8") as file:
        articles = [json.loads(line) for line in file]
    read = [(article["dates"], _read(article)) for article in articles]
    parts = {"looked at": read[:LOOKED_AT], "held out": read[LOOKED_AT:]}
    rows = [[name, len(pairs), *_figures(pairs)] for name, pairs in parts.items()]
    classes = Counter(c for wanted, given in parts["looked at"] for c in _misses(wanted, given))
    often = [[what, rule, count] for (what, rule), count in classes.most_common() if count >= FEWEST]
    rare = sum(count for count in classes.values() if count < FEWEST)
    head = ["articles", "", "exact days P", "R", "F1"]
    return table(head, rows) + "\n" + table(["", "rule", "misses"], [*often, ["", "others, one each", rare]])


def _read(article: Row) -> list[dict[str, Any]]:
    day, text, language = date.fromisoformat(article["anchor"]), article["text"], article["language"]
    noon = datetime.combine(day, time(12), UTC)
    anchor = anchor_of(Article(article["title"], text, noon, "Asia/Shanghai", language=language), fold(text))
    return [
        {
            "start_char": e.start_char,
            "end_char": e.end_char,
            "start": e.start and e.start.isoformat(),
            "end": e.end and e.end.isoformat(),
            "vague": e.vague,
            "rule": e.rule,
        }
        for e in find(text, day, language=language, leave_out=anchor.spans if anchor is not None else ())
    ]


def _figures(pairs: Iterable[tuple[Sequence[Row], Sequence[Row]]]) -> list[str]:
    n: Counter[str] = Counter()
    for wanted, given in pairs:
        n.update(count_dates(wanted, given))
    return [f"{value:.3f}" for value in f1(n["dates_right"], n["dates_wanted"], n["dates_given"])]


def _misses(wanted: Sequence[Row], given: Sequence[Row]) -> Iterable[tuple[str, str]]:
    """What is wrong, and the rule that read it: other days, missed, superfluous."""
    touched: set[int] = set()
    for mark in wanted:
        over = [i for i, x in enumerate(given) if overlap(mark, x) > 0 and i not in touched]
        best = max(over, key=lambda i: overlap(mark, given[i]), default=None)
        if best is not None:
            touched.add(best)
        if mark["vague"]:
            continue
        if best is None:
            yield "missed", ""
        elif (mark["start"], mark["end"]) != (given[best]["start"], given[best]["end"]):
            yield "other days", given[best]["rule"]
    for i, x in enumerate(given):
        if i not in touched and not x["vague"]:
            yield "superfluous", x["rule"]
