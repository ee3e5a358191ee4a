"""From waiting articles to events: read them, then resolve what they touched, one worker at a time."""

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
from timeline.resilience.retry import DATABASE_AWAY

READ_AT_MOST = 1000  # articles that wait to be resolved while others wait to be read
ROUND_OF = 2000  # articles that are called done together
ROUND = f"{__name__}.round"  # the name of the lock of who resolves


def process(article_ids: Iterable[int]) -> None:
    """Read articles and resolve what they touched. May be repeated at any point without harm."""
    if read_waiting(article_ids):
        while resolve_waiting():
            pass


def read_waiting(article_ids: Iterable[int], seconds: float = math.inf) -> bool:
    """Read articles, and begin none after so many seconds; whether it is time to resolve what was read.

    While others wait to be read, resolving is left to whoever reads the last of them or finds many read: what
    every second article of an import speaks of is resolved once for hundreds. An article that was read already
    has waited for that in vain, and is resolved at once.
    """
    ids = list(article_ids)
    in_vain = Article.objects.filter(pk__in=ids, state=Article.State.READ).exists()
    read_article_rows(ids, time.monotonic() + seconds)
    return in_vain or _time_to_resolve()


def _time_to_resolve() -> bool:
    others = Article.objects.filter(state=Article.State.NEW, tries=0).exists()
    read_now = Article.objects.filter(state=Article.State.READ, tries=0)
    return read_now.count() >= READ_AT_MOST if others else read_now.exists()


def resolve_waiting() -> bool:
    """Resolve what the articles touched that are read; again while it is time for that. Whether more is left to do.

    Only one worker does so. The others go on reading: whoever does it looks again when it has ended. A key with many
    claims takes long: after a quarter of the time that a task has, the rest is left to the next one.
    """
    until = time.monotonic() + settings.TASK_SECONDS / 4
    while True:
        with _round() as mine:
            done = mine and _resolve_read(until)
        if not done or not _time_to_resolve():
            return False
        if time.monotonic() >= until:
            return True


@contextmanager
def _round() -> Iterator[bool]:
    """Whether it is this worker that resolves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [ROUND])
            mine = bool(cursor.fetchone()[0])
            try:
                yield mine
            finally:
                if mine:
                    _end_round()
        return
    with (settings.VAR / "resolving.lock").open("a") as file:  # workers on SQLite are all on this machine
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _end_round() -> None:
    """The lock ends with its connection as well."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [ROUND])
    except DATABASE_AWAY:
        pass


def _resolve_read(until: float) -> int:
    """Resolve what the articles touched that are read, and call those done that no one asked for again meanwhile.

    How many. Where a key cannot be resolved, that counts against its articles as a reading that failed. At `until`
    (of the monotonic clock) it ends, as soon as any article is done with; those that were read first come first.
    """
    rows = Article.objects.filter(state=Article.State.READ).order_by("state_since", "pk")
    read_now = {
        pk: (since, keys) for pk, since, keys in rows.values_list("pk", "state_since", "pending_keys")[:ROUND_OF]
    }
    told: dict[str, str] = {}
    for resolved in resolve_each(key for _, keys in read_now.values() for key in keys):
        told |= resolved
        if time.monotonic() >= until and told.keys() >= set(next(iter(read_now.values()))[1]):
            break
    read_now = {pk: (since, keys) for pk, (since, keys) in read_now.items() if told.keys() >= set(keys)}
    with transaction.atomic():
        rows = Article.objects.select_for_update().filter(pk__in=read_now, state=Article.State.READ).order_by("pk")
        unchanged = [a for a in rows.defer(*TEXTS) if a.state_since == read_now[a.pk][0]]
        failed = {a.pk: key for a in unchanged for key in a.pending_keys if told.get(key)}
        done = [a.pk for a in unchanged if a.pk not in failed]
        Article.objects.filter(pk__in=done).update(
            state=Article.State.DONE, pending_keys=[], tries=0, failure="", state_since=timezone.now()
        )
        for article in unchanged:
            if key := failed.get(article.pk):
                count_failure(article, f"what it says about {key} cannot be resolved: {told[key]}")
    return len(done)
