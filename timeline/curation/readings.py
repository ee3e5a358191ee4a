"""Readings of the language model as examples for the embedded reader."""

from __future__ import annotations

from collections.abc import Callable, Collection

from timeline.extraction.events.learnt.examples import DecidedArticle
from timeline.extraction.second import check_answer
from timeline.extraction.second.teach import AGREED, BothReadings, examples_of
from timeline.models import Article, SecondReading
from timeline.pipeline.claims import read
from timeline.pipeline.second import digest_of, marked_of

MAX_READINGS = 2_000  # the newest


def taught_articles(
    decided: Collection[DecidedArticle], agreed: float = AGREED, step: Callable[[], object] = lambda: None
) -> list[DecidedArticle]:
    """Return the articles that the model has read as they are now, with what both readers tell of them.

    What editors decided of an article (`decided`) stands above its reading: there the article teaches what they say.
    """
    known = {article.id for article in decided}
    rows = SecondReading.objects.filter(state=SecondReading.State.READ, article__removed=None)
    newest = rows.exclude(article__state=Article.State.HAND).order_by("-asked_at", "-pk")[:MAX_READINGS]
    found = []
    for row in newest.select_related("article__source").defer("article__markup"):
        step()
        article = row.article
        if article.url_digest in known or row.digest != digest_of(article):
            continue
        reading = read(article)
        marked = marked_of(article, reading)
        if marked is None or reading.anchor is None:
            continue
        both = BothReadings(
            article.url_digest,
            article.title,
            article.text,
            reading.anchor.day,
            reading.language,
            reading.expressions,
            reading.events,
            check_answer(marked, row.answer).events if row.answer else (),
        )
        taught = examples_of(both, agreed)
        if taught.decided:
            found.append(taught)
    return sorted(found, key=lambda one: one.id)
