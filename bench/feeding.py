"""Run by load.py: store posts of an archive, fifty at a time, and print how many so far, until it is killed.

At the end of the archive it begins again under other URLs. The recovery task queues them for the workers.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from timeline.fetching.archives import Problem, open_posts  # noqa: E402
from timeline.fetching.posts import RawArticle, parse_post  # noqa: E402
from timeline.ingest.store import store_articles  # noqa: E402
from timeline.models import Article  # noqa: E402
from timeline.pipeline.recovery import unfinished  # noqa: E402

TOGETHER = 50
AT_MOST = 500  # posts that wait: then the workers are given time


def main(path: Path) -> None:
    posts = _posts(path)
    taken = 0
    while batch := list(islice(posts, TOGETHER)):
        while Article.objects.filter(unfinished()).count() > AT_MOST:
            time.sleep(0.5)
        store_articles(batch)
        taken += len(batch)
        print(taken, flush=True)


def _posts(path: Path) -> Iterator[RawArticle]:
    for round in count():
        for post in open_posts([path]):
            if not isinstance(post, Problem):
                raw = parse_post(post.data, post.name)
                yield replace(raw, url=f"{raw.url}?again={round}") if round else raw


if __name__ == "__main__":
    main(Path(sys.argv[1]))
