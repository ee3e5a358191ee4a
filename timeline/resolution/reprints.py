"""Group near-identical texts, so that what one newsroom took over from another counts once.

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

SHINGLE_CHARS = 5  # characters
SIGNATURE_SIZE = 4  # smallest hashes that are kept of a text
MIN_RATIO = 85.0  # rapidfuzz ratio (0–100) from which on two texts are the same
MAX_BUCKET_SIZE = 200  # texts that share a hash; larger buckets are skipped
NON_WORD = re.compile(r"\W+")


def groups_of(texts: Mapping[int, str]) -> dict[int, int]:
    """Map each key to the smallest key of the texts that are the same."""
    plain = {key: NON_WORD.sub("", text) for key, text in texts.items()}
    first: dict[int, int] = {key: key for key in plain}
    exact: dict[str, int] = {}
    for key in sorted(plain):
        first[key] = exact.setdefault(plain[key], key)
    buckets: dict[int, list[int]] = defaultdict(list)
    for text, key in exact.items():
        for small in _signature(text):
            buckets[small].append(key)
    for bucket in buckets.values():
        if len(bucket) > MAX_BUCKET_SIZE:
            continue
        texts_of = {key: plain[key] for key in bucket}
        for one in bucket[:-1]:
            text = texts_of.pop(one)
            for _, _, other in extract(
                text, texts_of, scorer=ratio, processor=None, limit=None, score_cutoff=MIN_RATIO
            ):
                _join(first, one, other)
    return {key: _root(first, key) for key in plain}


@lru_cache(maxsize=8192)  # a worker resolves all claims of a key again with each new one
def _signature(text: str) -> tuple[int, ...]:
    hashes = {crc32(text[i : i + SHINGLE_CHARS].encode()) for i in range(max(1, len(text) - SHINGLE_CHARS + 1))}
    return tuple(sorted(hashes)[:SIGNATURE_SIZE])


def _root(first: dict[int, int], key: int) -> int:
    while first[key] != key:
        key = first[key]
    return key


def _join(first: dict[int, int], one: int, other: int) -> None:
    a, b = _root(first, one), _root(first, other)
    first[max(a, b)] = min(a, b)
