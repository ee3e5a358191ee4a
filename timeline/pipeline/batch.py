"""Reading the articles of a batch, each within its limit, and counting what goes wrong. Part of `pipeline`."""

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
from timeline.resilience.cpu_limit import CpuLimitError, cpu_limit

log = logging.getLogger(__name__)

READING_SHARE = 0.4  # of READ_SECONDS; the last article may take ARTICLE_SECONDS, and then all are stored
# Counted in processor time it is the same on a busy machine: another try would end as this one.
TOO_SLOW = "reading it takes more than {seconds:g} seconds of processor time"


def readings_of(ids: Sequence[int]) -> tuple[dict[int, tuple[Article, Reading]], list[int]]:
    """Those of the articles that wait to be read, each with its reading; the ids of those for which no time is left.

    What was read is stored in good time before whoever reads is ended, so that slow ones cost the others nothing.
    """
    load_rules()  # no article pays for them
    until = time.monotonic() + settings.READ_SECONDS * READING_SHARE
    rows = Article.objects.select_related("source").defer("markup", "expressions", "title_expressions")
    articles = list(rows.filter(pk__in=ids, state=Article.State.NEW))
    readings = dict[int, tuple[Article, Reading]]()
    for at, article in enumerate(articles):
        if at and time.monotonic() >= until:
            return readings, [late.pk for late in articles[at:]]
        try:
            with cpu_limit(settings.ARTICLE_SECONDS):
                readings[article.pk] = article, read(article)
        except CpuLimitError as e:
            readings.pop(article.pk, None)
            failed(article.pk, e, TOO_SLOW.format(seconds=settings.ARTICLE_SECONDS))
        except Exception as e:  # whatever the reading of hostile text raises must not stop the others
            failed(article.pk, e)
    return readings, []


@transaction.atomic
def failed(article_id: int, error: BaseException, for_good: str = "") -> None:
    """Count a failure; `for_good`: the reason why no other try can help."""
    log.error("reading article %s failed", article_id, exc_info=error, extra={"article": article_id})
    article = Article.objects.select_for_update().defer(*TEXTS).filter(pk=article_id).first()
    if article is not None:
        count_failure(article, for_good or f"{type(error).__name__}: {error}", for_good=bool(for_good))
