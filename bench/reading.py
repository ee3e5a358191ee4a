"""Measure what reading events adds to reading dates: seconds on one core, the same articles, medians of rounds."""

from __future__ import annotations

import statistics
import time

from bench.corpus import sample
from bench.table import table
from timeline.extraction.dates import find
from timeline.extraction.events.reader import read_events
from timeline.extraction.languages import language_of
from timeline.extraction.script import fold

TEXTS, EVERY = 2000, 10
ROUNDS = 5


def run() -> str:
    corpus = [(t, fold(t.text), language_of(t.text[:2000])) for t in sample(TEXTS, EVERY)]
    spent: dict[str, list[float]] = {"dates": [], "events": []}
    for warm in range(ROUNDS + 1):
        begun = time.perf_counter()
        dated = [
            (t, folded, language, find(t.text, t.anchor, language=language, leave_out=t.leave_out))
            for t, folded, language in corpus
        ]
        between = time.perf_counter()
        for t, folded, language, expressions in dated:
            read_events(t.text, folded, t.text.split("\n", 1)[0], expressions, t.anchor, language.partition("-")[0])
        if warm:  # the first round builds the tables
            spent["dates"].append(between - begun)
            spent["events"].append(time.perf_counter() - between)
    dates, events = (statistics.median(spent[name]) for name in ("dates", "events"))
    characters = sum(len(t.text) for t, _, _ in corpus) / 1e6
    rows = [
        [name, f"{seconds:.2f}", f"{characters / seconds:.2f}", f"{seconds / dates:.2f}×"]
        for name, seconds in (("dates", dates), ("events", events), ("both", dates + events))
    ]
    head = ["", "seconds", "million characters a second", "of the dates"]
    return table(head, rows) + f"\n{len(corpus)} articles, {characters:.2f} million characters, medians of {ROUNDS}.\n"
