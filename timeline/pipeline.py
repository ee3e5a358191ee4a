"""The machine's only writer: articles in, claims out, events resolved.

Everything here may be repeated, interrupted and run by many workers at once: taking in is keyed by the
address; articles are read outside of any transaction and what was read is stored in one, if they still wait;
resolving recomputes the events of some keys under a lock on each. Articles and keys go together, and where one
of many cannot be stored they are halved until it is found. Locks are taken in one order: articles, then keys.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from timeline.bulk import update_each
from timeline.claiming import GIVEN, Rewriting, Stored, claims_in, read, stored
from timeline.extraction import Reading
from timeline.models import TEXTS, Article, Claim, Event
from timeline.resolving import resolve
from timeline.storing import Led, store_happenings
from timeline.taking import FromTheFuture, refuse_future, take_in

log = logging.getLogger(__name__)

__all__ = [
    "FromTheFuture",
    "lost",
    "orphans",
    "process",
    "read_article_row",
    "read_article_rows",
    "refuse_future",
    "requeue",
    "resolve_key",
    "resolve_keys",
    "take_in",
    "waiting",
]

TRIES = 3  # readings of an article that fail before it is set aside
LOST_AFTER = timedelta(seconds=20)  # a waiting article older than this has lost its message
READ_TOGETHER = 50  # articles whose claims are stored in one transaction
RESOLVED_TOGETHER = 50  # keys whose events are
READ_AT_MOST = 1000  # articles that wait to be resolved while others wait to be read
READ_COLUMNS = (
    *("language", "anchor", "anchor_from", "expressions", "title_expressions", "pending_keys", "state", "state_since"),
)


# --- reading ------------------------------------------------------------------------------------


def read_article_row(article_id: int) -> set[str]:
    """Read one article and rewrite its claims; the keys that have to be resolved now."""
    return read_article_rows([article_id])


def read_article_rows(article_ids: Iterable[int]) -> set[str]:
    """Read articles and rewrite their claims; the keys that have to be resolved now.

    An article that is gone or already done is no error. One whose reading raises is tried again, and
    after TRIES times set aside as failed with the reason; the others are read all the same.
    """
    keys: set[str] = set()
    for ids in _together(sorted(set(article_ids)), READ_TOGETHER):
        keys |= _store_readings(ids, _readings(ids))
    return keys


def _readings(ids: Sequence[int]) -> dict[int, tuple[Article, Reading]]:
    """Those of the articles that wait to be read, each with its reading."""
    rows = Article.objects.select_related("source").defer("markup", "expressions", "title_expressions")
    readings = {}
    for article in rows.filter(pk__in=ids, state=Article.State.NEW):
        try:
            readings[article.pk] = article, read(article)
        except Exception as e:  # whatever the reading of hostile text raises must not stop the others
            _failed(article.pk, e)
    return readings


def _store_readings(ids: Sequence[int], readings: dict[int, tuple[Article, Reading]]) -> set[str]:
    """Store what was read; where one of the articles cannot be stored, the others are."""
    try:
        return _store_together(ids, readings)
    except Exception as e:  # whatever a database says to hostile text must not stop the others
        if len(ids) == 1:
            _failed(ids[0], e)
            return set()
    half = len(ids) // 2
    return _store_readings(ids[:half], readings) | _store_readings(ids[half:], readings)


@transaction.atomic
def _store_together(ids: Sequence[int], readings: dict[int, tuple[Article, Reading]]) -> set[str]:
    rows = Article.objects.select_for_update().filter(waiting(), pk__in=ids).order_by("pk")
    keys: set[str] = set()
    fresh = []
    for pk, state, since, pending in rows.values_list("pk", "state", "state_since", "pending_keys"):
        if state == Article.State.READ:  # someone read it, and went away or still resolves
            keys.update(pending)
        elif pk in readings and since == readings[pk][0].state_since:  # else it was asked for again meanwhile
            fresh.append(readings[pk])
    return keys.union(*_write_claims(fresh))


def _write_claims(fresh: Sequence[tuple[Article, Reading]]) -> list[list[str]]:
    """Make the claims of articles what was read in them; for each the keys that wait now."""
    old = defaultdict[int, list[Claim]](list)
    for claim in Claim.objects.filter(article__in=[article.pk for article, _ in fresh]).order_by("pk"):
        old[claim.article_id].append(claim)
    rewriting, columns = Rewriting(), dict[int, tuple[Any, ...]]()
    for article, reading in fresh:
        claims = claims_in(article, reading)
        before = old[article.pk]
        keys = sorted({c.key for c in before} | {c.key for c in claims} | set(article.pending_keys))
        rewriting.add(claims, before)
        columns[article.pk] = (
            reading.language,
            reading.anchor.day if reading.anchor else None,
            reading.anchor.source if reading.anchor else "",
            [_plain(e._asdict()) for e in reading.expressions],
            [_plain(e._asdict()) for e in reading.title_expressions],
            keys,
            Article.State.READ if keys else Article.State.DONE,
            timezone.now(),
        )
    if rewriting.changed or rewriting.gone:  # nobody resolves them while they change
        _lock({c.key for claims in old.values() for c in claims})
        Claim.objects.filter(pk__in=[c.pk for c in rewriting.gone]).delete()
        update_each(Claim, GIVEN, {c.pk: [getattr(c, name) for name in GIVEN] for c in rewriting.changed})
    Claim.objects.bulk_create(rewriting.new)
    update_each(Article, READ_COLUMNS, columns)
    return [row[5] for row in columns.values()]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}


@transaction.atomic
def _failed(article_id: int, error: Exception) -> None:
    log.error("reading article %s failed", article_id, exc_info=error, extra={"article": article_id})
    article = Article.objects.select_for_update().defer(*TEXTS).filter(pk=article_id).first()
    if article is None:
        return
    article.tries += 1
    article.failure = f"{type(error).__name__}: {error}"[:2000]
    article.state = Article.State.FAILED if article.tries >= TRIES else article.state
    article.state_since = timezone.now()
    article.save(update_fields=["tries", "failure", "state", "state_since"])


# --- resolving ----------------------------------------------------------------------------------


@transaction.atomic
def resolve_key(key: str) -> None:
    """Recompute the events of one key from its claims and corrections, under a lock on that key."""
    _resolve([key])


def resolve_keys(keys: Iterable[str]) -> set[str]:
    """Recompute the events of many keys; those with which it went well. What is wrong with the others is logged."""
    well: set[str] = set()
    for together in _together(sorted(set(keys)), RESOLVED_TOGETHER):
        well |= _resolve_together(together)
    return well


def _resolve_together(keys: Sequence[str]) -> set[str]:
    try:
        with transaction.atomic():
            _resolve(keys)
        return set(keys)
    except Exception:  # one key must not stop the others
        if len(keys) == 1:
            log.exception("resolving %s failed", keys[0], extra={"key": keys[0]})
            return set()
    half = len(keys) // 2
    return _resolve_together(keys[:half]) | _resolve_together(keys[half:])


def _resolve(keys: Sequence[str]) -> None:
    _lock(keys)
    of_key: dict[str, list[Stored]] = {key: [] for key in keys}
    for claim in stored(Claim.objects.filter(key__in=keys)):
        of_key[claim.key].append(claim)
    told = {key: resolve(c.said for c in claims) for key, claims in of_key.items()}
    was = {c.said.pk: Led(c.event, c.reprint_of) for claims in of_key.values() for c in claims}
    store_happenings(told, was)


def _lock(keys: Iterable[str]) -> None:
    """One writer a key. SQLite has one writer anyway (its transactions begin IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.executemany(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [[key] for key in sorted(set(keys))]
            )


def process(article_ids: Iterable[int]) -> None:
    """Read articles and resolve what they touched. May be repeated at any point without harm.

    While others wait to be read, resolving is left to whoever reads the last of them or finds many read: what
    every second article of an import speaks of is resolved once for hundreds. An article that was read already
    has waited for that in vain, and is resolved at once.
    """
    ids = list(article_ids)
    in_vain = Article.objects.filter(pk__in=ids, state=Article.State.READ).exists()
    read_article_rows(ids)
    last = in_vain or not Article.objects.filter(state=Article.State.NEW, tries=0).exists()
    if Article.objects.filter(state=Article.State.READ).count() >= (1 if last else READ_AT_MOST):
        with _round(wait=last) as mine:
            if mine:
                _resolve_read()


@contextmanager
def _round(*, wait: bool) -> Iterator[bool]:
    """Only one worker resolves what all have read; whether that is this one. The others go on reading."""
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        name = [f"{__name__}.round"]
        if wait:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", name)
            mine = True
        else:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", name)
            mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", name)


def _resolve_read() -> None:
    """Resolve what the articles touched that are read, and call those done that no one asked for again meanwhile."""
    rows = Article.objects.filter(state=Article.State.READ).order_by("state_since", "pk")
    read_now = {pk: (since, keys) for pk, since, keys in rows.values_list("pk", "state_since", "pending_keys")[:5000]}
    well = resolve_keys({key for _, keys in read_now.values() for key in keys})
    ready = {pk: since for pk, (since, keys) in read_now.items() if well.issuperset(keys)}
    with transaction.atomic():
        locked = Article.objects.select_for_update().filter(pk__in=ready, state=Article.State.READ).order_by("pk")
        done = [pk for pk, since in locked.values_list("pk", "state_since") if since == ready[pk]]
        Article.objects.filter(pk__in=done).update(
            state=Article.State.DONE, pending_keys=[], state_since=timezone.now()
        )


def _together(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- what waits ---------------------------------------------------------------------------------


def requeue(article_ids: Iterable[int]) -> int:
    """Set articles back to be read again with the present rules; how many."""
    rows = Article.objects.filter(pk__in=list(article_ids))
    return rows.update(state=Article.State.NEW, state_since=timezone.now(), tries=0, failure="")


def waiting() -> Q:
    """Articles that are not finished: to be read, or read and not yet resolved."""
    return Q(state__in=(Article.State.NEW, Article.State.READ))


def lost(limit: int = 2000) -> list[int]:
    """Articles whose message got lost, oldest first; they count as asked for again from now."""
    rows = Article.objects.filter(waiting(), state_since__lt=timezone.now() - LOST_AFTER)
    ids = list(rows.order_by("state_since").values_list("pk", flat=True)[:limit])
    Article.objects.filter(waiting(), pk__in=ids).update(state_since=timezone.now())
    return ids


def orphans() -> list[str]:
    """Keys of events without any claim left that are not retracted yet (a source row was deleted)."""
    rows = Event.objects.filter(claims=None, retracted=False, merged_into=None)
    return sorted(set(rows.values_list("key", flat=True)))
