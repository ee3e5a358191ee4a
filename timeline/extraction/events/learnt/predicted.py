"""An event as the learnt reader predicts it: its pairs, its sort, and how sure each part is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from timeline.extraction.events.learnt.pairs import Pair


@dataclass(frozen=True, slots=True)
class PredictedEvent:
    """A predicted event: type and stage, participants, status, the pair that gives its days, and how sure it is.

    `shares`: how surely each of the participants takes part; `type_share`, `status_share`: how sure these are.
    """

    pair: Pair
    probability: float
    kind: str
    type: str
    stage: str
    status: str
    codes: tuple[str, ...]
    pairs: Sequence[Pair]
    sort: str
    shares: Sequence[float]
    type_share: float
    status_share: float
