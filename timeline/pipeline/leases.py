"""Leases of articles that are being read, and the articles that crashed a worker.

The moment at which reading began is stored in each article's row (`begun`) and cleared with the result. A moment that
stays is that of a worker that was killed, ran out of memory or time, or crashed. Which article of a batch caused that
is not known, so they are read again one by one, and failures are counted one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from timeline.models import TEXTS, Article

MAX_READ_TRIES = 3  # failures after which an article is set aside
LEASE = timedelta(seconds=settings.READ_SECONDS)  # after which the reader has ended or was killed
CRASHED = "crashed {n} workers while being read: killed, out of memory, out of time, or an error; see the workers' log"


@dataclass(frozen=True, slots=True)
class Lease:
    """Articles to be read from `moment` on: `fresh` together, each of `suspects` alone after `reacquire`."""

    moment: datetime
    fresh: Sequence[int]
    suspects: Sequence[int]


def leased() -> Q:
    """Match articles that are being read, by the clock of the database, since those of workers differ.

    A moment far in the future was written by a wrong clock and does not count.
    """
    return Q(begun__gt=Now() - LEASE, begun__lt=Now() + LEASE)


def _is_leased(begun: datetime | None, now: datetime) -> bool:
    return begun is not None and abs(begun - now) < LEASE


@transaction.atomic
def acquire(ids: Collection[int]) -> Lease:
    """Lease those of the articles that wait to be read and are not leased."""
    rows = Article.objects.select_for_update(skip_locked=True).filter(pk__in=ids, state=Article.State.NEW)
    now = timezone.now()
    fresh, suspects = list[int](), list[int]()
    for pk, begun, now in rows.order_by("pk").annotate(now=Now()).values_list("pk", "begun", "now"):
        if not _is_leased(begun, now):
            (suspects if begun else fresh).append(pk)
    Article.objects.filter(pk__in=fresh).update(begun=now)
    return Lease(now, fresh, suspects)


@transaction.atomic
def reacquire(pk: int) -> datetime | None:
    """Count a failure of an article whose reading never ended and lease it again; None if it cannot be read now."""
    rows = Article.objects.select_for_update(skip_locked=True).annotate(now=Now()).defer(*TEXTS)
    article = rows.filter(pk=pk, state=Article.State.NEW, begun__isnull=False).first()
    if article is None or _is_leased(article.begun, article.now):
        return None
    count_failure(article, CRASHED.format(n=article.tries + 1))
    if article.state == Article.State.NEW:
        article.begun = article.now
        article.save(update_fields=["begun"])
    return article.begun


def count_failure(article: Article, reason: str, *, for_good: bool = False) -> None:
    """Count a failed try; set the article aside after MAX_READ_TRIES, or at once with `for_good`.

    The caller holds a lock on its row.
    """
    article.tries, article.failure, article.begun = article.tries + 1, reason[:2000], None
    article.state = Article.State.FAILED if for_good or article.tries >= MAX_READ_TRIES else article.state
    article.state_since = timezone.now()
    article.save(update_fields=["tries", "failure", "begun", "state", "state_since"])


@transaction.atomic
def release(ids: Iterable[int], moment: datetime) -> None:
    """End the leases that began at this moment without a failure, so that others may read the articles."""
    lock_in_order(Article.objects.filter(pk__in=list(ids), begun=moment)).update(begun=None)


def lock_in_order(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Lock these articles until the transaction ends, in the order of their ids, and return them.

    An UPDATE of many rows locks them in any order, so two of them could deadlock.
    """
    ids = list(articles.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Article.objects.filter(pk__in=ids)
