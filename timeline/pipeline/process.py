"""Read waiting articles, then resolve the keys that they touched. One worker at a time resolves."""

from __future__ import annotations

import fcntl
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from timeline.models import TEXTS, Article
from timeline.pipeline.leases import count_failure
from timeline.pipeline.read import read_article_rows
from timeline.pipeline.resolve import resolve_each
from timeline.resilience.retry import DATABASE_DOWN

MAX_UNRESOLVED = 1000  # read articles that wait to be resolved while others wait to be read
RESOLVE_BATCH_SIZE = 2000  # articles that are marked done together
RESOLVER_LOCK = f"{__name__}.resolver"  # name of the lock of the worker that resolves


def process(article_ids: Iterable[int]) -> None:
    """Read articles and resolve the keys that they touched. Idempotent, also after an interruption."""
    if read_waiting(article_ids):
        while resolve_waiting():
            pass


def read_waiting(article_ids: Iterable[int], seconds: float = math.inf) -> bool:
    """Read articles, beginning none after `seconds`, and return whether it is time to resolve.

    While other articles wait to be read, resolving is left to the worker that reads the last of them or finds
    MAX_UNRESOLVED of them: a key that every second article of an import touches is then resolved once for hundreds.
    Where one of the articles was read before, a message was lost, and it is time at once.
    """
    ids = list(article_ids)
    read_before = Article.objects.filter(pk__in=ids, state=Article.State.READ).exists()
    read_article_rows(ids, time.monotonic() + seconds)
    return read_before or _should_resolve()


def _should_resolve() -> bool:
    others = Article.objects.filter(state=Article.State.NEW, tries=0).exists()
    read_now = Article.objects.filter(state=Article.State.READ, tries=0)
    return read_now.count() >= MAX_UNRESOLVED if others else read_now.exists()


def resolve_waiting() -> bool:
    """Resolve the keys that read articles touched, as long as there are any; return whether some are left.

    Only one worker resolves at a time; the others return at once and go on reading. Since a key with many claims
    takes long, the rest is left to the next task after a quarter of a task's time.
    """
    until = time.monotonic() + settings.TASK_SECONDS / 4
    while True:
        with _resolver_lock() as mine:
            done = mine and _resolve_read(until)
        if not done or not _should_resolve():
            return False
        if time.monotonic() >= until:
            return True


@contextmanager
def _resolver_lock() -> Iterator[bool]:
    """Try to take the lock of the worker that resolves; give whether it was taken."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [RESOLVER_LOCK])
            mine = bool(cursor.fetchone()[0])
            try:
                yield mine
            finally:
                if mine:
                    _unlock_resolver()
        return
    with (settings.VAR / "resolving.lock").open("a") as file:  # with SQLite all workers are on this machine
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _unlock_resolver() -> None:
    """Release the lock; it also ends with its connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [RESOLVER_LOCK])
    except DATABASE_DOWN:
        pass


def _resolve_read(until: float) -> int:
    """Resolve the keys of read articles and mark those done that were not requeued meanwhile; return how many.

    A key that cannot be resolved counts as a failure of its articles. Those that were read first come first. Stop
    after `until` (monotonic seconds), but not before all keys of the first article are resolved.
    """
    rows = Article.objects.filter(state=Article.State.READ).order_by("state_since", "pk")
    read_now = {
        pk: (since, keys)
        for pk, since, keys in rows.values_list("pk", "state_since", "pending_keys")[:RESOLVE_BATCH_SIZE]
    }
    resolved: dict[str, str] = {}
    for batch in resolve_each(key for _, keys in read_now.values() for key in keys):
        resolved |= batch
        if time.monotonic() >= until and resolved.keys() >= set(next(iter(read_now.values()))[1]):
            break
    read_now = {pk: (since, keys) for pk, (since, keys) in read_now.items() if resolved.keys() >= set(keys)}
    with transaction.atomic():
        rows = Article.objects.select_for_update().filter(pk__in=read_now, state=Article.State.READ).order_by("pk")
        unchanged = [a for a in rows.defer(*TEXTS) if a.state_since == read_now[a.pk][0]]
        failed = {a.pk: key for a in unchanged for key in a.pending_keys if resolved.get(key)}
        done = [a.pk for a in unchanged if a.pk not in failed]
        Article.objects.filter(pk__in=done).update(
            state=Article.State.DONE, pending_keys=[], tries=0, failure="", state_since=timezone.now()
        )
        for article in unchanged:
            if key := failed.get(article.pk):
                count_failure(article, f"what it says about {key} cannot be resolved: {resolved[key]}")
    return len(done)
