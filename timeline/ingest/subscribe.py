"""Add a feed that was discovered, with its source."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from timeline.fetching.discovery import Discovery
from timeline.fetching.newsrooms import newsroom_of
from timeline.ingest.store import digest
from timeline.models import Feed, Source
from timeline.validation.columns import fit_column


class FeedExistsError(ValueError):
    """The address is polled already; the message names the feed."""


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed to add. `source`, `name`, `language`, `order`: "" for what was found."""

    looked: Discovery
    clock: str = Feed.Clock.STATED
    interval: int = 15
    full_text: bool = False
    source: str = ""
    name: str = ""
    language: str = ""
    order: str = ""


@transaction.atomic
def add_feed(new: NewFeed) -> Feed:
    """Add a feed, due at once, and its source if that is unknown. Raises FeedExistsError."""
    looked, key = new.looked, digest(new.looked.url)
    if feed := Feed.objects.filter(url_digest=key).select_related("source").first():
        raise FeedExistsError(f"{looked.url} is polled already: feed {feed.pk} of {feed.source}")
    room = newsroom_of(looked.parsed.home or looked.url)
    name = new.name or (room.names["zh-Hans"] if room.zone != "UTC" else looked.parsed.title or room.slug)
    texts = {
        "name": name,
        "zone": looked.zone.zone,
        "language": new.language or looked.language,
        "numeric_order": new.order or looked.order.order,
    }
    defaults = {column: fit_column(Source, column, text) for column, text in texts.items()}
    source, _ = Source.objects.get_or_create(slug=new.source or room.slug, defaults=defaults)
    try:
        with transaction.atomic():
            return Feed.objects.create(
                source=source,
                url=looked.url,
                url_digest=key,
                title=fit_column(Feed, "title", looked.parsed.title),
                kind=looked.parsed.kind,
                interval=new.interval,
                clock=new.clock,
                full_text=new.full_text,
            )
    except IntegrityError as e:
        raise FeedExistsError(f"{looked.url} was just added by somebody else") from e
