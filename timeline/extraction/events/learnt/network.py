"""The network that judges pairs: weights from a file, arithmetic in numpy.

Words of a passage become vectors, three convolutions let each see fourteen around it; a pair looks at its trigger, its
date, what stands between, and by attention at the whole passage; its signs are added. From that come how likely it
is an event, of which type, with which status, and for each actor whether it takes part. `make train` makes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, repeat
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
AT_ONCE = 16_384  # pairs times words that attention compares in one go
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
        self._derive()

    def _derive(self) -> None:
        """Compute from the weights what every article would compute again."""
        w = self.w
        width, tags = self.vectors.shape[1], w["tags"].shape[1]
        of_word, of_tag, of_back = np.split(w["input.weight"], (width, width + tags))
        self.of_word = np.ascontiguousarray(of_word)
        beside = (w["tags"] @ of_tag)[:, None] + (w["back"] @ of_back)[None] + w["input.bias"]
        self.beside = beside.reshape(-1, beside.shape[-1])  # of each tag, so many sentences before
        self.mean = np.full((beside.shape[-1], 1), 1 / beside.shape[-1], np.float32)
        self.near = [np.ascontiguousarray(w[name].T) for name in ("near_trigger", "near_date")]

    def replaced(self, layers: Mapping[str, NDArray[Any]]) -> Network:
        """Return the same network with some arrays replaced by others of their shapes."""
        other = copy(self)
        other.w = {**self.w, **layers}
        other._derive()
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
        between = _between(states, low, high)
        embedded, wide = self._signs([_known(self.signs, p.signs) for p in pairs], "signs")
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
        known = [_known(self.actor_signs, signs) for _, _, signs in rows]
        embedded, wide = self._signs(known, "actor_signs")
        of_pair = judged.hidden[[pair for pair, _, _ in rows]]
        return _relu(self._linear("actor", np.concatenate([states[at], embedded, of_pair], 1))), wide

    def _encode(self, passages: Sequence[Passage]) -> tuple[Array, list[int]]:
        """All passages below one another, with gaps; and the row at which each begins."""
        starts: list[int] = []
        words, beside = [PADDING] * GAP, [0] * GAP
        for p in passages:
            starts.append(len(words))
            words += map(self.words.get, [t.text for t in p.tokens], repeat(UNKNOWN))
            beside += [TAG.get(t.tag, 0) * (MAX_BACK + 1) + min(t.back, MAX_BACK) for t in p.tokens]
            words += [PADDING] * GAP
            beside += [0] * GAP
        rows = np.array(words)
        gaps = np.flatnonzero(rows == PADDING)
        vectors = self.vectors[rows] * self.w["words_scale"][rows, None]
        x: Array = vectors @ self.of_word
        x += self.beside[beside]
        x[gaps] = 0
        for i, dilation in enumerate(DILATIONS):
            normed = self._norm(i, x)
            normed[gaps] = 0
            x += self._convolve(i, normed, dilation)
            x[gaps] = 0
        x = self._norm(len(DILATIONS), x)
        x[gaps] = 0
        return x, starts

    def _convolve(self, i: int, x: Array, dilation: int) -> Array:
        """Three words: one `dilation` before, the word itself, one `dilation` after; without what is below zero."""
        before, itself, after = self.w[f"convolution{i}.weight"]
        out: Array = x @ itself
        out += self.w[f"convolution{i}.bias"]
        part = x[:-dilation] @ before
        out[dilation:] += part
        out[:-dilation] += np.matmul(x[dilation:], after, out=part)
        return np.maximum(out, 0, out=out)

    def _attend(self, pairs: Sequence[Pair], states: Array, first: Sequence[int], at: Any, day: Any) -> Array:
        """Return what each pair sees of its passage: a mean of its words, weighted by each head."""
        query = self._linear("query", np.concatenate([states[at], states[day]], 1))
        keys, values = states @ self.w["key.weight"], self._linear("value", states)
        last = [start + len(p.passage.tokens) for start, p in zip(first, pairs, strict=True)]
        out = np.empty_like(query)
        for n, end in _together(first, last):
            rows, some = slice(first[n], last[end - 1]), slice(n, end)
            ends = at[some, None], day[some, None]
            within = np.array(first[some])[:, None], np.array(last[some])[:, None]
            out[some] = self._seen(
                query[some], keys[rows], values[rows], np.arange(rows.start, rows.stop), ends, within
            )
        return out

    def _seen(self, query: Array, keys: Array, values: Array, place: Any, ends: Any, within: Any) -> Array:
        """Return what some pairs see of some words; `within`: first and last (exclusive) place of each passage."""
        q, k, v = (x.reshape(len(x), self.heads, -1).transpose(1, 0, 2) for x in (query, keys, values))
        score = q @ k.transpose(0, 2, 1)
        score /= np.sqrt(np.float32(q.shape[2]))  # head, pair, word
        for table, end in zip(self.near, ends, strict=True):
            score += table.take(place - end + REACH, 1, mode="clip")
        np.copyto(score, -np.inf, where=(place < within[0]) | (place >= within[1]))
        score -= score.max(2, keepdims=True)
        weight = np.exp(score, out=score)
        weight /= weight.sum(2, keepdims=True)
        seen: Array = (weight @ v).transpose(1, 0, 2).reshape(query.shape)
        return seen

    def _signs(self, rows: Sequence[Sequence[int]], table: str) -> tuple[Array, Array]:
        """Of each row the sum of the vectors of its signs, and the sum of their own weights."""
        vectors, wide = self.w[table], self.w[table + ".wide"]
        counts = np.array([len(row) for row in rows])
        some = np.flatnonzero(counts)  # a sum of nothing is none to numpy
        embedded, sums = np.zeros((len(rows), vectors.shape[1]), np.float32), np.zeros(len(rows), np.float32)
        if some.size:
            flat = np.fromiter(chain.from_iterable(rows), np.intp)
            begins = np.cumsum(counts[some]) - counts[some]
            embedded[some] = np.add.reduceat(vectors[flat], begins)
            sums[some] = np.add.reduceat(wide[flat], begins)
        return embedded, sums

    def _linear(self, name: str, x: Array) -> Array:
        out: Array = x @ self.w[name + ".weight"] + self.w[name + ".bias"]
        return out

    def _norm(self, i: int, x: Array) -> Array:
        out: Array = x - x @ self.mean  # in a fifth of the time of x.mean(1)
        variance = np.einsum("ij,ij->i", out, out) / out.shape[1]
        out *= (1 / np.sqrt(variance + 1e-5))[:, None]
        out *= self.w[f"norm{i}.weight"]
        out += self.w[f"norm{i}.bias"]
        return out


def _together(first: Sequence[int], last: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of pairs that are looked at in one go: those of whole passages, not too many words."""
    n = 0
    for i in range(1, len(first) + 1):
        if i < len(first) and first[i] == first[i - 1]:
            continue
        following = next((j for j in range(i, len(first)) if first[j] != first[i]), len(first)) if i < len(first) else i
        if i == len(first) or (following - n) * (last[i] - first[n]) > AT_ONCE:
            yield n, i
            n = i


def _linear_of(name: str, arrays: Mapping[str, NDArray[Any]], names: Mapping[str, Sequence[str]]) -> Linear:
    weights, scale, bias = (arrays[f"by_words.{name}.{part}"] for part in ("weights", "scale", "bias"))
    return Linear(names[name], weights, scale, bias)


def _between(states: Array, low: Any, high: Any) -> Array:
    """Return the mean of what stands behind the first of two places, up to the second; nothing where they are one."""
    out = np.zeros((len(low), states.shape[1]), np.float32)
    for row, first, last in zip(out, low.tolist(), high.tolist(), strict=True):
        np.add.reduce(states[first + 1 : last + 1], 0, out=row)
    out /= np.maximum(high - low, 1)[:, None]
    return out


def _known(numbers: Mapping[str, int], signs: Sequence[str]) -> list[int]:
    return [i for i in map(numbers.get, signs) if i is not None]


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
