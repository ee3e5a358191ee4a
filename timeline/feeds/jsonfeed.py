"""The JSON Feed (https://jsonfeed.org/version/1.1) of any filter, newest belief first."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from timeline.display.event import EventView, as_json
from timeline.display.sentences import belief_sentence
from timeline.feeds.base import CURSOR, FeedRequest, feed
from timeline.feeds.metadata import FeedMetadata, metadata_of, moment, plain, precision
from timeline.http.preferences import tag

MAX_ITEMS = 100
VERSION = "https://jsonfeed.org/version/1.1"
EXTENSION = (
    *("kind", "type", "stage", "place", "participants", "start", "end", "granularity", "modifier", "extent", "by_law"),
    *("status", "lapsed", "edtf", "alternatives", "believed_since", "first_reported", "claims", "sources", "note"),
)


@feed(CURSOR)
def json_feed(request: FeedRequest) -> HttpResponse:
    """`/feed.json`: the page's filter, `lang` and an opaque `cursor`."""
    events, following = request.newest("feed", MAX_ITEMS)
    response = HttpResponse(
        orjson.dumps(_document(request, events, following)), content_type="application/feed+json; charset=utf-8"
    )
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _document(request: FeedRequest, events: list[EventView], following: str | None) -> dict[str, Any]:
    metadata = metadata_of(events)
    head = {
        "version": VERSION,
        "title": request.title,
        "home_page_url": request.page,
        "feed_url": request.address("feed"),
        "description": gettext("What is coming and what moved, each date with its source sentence."),
        "language": tag(request.language),
        "authors": [{"name": "newsdesk", "url": request.base + reverse("timeline")}],
    }
    if following:
        head["next_url"] = following
    items = [
        item(event, metadata[event.id], request.base, request.language) for event in events if event.id in metadata
    ]
    return {**head, "items": items}


def item(event: EventView, metadata: FeedMetadata, base: str, language: str) -> dict[str, Any]:
    """One item; its days stand in the extension alone (`/feed/about/`), never in `date_published`."""
    row = as_json(event, base=base)
    return {
        "id": f"urn:newsdesk:event:{event.id}",
        "url": base + event.link,
        "title": f"{plain(row['title'])} · {row['span']}",
        "content_text": plain("\n\n".join(part for part in (belief_sentence(event), event.evidence) if part)),
        "date_published": moment(metadata.published),
        "date_modified": moment(metadata.changed),
        "language": tag(language),
        "_newsdesk": {
            "about": base + reverse("feed_about"),
            **{name: row[name] for name in EXTENSION},
            "precision": precision(event),
            "curated": metadata.curated,
            "revision": metadata.revision,
            "contradicted": metadata.contradicted,
        },
    }
