"""Remove articles and sources: tombstones stay, so that no import brings them back.

The text of a removed article is gone and its address is kept. It is read again like any other, and an empty text
claims nothing: so its claims go, their events are resolved again, and feeds and the log of changes tell of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Left
from django.utils import timezone

from timeline.fetching.posts import MAX_TITLE_CHARS
from timeline.models import Article, ArticleVersion, Feed, LineSketch, RecurringLine, SecondReading, Source
from timeline.resilience.retry import retry_on_contention

BATCH_SIZE = 500  # articles that are removed in one transaction


def remove_articles(ids: Iterable[int]) -> Iterator[list[int]]:
    """Remove articles, a batch at a time; yield the ids of each, to be read again. Manual entries are left out."""
    left = sorted(set(ids))
    for start in range(0, len(left), BATCH_SIZE):
        yield _remove(left[start : start + BATCH_SIZE])


@retry_on_contention
@transaction.atomic
def _remove(ids: list[int]) -> list[int]:
    rows = Article.objects.select_for_update().filter(pk__in=ids, removed=None).exclude(state=Article.State.HAND)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    ArticleVersion.objects.filter(article__in=found).delete()
    SecondReading.objects.filter(article__in=found).delete()
    now = timezone.now()
    Article.objects.filter(pk__in=found).update(
        removed=now,
        title="",
        markup="",
        text="",
        later_sentences={},
        digest="",
        version=F("version") + 1,
        state=Article.State.NEW,
        state_since=now,
        begun=None,
        tries=0,
        failure="",
    )
    return found


@retry_on_contention
@transaction.atomic
def close_source(source: Source) -> None:
    """Refuse new articles of a source from now on, and delete its feeds and counts.

    Its articles are left to `remove_articles`.
    """
    Feed.objects.filter(source=source).delete()
    RecurringLine.objects.filter(source=source).delete()
    LineSketch.objects.filter(source=source).delete()
    Source.objects.filter(pk=source.pk, removed=None).update(removed=timezone.now())


def articles_of(source: Source) -> list[int]:
    """Return the ids of the articles of a source that are not removed yet, manual entries left out."""
    rows = Article.objects.filter(source=source, removed=None).exclude(state=Article.State.HAND)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def unfinished_removals(limit: int = BATCH_SIZE) -> list[int]:
    """Return ids of articles of removed sources that are not removed yet: their removal was interrupted."""
    rows = Article.objects.filter(source__removed__isnull=False, removed=None).exclude(state=Article.State.HAND)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


@retry_on_contention
@transaction.atomic
def allow_again(articles: Iterable[int] = (), source: Source | None = None) -> int:
    """Lift tombstones: the next import or poll that brings the articles stores them. Return how many.

    The texts themselves do not come back by this. Of a source, all its articles are allowed again.
    """
    rows = Article.objects.filter(removed__isnull=False)
    rows = rows.filter(source=source) if source is not None else rows.filter(pk__in=list(articles))
    if source is not None:
        Source.objects.filter(pk=source.pk).update(removed=None)
    return rows.update(removed=None, title=Left("url", MAX_TITLE_CHARS))
