"""`manage.py import PATH…`: store articles, which the workers then read."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from timeline import tasks
from timeline.fetching.archives import Found, Problem, count_posts, open_posts
from timeline.fetching.import_forms import Refused, read_file
from timeline.fetching.posts import PostError, RawArticle
from timeline.ingest.store import FutureArticleError, refuse_future, store_articles
from timeline.models import Article
from timeline.operations import services
from timeline.pipeline.recovery import lost_articles, unfinished
from timeline.resilience.retry import QUEUE_DOWN, retry_while_down

BATCH_SIZE = 100  # articles in one transaction
NO_WORKER_SECONDS = 30  # of waiting in which no article moved and no worker answered


class Command(BaseCommand):
    """Store articles from files and archives."""

    help = (
        "Import articles from files, folders, .zip, .tar, .tar.gz and .tar.xz: posts, saved feeds (RSS, Atom, JSON "
        "Feed) and JSON lines; what a file is, it tells by itself. Twice is once."
    )

    _warned = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--wait", action="store_true", help="stay until the workers have read everything")
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        counts, refused = Counter[str](), list[str]()
        with services.embedded_worker() if options["wait"] else nullcontext():
            self._store(options, counts, refused)
            if options["wait"]:
                self._wait(options["quiet"])
        for line in refused:
            print(line, file=sys.stderr)
        words = ("new", "unchanged", "changed", *(["removed"] if counts["removed"] else []))
        summary = ", ".join(f"{counts[w]} {w}" for w in words) + f", {len(refused)} refused"
        self.stdout.write(summary)
        if refused:
            raise CommandError(f"{len(refused)} refused; the others are kept", returncode=1)

    def _store(self, options: dict[str, Any], counts: Counter[str], refused: list[str]) -> None:
        total = count_posts(options["paths"])
        with tqdm(total=total, unit=" files", desc="import", disable=options["quiet"]) as bar:
            posts = _parsed(open_posts(options["paths"]), refused, bar)
            for batch in _batches(posts):
                outcomes = retry_while_down(partial(store_articles, batch), self.stderr.write)
                counts.update(word for word, _ in outcomes)
                self._nudge([pk for word, pk in outcomes if word in ("new", "changed")])
                bar.set_postfix(counts, refresh=False)

    def _nudge(self, ids: list[int]) -> None:
        """Queue the stored articles; where the queue is down, the recovery task finds them as soon as workers run."""
        try:
            tasks.enqueue(ids)
        except QUEUE_DOWN as e:
            if not self._warned:
                self.stderr.write(f"The queue takes no messages ({e}); the articles are stored and wait.")
            self._warned = True

    def _wait(self, quiet: bool) -> None:
        """Show a progress bar of the articles to read and resolve until none is left."""
        left = total = self._left()
        moved = timezone.now()
        with tqdm(total=total, unit=" articles", desc="read", disable=quiet) as bar:
            while left:
                time.sleep(0.2)
                now = self._left()
                if now != left:
                    bar.update(max(0, left - now))
                    left, moved = now, timezone.now()
                elif timezone.now() - moved > timedelta(seconds=NO_WORKER_SECONDS):
                    if not services.workers_answer(5):
                        raise CommandError(
                            f"{left} articles are stored but no worker answers. Start one with "
                            "`celery -A newsdesk worker` (or `make run`); they will be read then.",
                            returncode=2,
                        )
                    self._nudge(lost_articles())
                    moved = timezone.now()

    def _left(self) -> int:
        return retry_while_down(Article.objects.filter(unfinished()).count, self.stderr.write)


def _parsed(posts: Iterable[Found | Problem], refused: list[str], bar: tqdm[Any]) -> Iterator[RawArticle]:
    """Yield the posts that are articles; append one line with the reason to `refused` for each other one."""
    for post in posts:
        found = [Refused("", post.reason)] if isinstance(post, Problem) else read_file(post.data, post.name)
        for raw in found:
            try:
                if isinstance(raw, Refused):
                    raise PostError(f"{raw.where} {raw.reason}".strip())
                refuse_future(raw)
                yield raw
            except (PostError, FutureArticleError) as e:
                refused.append(f"refused: {post.origin}: {e}")
        bar.update()


def _batches(raws: Iterable[RawArticle]) -> Iterator[list[RawArticle]]:
    batch: list[RawArticle] = []
    for raw in raws:
        batch.append(raw)
        if len(batch) == BATCH_SIZE:
            yield batch
            batch = []
    if batch:
        yield batch
