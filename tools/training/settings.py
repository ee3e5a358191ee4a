"""What cross-validation sets besides weights: calibration of pairs, sureness of happenings, thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.matching import match_events
from timeline.extraction.events.learnt.decide import considered
from timeline.extraction.events.learnt.network import STATUSES, Network
from timeline.extraction.events.learnt.predicted import PredictedEvent
from timeline.extraction.events.learnt.sureness import signs_of_all
from timeline.extraction.events.learnt.wording import type_signs, wording_of
from timeline.extraction.gazetteer import actors
from tools.training import linear
from tools.training.articles import Annotated, labels_of
from tools.training.evaluate import Prediction, line, read_all, score, thresholds

LANGUAGES = "zh", "en"
LOOSE = {language: {"lower": 0.1, "upper": 0.1} for language in LANGUAGES}
NEUTRAL = {"thresholds": LOOSE, "calibration": [1.0, 0.0, 0.0], "sureness": {"logit": 1.0}}
HELD = 1.0  # how strongly the weights of sureness are held to 0
OWN = 2.0  # how much a pair of an article written for the project counts: few, and the only ones of other years


@dataclass
class Fold:
    """A month with the network that saw none of its articles."""

    month: int
    network: Network
    articles: Sequence[Annotated]


def linear_models(articles: Sequence[Annotated], types: Sequence[str]) -> dict[str, linear.Model]:
    """What the linear models learn of annotated articles."""
    events: list[tuple[list[str], int, float]] = []
    of_type: list[tuple[list[str], int]] = []
    of_status: list[tuple[list[str], int]] = []
    for a in articles:
        for pair, n in zip(a.pairs, labels_of(a), strict=True):
            assert a.read is not None
            event = a.events[n] if n >= 0 else None
            wording = wording_of(a.read, pair)
            if event is None or not event["optional"]:
                events.append((wording, int(event is not None), 1.0 if a.id.startswith("tr-") else OWN))
            if event is None:
                continue
            stage = "vote" if event["stage"] == "postponement" else event["stage"]
            name = f"{event['kind']}|{event['type']}|{stage}"
            if name in types:
                codes = [c for c in event["participants"] if c in actors()]
                of_type.append((type_signs(a.read, pair, codes), types.index(name)))
                of_status.append((wording, STATUSES.index(event["status"])))
    return {
        "event": linear.fit([r for r, _, _ in events], [n for _, n, _ in events], 1, [w for _, _, w in events]),
        "types": linear.fit([r for r, _ in of_type], [n for _, n in of_type], len(types), [1.0] * len(of_type)),
        "statuses": linear.fit(
            [r for r, _ in of_status], [n for _, n in of_status], len(STATUSES), [1.0] * len(of_type)
        ),
    }


def found_by(folds: Sequence[Fold]) -> tuple[list[Prediction], dict[str, Any]]:
    """Every article read by the network of its fold, with what the other folds set; and the settings of all."""
    calibration = calibration_of(folds)
    for fold in folds:
        fold.network.calibration = calibration
    rows = [(fold.month, *row) for fold in folds for row in predictions_of(fold)]
    out: list[Prediction] = []
    for fold in folds:
        fold.network.sureness = sureness_of([(s, y) for month, s, y in rows if month != fold.month])
        fold.network.thresholds = LOOSE
        out += read_all(fold.articles, fold.network)
    chosen = {language: thresholds([x for x in out if x[0].language == language], language) for language in LANGUAGES}
    sureness = sureness_of([(s, y) for _, s, y in rows])
    return out, {"thresholds": chosen, "calibration": list(calibration), "sureness": sureness}


def calibration_of(folds: Sequence[Fold]) -> tuple[float, float, float]:
    """How much the logits of network and linear model count for a pair, and the intercept."""
    logits, labels = [], []
    for fold in folds:
        for a in fold.articles:
            if not a.pairs or a.read is None:
                continue
            by_network = fold.network.judge(a.pairs).event
            by_words = fold.network.by_words["event"].logits([wording_of(a.read, p) for p in a.pairs])[:, 0]
            for x, y, n in zip(by_network, by_words, labels_of(a), strict=True):
                if n < 0 or not a.events[n]["optional"]:
                    logits.append((float(x), float(y), 1.0))
                    labels.append(int(n >= 0))
    network, words, intercept = logistic(np.array(logits), np.array(labels), 1e-3)
    return float(network), float(words), float(intercept)


def predictions_of(fold: Fold) -> list[tuple[Mapping[str, float], int]]:
    """The signs of each happening considered, and whether it is one; optional ones are left out."""
    rows: list[tuple[Mapping[str, float], int]] = []
    for a in fold.articles:
        if not a.pairs or a.read is None:
            continue
        found, _ = considered(a.read, a.pairs, fold.network)
        matched = {j: i for i, j, _ in match_events(a.events, [_row_of(h) for h in found])}
        for j, signs in enumerate(signs_of_all(found, a.language)):
            if j not in matched or not a.events[matched[j]]["optional"]:
                rows.append((signs, int(j in matched)))
    return rows


def sureness_of(rows: Sequence[tuple[Mapping[str, float], int]]) -> dict[str, float]:
    """The weight of each sign of a happening."""
    names = sorted({name for signs, _ in rows for name in signs})
    x = np.array([[signs.get(name, 0.0) for name in names] for signs, _ in rows])
    found = logistic(x, np.array([y for _, y in rows]), HELD)
    return {name: round(float(w), 4) for name, w in zip(names, found, strict=True)}


def logistic(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], held: float) -> np.ndarray[Any, Any]:
    """Logistic regression by Newton's method; `held` to 0 by a squared penalty."""
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p) + 1e-9)[:, None]).T @ x + held * np.eye(len(w))
        w = w + np.linalg.solve(hessian, x.T @ (y - p) - held * w)
    return np.asarray(w)


def report(read: Sequence[Prediction]) -> None:
    for language in LANGUAGES:
        part = [x for x in read if x[0].language == language]
        print(f"{language}, out of fold")
        for least in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            print(f"  {least:.1f} {line(score(part, least))}", flush=True)


def _row_of(h: PredictedEvent) -> dict[str, Any]:
    """A happening in the form of an annotation."""
    start, end = h.pair.dating.start, h.pair.dating.end
    return {
        "kind": h.kind,
        "type": h.type,
        "stage": h.stage,
        "participants": h.codes,
        "status": h.status,
        "start": start and start.isoformat(),
        "end": end and end.isoformat(),
    }
