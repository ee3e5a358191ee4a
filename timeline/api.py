"""API v1: the same events as the page and the feed, by the same filter, with an OpenAPI description."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from timeline import cursors
from timeline.filters import BadFilter, EventFilter
from timeline.models import Actor, Article, Claim, Event, EventBelief
from timeline.problems import bad_filter, problem
from timeline.schemas import as_json, known_claims, view_beliefs, view_events

MOST, USUAL = 200, 50


class CompactJson(BaseRenderer):
    """orjson: fast, and Chinese stays Chinese."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data)


api = NinjaAPI(
    title="newsdesk",
    version="1",
    description="Elections and alliances: what is coming, what is believed since when, and the sentences that say so. "
    "Days are ISO 8601, both ends inclusive, null open. Errors are application/problem+json (RFC 9457).",
    renderer=CompactJson(),
    urls_namespace="api",
)


# --- shapes -------------------------------------------------------------------------------------


class ActorOut(Schema):
    code: str
    name: str


class EventOut(Schema):
    id: str
    url: str
    kind: str
    type: str
    stage: str
    place: ActorOut | None
    participants: list[ActorOut]
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: str
    by_law: bool
    status: str
    lapsed: bool
    edtf: str
    alternatives: list[list[date | None]]
    believed_since: date
    first_reported: date
    claims: int
    sources: int
    title: str
    span: str


class EventsOut(Schema):
    events: list[EventOut]
    next: str | None


class ClaimOut(Schema):
    article: int
    article_title: str
    article_url: str
    source: str
    reported: date
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    status: str
    evidence: str
    evidence_start: int
    evidence_end: int
    said_by: str
    why: str
    doubts: list[str]


class BeliefOut(Schema):
    since: date
    until: date | None
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: str
    status: str
    change: str


class EventDetailOut(Schema):
    event: EventOut
    claims: list[ClaimOut]
    beliefs: list[BeliefOut]


class ArticleOut(Schema):
    id: int
    title: str
    url: str
    source: str
    published: datetime
    anchor: date | None
    anchor_from: str
    language: str
    version: int
    state: str
    text: str
    expressions: list[dict[str, Any]]
    title_expressions: list[dict[str, Any]]


class ActorRowOut(ActorOut):
    kind: str
    name_zh_hans: str
    name_zh_hant: str
    name_en: str


class ActorsOut(Schema):
    actors: list[ActorRowOut]


class ProblemOut(Schema):
    type: str
    title: str
    status: int
    detail: str = ""


PROBLEMS = {400: ProblemOut, 404: ProblemOut, 410: ProblemOut}
FILTER = [
    ("kind", "election or alliance"),
    ("type", "e.g. presidential, accession; may be repeated"),
    ("country", "code of a country or place, e.g. JP; may be repeated"),
    ("bloc", "slug of a bloc, e.g. nato; may be repeated"),
    ("status", "scheduled, expected, conditional, occurred, postponed, cancelled or lapsed; may be repeated"),
    ("from", "first day of the window: 2024, 2024-03 or 2024-03-20"),
    ("to", "last day of the window, inclusive"),
    ("q", "words in names and evidence"),
    ("as_of", "the calendar as it was known on this day"),
    ("limit", f"1 to {MOST} events, {USUAL} unless told"),
    ("cursor", "opaque, from `next`"),
]
FILTER_DOC = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in FILTER
    ]
}


# --- operations ---------------------------------------------------------------------------------


@api.get("/events", response={200: EventsOut, **PROBLEMS}, openapi_extra=FILTER_DOC, summary="Events in order of day")
def events(request: HttpRequest) -> dict[str, Any]:
    """The events of a filter, in order of (day, id). `next` is null on the last page."""
    chosen = EventFilter.parse(request.GET, extra=frozenset({"limit", "cursor"}))
    limit, after = _limit(request), _after(request)
    found = chosen.events(timezone.localdate(), after=after, limit=limit + 1)
    base = request.build_absolute_uri("/").rstrip("/")
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        query = chosen.to_query(limit=request.GET.get("limit"), cursor=cursors.encode(last.day, last.id))
        following = f"{base}{reverse('api:events')}?{query}"
    return {"events": [as_json(event, base=base) for event in found[:limit]], "next": following}


@api.get("/events/{event_id}", response={200: EventDetailOut, 308: None, **PROBLEMS}, summary="One event")
def event(request: HttpRequest, event_id: str) -> Any:
    """One event with every claim and the history of beliefs. A merged id redirects (308), a retracted one is gone."""
    chosen = EventFilter.parse(request.GET)
    if chosen != EventFilter(as_of=chosen.as_of):
        raise BadFilter([("?", "Only as_of may be given here.", "as_of")])
    row = Event.objects.filter(pk=event_id).first()
    if row is None:
        raise Http404
    if row.merged_into_id is not None:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        response = HttpResponse(status=308)
        response["Location"] = reverse("api:event", args=[row.merged_into_id]) + query
        return response
    if row.retracted:
        return problem(410, "Gone", "No article speaks of this event any more, or an editor rejected it.")
    return _detail(request, row, chosen.as_of)


def _detail(request: HttpRequest, row: Event, as_of: date | None) -> dict[str, Any]:
    beliefs = EventBelief.objects.filter(event=row)
    if as_of:
        beliefs = beliefs.filter(since__lte=as_of)
    today = timezone.localdate()
    if as_of:
        now = beliefs.order_by("-since").select_related("event").first()
        if now is None:
            raise Http404
        view = view_beliefs([now], today, as_of)[0]
    else:
        view = view_events([row], today)[0]
    claims = known_claims(as_of).filter(event=row).select_related("article__source").order_by("-reported", "-pk")
    return {
        "event": as_json(view, base=request.build_absolute_uri("/").rstrip("/")),
        "claims": [_claim(c) for c in claims.defer("article__text", "article__markup")],
        "beliefs": list(beliefs.order_by("since").values(*BeliefOut.model_fields)),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    own = ClaimOut.model_fields.keys() - {"article", "article_title", "article_url", "source"}
    article = claim.article
    told = {name: getattr(claim, name) for name in own}
    places = {"article": article.pk, "article_title": article.title, "article_url": article.url}
    return {**told, **places, "source": article.source.name}


@api.get("/articles/{int:article_id}", response={200: ArticleOut, **PROBLEMS}, summary="One article as it was read")
def article(request: HttpRequest, article_id: int) -> dict[str, Any]:
    """An article's text with its date expressions; their offsets are code points into `text`."""
    _no_parameters(request)
    row = Article.objects.select_related("source").defer("markup").filter(pk=article_id).first()
    if row is None:
        raise Http404
    names = ArticleOut.model_fields.keys() - {"source"}
    return {**{name: getattr(row, name) for name in names}, "source": row.source.name}


@api.get("/actors", response={200: ActorsOut, **PROBLEMS}, summary="Countries, places and blocs that occur in events")
def actors(request: HttpRequest) -> dict[str, Any]:
    """Every actor that takes part in an event, with its names."""
    _no_parameters(request)
    rows = Actor.objects.filter(participations__isnull=False).distinct()
    return {"actors": [{name: getattr(row, name) for name in ActorRowOut.model_fields} for row in rows]}


def _no_parameters(request: HttpRequest) -> None:
    if request.GET:
        raise BadFilter([(name, "There is no such parameter.", "") for name in request.GET])


def _limit(request: HttpRequest) -> int:
    values = request.GET.getlist("limit")
    if not values:
        return USUAL
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise BadFilter([("limit", "This is no number of events.", f"1 to {MOST}")])
    return int(text)


def _after(request: HttpRequest) -> tuple[date, str] | None:
    values = request.GET.getlist("cursor")
    if not values:
        return None
    try:
        if len(values) > 1:
            raise cursors.BadCursor("It is given more than once.")
        return cursors.decode(values[0])
    except cursors.BadCursor as error:
        raise BadFilter([("cursor", str(error), "")]) from error


# --- errors -------------------------------------------------------------------------------------


@api.exception_handler(BadFilter)
def _on_bad_filter(request: HttpRequest, error: BadFilter) -> HttpResponse:
    return bad_filter(error)


@api.exception_handler(Http404)
def _on_absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, "Not found", "There is nothing at this address.")


@api.exception_handler(ValidationError)
def _on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(400, "The parameters cannot be understood", wrong=error.errors)


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, str(error))
