"""The desk in Django's admin: what the machine wrote is read-only, decisions go through `curation`."""

from timeline.admin import actors, articles, corrections, events, feeds, inbox, sources, tokens

__all__ = ["actors", "articles", "corrections", "events", "feeds", "inbox", "sources", "tokens"]
