"""Near-identical texts: what one newsroom took over from another counts once.

Shingles of characters are hashed and only the smallest hashes kept (bottom-k MinHash, Broder 1997); texts that
share one of them are compared by rapidfuzz. A pure function: any order of the texts gives the same groups.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from zlib import crc32

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

SHINGLE = 5  # characters
KEPT = 4  # smallest hashes of a text
ALIKE = 85.0  # rapidfuzz ratio (0–100) from which on two texts are one
CROWD = 200  # texts that share a hash; more of them say nothing about one another
PLAIN = re.compile(r"\W+")


def groups_of(texts: Mapping[int, str]) -> dict[int, int]:
    """For each key the smallest key of the texts that are the same text."""
    plain = {key: PLAIN.sub("", text) for key, text in texts.items()}
    first: dict[int, int] = {key: key for key in plain}
    exact: dict[str, int] = {}
    for key in sorted(plain):
        first[key] = exact.setdefault(plain[key], key)
    buckets: dict[int, list[int]] = defaultdict(list)
    for text, key in exact.items():
        for small in _smallest(text):
            buckets[small].append(key)
    for bucket in buckets.values():
        if len(bucket) > CROWD:
            continue
        texts_of = {key: plain[key] for key in bucket}
        for one in bucket[:-1]:
            text = texts_of.pop(one)
            for _, _, other in extract(text, texts_of, scorer=ratio, processor=None, limit=None, score_cutoff=ALIKE):
                _join(first, one, other)
    return {key: _root(first, key) for key in plain}


@lru_cache(maxsize=8192)  # a worker resolves the claims of a key again with every new one
def _smallest(text: str) -> tuple[int, ...]:
    hashes = {crc32(text[i : i + SHINGLE].encode()) for i in range(max(1, len(text) - SHINGLE + 1))}
    return tuple(sorted(hashes)[:KEPT])


def _root(first: dict[int, int], key: int) -> int:
    while first[key] != key:
        key = first[key]
    return key


def _join(first: dict[int, int], one: int, other: int) -> None:
    a, b = _root(first, one), _root(first, other)
    first[max(a, b)] = min(a, b)
