"""How well weights read annotated articles: the product's own reader, scored as `bench.matching` scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.matching import count_events, f1
from timeline.extraction.article import EventMention
from timeline.extraction.events.learnt.network import Network
from timeline.extraction.events.learnt.reader import learnt_events
from tools.training.articles import Annotated

Prediction = tuple[Annotated, Sequence[EventMention]]


def read_all(articles: Iterable[Annotated], network: Network) -> list[Prediction]:
    """The events of each article, with all that the network's lower threshold lets through."""
    return [
        (a, learnt_events(a.text, a.read, a.rules, network) if a.read is not None and a.pairs else []) for a in articles
    ]


def row_of(event: EventMention) -> Mapping[str, Any]:
    """An event in the form of an annotation."""
    start, end = event.when.start, event.when.end
    return {
        "kind": event.kind,
        "type": event.type,
        "stage": event.stage,
        "participants": event.participants,
        "status": event.status,
        "start": start and start.isoformat(),
        "end": end and end.isoformat(),
    }


def score(read: Sequence[Prediction], least: float = 0.0) -> Counter[str]:
    """Counts over all articles, of events with at least a probability."""
    n: Counter[str] = Counter()
    for a, events in read:
        n += Counter(count_events(a.events, [row_of(e) for e in events if (e.probability or 1) >= least]))
    return n


def line(n: Mapping[str, int]) -> str:
    """Precision, recall and F1 of events, F1 of exact ones, and what is right of the matched."""
    p, r, f = f1(n["matched"], n["wanted"], n["given"])
    exact = f1(n["exact"], n["wanted"], n["given"])[2]
    m = max(1, n["matched"])
    shares = " ".join(f"{name} {n[name] / m:.3f}" for name in ("type", "stage", "status", "participants"))
    return f"P {p:.3f} R {r:.3f} F1 {f:.3f} exact {exact:.3f} | {shares} ({n['wanted']} wanted)"


# Of what is told at all. In English the last five points would cost a tenth of the recall and four points of F1.
LEAST_PRECISION = {"zh": 0.80, "en": 0.75}
PLAIN_PRECISION = 0.90


def thresholds(read: Sequence[Prediction], language: str) -> dict[str, float]:
    """`lower`: the best F1 of those with LEAST_PRECISION; `upper`: the least with PLAIN_PRECISION, for plain claims."""
    curve = []
    for step in range(10, 98):
        n = score(read, step / 100)
        curve.append((step / 100, *f1(n["matched"], n["wanted"], n["given"])))
    best = max((f, t) for t, p, _, f in curve if p >= LEAST_PRECISION[language] or t >= 0.9)
    plain = min((t for t, p, _, _ in curve if p >= PLAIN_PRECISION), default=0.95)
    return {"lower": best[1], "upper": max(plain, best[1])}
