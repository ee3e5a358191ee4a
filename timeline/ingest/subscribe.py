"""Add feeds, with their sources: one that was discovered, or those of a list; and give them as a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from timeline.fetching.discovery import Discovery
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.outlines import ListedFeed, write_opml
from timeline.fetching.zones import guess_zone
from timeline.ingest.store import digest
from timeline.models import Feed, Source
from timeline.validation.columns import fit_column


class FeedExistsError(ValueError):
    """The address is polled already, or its source was removed; the message names it."""


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
    if source.removed is not None:
        raise FeedExistsError(
            f"{source} ({source.slug}) was removed; `remove --source {source.slug} --undo` allows it again"
        )
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


def feeds_as_opml(feeds: QuerySet[Feed]) -> str:
    """Return feeds as OPML 2.0, in folders by source."""
    rows = feeds.order_by("source__name", "pk").values_list("source__name", "title", "url")
    return write_opml("newsdesk", rows)


@transaction.atomic
def add_listed(listed: Iterable[ListedFeed]) -> tuple[list[Feed], int]:
    """Add the feeds of a list unseen, due at once; return them, and how many were known or are of removed sources.

    The zone of a new source is guessed by its host; what the feed is, the first poll says.
    """
    rows = list(listed)
    keys = [digest(one.url) for one in rows]
    known = set(Feed.objects.filter(url_digest__in=keys).values_list("url_digest", flat=True))
    added = []
    for one in rows:
        if (key := digest(one.url)) in known:
            continue
        place = one.home if one.home.startswith(("https://", "http://")) else one.url
        room, zone = newsroom_of(place), guess_zone(place, (), "", timezone.now()).zone
        name = room.names["zh-Hans"] if room.zone != "UTC" else one.title or room.slug
        defaults = {"name": fit_column(Source, "name", name), "zone": zone, "language": room.language}
        source, _ = Source.objects.get_or_create(slug=room.slug, defaults=defaults)
        if source.removed is None:
            title = fit_column(Feed, "title", one.title)
            added.append(Feed.objects.create(source=source, url=one.url, url_digest=key, title=title))
    return added, len(rows) - len(added)
