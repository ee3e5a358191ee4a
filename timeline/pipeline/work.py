"""The machine's only writer: articles in, claims out, events resolved.

Everything here may be repeated, interrupted and run by many workers at once: taking in is keyed by the
address; articles are read outside of any transaction and what was read is stored in one, if they still wait;
resolving recomputes the events of some keys under a lock on each. Articles and keys go together, and where one
of many cannot be stored they are halved until it is found. Locks are taken in one order: articles, then keys.
"""

from __future__ import annotations

import fcntl
import logging
import math
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from timeline.extraction import Reading
from timeline.ingest.store import FromTheFuture, refuse_future, take_in
from timeline.models import TEXTS, Article, Claim
from timeline.pipeline.batch import READING_SHARE, failed, readings_of
from timeline.pipeline.bulk import update_each
from timeline.pipeline.claims import GIVEN, Rewriting, Stored, claims_in, stored
from timeline.pipeline.corrections import linked, named_articles
from timeline.pipeline.leases import LEASE, TRIES, begin, begin_again, count_failure, let_go, locked_in_order
from timeline.pipeline.locks import locked
from timeline.pipeline.recovery import lost, orphans, waiting
from timeline.pipeline.store import Led, store_happenings
from timeline.resilience.retry import DATABASE_AWAY, database_away, retried
from timeline.resolution.arrangement import Arranged
from timeline.resolution.resolve import resolve

log = logging.getLogger(__name__)

__all__ = [
    "READING_SHARE",
    "TRIES",
    "FromTheFuture",
    "locked",
    "lost",
    "orphans",
    "process",
    "read_article_row",
    "read_article_rows",
    "read_waiting",
    "refuse_future",
    "requeue",
    "resolve_key",
    "resolve_keys",
    "resolve_locked",
    "resolve_waiting",
    "take_in",
    "waiting",
]

READ_TOGETHER = 50  # articles whose claims are stored in one transaction
RESOLVED_TOGETHER = 50  # keys whose events are, unless they have
CLAIMS_TOGETHER = 5_000
READ_AT_MOST = 1000  # articles that wait to be resolved while others wait to be read
ROUND_OF = 2000  # articles that are called done, or set back, together
ROUND = f"{__name__}.round"  # the name of the lock of who resolves
READ_COLUMNS = (
    *("language", "anchor", "anchor_from", "expressions", "title_expressions", "pending_keys", "state", "state_since"),
    *("begun", "tries", "failure"),
)


# --- reading ------------------------------------------------------------------------------------


def read_article_row(article_id: int) -> set[str]:
    """Read one article and rewrite its claims; the keys that have to be resolved now."""
    return read_article_rows([article_id])


def read_article_rows(article_ids: Iterable[int], until: float = math.inf) -> set[str]:
    """Read articles and rewrite their claims; the keys that have to be resolved now.

    An article that is gone or already done is no error, and one that somebody else reads just now is left
    to him. One whose reading raises, or ends its worker, is tried again, and after TRIES times set aside as
    failed with the reason, at once where it takes more than ARTICLE_SECONDS of processor time; the others are read
    all the same. At `until` (of the monotonic clock) no more are begun: the sweep finds them.
    """
    keys: set[str] = set()
    for ids in _together(sorted(set(article_ids)), READ_TOGETHER):
        left: Sequence[int] = ids
        while left and time.monotonic() < until:
            begun = begin(left)
            touched, left = _read_begun(begun.fresh, begun.moment, left)
            keys |= touched
            for pk in begun.suspects:
                if time.monotonic() < until and (moment := begin_again(pk)):
                    keys |= _read_begun([pk], moment, [pk])[0]
    return keys


def _read_begun(begun: Sequence[int], moment: datetime, ids: Sequence[int]) -> tuple[set[str], list[int]]:
    """Read and store; the keys touched, and those of the articles for which the time was too short, let go."""
    try:
        readings, left = readings_of(begun)
        if left:
            let_go(left, moment)
        return _store_readings(ids, readings), left
    except DATABASE_AWAY:
        _let_go(begun, moment)
        raise


def _let_go(ids: Sequence[int], moment: datetime) -> None:
    """If the database is back already; else the articles can be taken by others when LEASE is over."""
    if connection.in_atomic_block:
        return
    try:
        connection.close()
        let_go(ids, moment)
    except DATABASE_AWAY:
        log.warning("the database is away; %s articles are read again in %s", len(ids), LEASE)


def _store_readings(ids: Sequence[int], readings: dict[int, tuple[Article, Reading]]) -> set[str]:
    """Store what was read; where one of the articles cannot be stored, the others are."""
    try:
        return _store_together(ids, readings)
    except Exception as e:  # whatever a database says to hostile text must not stop the others
        if database_away(e):
            raise
        if len(ids) == 1:
            failed(ids[0], e)
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
    rewriting, read_now = Rewriting(), list[tuple[Article, Reading, set[str]]]()
    for article, reading in fresh:
        claims, before = claims_in(article, reading), old[article.pk]
        keys = {c.key for c in before} | {c.key for c in claims} | set(article.pending_keys)
        rewriting.add(claims, before)
        read_now.append((article, reading, keys))
    if rewriting.changed or rewriting.gone:  # nobody resolves them while they change
        locked({c.key for claims in old.values() for c in claims})
    tied = _tied_by_decisions(read_now, {c.article_id for c in (*rewriting.changed, *rewriting.gone, *rewriting.new)})
    if rewriting.changed or rewriting.gone:
        Claim.objects.filter(pk__in=[c.pk for c in rewriting.gone]).delete()
        update_each(Claim, GIVEN, {c.pk: [getattr(c, name) for name in GIVEN] for c in rewriting.changed})
    Claim.objects.bulk_create(rewriting.new)
    columns = {a.pk: _columns(a, reading, sorted(keys | tied.get(a.pk, set()))) for a, reading, keys in read_now}
    update_each(Article, READ_COLUMNS, columns)
    return [row[5] for row in columns.values()]


def _tied_by_decisions(
    read_now: Sequence[tuple[Article, Reading, set[str]]], changed: Collection[int]
) -> dict[int, set[str]]:
    """By article what decisions that name it tied to its keys: they may name other claims of it from now on."""
    named = named_articles(article.url_digest for article, _, _ in read_now if article.pk in changed)
    return {article.pk: linked(keys).keys for article, _, keys in read_now if article.url_digest in named}


def _columns(article: Article, reading: Reading, keys: list[str]) -> tuple[Any, ...]:
    return (
        reading.language,
        reading.anchor.day if reading.anchor else None,
        reading.anchor.source if reading.anchor else "",
        [_plain(e._asdict()) for e in reading.expressions],
        [_plain(e._asdict()) for e in reading.title_expressions],
        keys,
        Article.State.READ if keys else Article.State.DONE,
        timezone.now(),
        *(None, 0, ""),
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}


# --- resolving ----------------------------------------------------------------------------------


@transaction.atomic
def resolve_key(key: str) -> None:
    """Recompute the events of one key from its claims and corrections, under a lock on that key."""
    _resolve([key])


def resolve_keys(keys: Iterable[str]) -> dict[str, str]:
    """Recompute the events of many keys; the reason for each with which it went wrong.

    Raises only where the database is away.
    """
    return {key: reason for wrong in _resolved(sorted(set(keys))) for key, reason in wrong.items() if reason}


def _resolved(keys: Iterable[str]) -> Iterator[dict[str, str]]:
    """Recompute the events of keys, in their order: those that were resolved together, each with what went wrong."""
    for together in _light(list(dict.fromkeys(keys))):
        yield dict.fromkeys(together, "") | _resolve_together(together)


def _light(keys: Sequence[str]) -> Iterator[list[str]]:
    """Keys to be resolved in one transaction: few, and with few claims unless one alone has many."""
    counts = Claim.objects.filter(key__in=keys).order_by().values_list("key").annotate(Count("pk"))
    claims = dict[str, int](counts)
    together, held = list[str](), 0
    for key in keys:
        if together and (len(together) == RESOLVED_TOGETHER or held + claims.get(key, 0) > CLAIMS_TOGETHER):
            yield together
            together, held = [], 0
        together.append(key)
        held += claims.get(key, 0)
    if together:
        yield together


def _resolve_together(keys: Sequence[str]) -> dict[str, str]:
    try:
        with transaction.atomic():
            _resolve(keys)
        return {}
    except Exception as e:  # one key must not stop the others
        if database_away(e):
            raise
        if len(keys) == 1:
            log.exception("resolving %s failed", keys[0], extra={"key": keys[0]})
            return {keys[0]: f"{type(e).__name__}: {e}"}
    half = len(keys) // 2
    return _resolve_together(keys[:half]) | _resolve_together(keys[half:])


def _resolve(keys: Iterable[str]) -> None:
    resolve_locked(locked(keys))


def resolve_locked(keys: Iterable[str]) -> Arranged:
    """Recompute the events of keys that `locked` gave to this transaction, and say how editors arranged them."""
    held = set(keys)
    together = linked(held)
    if together.keys - held:  # a decision was made about an event about which others with further keys stand
        held = locked(together.keys)
        together = linked(held)
    of_key: dict[str, list[Stored]] = {key: [] for key in sorted(held)}
    for claim in stored(Claim.objects.filter(key__in=held)):
        of_key[claim.key].append(claim)
    told = {key: resolve(c.said for c in claims) for key, claims in of_key.items()}
    was = {c.said.pk: Led(c.event, c.reprint_of) for claims in of_key.values() for c in claims}
    arranged = store_happenings(told, was, together.decisions)
    together.note()
    return arranged


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
    for resolved in _resolved(key for _, keys in read_now.values() for key in keys):
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


def _together(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def requeue(article_ids: Iterable[int]) -> int:
    """Set articles back to be read again with the present rules; how many."""
    return sum(_requeue(ids) for ids in _together(sorted(set(article_ids)), ROUND_OF))


@retried
@transaction.atomic
def _requeue(ids: Sequence[int]) -> int:
    rows = locked_in_order(Article.objects.filter(pk__in=ids).exclude(state=Article.State.HAND))
    return rows.update(state=Article.State.NEW, state_since=timezone.now(), begun=None, tries=0, failure="")
