"""The JSON Feed (https://jsonfeed.org/version/1.1) of any filter, newest belief first."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline import cursors
from timeline.filters import BadFilter, EventFilter
from timeline.models import Claim, Event
from timeline.problems import bad_filter
from timeline.schemas import EventView, as_json
from timeline.wording import belief_sentence

ITEMS = 100
VERSION = "https://jsonfeed.org/version/1.1"
EXTENSION = (
    *("kind", "type", "stage", "place", "participants", "start", "end", "granularity", "modifier", "extent", "by_law"),
    *("status", "lapsed", "edtf", "alternatives", "believed_since", "first_reported", "claims", "sources"),
)


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """`/feed.json`: the page's filter, `lang` and an opaque `cursor`. 400 problem+json for anything else."""
    try:
        language = _language(request)
        with translation.override(language):
            response = _feed(request, language)
    except BadFilter as error:
        return bad_filter(error)
    response["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _language(request: HttpRequest) -> str:
    wanted = request.GET.getlist("lang")
    if not wanted:
        return translation.get_language() or settings.LANGUAGE_CODE
    allowed = dict(settings.LANGUAGES)
    if len(wanted) > 1 or wanted[0] not in allowed:
        raise BadFilter([("lang", gettext("There is no such language."), ", ".join(allowed))])
    return wanted[0]


def _feed(request: HttpRequest, language: str) -> HttpResponse:
    chosen = EventFilter.parse(request.GET, extra=frozenset({"lang", "cursor"}))
    cursor = request.GET.get("cursor")
    try:
        after = cursors.decode(cursor) if cursor is not None else None
    except cursors.BadCursor as error:
        raise BadFilter([("cursor", str(error), "")]) from error
    events = chosen.events(timezone.localdate(), after=after, limit=ITEMS + 1, newest=True)
    body = _document(request, chosen, events[:ITEMS], language)
    if len(events) > ITEMS:
        last = events[ITEMS - 1]
        body["next_url"] = _address(request, chosen, cursors.encode(last.believed_since, last.id))
    data = orjson.dumps(body)
    etag = quote_etag(hashlib.sha256(data).hexdigest()[:32])
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in known or "*" in known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(data, content_type="application/feed+json; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=60"
    return response


def _address(request: HttpRequest, chosen: EventFilter, cursor: str | None = None) -> str:
    query = chosen.to_query(lang=request.GET.get("lang"), cursor=cursor)
    return request.build_absolute_uri(reverse("feed")) + (f"?{query}" if query else "")


def _document(request: HttpRequest, chosen: EventFilter, events: list[EventView], language: str) -> dict[str, Any]:
    query = chosen.to_query()
    base = request.build_absolute_uri("/").rstrip("/")
    moments = _moments([event.id for event in events])
    return {
        "version": VERSION,
        "title": gettext("newsdesk: elections and alliances") + (f" ({query})" if query else ""),
        "home_page_url": request.build_absolute_uri(reverse("timeline")) + (f"?{query}" if query else ""),
        "feed_url": _address(request, chosen),
        "description": gettext("What is coming and what moved, each date with the sentence that gives it."),
        "language": translation.to_locale(language).replace("_", "-"),
        "authors": [{"name": "newsdesk", "url": base + reverse("timeline")}],
        "items": [_item(event, base, language, *moments[event.id]) for event in events],
    }


def _moments(ids: list[str]) -> dict[str, tuple[datetime, datetime]]:
    """For each event, when its first article was published and when it last changed: never the event's day."""
    first = dict(
        Claim.objects.filter(event__in=ids).order_by().values_list("event").annotate(Min("article__published"))
    )
    rows = Event.objects.filter(pk__in=ids).values_list("pk", "changed_at")
    return {pk: (first.get(pk) or changed, changed) for pk, changed in rows}


def _item(event: EventView, base: str, language: str, published: datetime, changed: datetime) -> dict[str, Any]:
    row = as_json(event, base=base)
    return {
        "id": f"urn:newsdesk:event:{event.id}",
        "url": base + event.link,
        "title": f"{event.title} · {event.span}",
        "content_text": "\n\n".join(part for part in (belief_sentence(event), event.evidence) if part),
        "date_published": _moment(published),
        "date_modified": _moment(max(published, changed)),
        "language": translation.to_locale(language).replace("_", "-"),
        "_newsdesk": {"about": base + "/api/v1/docs", **{name: row[name] for name in EXTENSION}},
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
