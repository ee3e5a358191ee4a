"""How surely a predicted event is one: its pairs, its participants, and what else the article says, judged together.

A pair is judged by its passage alone. Whether the event that comes of it is right hangs on more: whether another
date of its trigger word, or another day of the same event, is likelier; whether anybody surely takes part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from timeline.extraction.events.learnt.predicted import PredictedEvent

LEAST_SHARE = 1e-4
LONG_DAYS = 4000


def sureness(predicted_events: Sequence[PredictedEvent], weights: Mapping[str, float], language: str) -> list[float]:
    """Return the probability of each predicted event of an article, in their order."""
    found = []
    for signs in signs_of_all(predicted_events, language):
        z = sum(weights.get(name, 0.0) * value for name, value in signs.items())
        found.append(1 / (1 + math.exp(-max(-30.0, min(30.0, z)))))
    return found


def signs_of_all(predicted_events: Sequence[PredictedEvent], language: str) -> list[dict[str, float]]:
    """Return the signs of each predicted event, by name."""
    return [_signs(h, [o for o in predicted_events if o is not h], language) for h in predicted_events]


def _signs(h: PredictedEvent, others: Sequence[PredictedEvent], language: str) -> dict[str, float]:
    own = logit(h.probability)
    pair = h.pair
    days = (pair.dating.end - pair.dating.start).days + 1 if pair.dating.start and pair.dating.end else LONG_DAYS
    rule = pair.rule or next((p.rule for p in h.pairs if p.rule is not None), None)
    on_trigger = [o.probability for o in others if o.pair.trigger.start == pair.trigger.start]
    on_date = [o.probability for o in others if o.pair.index == pair.index and o.kind == h.kind]
    alike = [o.probability for o in others if o.sort == h.sort and set(o.codes) & set(h.codes)]
    signs = {
        "one": 1.0,
        "logit": own,
        f"logit,{language}": own,
        language: 1.0,
        h.kind: 1.0,
        f"sort={h.sort}": 1.0,
        "pairs": math.log(len(h.pairs)),
        "passages": math.log(len({p.passage.sentence for p in h.pairs})),
        "days": math.log(days),
        f"days,{h.kind}": math.log(days),
        "surest": logit(max(h.shares, default=0.0)),
        f"surest,{h.kind}": logit(max(h.shares, default=0.0)),
        "least sure": logit(min(h.shares, default=0.0)),
        "type": logit(h.type_share),
        "status": logit(h.status_share),
        "back": float(pair.back),
        "rule": float(rule is not None),
        "rule doubted": float(rule is not None and bool(rule.doubts)),
        "first sentence": float(pair.passage.sentence == 0),
        "participants": float(len(h.codes)),
        "happenings": math.log(1 + len(others)),
    }
    for name, rivals in (("on trigger", on_trigger), ("on date", on_date), ("alike", alike)):
        best = max(rivals, default=0.0)
        signs[name] = best
        signs[f"{name}, likelier"] = max(0.0, logit(best) - own) if rivals else 0.0
    return signs


def logit(p: float) -> float:
    """Return the logit of a probability, bounded."""
    p = min(max(p, LEAST_SHARE), 1 - LEAST_SHARE)
    return math.log(p / (1 - p))
