"""The addresses of all formats of one filter, for pages that link to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

FEEDS = (
    ("feed", "application/feed+json", "JSON Feed"),
    ("atom", "application/atom+xml", "Atom"),
    ("ics", "text/calendar", "iCalendar"),
    ("csv", "text/csv", "CSV"),
    ("claims_csv", "text/csv", gettext_lazy("Reports (CSV)")),
    ("claims_jsonl", "application/x-ndjson", gettext_lazy("Reports (JSON lines)")),
    ("timelinejs", "application/json", "TimelineJS"),
)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """For `<link rel type title href>` and the links that readers see."""

    rel: str
    type: str
    title: str
    url: str


def feed_links(query: str) -> list[FeedLink]:
    """Link to all formats of a filter; `query`: canonical, without `?`. The paths have no scheme and host."""
    rest = f"?{query}" if query else ""
    return [FeedLink("alternate", type, str(title), reverse(name) + rest) for name, type, title in FEEDS]


def event_links(pk: str) -> list[FeedLink]:
    """Link to all formats of one event. The paths have no scheme and host."""
    formats = (
        ("event_json", "application/json", "JSON"),
        ("event_ld", "application/ld+json", "JSON-LD"),
        ("event_ics", "text/calendar", gettext("Add to a calendar")),
    )
    return [FeedLink("alternate", type, title, reverse(name, args=[pk])) for name, type, title in formats]
