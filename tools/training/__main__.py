"""python -m tools.training [folds] [final] [december]: the steps of training; all are cached in var/training.

Without a step: everything but the look at December. `folds` cross-validates over months (learn on four of July to
November, read the fifth) and sets thresholds and calibration; `final` trains on all of it and writes the weights;
`december` reads the articles of December 2020, which nothing was fitted to.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import pickle
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rjieba
import torch
from gensim.models import Word2Vec

from timeline.extraction.cleaning import clean
from timeline.extraction.events.learnt import network as product
from timeline.extraction.events.learnt.network import Network
from timeline.extraction.script import fold
from timeline.fetching.posts import PostError, parse_post
from tools.training.articles import Annotated, Example, annotated, archive, example_of, posts
from tools.training.evaluate import line, read_all, score
from tools.training.model import Item, Net, Vocabulary, arrays_of, fit, items_of
from tools.training.settings import NEUTRAL, Fold, found_by, linear_models, report

ROOT = Path(__file__).resolve().parents[2]
SHARED, CACHE = ROOT.parent / "shared", ROOT / "var" / "training"
ARCHIVES = [SHARED / "corpus" / name for name in ("news-2020H2.tar.xz", "more-2020H2.tar.xz")]
OWN = ROOT / "tests" / "extraction" / "gold"
WEIGHTS = Path(product.__file__).with_name("weights.npz")
VECTOR = 100
LEAST = {"words": 4, "signs": 4, "annotated": 2}  # times that one must occur
QUIET = 0.3  # of the passages of the archive without any event, the share that is learnt from
MONTHS = range(7, 12)
SEED = 2020
SEEDS = {"folds": 2, "final": 3}  # networks whose mean is taken
CORES = 2


def cached(name: str, make: Any) -> Any:
    """What a step gave before, or gives now."""
    path = CACHE / f"{name}.pickle"
    if not path.is_file():
        print(f"{name} …", flush=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())  # our own file


def vectors() -> Any:
    """Word vectors of the archive: words by rjieba, numbers as 0."""
    sentences = CACHE / "sentences.txt"
    with sentences.open("w", encoding="utf-8") as out:
        for name, content in posts(ARCHIVES):
            try:
                raw = parse_post(content, name)
            except PostError:
                continue
            for sentence in re.split(r"[。!?\n]", fold(clean(raw.markup, raw.title))):
                words = [re.sub(r"\d+", "0", w) for w in rjieba.cut(sentence) if not w.isspace()]
                if len(words) > 3:
                    out.write(" ".join(words) + "\n")
    model = Word2Vec(
        corpus_file=str(sentences),
        vector_size=VECTOR,
        window=4,
        min_count=5,
        sg=1,
        negative=6,
        epochs=3,
        workers=2,
        seed=SEED,
    )
    return model.wv


def vocabulary(silver: Sequence[Example], known: Any) -> Vocabulary:
    """Words, signs and types of the archive that are frequent enough; a word without a vector has that of its parts."""
    words, signs, actor_signs, types = counted(silver)
    rng = np.random.default_rng(SEED)
    table = [np.zeros(VECTOR), np.zeros(VECTOR)]
    numbers: dict[str, int] = {}
    for word, n in words.most_common():
        if n >= LEAST["words"]:
            parts = [known[w] for w in ([word] if word in known else rjieba.cut(word)) if w in known]
            vector = np.mean(parts, 0) if parts else rng.normal(0, 0.3, VECTOR)
            numbers[word] = len(table)
            table.append(vector / (np.linalg.norm(vector) + 1e-6))
    frozen = len(table)
    vectors = np.array([*table, np.zeros(VECTOR)], np.float32)
    numbers[""] = frozen  # no word: where the words of the annotated articles begin
    return Vocabulary(numbers, vectors, frozen, frequent(signs), frequent(actor_signs), sorted(types))


def counted(examples: Sequence[Example]) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
    """How often each word, sign, sign of an actor and type occurs."""
    words, signs, actor_signs, types = (Counter[str]() for _ in range(4))
    for example in examples:
        for tokens, _, _ in example.passages:
            words.update(tokens)
        for row in example.rows:
            signs.update(row.signs)
            types.update([row.type] if row.type else [])
            for _, of_actor, _, _ in row.actors:
                actor_signs.update(of_actor)
    return words, signs, actor_signs, types


def frequent(counts: Counter[str]) -> dict[str, int]:
    return {sign: i for i, sign in enumerate(s for s, n in counts.items() if n >= LEAST["signs"])}


def extended(v: Vocabulary, start: Any, gold: Sequence[Example]) -> tuple[Vocabulary, Any]:
    """The vocabulary with what only annotated articles have, and the weights to begin with."""
    words, signs, actor_signs, types = counted(gold)
    rng = np.random.default_rng(SEED)
    numbers, new = dict(v.words), []
    for word, n in words.most_common():
        if n >= LEAST["annotated"] and word not in numbers:
            numbers[word] = v.frozen + 1 + len(new)
            vector = rng.normal(0, 1, VECTOR)
            new.append(vector / np.linalg.norm(vector))
    table = np.concatenate([v.vectors, np.array(new, np.float32).reshape(-1, VECTOR)])
    all_signs, all_actor_signs = dict(v.signs), dict(v.actor_signs)
    for known, counts in ((all_signs, signs), (all_actor_signs, actor_signs)):
        for sign, n in counts.items():
            if n >= LEAST["signs"]:
                known.setdefault(sign, len(known))
    kinds = [*v.types, *sorted(t for t, n in types.items() if n >= LEAST["annotated"] and t not in v.types)]
    wider = Vocabulary(numbers, table, v.frozen, all_signs, all_actor_signs, kinds)
    print(f"{len(table)} words, {len(all_signs)} + {len(all_actor_signs)} signs, {len(kinds)} types", flush=True)
    torch.manual_seed(SEED)
    state = Net(wider).state_dict()
    for name, tensor in start.items():
        own = state[name]
        grown = name.startswith(("signs", "actor_signs"))
        if grown:
            own.zero_()
        if own.shape != tensor.shape:
            own[: len(tensor)] = tensor
        else:
            state[name] = tensor.clone()
    return wider, state


def pretrained(silver: Sequence[Example], v: Vocabulary) -> Any:
    """A network that has learnt what the rules hold for events, and on what articles agree."""
    rng = np.random.default_rng(SEED)
    items = [
        item
        for example in silver
        for item in items_of(example, v)
        if rng.random() < QUIET or any(1 in row[3:5] for row in item.rows)
    ]
    print(f"  {len(items)} passages of the archive", flush=True)
    torch.manual_seed(SEED)
    net = Net(v)
    fit(net, items, v, silver=True, epochs=2, rate=1.5e-3, decay=0.01, size=64, seed=SEED)
    return net.state_dict()


def tuned(start: Any, v: Vocabulary, items: Sequence[Item], seed: int, epochs: int) -> Any:
    """Weights learnt from annotations."""
    net = Net(v)
    net.load_state_dict(start)
    with torch.no_grad():  # what annotators hold for an event begins as what several articles agree on
        net.event.weight[0], net.event.bias[0] = net.event.weight[2], net.event.bias[2]
    fit(net, items, v, silver=False, epochs=epochs, rate=7e-4, decay=0.02, size=24, seed=seed)
    return net.state_dict()


def mean(states: Sequence[Any]) -> Any:
    """One network of several that began with the same weights."""
    return {name: sum(state[name] for state in states) / len(states) for name in states[0]}


def all_tuned(jobs: Mapping[str, tuple[Sequence[Item], int]], start: Any, v: Vocabulary, epochs: int) -> None:
    """Train what is not in the cache yet, one network a core. A job: what it learns from, and its seed."""
    left = [name for name in jobs if not (CACHE / f"{name}.pickle").is_file()]

    def train(names: Sequence[str]) -> None:
        for name in names:
            items, seed = jobs[name]
            cached(name, partial(tuned, start, v, items, seed, epochs))

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=train, args=(left[i::CORES],)) for i in range(CORES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit("training failed: see above")


def fold_of(a: Annotated, number: int) -> int:
    """The month of an article of 2020; our own articles, each a story of its own, are dealt out."""
    return a.anchor.month if a.id.startswith("tr-") else MONTHS[number % len(MONTHS)]


def prepared() -> tuple[Vocabulary, Any]:
    """What the archive alone gives: a vocabulary, and weights to begin with."""

    def silver() -> list[Example]:
        found: list[Example] = cached("archive", lambda: archive(ARCHIVES, 2))
        return found

    v = cached("vocabulary", lambda: vocabulary(silver(), cached("vectors", vectors)))
    return v, cached("pretrained", lambda: pretrained(silver(), v))


def main() -> None:
    parser = argparse.ArgumentParser(prog="make train")
    parser.add_argument("steps", nargs="*", default=["folds", "final"], help="folds, final, december")
    parser.add_argument("--pretrain", action="store_true", help="stop before anything annotated is read")
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)  # one network a core is quicker than one network on all of them
    small, start = prepared()
    if options.pretrain:
        return
    everything = list(annotated(SHARED / "gold" / "train.jsonl"))
    ours = [a for language in ("zh", "en") for a in annotated(OWN / f"{language}_train.jsonl")]
    learnable = [a for a in everything if a.anchor.month in MONTHS] + ours
    gold = {a.id: example_of(a) for a in learnable}
    v, start = extended(small, start, list(gold.values()))
    items = {key: items_of(example, v) for key, example in gold.items()}
    for a in ours:
        items[a.id] = items[a.id] * 2  # few, and the only ones of other years and in English
    stored = CACHE / "settings.json"
    months = {a.id: fold_of(a, n) for n, a in enumerate(learnable)}
    jobs = {f"fold{month}.{seed}": (month, seed) for month in MONTHS for seed in range(SEEDS["folds"])}
    if "folds" not in options.steps:
        jobs = {}
    if "final" in options.steps:
        jobs |= {f"final.{seed}": (0, seed) for seed in range(SEEDS["final"])}
    learnt = {m: [i for a in learnable if months[a.id] != m for i in items[a.id]] for m in (0, *MONTHS)}
    all_tuned({name: (learnt[month], seed) for name, (month, seed) in jobs.items()}, start, v, options.epochs)
    if "folds" in options.steps:
        folds = [fold_without(month, learnable, months, v) for month in MONTHS]
        read, settings = found_by(folds)
        report(read)
        stored.write_text(json.dumps(settings))
        print(settings["thresholds"], settings["calibration"])
    if "final" in options.steps:
        models = linear_models(learnable, v.types)
        np.savez_compressed(WEIGHTS, **arrays_of(stored_mean("final"), v, models, json.loads(stored.read_text())))
        print(f"written: {WEIGHTS.name}, {WEIGHTS.stat().st_size / 1e6:.1f} MB")
    if "december" in options.steps:
        product.network.cache_clear()
        december = [a for a in everything if a.anchor.month not in MONTHS]
        look(december, product.network())


def look(articles: Sequence[Annotated], network: Network) -> None:
    """How well the shipped weights read: all claims, and the plain ones."""
    read = read_all(articles, network)
    print("all claims:", line(score(read)))
    print("plain:", line(score([(a, [e for e in events if not e.doubts]) for a, events in read])))


def fold_without(month: int, articles: Sequence[Annotated], months: Mapping[str, int], v: Vocabulary) -> Fold:
    """A month with the network that saw none of its articles."""
    models = linear_models([a for a in articles if months[a.id] != month], v.types)
    network = Network(arrays_of(stored_mean(f"fold{month}"), v, models, NEUTRAL))
    return Fold(month, network, [a for a in articles if months[a.id] == month])


def stored_mean(name: str) -> Any:
    """The mean of the networks of a name that training left in the cache."""
    return mean([pickle.loads(path.read_bytes()) for path in sorted(CACHE.glob(f"{name}.*.pickle"))])  # our own files


if __name__ == "__main__":
    main()
