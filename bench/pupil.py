"""What the embedded reader learns from a model's readings in place of annotations.

The first 100, 200, 400 and 800 annotated articles are treated as if a model had read them: their events become its
answers, and these are read back (`bench.second` measures what is lost by that). The last layers of the network are
learnt from nothing, once from the annotations and once from what the readings teach, and read the last articles. The
vectors below those layers and the models over wordings were trained on all articles, so every line flatters alike:
what counts is the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from bench.corpus import shared
from bench.matching import count_events, f1
from bench.second import answer_of, as_row, lines_of, to_json
from bench.table import table
from timeline.extraction.article import Article
from timeline.extraction.events.learnt.examples import Decided, DecidedArticle, fit_layers, layers_of
from timeline.extraction.events.learnt.network import Network, network
from timeline.extraction.events.learnt.site import LAYERS, using, with_layers
from timeline.extraction.reader import read_article
from timeline.extraction.second import check_answer, mark
from timeline.extraction.second.teach import BothReadings, examples_of

SIZES = (100, 200, 400, 800)
HELD_OUT = 300  # the last articles of the file
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to learn: from annotations, or from readings with these weights."""

    name: str
    agreed: float = 0.0
    alone: float = 0.0


WAYS = (Way("annotations"), Way("readings, agreed", 0.5), Way("readings, all", 0.5, 0.5))


def run() -> str:
    """Return the table. Raises Missing where the articles are absent."""
    shared("gold/train.jsonl")
    rows = list(lines_of("gold/train.jsonl"))
    base, held_out = untaught(network()), rows[-HELD_OUT:]
    head = ["learnt from", "articles", "examples", "P", "R", "F1", "exact F1"]
    lines = [["nothing", "0", "0", *_scores(base, held_out)], ["as shipped", "", "", *_scores(network(), held_out)]]
    taught = {way: [_taught(row, way) for row in rows[: max(SIZES)]] for way in WAYS}
    for size in SIZES:
        for way in WAYS:
            articles = [one for one in taught[way][:size] if one is not None and one.decided]
            layers = layers_of(fit_layers(base, articles))
            count = sum(len(article.decided) for article in articles)
            lines.append([way.name, str(size), str(count), *_scores(with_layers(base, layers), held_out)])
    return table(head, lines)


def untaught(of: Network) -> Network:
    """Return a network whose last layers know nothing."""
    parts = [f"{layer}.{part}" for layer in LAYERS for part in ("weight", "bias")]
    return of.replaced({name: np.zeros_like(of.w[name]) for name in parts})


def _taught(row: Row, way: Way) -> DecidedArticle | None:
    anchor, language = date.fromisoformat(row["anchor"]), row["language"]
    reading = read_article(Article(row["title"], row["text"], None, anchor=anchor, language=language))
    marked = mark(row["text"], row["title"], reading.expressions, anchor, language.partition("-")[0])
    if marked is None:
        return None
    if way.name == "annotations":
        return _annotated(row, anchor, reading.expressions)
    second = check_answer(marked, to_json(answer_of(marked, row["events"]))).events
    both = BothReadings(
        row["id"], row["title"], row["text"], anchor, language, reading.expressions, reading.events, second
    )
    return examples_of(both, way.agreed, way.alone)


def _annotated(row: Row, anchor: date, expressions: Sequence[Any]) -> DecidedArticle:
    """Return what the annotations teach: their events, and of the other readings that none is one."""
    told = [
        Decided(
            tuple(event["trigger"]),
            tuple((a, b) for a, b in event["date"]),
            event=True,
            kind=event["kind"],
            type=event["type"],
            stage=event["stage"],
            status=event["status"],
            participants=tuple(event["participants"]),
        )
        for event in row["events"]
        if event["date"]
    ]
    own = read_article(Article(row["title"], row["text"], None, anchor=anchor, language=row["language"]))
    wanted = [event["trigger"] for event in row["events"]]
    wrong = [
        Decided(event.trigger, tuple((e.start_char, e.end_char) for e in dates), event=False)
        for event in own.events
        if not any(a < event.trigger[1] and event.trigger[0] < b for a, b in wanted)
        and (dates := [expressions[number] for number in event.expressions])
    ]
    nothing = BothReadings(
        row["id"], row["title"], row["text"], anchor, row["language"], expressions, own.events, own.events
    )
    none = [d for d in examples_of(nothing, 1.0).decided if not d.event]
    return DecidedArticle(row["id"], row["title"], row["text"], anchor, row["language"], (*told, *wrong, *none))


def _scores(of: Network, rows: Sequence[Row]) -> list[str]:
    sums: Counter[str] = Counter()
    with using(of):
        for row in rows:
            anchor = date.fromisoformat(row["anchor"])
            found = read_article(Article(row["title"], row["text"], None, anchor=anchor, language=row["language"]))
            sums.update(count_events(row["events"], [as_row(event) for event in found.events]))
    p, r = sums["matched"] / max(sums["given"], 1), sums["matched"] / max(sums["wanted"], 1)
    matched = f1(sums["matched"], sums["given"], sums["wanted"])[2]
    exact = f1(sums["exact"], sums["given"], sums["wanted"])[2]
    return [f"{x:.3f}" for x in (p, r, matched, exact)]
