"""The network in PyTorch, computing exactly what `timeline.extraction.events.learnt.network` computes in numpy."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from timeline.extraction.events.learnt.network import DILATIONS, FORMAT, MAX_BACK, REACH, STATUSES, TAG
from tools.training.articles import UNKNOWN, Example
from tools.training.linear import Model

WIDTH, HEADS, SIGNS, ACTOR = 96, 4, 64, 96
TAG_WIDTH, BACK_WIDTH = 12, 4
STATUS = {s: i for i, s in enumerate(STATUSES)}
SHARES = {"types": 0.5, "statuses": 0.3, "actors": 0.7, "days": 0.3}  # of each loss, beside that of the pair
# How often a passage of an annotated article loses what may not carry over to other years: each name of an actor, what
# the signs say of the code of one, what the rules made of it.
BLURRED = {"names": 0.3, "code": 0.3, "rule": 0.15}
NAMED = {TAG["ACTOR"], TAG["BLOC"]}
LONG = 10_000  # more tokens than any passage has


@dataclass
class Vocabulary:
    """What the network knows by number. `frozen`: words whose vectors come from the archive and are not trained."""

    words: dict[str, int]
    vectors: np.ndarray[Any, Any]
    frozen: int
    signs: dict[str, int]
    actor_signs: dict[str, int]
    types: list[str]

    def starting(self, table: str, prefix: str) -> frozenset[int]:
        """The numbers of the signs that begin so."""
        if (table, prefix) not in self._starting:
            known: dict[str, int] = getattr(self, table)
            self._starting[table, prefix] = frozenset(i for s, i in known.items() if s.startswith(prefix))
        return self._starting[table, prefix]

    def __post_init__(self) -> None:
        self._starting: dict[tuple[str, str], frozenset[int]] = {}


@dataclass
class Batch:
    """Passages below one another, padded, and the pairs in them, flat."""

    words: Tensor
    tags: Tensor
    back: Tensor
    passage: Tensor
    slot: Tensor
    at: Tensor
    day: Tensor
    signs: tuple[Tensor, Tensor]
    event: Tensor
    agreed: Tensor
    types: Tensor
    statuses: Tensor
    of_pair: Tensor
    token: Tensor
    actor_signs: tuple[Tensor, Tensor]
    takes: Tensor


@dataclass
class Item:
    """A passage by numbers, with its rows."""

    words: list[int]
    tags: list[int]
    back: list[int]
    rows: list[tuple[int, int, list[int], int, int, int, int]] = field(default_factory=list)
    actors: list[tuple[int, list[int], int, int]] = field(default_factory=list)  # row, signs, token, takes part


def items_of(example: Example, v: Vocabulary) -> list[Item]:
    """The passages of an example by numbers."""
    types = {t: i for i, t in enumerate(v.types)}
    items = [
        Item([v.words.get(w, 1) for w in words], [TAG.get(t, 0) for t in tags], [min(b, MAX_BACK) for b in back])
        for words, tags, back in example.passages
    ]
    for row in example.rows:
        item = items[row.passage]
        for _, signs, token, takes in row.actors:
            known = [v.actor_signs[s] for s in signs if s in v.actor_signs]
            item.actors.append((len(item.rows), known, token, takes))
        signs = [v.signs[s] for s in row.signs if s in v.signs]
        label = types.get(row.type, UNKNOWN), STATUS.get(row.status, UNKNOWN)
        item.rows.append((row.at, row.day, signs, row.event, row.agreed, *label))
    return [item for item in items if item.rows]


def blurred(item: Item, v: Vocabulary, rng: random.Random) -> Item:
    """A passage without some of what is known of 2020 alone."""
    pairs = zip(item.words, item.tags, strict=True)
    words = [1 if tag in NAMED and rng.random() < BLURRED["names"] else word for word, tag in pairs]
    rows, actors = item.rows, item.actors
    if rng.random() < BLURRED["rule"]:
        by_rules = v.starting("signs", "rule"), v.starting("actor_signs", "rule")
        rows = [(at, day, [s for s in signs if s not in by_rules[0]], *rest) for at, day, signs, *rest in rows]  # type: ignore[misc]
        actors = [(row, [s for s in signs if s not in by_rules[1]], *rest) for row, signs, *rest in actors]  # type: ignore[misc]
    if rng.random() < BLURRED["code"]:
        codes = v.starting("actor_signs", "code")
        actors = [(row, [s for s in signs if s not in codes], *rest) for row, signs, *rest in actors]  # type: ignore[misc]
    return Item(words, item.tags, item.back, rows, actors)


def collate(items: Sequence[Item]) -> Batch:
    size = len(items), max(len(i.words) for i in items)
    words, tags, back = (np.zeros(size, np.int64) for _ in range(3))
    passage, slot, rows, actors = [], [], [], []
    for n, item in enumerate(items):
        for table, values in ((words, item.words), (tags, item.tags), (back, item.back)):
            table[n, : len(values)] = values
        actors += [(len(rows) + r, *rest) for r, *rest in item.actors]
        passage += [n] * len(item.rows)
        slot += range(len(item.rows))
        rows += item.rows
    at, day, signs, *labels = zip(*rows, strict=True)
    of_pair, actor_signs, token, takes = zip(*actors, strict=True) if actors else ((), (), (), ())
    tables = [torch.from_numpy(t) for t in (words, tags, back)]
    event, agreed, types, statuses = map(_long, labels)
    return Batch(
        *tables,
        _long(passage),
        _long(slot),
        _long(at),
        _long(day),
        _bags(signs),
        event,
        agreed,
        types,
        statuses,
        _long(of_pair),
        _long(token),
        _bags(actor_signs),
        _long(takes),
    )


def _long(values: Sequence[int]) -> Tensor:
    return torch.tensor(values, dtype=torch.long)


def _bags(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    offsets = np.cumsum([0, *(len(r) for r in rows)])[:-1]
    return _long([i for r in rows for i in r]), torch.from_numpy(offsets.astype(np.int64))


class Net(nn.Module):
    """`event` has three outputs: what annotators, the rules, and several articles together hold for an event."""

    def __init__(self, v: Vocabulary) -> None:
        super().__init__()
        self.frozen = nn.Embedding.from_pretrained(torch.tensor(v.vectors[: v.frozen]), freeze=True)
        self.own = nn.Embedding.from_pretrained(torch.tensor(v.vectors[v.frozen :]), freeze=False)
        self.tags, self.back = nn.Embedding(len(TAG) + 1, TAG_WIDTH), nn.Embedding(MAX_BACK + 1, BACK_WIDTH)
        self.input = nn.Linear(v.vectors.shape[1] + TAG_WIDTH + BACK_WIDTH, WIDTH)
        self.convolutions = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in DILATIONS])
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH) for _ in range(len(DILATIONS) + 1)])
        self.query, self.key = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH, bias=False)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.near_trigger, self.near_date = nn.Embedding(2 * REACH + 1, HEADS), nn.Embedding(2 * REACH + 1, HEADS)
        self.signs, self.signs_wide = _bag(len(v.signs), SIGNS), _bag(len(v.signs), 1)
        self.actor_signs, self.actor_signs_wide = _bag(len(v.actor_signs), SIGNS), _bag(len(v.actor_signs), 1)
        self.pair = nn.Linear(4 * WIDTH + SIGNS, WIDTH)
        self.event, self.types = nn.Linear(WIDTH, 3), nn.Linear(WIDTH, len(v.types))
        self.statuses = nn.Linear(WIDTH, len(STATUSES))
        self.actor, self.takes_part = nn.Linear(2 * WIDTH + SIGNS, ACTOR), nn.Linear(ACTOR, 1)
        self.dropouts = nn.ModuleList([nn.Dropout(p) for p in (0.25, 0.2, 0.3)])

    def encode(self, b: Batch) -> tuple[Tensor, Tensor]:
        """The states of all words, and which are words and not padding."""
        words = b.words
        if self.training:
            words = torch.where((torch.rand(words.shape) < 0.05) & (words > 0), torch.ones_like(words), words)
        frozen = self.frozen.num_embeddings
        own = words >= frozen
        vectors = self.frozen(words.clamp(max=frozen - 1)) * ~own.unsqueeze(-1)
        vectors = vectors + self.own((words - frozen).clamp(min=0)) * own.unsqueeze(-1)
        mask = (b.words > 0).float().unsqueeze(-1)
        x = torch.cat([vectors, self.tags(b.tags), self.back(b.back)], -1)
        x = self.input(self.dropouts[0](x)) * mask
        for norm, convolution in zip(self.norms, self.convolutions, strict=False):
            seen = convolution((norm(x) * mask).transpose(1, 2)).transpose(1, 2)
            x = (x + self.dropouts[1](F.relu(seen))) * mask
        return self.norms[-1](x) * mask, mask

    def forward(self, b: Batch) -> dict[str, Tensor]:
        x, mask = self.encode(b)
        at, day = x[b.passage, b.at], x[b.passage, b.day]
        seen = self._attend(b, x, mask, torch.cat([at, day], -1))
        low, high = torch.minimum(b.at, b.day), torch.maximum(b.at, b.day)
        sums = x.cumsum(1)
        between = (sums[b.passage, high] - sums[b.passage, low]) / (high - low).clamp(min=1)[:, None]
        hidden = F.relu(self.pair(torch.cat([at, day, seen, between, self.signs(*b.signs)], -1)))
        hidden = self.dropouts[2](hidden)
        out = {
            "event": self.event(hidden) + self.signs_wide(*b.signs),
            "types": self.types(hidden),
            "statuses": self.statuses(hidden),
        }
        if len(b.of_pair):
            named = (b.token >= 0)[:, None]
            mention = x[b.passage[b.of_pair], b.token.clamp(min=0)] * named
            actor = torch.cat([mention, self.actor_signs(*b.actor_signs), hidden[b.of_pair]], -1)
            taken = self.takes_part(self.dropouts[1](F.relu(self.actor(actor))))
            out["actors"] = (taken + self.actor_signs_wide(*b.actor_signs)).squeeze(-1)
        return out

    def _attend(self, b: Batch, x: Tensor, mask: Tensor, ends: Tensor) -> Tensor:
        n, length, _ = x.shape
        slots, size = int(b.slot.max()) + 1, WIDTH // HEADS
        here = b.passage, b.slot
        query = torch.zeros(n, slots, HEADS, size).index_put(here, self.query(ends).view(-1, HEADS, size))
        keys, values = self.key(x).view(n, length, HEADS, size), self.value(x).view(n, length, HEADS, size)
        place = torch.arange(length)
        near = [(place[None] - p[:, None]).clamp(-REACH, REACH) + REACH for p in (b.at, b.day)]
        bias = self.near_trigger(near[0]) + self.near_date(near[1])
        score = torch.einsum("bphd,blhd->bplh", query, keys) / math.sqrt(size)
        score = score + torch.zeros(n, slots, length, HEADS).index_put(here, bias)
        score = score.masked_fill(mask[:, None] == 0, -1e9)
        return torch.einsum("bplh,blhd->bphd", score.softmax(2), values).reshape(n, slots, -1)[here]


def _bag(n: int, width: int) -> nn.EmbeddingBag:
    bag = nn.EmbeddingBag(n, width, mode="sum")
    nn.init.normal_(bag.weight, 0, 0.1 if width > 1 else 0)
    return bag


def loss_of(out: Mapping[str, Tensor], b: Batch, *, silver: bool) -> Tensor:
    """`silver`: of the archive, where the rules and what articles agree on are the labels."""
    if silver:
        loss = _binary(out["event"][:, 1], b.event) + _binary(out["event"][:, 2], b.agreed)
    else:
        loss = _binary(out["event"][:, 0], b.event) + SHARES["days"] * _which_day(out["event"][:, 0], b)
    for name, labels in (("types", b.types), ("statuses", b.statuses)):
        if (known := labels >= 0).any():
            loss = loss + SHARES[name] * F.cross_entropy(out[name][known], labels[known])
    if "actors" in out:
        loss = loss + SHARES["actors"] * F.binary_cross_entropy_with_logits(out["actors"], b.takes.float())
    return loss


def _which_day(logits: Tensor, b: Batch) -> Tensor:
    """Of each trigger word that names an event: how much of its pairs' weight lies on the wrong dates."""
    known = b.event >= 0
    logits, right, word = logits[known], b.event[known] == 1, (b.passage * LONG + b.at)[known]
    if not right.any():
        return logits.sum() * 0
    _, group = torch.unique(word, return_inverse=True)
    odds = torch.exp(logits.clamp(-15, 15))
    every = torch.zeros(int(group.max()) + 1).index_add(0, group, odds)
    good = torch.zeros_like(every).index_add(0, group, odds * right)
    named = good > 0
    return (torch.log(every[named]) - torch.log(good[named])).sum() / len(logits)


def _binary(logits: Tensor, labels: Tensor) -> Tensor:
    known = labels >= 0
    if not known.any():
        return logits.sum() * 0
    return F.binary_cross_entropy_with_logits(logits[known], labels[known].float())


def fit(
    net: Net,
    items: Sequence[Item],
    v: Vocabulary,
    *,
    silver: bool,
    epochs: int,
    rate: float,
    decay: float,
    size: int,
    seed: int,
) -> None:
    """Train in place, printing the loss of each epoch of the archive."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    steps = epochs * math.ceil(len(items) / size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 50) * max(0.05, 1 - step / steps)
    )
    for epoch in range(epochs):
        net.train()
        sums = 0.0
        for numbers in _shuffled(items, size, rng):
            b = collate([items[n] if silver else blurred(items[n], v, rng) for n in numbers])
            loss = loss_of(net(b), b, silver=silver)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            sums += loss.item()
        if silver:
            print(f"  epoch {epoch + 1} of {epochs}: loss {sums * size / len(items):.4f}", flush=True)
    net.eval()


def _shuffled(items: Sequence[Item], size: int, rng: random.Random) -> Iterable[list[int]]:
    """Batches in random order, of passages of like length."""
    order = list(range(len(items)))
    rng.shuffle(order)
    batches = []
    for i in range(0, len(order), size * 20):
        chunk = sorted(order[i : i + size * 20], key=lambda k: len(items[k].words))
        batches += [chunk[j : j + size] for j in range(0, len(chunk), size)]
    rng.shuffle(batches)
    return batches


def arrays_of(
    state: Mapping[str, Tensor],
    v: Vocabulary,
    by_words: Mapping[str, Model],
    settings: Mapping[str, Any],
) -> dict[str, np.ndarray[Any, Any]]:
    """The file of weights. Word vectors are kept in eight bits, each with its own scale.

    `settings`: thresholds, calibration and sureness, found by cross-validation.
    """
    w = {k: t.detach().numpy().astype(np.float32) for k, t in state.items()}
    vectors = np.concatenate([w["frozen.weight"], w["own.weight"]])
    scale = np.abs(vectors).max(1) / 127
    scale[scale == 0] = 1
    out: dict[str, np.ndarray[Any, Any]] = {
        "words": np.round(vectors / scale[:, None]).astype(np.int8),
        "words_scale": scale.astype(np.float32),
        "tags": w["tags.weight"],
        "back": w["back.weight"],
        "near_trigger": w["near_trigger.weight"],
        "near_date": w["near_date.weight"],
    }
    for name in ("input", "query", "value", "pair", "types", "statuses", "actor", "takes_part"):
        out[f"{name}.weight"], out[f"{name}.bias"] = w[f"{name}.weight"].T, w[f"{name}.bias"]
    out["key.weight"] = w["key.weight"].T
    out["event.weight"], out["event.bias"] = w["event.weight"][:1].T, w["event.bias"][:1]
    for i in range(len(DILATIONS)):
        out[f"convolution{i}.weight"] = w[f"convolutions.{i}.weight"].transpose(2, 1, 0)
        out[f"convolution{i}.bias"] = w[f"convolutions.{i}.bias"]
    for i in range(len(DILATIONS) + 1):
        out[f"norm{i}.weight"], out[f"norm{i}.bias"] = w[f"norms.{i}.weight"], w[f"norms.{i}.bias"]
    for name in ("signs", "actor_signs"):
        out[name], out[f"{name}.wide"] = w[f"{name}.weight"], w[f"{name}_wide.weight"][:, 0]
    meta = {
        "format": FORMAT,
        "heads": HEADS,
        "words": [word for word, _ in sorted(v.words.items(), key=lambda x: x[1])],  # in the order of their rows
        "signs": list(v.signs),
        "actor_signs": list(v.actor_signs),
        "types": v.types,
        "by_words": {name: model.names for name, model in by_words.items()},
        **settings,
    }
    out["meta"] = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode("utf-8"), np.uint8)
    out = {k: a.astype(np.float16) if a.dtype == np.float32 and k != "words_scale" else a for k, a in out.items()}
    for name, model in by_words.items():
        out |= model.arrays(f"by_words.{name}")
    return out
