"""Reading stored articles: their claims are rewritten, all those of an article in one transaction.

May be repeated, interrupted and run by many workers at once. Articles are read outside of any transaction, and what was
read of READ_TOGETHER is stored in one, of those that still wait unchanged. Where one of them cannot be stored, they are
halved until it is found.
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
from timeline.pipeline.batch import failed, readings_of
from timeline.pipeline.bulk import update_each
from timeline.pipeline.claims import GIVEN, Rewriting, claims_in
from timeline.pipeline.corrections import linked, named_articles
from timeline.pipeline.leases import LEASE, begin, begin_again, let_go, locked_in_order
from timeline.pipeline.locks import locked
from timeline.pipeline.recovery import waiting
from timeline.resilience.retry import DATABASE_AWAY, database_away, retried

log = logging.getLogger(__name__)

READ_TOGETHER = 50  # articles whose claims are stored in one transaction
REQUEUED_TOGETHER = 2000
READ_COLUMNS = (
    *("language", "anchor", "anchor_from", "expressions", "title_expressions", "pending_keys", "state", "state_since"),
    *("begun", "tries", "failure"),
)


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
        [_plain(e) for e in reading.expressions],
        [_plain(e) for e in reading.title_expressions],
        keys,
        Article.State.READ if keys else Article.State.DONE,
        timezone.now(),
        *(None, 0, ""),
    )


def _plain(e: Expression) -> dict[str, Any]:
    row = {k: v.isoformat() if isinstance(v, date) else v for k, v in e._asdict().items()}
    return row | {"reasons": to_json(e.reasons)}


def requeue(article_ids: Iterable[int]) -> int:
    """Set articles back to be read again with the present rules; how many."""
    return sum(_requeue(ids) for ids in _together(sorted(set(article_ids)), REQUEUED_TOGETHER))


@retried
@transaction.atomic
def _requeue(ids: Sequence[int]) -> int:
    rows = locked_in_order(Article.objects.filter(pk__in=ids).exclude(state=Article.State.HAND))
    return rows.update(state=Article.State.NEW, state_since=timezone.now(), begun=None, tries=0, failure="")


def _together(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
