"""Read waiting articles, then resolve the keys that they touched.

Keys are shared out by a hash over SHARDS, and each shard is resolved by one worker at a time: as many workers as there
are shards can resolve side by side. Keys that corrections link across shards are held by `locks.lock_keys`.
"""

from __future__ import annotations

import fcntl
import math
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from timeline.models import TEXTS, Article
from timeline.pipeline.bulk import update_each
from timeline.pipeline.leases import count_failure
from timeline.pipeline.read import read_article_rows
from timeline.pipeline.resolve import resolve_each
from timeline.resilience.retry import DATABASE_DOWN

MAX_UNRESOLVED = 1000  # read articles that wait to be resolved while others wait to be read
RESOLVE_BATCH_SIZE = 2000  # articles whose keys are looked at in one round
SHARDS = 64  # a constant of all processes: only one of them works on a shard
KEYS_PER_ROUND = 200  # for which a worker takes shards; so few that others find shards to take
SHARD_LOCK = f"{__name__}.shard"  # name of the locks of the shards

Waiting = dict[int, tuple[datetime, list[str]]]  # of read articles, oldest first: since when, and the keys left


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

    Shards that other workers resolve are left to them. Since a key with many claims takes long, the rest is left to the
    next task after a quarter of a task's time.
    """
    until = time.monotonic() + settings.TASK_SECONDS / 4
    while True:
        with _shards(_waiting()) as mine:
            resolved = _resolve_read(mine, until) if mine else 0
        if not resolved or not _should_resolve():
            return False
        if time.monotonic() >= until:
            return True


def shard_of(key: str) -> int:
    """Return the shard of a key, 0 to SHARDS - 1; the same in all processes and versions."""
    return zlib.crc32(key.encode()) % SHARDS


def _waiting() -> Waiting:
    rows = Article.objects.filter(state=Article.State.READ).order_by("state_since", "pk")
    return {
        pk: (since, keys)
        for pk, since, keys in rows.values_list("pk", "state_since", "pending_keys")[:RESOLVE_BATCH_SIZE]
    }


@contextmanager
def _shards(waiting: Waiting) -> Iterator[set[int]]:
    """Lock shards of waiting keys that no other worker holds, for about KEYS_PER_ROUND keys; give their numbers.

    The shards of the articles that wait longest come first. An article without keys belongs to the first shard.
    """
    keys = dict[int, set[str]]()
    for _, pending in waiting.values():
        for key in pending:
            keys.setdefault(shard_of(key), set()).add(key)
        if not pending:
            keys.setdefault(0, set())
    if connection.vendor != "postgresql":  # one writer, and all workers are on this machine
        with (settings.VAR / "resolving.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield set()
            else:
                yield set(keys)
        return
    mine, wanted = set[int](), 0
    try:
        for shard, found in keys.items():
            if wanted < KEYS_PER_ROUND and _lock_shard(shard):
                mine.add(shard)
                wanted += len(found)
        yield mine
    finally:
        _unlock_shards(mine)


def _lock_shard(shard: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [f"{SHARD_LOCK}{shard}"])
        return bool(cursor.fetchone()[0])


def _unlock_shards(shards: Iterable[int]) -> None:
    """Release the locks; they also end with their connection."""
    try:
        with connection.cursor() as cursor:
            for shard in shards:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [f"{SHARD_LOCK}{shard}"])
    except DATABASE_DOWN:
        pass


def _resolve_read(shards: set[int], until: float) -> int:
    """Resolve the keys of these shards that read articles touched; return how many articles have fewer keys left.

    A key that cannot be resolved counts as a failure of its articles. Those that were read first come first. Stop
    after `until` (monotonic seconds), but not before some keys are resolved.
    """
    waiting = _waiting()  # again: until the shards were locked, another worker may have resolved them
    wanted = [key for _, keys in waiting.values() for key in keys if shard_of(key) in shards]
    resolved: dict[str, str] = {}
    for batch in resolve_each(wanted):
        resolved |= batch
        if time.monotonic() >= until:
            break
    return _mark_resolved({pk: w for pk, w in waiting.items() if not w[1] or resolved.keys() & set(w[1])}, resolved)


@transaction.atomic
def _mark_resolved(waiting: Waiting, resolved: Mapping[str, str]) -> int:
    """Take resolved keys from the articles that were not requeued meanwhile; return how many articles that were.

    An article without keys left is done. `resolved`: why each key failed, "" if it did not.
    """
    rows = Article.objects.select_for_update().filter(pk__in=waiting, state=Article.State.READ).order_by("pk")
    unchanged = [a for a in rows.defer(*TEXTS) if a.state_since == waiting[a.pk][0]]
    failed = {a.pk: key for a in unchanged for key in a.pending_keys if resolved.get(key)}
    left = {a.pk: [key for key in a.pending_keys if resolved.get(key, key)] for a in unchanged}
    done = [pk for pk, keys in left.items() if not keys]
    Article.objects.filter(pk__in=done).update(
        state=Article.State.DONE, pending_keys=[], tries=0, failure="", state_since=timezone.now()
    )
    update_each(Article, ["pending_keys"], {pk: [keys] for pk, keys in left.items() if keys})
    for article in unchanged:
        if key := failed.get(article.pk):
            count_failure(article, f"what it says about {key} cannot be resolved: {resolved[key]}")
    return len(unchanged) - len(failed)
