"""From a clean article to its reading: language, anchor, date expressions, events."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article, EventMention, Reading
from timeline.extraction.dates import find
from timeline.extraction.events.reader import read_events
from timeline.extraction.gazetteer import may_vote, on_the_day_of_law
from timeline.extraction.languages import language_of
from timeline.extraction.moving import settled
from timeline.extraction.phrases import phrases_of
from timeline.extraction.revised import with_later_sentences
from timeline.extraction.script import fold

PHRASES = phrases_of(__name__)
HEAD = 2000
# Of 20,000 articles none has more than 11,300 characters and 120 expressions; of a longer text the beginning is read.
MAX_TEXT_CHARS = 200_000
MAX_TITLE_CHARS = 1_000
MAX_EXPRESSIONS = 5_000
# One of each language that has rules of its own; each has a trigger, a country and a date.
FIRST_SENTENCES = tuple(PHRASES.values())


def read_article(article: Article) -> Reading:
    """Everything dated in an article. Never raises on any text; without an anchor nothing is dated.

    Of an endless text only the beginning is read, so that no article takes a reader longer than a few seconds.
    Sentences that came later are read with their own days.
    """
    return with_later_sentences(article, _read(article), _read)


def _read(article: Article) -> Reading:
    """Read an article with one anchor for all of its sentences."""
    text, title = article.text[:MAX_TEXT_CHARS], article.title[:MAX_TITLE_CHARS]
    folded = fold(text)
    language = article.language or language_of(title + "\n" + text[:HEAD])
    anchor = anchor_of(article, folded)
    if anchor is None:
        return Reading(language, None, (), (), ())
    expressions = find(
        text,
        anchor.day,
        language=language,
        anchor_from=anchor.source,
        leave_out=anchor.spans,
        most=MAX_EXPRESSIONS,
        order=article.order,
    )
    in_title = find(title, anchor.day, language=language, anchor_from=anchor.source, order=article.order)
    family = language.partition("-")[0]
    events = read_events(text, folded, title, expressions, anchor.day, family)
    settled_events = settled(events, folded, expressions, anchor.day, family)
    possible = tuple(e for e in map(_possible, settled_events) if e is not None)
    return Reading(language, anchor, tuple(expressions), tuple(in_title), possible)


def _possible(event: EventMention) -> EventMention | None:
    """Return the event if the country holds such votes, on such days: none elects a president that it does not have.

    What is called the vote on the day on which electors vote or a president takes office is that step of it.
    """
    if event.kind != "election" or event.place:
        return event
    if not all(may_vote(code, event.type, event.stage, event.when.day) for code in event.participants):
        return None
    if event.type != "presidential" or event.stage != "vote" or _has_day(event, "vote"):
        return event
    return replace(event, stage="result") if _has_day(event, "result") else None


def _has_day(event: EventMention, stage: str) -> bool:
    return on_the_day_of_law(event.participants[0], event.type, stage, event.when.start, event.when.end)


@cache
def load_rules() -> None:
    """Load the rules and the gazetteer, which the first article of each language would do otherwise."""
    for sentence in FIRST_SENTENCES:
        read_article(Article(title="", text=sentence, published=None, anchor=date(2024, 1, 1)))
