"""TimelineJS3 (https://timeline.knightlab.com/docs/json-format.html) of the most important events."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from timeline.display.event import EventView
from timeline.display.sentences import belief_sentence, counts_words
from timeline.feeds.base import FeedRequest, feed
from timeline.feeds.metadata import heading, plain
from timeline.models.dated import Kind

MAX_SLIDES = 300  # browsers become slow with more


@feed()
def timelinejs(request: FeedRequest) -> HttpResponse:
    """`/export/timelinejs.json`: the page's filter and `lang`; the title slide says what was left out."""
    chosen = request.chosen.most_important(request.today, MAX_SLIDES)
    left = max(0, request.chosen.count(request.today) - MAX_SLIDES) if len(chosen) == MAX_SLIDES else 0
    dated = sorted(
        (event for event in chosen if event.when.start or event.when.end), key=lambda event: (event.day, event.id)
    )
    body = {
        "title": {"unique_id": "newsdesk", "text": {"headline": _html(request.title), "text": _about(request, left)}},
        "events": [_slide(event, request.base) for event in dated],
        "scale": "human",
    }
    return HttpResponse(orjson.dumps(body), content_type="application/json")


def _about(request: FeedRequest, left: int) -> str:
    words = [gettext("What is coming and what moved, each date with its source sentence.")]
    if left:
        more = ngettext(
            "%(count)s less important event is left out.", "%(count)s less important events are left out.", left
        )
        words.append(more % {"count": left})
    return format_html('<p>{}</p><p><a href="{}">newsdesk</a></p>', " ".join(words), request.page)


def _slide(event: EventView, base: str) -> dict[str, Any]:
    """Make a slide; `display_date` stands in place of the bare days, so that a window is not read as days."""
    first = event.when.start or event.when.end
    slide: dict[str, Any] = {
        "unique_id": event.id,
        "start_date": _date(first),
        "display_date": plain(event.span),
        "text": {"headline": _html(heading(event)), "text": _text(event, base)},
        "group": str(Kind(event.kind).label),
    }
    if event.when.end and event.when.end != first:
        slide["end_date"] = _date(event.when.end)
    return slide


def _date(day: date | None) -> dict[str, int]:
    assert day is not None, "events without any day are left out"
    return {"year": day.year, "month": day.month, "day": day.day}


def _text(event: EventView, base: str) -> str:
    words = plain(belief_sentence(event)), plain(event.evidence), base + event.link, counts_words(event)
    return format_html('<p>{}</p><blockquote>{}</blockquote><p><a href="{}">{}</a></p>', *words)


def _html(text: str) -> str:
    """TimelineJS puts what it is given into the page as HTML."""
    return format_html("{}", plain(text))
