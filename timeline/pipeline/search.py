"""Keep the words by which events are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from timeline.extraction.search import event_words, index_text
from timeline.models import Claim, Event
from timeline.models.search import search_key

MAX_SEARCHED_CLAIMS = 5  # of an event, the newest, whose evidence and titles are searched


def titles_of(claims: Iterable[int]) -> dict[int, str]:
    """Return the titles of the articles of these claims, by claim."""
    return dict(Claim.objects.filter(pk__in=list(claims)).order_by().values_list("pk", "article__title"))


def texts_of(event: Event, codes: Iterable[str], reports: Sequence[str]) -> tuple[int, str, str]:
    """Return key, `about` and `reports` of the row of an event: its participants' codes, and evidence and titles."""
    about = event_words(event.kind, event.type, event.stage, codes)
    return search_key(event.day, event.pk), index_text(about), index_text(dict.fromkeys(reports))


def columns(event: Event, codes: Iterable[str], reports: Sequence[str]) -> dict[str, Any]:
    """Return the same by name."""
    return dict(zip(("id", "about", "reports"), texts_of(event, codes, reports), strict=True))
