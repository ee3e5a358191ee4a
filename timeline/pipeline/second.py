"""What a language model answered about articles, beside the embedded reading of them.

The answer is kept, not its events: it is checked against the text each time, so that better rules also judge old
answers, and nothing of it can outlive the text that it was given for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from timeline.extraction import EventMention, Reading
from timeline.extraction.reason import Doubt
from timeline.extraction.second import MarkedText, check_answer, mark
from timeline.extraction.second.combine import combine
from timeline.models import Article, ReaderReliability, SecondReading

MIN_JUDGED = 10  # decisions about a kind, without which its events weigh as any other
DOUBTFUL_SHARE = 0.5  # accepted ones, below which such an event is doubtful


def second_readings(articles: Iterable[int]) -> dict[int, SecondReading]:
    """Return the answers about these articles by article, of those that have one. One query."""
    rows = SecondReading.objects.filter(article__in=list(articles), state=SecondReading.State.READ)
    return {row.article_id: row for row in rows}


def digest_of(article: Article) -> str:
    """Return the digest of what a model reads of an article: the title and the text."""
    return hashlib.sha256(f"{article.title}\n{article.text}".encode()).hexdigest()


def marked_of(article: Article, reading: Reading) -> MarkedText | None:
    """Return the text as a model reads it; None where it has no date that may be an event's."""
    if reading.anchor is None:
        return None
    language = reading.language.partition("-")[0]
    return mark(article.text, article.title, reading.expressions, reading.anchor.day, language)


def with_second(article: Article, reading: Reading, second: SecondReading | None) -> Reading:
    """Return a reading with what was answered about this very text; the reading itself where nothing was."""
    if second is None or second.digest != digest_of(article):
        return reading
    marked = marked_of(article, reading)
    if marked is None:
        return reading
    checked = check_answer(marked, second.answer)
    if checked.dropped and not checked.events:
        return reading  # an answer of which nothing is believed says nothing of what newsdesk read either
    shares = _shares() if checked.events else {}
    return replace(reading, events=combine(reading.events, [_weighed(event, shares) for event in checked.events]))


def _shares() -> dict[str, float]:
    """Return by kind of event how often editors accepted what the model alone told, where enough was decided."""
    rows = ReaderReliability.objects.filter(reader="second", judged__gte=MIN_JUDGED)
    return {row.kind: row.share for row in rows}


def _weighed(event: EventMention, shares: Mapping[str, float]) -> EventMention:
    """Return an event of the model with the share as its probability; doubtful where editors mostly rejected such.

    What the embedded reader tells as well takes its probability from there (`combine`).
    """
    share = shares.get(event.kind)
    if share is None:
        return event
    doubts = (Doubt.NOT_CONFIRMED,) if share < DOUBTFUL_SHARE else ()
    return replace(event, probability=round(share, 3), doubts=doubts)
