"""The pure core: `read_article(article)` gives a reading. No Django, no database, no clock, no network."""

from timeline.extraction.article import Anchor, Article, EventMention, Expression, Reading
from timeline.extraction.reader import load_rules, read_article

__all__ = ["Anchor", "Article", "EventMention", "Expression", "Reading", "load_rules", "read_article"]
