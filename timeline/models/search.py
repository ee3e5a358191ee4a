"""By which words an event is found."""

from __future__ import annotations

import hashlib
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.event import Event, OfEvent

LOW_BITS = 42  # of a key: they tell the events of one day apart
FULL_TEXT_TABLE = "timeline_eventsearch_fts"  # SQLite: FTS5, kept by triggers (migration 0023)
DOCUMENT_COLUMN = "document"  # PostgreSQL: a tsvector, generated from both texts


def day_key(day: date) -> int:
    """Return the lowest key of a day; those of later days are higher."""
    return day.toordinal() << LOW_BITS


def search_key(day: date, event: str) -> int:
    """Return the key of an event's row. Keys are in the order of days, in which the full-text index answers.

    Two events of one day may have the same key, once in some ten thousand databases of a million events each: the
    second is not found by words.
    """
    digest = hashlib.blake2b(event.encode(), digest_size=8).digest()
    return day_key(day) | int.from_bytes(digest, "big") >> (64 - LOW_BITS)


class EventSearch(OfEvent):
    """The tokens of a live event, as `timeline.extraction.search` makes them.

    `about`: of its type and those who take part; `reports`: of its newest evidence and the titles of those articles.
    The full-text index of either database follows these rows by itself. A migration that makes SQLite rebuild this
    table must create the triggers again.
    """

    id = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.CASCADE, related_name="search", verbose_name=_("event"))
    about = models.TextField()
    reports = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["reach", "day", "event", "end", "kind"], name="search_window")]

    def __str__(self) -> str:
        return self.event_id
