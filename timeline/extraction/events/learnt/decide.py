"""From judged pairs to events: one happening once, with its surest days, type, status and participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.events.learnt.network import STATUSES, Array, Judged, Network
from timeline.extraction.events.learnt.pairs import VOTES, Pair, family
from timeline.extraction.events.learnt.participants import Candidate, candidates_of, signs_of
from timeline.extraction.events.learnt.passages import ReadText
from timeline.extraction.gazetteer import actors

TAKES_PART = 0.5
MAYBE = 0.5  # a more precise day of a less probable pair is taken where it is at least so probable, relatively
NEAR = 40  # characters between two triggers that share a date and a participant: one happening
NAMED_VOTES = VOTES | {"vote", "leadership", "by_election", "local", "referendum"}
FIRST, LAST = 0, 10**7  # of an open end, as an ordinal


@dataclass
class Decided:
    """A pair held for an event: probability, types and statuses with theirs, and how surely each actor takes part."""

    pair: Pair
    probability: float
    types: NDArray[Any]
    statuses: NDArray[Any]
    actors: Mapping[str, float]
    sort: str = ""
    kind: str = ""
    codes: tuple[str, ...] = ()
    pairs: list[Decided] = field(default_factory=list)

    @property
    def span(self) -> tuple[int, int]:
        start, end = self.pair.dating.start, self.pair.dating.end
        return start.toordinal() if start else FIRST, end.toordinal() if end else LAST


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as decided: type and stage, participants, status, the pair that gives its days, and how sure it is."""

    pair: Pair
    probability: float
    kind: str
    type: str
    stage: str
    status: str
    codes: tuple[str, ...]
    pairs: Sequence[Pair]


def happenings(text: ReadText, pairs: Sequence[Pair], network: Network, least: float) -> tuple[list[Happening], Array]:
    """Return what an article reports with a probability of at least `least`, surest first; and that of each pair."""
    judged = network.judge(pairs)
    probability = calibrated(judged.event, network.calibration)
    kept = [i for i in range(len(pairs)) if probability[i] >= least]
    decided = _decided(text, pairs, kept, probability, judged, network)
    return [_merged(d, network) for d in _once(decided)], probability


def calibrated(logits: Array, calibration: tuple[float, float]) -> Array:
    """Probabilities (Platt): slope and intercept come from pairs that the weights were not fitted to."""
    slope, intercept = calibration
    out: Array = 1 / (1 + np.exp(-(slope * logits + intercept)))
    return out


def _decided(
    text: ReadText,
    pairs: Sequence[Pair],
    kept: Sequence[int],
    probability: Array,
    judged: Judged,
    network: Network,
) -> list[Decided]:
    """Return the kept pairs with all that the network says of them, the most probable first."""
    of_passage: dict[int, list[Candidate]] = {}
    home = text.found.words.home
    rows, codes = [], []
    for i in kept:
        pair = pairs[i]
        key = id(pair.passage)
        if key not in of_passage:
            of_passage[key] = candidates_of(text, pair.passage, home)
        at_home = home.get(text.lowered[pair.trigger.start : pair.trigger.end], ())
        for candidate in of_passage[key]:
            signs, token = signs_of(pair, candidate, at_home)
            rows.append((i, token, signs))
            codes.append(candidate.code)
    shares = 1 / (1 + np.exp(-network.take_part(judged, rows))) if rows else ()
    who: dict[int, dict[str, float]] = defaultdict(dict)
    for (i, _, _), code, share in zip(rows, codes, shares, strict=True):
        who[i][code] = float(share)
    sorts = [family(*t) for t in network.types]
    found = []
    for i in sorted(kept, key=lambda i: -probability[i]):
        types = _softmax(judged.types[i])
        d = Decided(pairs[i], float(probability[i]), types, _softmax(judged.statuses[i]), who[i])
        d.sort = _most(zip(sorts, types, strict=True))
        d.kind = "election" if d.sort in NAMED_VOTES or d.sort in ("call", "result") else "alliance"
        d.codes = taking_part(d.kind, d.actors)
        if d.codes:
            found.append(d)
    return found


def taking_part(kind: str, shares: Mapping[str, float]) -> tuple[str, ...]:
    """Who takes part: of a vote the one country that votes, else all that surely do, or the surest."""
    ranked = sorted(shares, key=lambda code: (-shares[code], code))
    if kind == "election":
        return tuple([c for c in ranked if actors()[c].kind == "country" or c == "eu"][:1])
    return tuple(c for c in ranked if shares[c] >= TAKES_PART) or tuple(ranked[:1])


def _once(decided: Sequence[Decided]) -> list[Decided]:
    """Pairs of one happening together, the most probable in front."""
    kept: list[Decided] = []
    for d in decided:
        same = next((k for k in kept if _same(k, d)), None)
        if same is None:
            d.pairs = [d]
            kept.append(d)
            continue
        same.pairs.append(d)
        (a, b), (first, last) = same.span, d.span
        if last - first < b - a and d.probability > MAYBE * same.probability:
            same.pair = d.pair
    return kept


def _same(a: Decided, b: Decided) -> bool:
    """Whether two pairs of an article tell of one happening."""
    shared = len(set(a.codes) & set(b.codes))
    if a.kind != b.kind or not shared:
        return False
    (first, last), (start, end) = a.span, b.span
    nested = (first <= start and end <= last) or (start <= first and last <= end)
    one_date = a.pair.index == b.pair.index
    if a.kind == "election":
        votes = {a.sort, b.sort} <= NAMED_VOTES and (a.span == b.span or one_date)
        return (nested or one_date) and (a.sort == b.sort or votes or (a.span == b.span and one_date))
    if one_date and abs(a.pair.trigger.start - b.pair.trigger.start) < NEAR:
        return True
    enough = shared >= min(2, len(a.codes), len(b.codes))
    return a.sort == b.sort and nested and (enough or a.span == b.span)


def _merged(d: Decided, network: Network) -> Happening:
    """Merge what the pairs of an event say, each by its probability."""
    weights = np.array([p.probability for p in d.pairs])
    weights = weights / weights.sum()
    types = sum(w * p.types for w, p in zip(weights, d.pairs, strict=True))
    statuses = sum(w * p.statuses for w, p in zip(weights, d.pairs, strict=True))
    shares, seen = defaultdict[str, float](float), defaultdict[str, float](float)
    for w, p in zip(weights, d.pairs, strict=True):
        for code, share in p.actors.items():
            shares[code] += float(w) * share
            seen[code] += float(w)
    codes = taking_part(d.kind, {code: share / max(0.5, seen[code]) for code, share in shares.items()})
    fitting = [i for i, t in enumerate(network.types) if family(*t) == d.sort]
    kind, type_, stage = network.types[max(fitting, key=lambda i: float(np.asarray(types)[i]))]
    status = STATUSES[int(np.argmax(statuses))]
    return Happening(d.pair, d.probability, kind, type_, stage, status, codes, [p.pair for p in d.pairs])


def _most(shares: Iterable[tuple[str, float]]) -> str:
    """Return the name with the largest sum."""
    sums = defaultdict[str, float](float)
    for name, share in shares:
        sums[name] += float(share)
    return max(sums, key=lambda name: sums[name])


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max())
    out: Array = e / e.sum()
    return out
