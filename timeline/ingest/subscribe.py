"""Adding a feed that was looked at, with its source. Part of `pipeline`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from timeline.fetching.discovery import Discovery
from timeline.fetching.newsrooms import newsroom_of
from timeline.ingest.store import digest
from timeline.models import Feed, Source
from timeline.validation.columns import fitted


class AlreadyThere(ValueError):
    """The address is polled already; the message says as which feed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed as it shall be. `source`, `name`, `language`: "" where what was found shall hold."""

    looked: Discovery
    clock: str = Feed.Clock.STATED
    interval: int = 15
    full_text: bool = False
    source: str = ""
    name: str = ""
    language: str = ""


@transaction.atomic
def add_feed(wanted: Wanted) -> Feed:
    """The feed, to be polled at once. Its source is made where it is not known. Raises AlreadyThere."""
    looked, key = wanted.looked, digest(wanted.looked.url)
    if feed := Feed.objects.filter(url_digest=key).select_related("source").first():
        raise AlreadyThere(f"{looked.url} is polled already: feed {feed.pk} of {feed.source}")
    room = newsroom_of(looked.parsed.home or looked.url)
    name = wanted.name or (room.names["zh-Hans"] if room.zone != "UTC" else looked.parsed.title or room.slug)
    texts = {"name": name, "zone": looked.zone.zone, "language": wanted.language or looked.language}
    defaults = {column: fitted(Source, column, text) for column, text in texts.items()}
    source, _ = Source.objects.get_or_create(slug=wanted.source or room.slug, defaults=defaults)
    try:
        with transaction.atomic():
            return Feed.objects.create(
                source=source,
                url=looked.url,
                url_digest=key,
                title=fitted(Feed, "title", looked.parsed.title),
                kind=looked.parsed.kind,
                interval=wanted.interval,
                clock=wanted.clock,
                full_text=wanted.full_text,
            )
    except IntegrityError as e:
        raise AlreadyThere(f"{looked.url} was just added by somebody else") from e
