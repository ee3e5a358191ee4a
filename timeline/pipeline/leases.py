"""Which articles are being read just now, and which of them cost a worker its life. Part of `pipeline`.

Before articles are read, the moment is stored in their rows (`begun`); it goes away with what was read. A
moment that stays is that of a reading which never ended: its worker was killed, ran out of memory or of time, or
crashed. Nobody knows which article of a batch did that, so those are read again one by one, and counted one by one.
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

TRIES = 3  # readings of an article that fail before it is set aside
LEASE = timedelta(seconds=settings.READ_SECONDS)  # after so long whoever began has ended, or was ended
DEATH = "reading it ended {n} workers: killed, out of memory, out of time, or crashed; the workers' log says which"


@dataclass(frozen=True, slots=True)
class Begun:
    """What may be read now: `fresh` together, each of `suspects` after `begin_again`; others read the rest."""

    moment: datetime
    fresh: Sequence[int]
    suspects: Sequence[int]


def held() -> Q:
    """Articles that somebody reads just now, by the database's clock: those of workers differ.

    A moment from far ahead is that of a clock that went wrong.
    """
    return Q(begun__gt=Now() - LEASE, begun__lt=Now() + LEASE)


def _is_held(begun: datetime | None, now: datetime) -> bool:
    return begun is not None and abs(begun - now) < LEASE


@transaction.atomic
def begin(ids: Collection[int]) -> Begun:
    """Take those of the articles that wait to be read and that nobody reads."""
    rows = Article.objects.select_for_update(skip_locked=True).filter(pk__in=ids, state=Article.State.NEW)
    now = timezone.now()
    fresh, suspects = list[int](), list[int]()
    for pk, begun, now in rows.order_by("pk").annotate(now=Now()).values_list("pk", "begun", "now"):
        if not _is_held(begun, now):
            (suspects if begun else fresh).append(pk)
    Article.objects.filter(pk__in=fresh).update(begun=now)
    return Begun(now, fresh, suspects)


@transaction.atomic
def begin_again(pk: int) -> datetime | None:
    """Take an article whose reading never ended, and count that; None where it is not to be read (now)."""
    rows = Article.objects.select_for_update(skip_locked=True).annotate(now=Now()).defer(*TEXTS)
    article = rows.filter(pk=pk, state=Article.State.NEW, begun__isnull=False).first()
    if article is None or _is_held(article.begun, article.now):
        return None
    count_failure(article, DEATH.format(n=article.tries + 1))
    if article.state == Article.State.NEW:
        article.begun = article.now
        article.save(update_fields=["begun"])
    return article.begun


def count_failure(article: Article, reason: str, *, for_good: bool = False) -> None:
    """One more try that failed; after TRIES of them, or `for_good` at once, the article is set aside.

    Its row is locked.
    """
    article.tries, article.failure, article.begun = article.tries + 1, reason[:2000], None
    article.state = Article.State.FAILED if for_good or article.tries >= TRIES else article.state
    article.state_since = timezone.now()
    article.save(update_fields=["tries", "failure", "begun", "state", "state_since"])


@transaction.atomic
def let_go(ids: Iterable[int], moment: datetime) -> None:
    """Whoever began at this moment does not go on: others may, and it counts for nothing."""
    locked_in_order(Article.objects.filter(pk__in=list(ids), begun=moment)).update(begun=None)


def locked_in_order(articles: QuerySet[Article]) -> QuerySet[Article]:
    """These articles, locked until the transaction ends: by everyone in the order of their ids.

    An UPDATE of many rows takes them in any order; two that meet in the middle would wait for each other.
    """
    ids = list(articles.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Article.objects.filter(pk__in=ids)
