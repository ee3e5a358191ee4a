"""The pure core: `read_article(article)` gives a reading. No Django, no database, no clock, no network."""

from timeline.extraction.reading import read_article
from timeline.extraction.values import Anchor, Article, EventMention, Expression, Reading

__all__ = ["Anchor", "Article", "EventMention", "Expression", "Reading", "read_article"]
