"""From judged pairs to events: each event once, with its surest days, type, status and participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.events.learnt.network import STATUSES, Array, Judged, Network
from timeline.extraction.events.learnt.pairs import VOTES, Pair, family
from timeline.extraction.events.learnt.participants import Candidate, candidates_of, signs_at_trigger, signs_by_rules
from timeline.extraction.events.learnt.passages import ReadText
from timeline.extraction.events.learnt.predicted import PredictedEvent
from timeline.extraction.events.learnt.sureness import sureness
from timeline.extraction.events.learnt.wording import type_signs, wording_of
from timeline.extraction.gazetteer import actors
from timeline.extraction.gazetteer.offices import may_vote

TAKES_PART = 0.55  # as good as 0.5 over the months of the cross-validation, for English participants better
HOPELESS = -4.0  # the logit of the network below which its word is taken for the linear model's too
CONSIDERED = 0.2  # the probability of a pair from which on it is looked at together with the others
LIKE_OTHERS = 1.0  # how much other votes of the same country in the article count for the type of one
BY_WORDS = 2.0  # how much the linear models count for types and statuses, beside the network
MAYBE = 0.5  # a more precise day of a less probable pair is taken where it is at least so probable, relatively
NEAR = 40  # characters between two triggers that share a date and a participant: one event
NAMED_VOTES = VOTES | {"vote", "leadership", "by_election", "local", "referendum"}
ANY_VOTE = "election general vote"  # the trigger words that mean a vote of whatever kind
DISTINCT_TYPES = frozenset({"local", "by_election", "referendum", "supranational", "leadership"})
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


def predict_events(text: ReadText, pairs: Sequence[Pair], network: Network) -> tuple[list[PredictedEvent], Array]:
    """Return what an article may report, the surest first; and the probability of each pair."""
    found, probability = considered(text, pairs, network)
    sure = sureness(found, network.sureness, text.language)
    predicted_events = [replace(h, probability=p) for h, p in zip(found, sure, strict=True)]
    return sorted(predicted_events, key=lambda h: -h.probability), probability


def considered(text: ReadText, pairs: Sequence[Pair], network: Network) -> tuple[list[PredictedEvent], Array]:
    """Return the events of pairs that are not unlikely, as probable as their best; and the probability of each."""
    judged = network.judge(pairs)
    wording = {i: wording_of(text, p) for i, p in enumerate(pairs) if judged.event[i] > HOPELESS}
    by_words = judged.event.copy()
    by_words[list(wording)] = network.by_words["event"].logits(list(wording.values()))[:, 0]
    probability = calibrated(judged.event, by_words, network.calibration)
    kept = [i for i in range(len(pairs)) if probability[i] >= CONSIDERED]
    decided = _decided(text, pairs, kept, probability, judged, wording, network)
    once = _once(decided)
    types = _like_others(once, network)
    return [_merged(d, t, network, text.anchor) for d, t in zip(once, types, strict=True)], probability


def calibrated(by_network: Array, by_words: Array, calibration: tuple[float, float, float]) -> Array:
    """Return probabilities of both logits: slopes and intercept come from pairs that the weights were not fitted to."""
    network, words, intercept = calibration
    logits = network * by_network + words * by_words + intercept
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _decided(
    text: ReadText,
    pairs: Sequence[Pair],
    kept: Sequence[int],
    probability: Array,
    judged: Judged,
    wording: Mapping[int, Sequence[str]],
    network: Network,
) -> list[Decided]:
    """Return the kept pairs with all that is said of them, the most probable first."""
    who = _who(text, pairs, kept, judged, network)
    ranked = sorted(kept, key=lambda i: -probability[i])
    kinds = _most(_softmax(judged.types[ranked]), tuple(t[0] for t in network.types))
    named = [(i, kind, codes) for i, kind in zip(ranked, kinds, strict=True) if (codes := taking_part(kind, who[i]))]
    rows = [i for i, _, _ in named]
    types = network.by_words["types"].logits([type_signs(text, pairs[i], codes) for i, _, codes in named])
    types = _softmax(_log_softmax(judged.types[rows]) + BY_WORDS * _log_softmax(types))
    types *= np.array([[t[0] == kind for t in network.types] for _, kind, _ in named]).reshape(types.shape)
    statuses = network.by_words["statuses"].logits([wording[i] for i in rows])
    statuses = _softmax(_log_softmax(judged.statuses[rows]) + BY_WORDS * _log_softmax(statuses))
    sorts = _most(types, tuple(family(*t) for t in network.types))
    found = [
        Decided(pairs[i], float(probability[i]), types[n], statuses[n], who[i], sorts[n], kind, codes)
        for n, (i, kind, codes) in enumerate(named)
    ]
    for d in found:
        _take_named_type(d, found)
    return found


def _take_named_type(d: Decided, others: Sequence[Decided]) -> None:
    """`go to the polls on May 4 for local elections`: a word for any vote means the one that is named with its day."""
    if d.pair.trigger.name != ANY_VOTE:
        return
    beside = [o for o in others if o.pair.index == d.pair.index and o.pair.passage is d.pair.passage]
    named = [o for o in beside if o.pair.trigger.type in DISTINCT_TYPES and o.codes == d.codes and o.probability >= 0.5]
    if named and len({o.pair.trigger.name for o in named}) == 1:
        d.types, d.sort = named[0].types, named[0].sort


def _who(
    text: ReadText, pairs: Sequence[Pair], kept: Sequence[int], judged: Judged, network: Network
) -> Mapping[int, Mapping[str, float]]:
    """Return of each kept pair how surely each actor takes part."""
    of_passage: dict[int, list[Candidate]] = {}
    of_trigger: dict[tuple[int, int], list[tuple[list[str], int]]] = {}  # their signs, whatever the date
    home = text.found.words.home
    rows, codes = [], []
    for i in kept:
        pair = pairs[i]
        key = id(pair.passage)
        if key not in of_passage:
            of_passage[key] = candidates_of(text, pair.passage, home)
        at = key, pair.trigger.start
        if at not in of_trigger:
            at_home = home.get(text.lowered[pair.trigger.start : pair.trigger.end], ())
            of_trigger[at] = [signs_at_trigger(pair, candidate, at_home) for candidate in of_passage[key]]
        for candidate, (signs, token) in zip(of_passage[key], of_trigger[at], strict=True):
            rows.append((i, token, [*signs, *signs_by_rules(pair, candidate)]))
            codes.append(candidate.code)
    shares = 1 / (1 + np.exp(-network.take_part(judged, rows))) if rows else ()
    who: dict[int, dict[str, float]] = defaultdict(dict)
    for (i, _, _), code, share in zip(rows, codes, shares, strict=True):
        who[i][code] = float(share)
    return who


def taking_part(kind: str, shares: Mapping[str, float]) -> tuple[str, ...]:
    """Return who takes part: of a vote the one country that votes, else all that surely do, or the surest."""
    ranked = sorted(shares, key=lambda code: (-shares[code], code))
    if kind == "election":
        return tuple([c for c in ranked if actors()[c].kind == "country" or c == "eu"][:1])
    return tuple(c for c in ranked if shares[c] >= TAKES_PART) or tuple(ranked[:1])


def _once(decided: Sequence[Decided]) -> list[Decided]:
    """Return the pairs of one event together, the most probable in front."""
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
    """Return whether two pairs of an article tell of one happening."""
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


def _like_others(once: Sequence[Decided], network: Network) -> list[Array]:
    """Return the types of each event. Votes of one country in an article are mostly of one type, its results too."""
    own = [np.asarray(sum(w * p.types for w, p in zip(_weights(d), d.pairs, strict=True))) for d in once]
    names = sorted({t[1] for t in network.types})
    column = np.array([names.index(t[1]) for t in network.types])
    by_type = [np.bincount(column, types, len(names)) for types in own]
    out = []
    for i, d in enumerate(once):
        others = [
            o.probability * np.log(share + 1e-3)
            for k, (o, share) in enumerate(zip(once, by_type, strict=True))
            if k != i and d.kind == o.kind == "election" and o.codes == d.codes
        ]
        lift = LIKE_OTHERS * np.sum(others, 0) if others else np.zeros(len(names))
        out.append(own[i] * np.exp(lift - lift.max())[column])
    return [types / types.sum() for types in out]


def _weights(d: Decided) -> Array:
    weights = np.array([p.probability for p in d.pairs], np.float32)
    shares: Array = weights / weights.sum()
    return shares


def _merged(d: Decided, types: Array, network: Network, anchor: date) -> PredictedEvent:
    """Merge what the pairs of an event say, each by its probability."""
    weights = _weights(d)
    statuses = np.asarray(sum(w * p.statuses for w, p in zip(weights, d.pairs, strict=True)))
    shares, seen = defaultdict[str, float](float), defaultdict[str, float](float)
    for w, p in zip(weights, d.pairs, strict=True):
        for code, share in p.actors.items():
            shares[code] += float(w) * share
            seen[code] += float(w)
    surely = {code: share / max(0.5, seen[code]) for code, share in shares.items()}
    codes = taking_part(d.kind, surely)
    best = max(_fitting(d, codes, network, anchor), key=lambda i: float(types[i]))
    kind, type_, stage = network.types[best]
    return PredictedEvent(
        d.pair,
        d.probability,
        kind,
        type_,
        stage,
        STATUSES[int(np.argmax(statuses))],
        codes,
        [p.pair for p in d.pairs],
        d.sort,
        [surely[c] for c in codes],
        float(types[best]),
        float(statuses.max()),
    )


def _fitting(d: Decided, codes: Sequence[str], network: Network, anchor: date) -> list[int]:
    """Return the types of its sort, of a vote those that the country can hold."""
    of_sort = [i for i, t in enumerate(network.types) if family(*t) == d.sort]
    if d.kind != "election":
        return of_sort
    day = d.pair.dating.start or d.pair.dating.end or anchor
    return [i for i in of_sort if may_vote(codes[0], network.types[i][1], network.types[i][2], day)] or of_sort


def _most(shares: Array, names: tuple[str, ...]) -> list[str]:
    """Return of each row the name with the largest sum; `names`: those of the columns."""
    once, of_column = _columns(names)
    return [once[i] for i in (shares @ of_column).argmax(1)]


@cache
def _columns(names: tuple[str, ...]) -> tuple[list[str], NDArray[Any]]:
    """Return the names once each, and a matrix that sums the columns of each."""
    once = list(dict.fromkeys(names))
    return once, np.array([[name == other for other in once] for name in names], np.float64)


def _log_softmax(x: Array) -> Array:
    x = x - x.max(1, keepdims=True)
    out: Array = x - np.log(np.exp(x).sum(1, keepdims=True))
    return out


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(1, keepdims=True))
    out: Array = e / e.sum(1, keepdims=True)
    return out
