"""Run by calendar.py against a fresh database: store, read and resolve the archive; print the seconds as JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from tqdm import tqdm  # noqa: E402

from bench.corpus import shared  # noqa: E402
from timeline.fetching.archives import Problem, open_posts  # noqa: E402
from timeline.fetching.posts import RawArticle, parse_post  # noqa: E402
from timeline.ingest.store import store_articles  # noqa: E402
from timeline.pipeline.read import read_article_rows  # noqa: E402
from timeline.pipeline.resolve import resolve_keys  # noqa: E402

TAKEN = 500  # articles stored in one transaction
RESOLVED = 2000  # articles after which what they touched is resolved


def main() -> None:
    spent = {"taking in": 0.0, "reading": 0.0, "resolving": 0.0}
    keys: set[str] = set()
    read = 0
    with tqdm(total=20_000, unit="post", file=sys.stderr) as bar:
        for batch in _batches():
            begun = time.perf_counter()
            ids = [pk for _, pk in store_articles(batch)]
            spent["taking in"] += time.perf_counter() - begun
            begun = time.perf_counter()
            keys |= read_article_rows(ids)
            spent["reading"] += time.perf_counter() - begun
            read += len(ids)
            bar.update(len(ids))
            if read % RESOLVED == 0:
                spent["resolving"] += _resolve(keys)
    spent["resolving"] += _resolve(keys)
    print(json.dumps(spent))


def _resolve(keys: set[str]) -> float:
    begun = time.perf_counter()
    resolve_keys(keys)
    keys.clear()
    return time.perf_counter() - begun


def _batches() -> Iterator[list[RawArticle]]:
    posts = (parse_post(p.data, p.name) for p in _posts())
    while batch := list(islice(posts, TAKEN)):
        yield batch


def _posts() -> Iterator:  # type: ignore[type-arg]
    for post in open_posts([shared("corpus/news-2020H2.tar.xz")]):
        if not isinstance(post, Problem):
            yield post


if __name__ == "__main__":
    main()
