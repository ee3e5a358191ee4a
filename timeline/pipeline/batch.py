"""Read a batch of articles, each within its limit of processor time, and record failures."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from timeline.extraction import Reading, load_rules
from timeline.models import TEXTS, Article
from timeline.pipeline.claims import read
from timeline.pipeline.leases import count_failure
from timeline.pipeline.second import second_readings
from timeline.resilience.cpu_limit import CpuLimitError, cpu_limit

log = logging.getLogger(__name__)

READ_TIME_SHARE = 0.4  # of READ_SECONDS: the last article may still take ARTICLE_SECONDS, then all are stored
# Processor time does not depend on how busy the machine is: another try would end the same way.
TOO_SLOW = "reading it takes more than {seconds:g} seconds of processor time"


def read_batch(ids: Sequence[int]) -> tuple[dict[int, tuple[Article, Reading]], list[int]]:
    """Read those of the articles that wait to be read: their readings, and the ids for which no time is left.

    No article is begun after READ_TIME_SHARE of the task's time, so that what was read is stored before it ends.
    """
    load_rules()  # outside of the limit of the first article
    until = time.monotonic() + settings.READ_SECONDS * READ_TIME_SHARE
    rows = Article.objects.select_related("source").defer("markup", "expressions", "title_expressions")
    articles = list(rows.filter(pk__in=ids, state=Article.State.NEW))
    second = second_readings([article.pk for article in articles])
    readings = dict[int, tuple[Article, Reading]]()
    for at, article in enumerate(articles):
        if at and time.monotonic() >= until:
            return readings, [late.pk for late in articles[at:]]
        try:
            with cpu_limit(settings.ARTICLE_SECONDS):
                readings[article.pk] = article, read(article, second.get(article.pk))
        except CpuLimitError as e:
            readings.pop(article.pk, None)
            record_failure(article.pk, e, TOO_SLOW.format(seconds=settings.ARTICLE_SECONDS))
        except Exception as e:  # hostile text must not stop the other articles
            record_failure(article.pk, e)
    return readings, []


@transaction.atomic
def record_failure(article_id: int, error: BaseException, for_good: str = "") -> None:
    """Count a failure to read an article. `for_good`: why no other try can help; it is set aside at once."""
    log.error("reading article %s failed", article_id, exc_info=error, extra={"article": article_id})
    article = Article.objects.select_for_update().defer(*TEXTS).filter(pk=article_id).first()
    if article is not None:
        count_failure(article, for_good or f"{type(error).__name__}: {error}", for_good=bool(for_good))
