"""Clean stored articles again from what was received, by the present rules and what is known of their newsrooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone

from timeline.fetching.newsrooms import text_of
from timeline.ingest.recurring import Around, lines_around
from timeline.models import Article
from timeline.resilience.retry import retry_on_contention

BATCH_SIZE = 50  # articles, with their texts as received, in memory and in one transaction


def text_again(article: Article, around: Around) -> str:
    """Return the text that the present rules make of a stored article; the stored text where nothing else is left."""
    if not article.markup:
        return article.text
    text = text_of(article.markup, article.title, article.url, source=article.source.slug)
    return around.without(article.source_id, text)


def cleaned_again(articles: Iterable[Article]) -> Iterator[Article]:
    """Yield the articles with their present text; nothing is stored. Each needs its source, text and markup."""
    around: dict[int, Around] = {}
    for article in articles:
        if article.source_id not in around:
            around[article.source_id] = lines_around([article.source_id])
        article.text = text_again(article, around[article.source_id])
        article.markup = ""  # as received it is not needed further, and may be large
        yield article


def clean_again(ids: Sequence[int]) -> int:
    """Store the present text of articles where it differs, to be read again; return how many differ."""
    return sum(_clean_again(ids[at : at + BATCH_SIZE]) for at in range(0, len(ids), BATCH_SIZE))


@retry_on_contention
@transaction.atomic
def _clean_again(ids: Sequence[int]) -> int:
    rows = Article.objects.select_for_update(of=("self",)).filter(pk__in=ids, removed=None)
    articles = list(rows.exclude(state=Article.State.HAND).select_related("source").order_by("pk"))
    around, now, changed = lines_around(article.source_id for article in articles), timezone.now(), []
    for article in articles:
        text = text_again(article, around)
        if text != article.text:
            article.text, article.state, article.state_since = text, Article.State.NEW, now
            article.begun, article.tries, article.failure = None, 0, ""
            changed.append(article)
    Article.objects.bulk_update(changed, ["text", "state", "state_since", "begun", "tries", "failure"])
    return len(changed)
