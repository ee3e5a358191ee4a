"""The network that judges pairs: weights from a file, arithmetic in numpy.

Words of a passage become vectors, three convolutions let each see fourteen around it; a pair looks at its trigger, its
date, what stands between, and by attention at the whole passage; its signs are added. From that come how likely it
is an event, of which type, with which status, and for each actor whether it takes part. `make train` makes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.events.learnt.linear import Linear
from timeline.extraction.events.learnt.pairs import Pair
from timeline.extraction.events.learnt.passages import Passage

FORMAT = 2  # of the file; raised whenever what is computed from the weights changes
TAGS = ("DATE", "VAGUE", "TRIG", "ACTOR", "BLOC", "COREF", *("pos_" + c for c in "abcdefghijklmnopqrstuvwxyzA"))
TAG = {tag: i for i, tag in enumerate(TAGS, 1)}
STATUSES = ("occurred", "scheduled", "expected", "conditional", "postponed", "cancelled")
MAX_BACK = 3
BY_WORDS = ("event", "types", "statuses")  # what linear models judge beside the network
REACH = 16  # words to either side that attention tells apart
DILATIONS = (1, 2, 4)
GAP = max(DILATIONS)  # rows of zeros between two passages, so that none sees the other
PADDING, UNKNOWN = 0, 1

Array = NDArray[np.float32]


class WeightsError(ValueError):
    """The file of weights is missing, damaged or made for another version; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Of some pairs, in their order: logits of being an event, of each type, of each status, and the hidden vectors."""

    event: Array
    types: Array
    statuses: Array
    hidden: Array
    states: Array
    first: Sequence[int]  # the row of `states` at which the passage of each pair begins


class Network:
    """Weights and the vocabularies that belong to them."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Check the arrays. Raises WeightsError where one, or a vocabulary, is not as the format says."""
        try:
            self._take(arrays)
        except (KeyError, TypeError, ValueError) as e:
            raise e if isinstance(e, WeightsError) else WeightsError(f"the weights are damaged: {e!r}") from e

    def _take(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        meta = json.loads(bytes(arrays["meta"]).decode("utf-8"))
        if meta["format"] != FORMAT:
            raise WeightsError(f"the weights have the format {meta['format']}, expected is {FORMAT}: run `make train`")
        self.types: list[tuple[str, str, str]] = [tuple(t.split("|")) for t in meta["types"]]
        self.heads: int = meta["heads"]
        self.thresholds: Mapping[str, Mapping[str, float]] = meta["thresholds"]
        self.calibration: tuple[float, float, float] = tuple(meta["calibration"])
        self.sureness: Mapping[str, float] = meta["sureness"]
        self.words = {w: i for i, w in enumerate(meta["words"], UNKNOWN + 1)}
        self.signs = {s: i for i, s in enumerate(meta["signs"])}
        self.actor_signs = {s: i for i, s in enumerate(meta["actor_signs"])}
        self.by_words = {name: _linear_of(name, arrays, meta["by_words"]) for name in BY_WORDS}
        kept = {k: v for k, v in arrays.items() if k not in ("meta", "words") and not k.startswith("by_words")}
        self.w = {k: np.asarray(v, np.float32) for k, v in kept.items()}
        self.vectors = np.asarray(arrays["words"], np.int8)  # of each word, to be multiplied by its scale
        sizes = {"words_scale": len(self.words) + 2, "signs": len(self.signs), "actor_signs": len(self.actor_signs)}
        if wrong := [name for name, n in sizes.items() if len(self.w[name]) != n]:
            raise WeightsError(f"the weights are damaged: {wrong} do not fit their vocabularies")

    def replaced(self, layers: Mapping[str, NDArray[Any]]) -> Network:
        """Return the same network with some arrays replaced by others of their shapes."""
        other = copy(self)
        other.w = {**self.w, **layers}
        return other

    def judge(self, pairs: Sequence[Pair]) -> Judged:
        """Pairs of one article, those of a passage one after another."""
        passages = list({id(p.passage): p.passage for p in pairs}.values())
        states, starts = self._encode(passages)
        row = {id(p): start for p, start in zip(passages, starts, strict=True)}
        first = [row[id(p.passage)] for p in pairs]
        at = np.array([f + p.trigger_at for f, p in zip(first, pairs, strict=True)])
        day = np.array([f + p.date_at for f, p in zip(first, pairs, strict=True)])
        seen = self._attend(pairs, states, first, at, day)
        low, high = np.minimum(at, day), np.maximum(at, day)
        sums = np.cumsum(states, 0)
        between = (sums[high] - sums[low]) / np.maximum(high - low, 1)[:, None]
        embedded, wide = self._signs([[self.signs[s] for s in p.signs if s in self.signs] for p in pairs], "signs")
        hidden = _relu(self._linear("pair", np.concatenate([states[at], states[day], seen, between, embedded], 1)))
        event = self._linear("event", hidden)[:, 0] + wide
        return Judged(event, self._linear("types", hidden), self._linear("statuses", hidden), hidden, states, first)

    def take_part(self, judged: Judged, rows: Sequence[tuple[int, int, Sequence[str]]]) -> Array:
        """Logits that an actor takes part. A row: number of the pair, token of the mention or -1, signs."""
        hidden, wide = self.of_actors(judged, rows)
        out: Array = self._linear("takes_part", hidden)[:, 0] + wide
        return out

    def of_actors(self, judged: Judged, rows: Sequence[tuple[int, int, Sequence[str]]]) -> tuple[Array, Array]:
        """Hidden vectors of actors, and what their signs alone add to the logits; rows as in `take_part`."""
        states = np.concatenate([judged.states, np.zeros_like(judged.states[:1])])
        at = [judged.first[pair] + token if token >= 0 else -1 for pair, token, _ in rows]
        known = [[self.actor_signs[s] for s in signs if s in self.actor_signs] for _, _, signs in rows]
        embedded, wide = self._signs(known, "actor_signs")
        of_pair = judged.hidden[[pair for pair, _, _ in rows]]
        return _relu(self._linear("actor", np.concatenate([states[at], embedded, of_pair], 1))), wide

    def _encode(self, passages: Sequence[Passage]) -> tuple[Array, list[int]]:
        """All passages below one another, with gaps; and the row at which each begins."""
        starts, rows = [], GAP
        for p in passages:
            starts.append(rows)
            rows += len(p.tokens) + GAP
        words, tags, back = (np.zeros(rows, np.int32) for _ in range(3))
        for p, start in zip(passages, starts, strict=True):
            here = slice(start, start + len(p.tokens))
            words[here] = [self.words.get(t.text, UNKNOWN) for t in p.tokens]
            tags[here] = [TAG.get(t.tag, 0) for t in p.tokens]
            back[here] = [min(t.back, MAX_BACK) for t in p.tokens]
        mask = (words != PADDING).astype(np.float32)[:, None]
        w = self.w
        vectors = self.vectors[words] * w["words_scale"][words][:, None]
        x: Array = np.concatenate([vectors, w["tags"][tags], w["back"][back]], 1)
        x = self._linear("input", x) * mask
        for i, dilation in enumerate(DILATIONS):
            x = (x + _relu(self._convolve(i, self._norm(i, x) * mask, dilation))) * mask
        return self._norm(len(DILATIONS), x) * mask, starts

    def _convolve(self, i: int, x: Array, dilation: int) -> Array:
        """Three words: one `dilation` before, the word itself, one `dilation` after."""
        kernel = self.w[f"convolution{i}.weight"]
        out: Array = x @ kernel[1] + self.w[f"convolution{i}.bias"]
        out[dilation:] += x[:-dilation] @ kernel[0]
        out[:-dilation] += x[dilation:] @ kernel[2]
        return out

    def _attend(self, pairs: Sequence[Pair], states: Array, first: Sequence[int], at: Any, day: Any) -> Array:
        """Return what each pair sees of its passage: a mean of its words, weighted by each head."""
        query = self._linear("query", np.concatenate([states[at], states[day]], 1))
        keys, values = states @ self.w["key.weight"], self._linear("value", states)
        size = query.shape[1] // self.heads
        out = np.empty_like(query)
        begun = [n for n in range(len(pairs)) if not n or first[n] != first[n - 1]]
        for n, end in zip(begun, [*begun[1:], len(pairs)], strict=True):  # the pairs of a passage together
            here = slice(first[n], first[n] + len(pairs[n].passage.tokens))
            place = np.arange(here.start, here.stop)
            near = [np.clip(place - ends[n:end, None], -REACH, REACH) + REACH for ends in (at, day)]
            bias = self.w["near_trigger"][near[0]] + self.w["near_date"][near[1]]  # pair, word, head
            q = query[n:end].reshape(end - n, self.heads, size).transpose(1, 0, 2)
            k, v = (x[here].reshape(-1, self.heads, size).transpose(1, 0, 2) for x in (keys, values))
            score = q @ k.transpose(0, 2, 1) / np.sqrt(np.float32(size)) + bias.transpose(2, 0, 1)
            weight = np.exp(score - score.max(2, keepdims=True))
            seen = (weight / weight.sum(2, keepdims=True)) @ v
            out[n:end] = seen.transpose(1, 0, 2).reshape(end - n, -1)
        return out

    def _signs(self, rows: Sequence[Sequence[int]], table: str) -> tuple[Array, Array]:
        """Of each row the sum of the vectors of its signs, and the sum of their own weights."""
        counts = [len(row) for row in rows]
        flat = np.array([i for row in rows for i in row], np.int64)
        owner = np.repeat(np.arange(len(rows)), counts)
        embedded = np.zeros((len(rows), self.w[table].shape[1]), np.float32)
        np.add.at(embedded, owner, self.w[table][flat])
        wide = np.bincount(owner, self.w[table + ".wide"][flat], len(rows)).astype(np.float32)
        return embedded, wide

    def _linear(self, name: str, x: Array) -> Array:
        out: Array = x @ self.w[name + ".weight"] + self.w[name + ".bias"]
        return out

    def _norm(self, i: int, x: Array) -> Array:
        mean = x.mean(1, keepdims=True)
        x = x - mean
        deviation = np.sqrt((x * x).mean(1, keepdims=True) + 1e-5)
        out: Array = x / deviation * self.w[f"norm{i}.weight"] + self.w[f"norm{i}.bias"]
        return out


def _linear_of(name: str, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Sequence[str]]) -> Linear:
    weights, scale, bias = (arrays[f"by_words.{name}.{part}"] for part in ("weights", "scale", "bias"))
    return Linear(names[name], weights, scale, bias)


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


@cache
def network() -> Network:
    """Return the shipped network. Raises WeightsError."""
    source = files(__package__).joinpath("weights.npz")
    try:
        with source.open("rb") as f, np.load(f, allow_pickle=False) as stored:
            return Network({name: stored[name] for name in stored.files})
    except (OSError, ValueError, EOFError, BadZipFile) as e:
        raise e if isinstance(e, WeightsError) else WeightsError(f"the weights cannot be read: {e}") from e


@cache
def version() -> str:
    """Return the first eight hexadecimal digits of the weights' SHA-256: which weights made a claim."""
    return hashlib.sha256(files(__package__).joinpath("weights.npz").read_bytes()).hexdigest()[:8]
