"""What feed entries carry besides the event: moments, revisions and flags; and text that is safe in every format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Exists, Min, OuterRef, Subquery
from django.utils.translation import pgettext

from timeline.display.event import EventView
from timeline.display.sentences import state_words
from timeline.models import Claim, Contradiction, Event
from timeline.models.dated import precision_of

# Not allowed in XML 1.0, of no use in any text, and the marks that turn the direction of what follows them.
STRAY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
PLAIN = ("occurred", "scheduled")  # what a reader takes an entry for that says no more


@dataclass(frozen=True, slots=True)
class FeedMetadata:
    """Of one entry. `published`: of its first article; `changed`: when the stored event last changed. Never its day."""

    published: datetime
    changed: datetime
    revision: int
    curated: bool
    contradicted: bool


def metadata_of(events: Sequence[EventView]) -> dict[str, FeedMetadata]:
    """Return publication dates, revisions and flags for feed entries, by the id of the event. One query."""
    claims = Claim.objects.filter(event=OuterRef("pk")).order_by().values("event")
    rows = Event.objects.filter(pk__in=[event.id for event in events]).order_by()
    rows = rows.annotate(
        published=Subquery(claims.annotate(first=Min("article__published")).values("first")),
        differing=Exists(Contradiction.objects.filter(event=OuterRef("pk"))),
    )
    return {
        pk: FeedMetadata(min(published or changed, changed), changed, revision, curated, differing)
        for pk, *values in rows.values_list("pk", "published", "changed_at", "revision", "curated", "differing")
        for published, changed, revision, curated, differing in [values]
    }


def precision(event: EventView) -> str:
    """Return the class of the length of what is believed: `day`, `week`, …, `open`."""
    return precision_of(event.when.start, event.when.end).value


def is_sure(event: EventView) -> bool:
    """Tell whether the days are those of the event: one day, or all days of a closed interval. Else it is a window."""
    if event.when.start is None or event.when.end is None:
        return False
    return event.when.extent == "throughout" or (event.when.start == event.when.end and event.when.modifier != "about")


def heading(event: EventView) -> str:
    """Return the title with what an entry on a calendar would hide: that its day is unknown, or that it may not come.

    `[some day: May 2025] Australia: general election`, `Japan: general election (expected)`.
    """
    words = titled(event)
    if is_sure(event):
        return words
    pattern = pgettext("a window", "[some day: %(span)s] %(title)s")
    if event.when.extent == "throughout":
        pattern = pgettext("lasts, one end open", "[one end not known: %(span)s] %(title)s")
    return pattern % {"span": event.span, "title": words}


def titled(event: EventView) -> str:
    """Return the title, with the status where it is none that a reader takes an entry for."""
    words = plain(event.title)
    if event.state in PLAIN:
        return words
    status = state_words(event.state)
    return pgettext("title and status", "%(title)s (%(status)s)") % {"title": words, "status": status}


def plain(text: str) -> str:
    """Remove control characters, noncharacters and marks that turn the direction of text; end lines in LF."""
    return STRAY.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def moment(at: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
