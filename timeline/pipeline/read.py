"""Read stored articles and rewrite their claims, all claims of an article in one transaction.

It may be repeated, interrupted and run by many workers at once. Articles are read outside of any transaction; the
results of READ_BATCH_SIZE are stored in one, of those that did not change meanwhile. Where one cannot be stored, the
batch is halved until it is found.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from timeline.extraction import Expression, Reading
from timeline.extraction.reason import to_json
from timeline.models import Article, Claim
from timeline.pipeline.batch import read_batch, record_failure
from timeline.pipeline.bulk import update_each
from timeline.pipeline.claims import READ_FIELDS, ClaimChanges, claims_in
from timeline.pipeline.corrections import articles_with_corrections, link_keys
from timeline.pipeline.leases import LEASE, acquire, lock_in_order, reacquire, release
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.recovery import unfinished
from timeline.resilience.retry import DATABASE_DOWN, is_database_down, retry_on_contention

log = logging.getLogger(__name__)

READ_BATCH_SIZE = 50  # articles whose claims are stored in one transaction
REQUEUE_BATCH_SIZE = 2000  # articles that are requeued in one transaction
ARTICLE_COLUMNS = (
    *("language", "anchor", "anchor_from", "expressions", "title_expressions", "pending_keys", "state", "state_since"),
    *("begun", "tries", "failure"),
)


def read_article_rows(article_ids: Iterable[int], until: float = math.inf) -> set[str]:
    """Read articles, rewrite their claims and return the keys that have to be resolved.

    Articles that are gone, done or being read by another worker are skipped. One whose reading raises or crashes its
    worker is tried again and set aside with the reason after MAX_READ_TRIES, at once if it takes more than
    ARTICLE_SECONDS of processor time; the others are read all the same. After `until` (monotonic seconds) none is
    begun: the recovery task finds them.
    """
    keys: set[str] = set()
    for ids in _batches(sorted(set(article_ids)), READ_BATCH_SIZE):
        left: Sequence[int] = ids
        while left and time.monotonic() < until:
            lease = acquire(left)
            touched, left = _read_leased(lease.fresh, lease.moment, left)
            keys |= touched
            for pk in lease.suspects:
                if time.monotonic() < until and (moment := reacquire(pk)):
                    keys |= _read_leased([pk], moment, [pk])[0]
    return keys


def _read_leased(begun: Sequence[int], moment: datetime, ids: Sequence[int]) -> tuple[set[str], list[int]]:
    """Read leased articles and store the result: the keys touched, and the articles for which no time was left."""
    try:
        readings, left = read_batch(begun)
        if left:
            release(left, moment)
        return _store_readings(ids, readings), left
    except DATABASE_DOWN:
        _try_release(begun, moment)
        raise


def _try_release(ids: Sequence[int], moment: datetime) -> None:
    """End the leases if the database is back; else they end by themselves after LEASE."""
    if connection.in_atomic_block:
        return
    try:
        connection.close()
        release(ids, moment)
    except DATABASE_DOWN:
        log.warning("the database is down; %s articles are read again in %s", len(ids), LEASE)


def _store_readings(ids: Sequence[int], readings: dict[int, tuple[Article, Reading]]) -> set[str]:
    """Store readings. Where one article cannot be stored, its failure is recorded and the others are stored."""
    try:
        return _store_batch(ids, readings)
    except Exception as e:  # hostile text must not stop the other articles
        if is_database_down(e):
            raise
        if len(ids) == 1:
            record_failure(ids[0], e)
            return set()
    half = len(ids) // 2
    return _store_readings(ids[:half], readings) | _store_readings(ids[half:], readings)


@transaction.atomic
def _store_batch(ids: Sequence[int], readings: dict[int, tuple[Article, Reading]]) -> set[str]:
    rows = Article.objects.select_for_update().filter(unfinished(), pk__in=ids).order_by("pk")
    keys: set[str] = set()
    fresh = []
    for pk, state, since, pending in rows.values_list("pk", "state", "state_since", "pending_keys"):
        if state == Article.State.READ:  # read by another worker, and not resolved yet
            keys.update(pending)
        elif pk in readings and since == readings[pk][0].state_since:  # else it was requeued meanwhile
            fresh.append(readings[pk])
    return keys.union(*_write_claims(fresh))


def _write_claims(fresh: Sequence[tuple[Article, Reading]]) -> list[list[str]]:
    """Rewrite the claims of articles; return for each the keys that wait to be resolved."""
    old = defaultdict[int, list[Claim]](list)
    for claim in Claim.objects.filter(article__in=[article.pk for article, _ in fresh]).order_by("pk"):
        old[claim.article_id].append(claim)
    changes, read_now = ClaimChanges(), list[tuple[Article, Reading, set[str]]]()
    for article, reading in fresh:
        claims, before = claims_in(article, reading), old[article.pk]
        keys = {c.key for c in before} | {c.key for c in claims} | set(article.pending_keys)
        changes.add(claims, before)
        read_now.append((article, reading, keys))
    if changes.changed or changes.gone:  # so that they are not resolved meanwhile
        lock_keys({c.key for claims in old.values() for c in claims})
    tied = _keys_linked_by_corrections(
        read_now, {c.article_id for c in (*changes.changed, *changes.gone, *changes.new)}
    )
    if changes.changed or changes.gone:
        Claim.objects.filter(pk__in=[c.pk for c in changes.gone]).delete()
        update_each(Claim, READ_FIELDS, {c.pk: [getattr(c, name) for name in READ_FIELDS] for c in changes.changed})
    Claim.objects.bulk_create(changes.new)
    columns = {a.pk: _columns(a, reading, sorted(keys | tied.get(a.pk, set()))) for a, reading, keys in read_now}
    update_each(Article, ARTICLE_COLUMNS, columns)
    return [row[5] for row in columns.values()]


def _keys_linked_by_corrections(
    read_now: Sequence[tuple[Article, Reading, set[str]]], changed: Collection[int]
) -> dict[int, set[str]]:
    """Return by article the keys that corrections of it link: they may now name other claims of it."""
    named = articles_with_corrections(article.url_digest for article, _, _ in read_now if article.pk in changed)
    return {article.pk: link_keys(keys).keys for article, _, keys in read_now if article.url_digest in named}


def _columns(article: Article, reading: Reading, keys: list[str]) -> tuple[Any, ...]:
    return (
        reading.language,
        reading.anchor.day if reading.anchor else None,
        reading.anchor.source if reading.anchor else "",
        [_as_json(e) for e in reading.expressions],
        [_as_json(e) for e in reading.title_expressions],
        keys,
        Article.State.READ if keys else Article.State.DONE,
        timezone.now(),
        *(None, 0, ""),
    )


def _as_json(e: Expression) -> dict[str, Any]:
    row = {k: v.isoformat() if isinstance(v, date) else v for k, v in e._asdict().items()}
    return row | {"reasons": to_json(e.reasons)}


def requeue(article_ids: Iterable[int]) -> int:
    """Queue articles to be read again with the present rules; return how many. Manual events are left out."""
    return sum(_requeue(ids) for ids in _batches(sorted(set(article_ids)), REQUEUE_BATCH_SIZE))


@retry_on_contention
@transaction.atomic
def _requeue(ids: Sequence[int]) -> int:
    rows = lock_in_order(Article.objects.filter(pk__in=ids).exclude(state=Article.State.HAND))
    return rows.update(state=Article.State.NEW, state_since=timezone.now(), begun=None, tries=0, failure="")


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
