"""The operations for events and their claims; each takes a constant number of queries."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from timeline.api import paging, parameters, patterns, schemas
from timeline.api.description import LISTS, ONE, reads
from timeline.api.errors import ProblemError
from timeline.api.parameters import PAGED
from timeline.api.query import Query
from timeline.api.routes import router
from timeline.api.serialize import belief_json, claim_json, respond
from timeline.display.event import EventView, as_json, known_claims, view_beliefs, view_events
from timeline.models import Claim, Event, EventBelief

MAX_BELIEFS = 200  # in the answer for one event, the newest


@router.get(
    "/events",
    summary="Events in order of day",
    **reads("listEvents", schemas.EventsOut, *parameters.FILTER, *PAGED, problems=LISTS),
)
def events(request: HttpRequest) -> HttpResponse:
    """List the events of a filter, in order of (day, id). `next` is null on the last page."""
    query = Query(request, *parameters.FILTER, *PAGED)
    limit, chosen = query["limit"], query.filter
    place = query.place(date.fromisoformat, str)
    after = (place[0], place[1]) if place else None
    found = chosen.events(timezone.localdate(), after=after, limit=limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return respond(
        {
            "events": [as_json(event, base=_base(request)) for event in found[:limit]],
            "next": query.following(more.day.isoformat(), more.id) if more else None,
        }
    )


@router.get(
    "/events/{event_id}",
    summary="One event with what was believed when, and its newest claims",
    **reads(
        "getEvent",
        schemas.EventDetailOut,
        *(parameters.AS_OF, parameters.CLAIMS_LIMIT),
        problems=(*ONE, "gone"),
    ),
)
def event(request: HttpRequest, event_id: str) -> HttpResponse:
    """Return an event; with `as_of` as known that day. A merged id redirects (308), a withdrawn one is gone (410)."""
    query = Query(request, parameters.AS_OF, parameters.CLAIMS_LIMIT)
    as_of, limit = query["as_of"], query["claims_limit"]
    row = _event(event_id)
    if row.merged_into_id is not None:
        return _moved(request, "api:event", row.merged_into_id)
    beliefs = EventBelief.objects.filter(event=row)
    if as_of:
        beliefs = beliefs.filter(since__lte=as_of)
    newest = list(beliefs.select_related("event").order_by("-since")[:MAX_BELIEFS])
    claims = _claims(row, as_of, None, limit + 1)
    return respond(
        {
            "event": as_json(_view(row, newest, as_of), base=_base(request)),
            "beliefs": [belief_json(belief) for belief in reversed(newest)],
            "beliefs_before": beliefs.count() - len(newest),
            "claims": [claim_json(claim) for claim in claims[:limit]],
            "claims_next": _claims_next(request, row, claims[:limit], as_of) if len(claims) > limit else None,
        }
    )


def _view(row: Event, beliefs: list[EventBelief], as_of: date | None) -> EventView:
    today = timezone.localdate()
    if as_of is None:
        return view_events([row], today)[0]
    if not beliefs:
        raise Http404
    return view_beliefs(beliefs[:1], today, as_of)[0]


def _claims_next(request: HttpRequest, row: Event, shown: list[Claim], as_of: date | None) -> str:
    """Return the address of the list of claims after those shown."""
    path, values = reverse("api:claims", args=[row.pk]), QueryDict(mutable=True)
    if as_of:
        values["as_of"] = as_of.isoformat()
    if not shown:
        return paging.address(request, path, values)
    return paging.following(request, path, values, shown[-1].reported.isoformat(), str(shown[-1].pk))


CLAIMS = (parameters.AS_OF, *PAGED)


@router.get(
    "/events/{event_id}/claims",
    summary="The claims of an event, the newest first",
    **reads("listClaims", schemas.ClaimsOut, *CLAIMS, problems=(*LISTS, "not-found", "gone")),
)
def claims(request: HttpRequest, event_id: str) -> HttpResponse:
    """List every article's sentence about the event, in order of (reported, id) from the newest."""
    query = Query(request, *CLAIMS)
    as_of, limit = query["as_of"], query["limit"]
    place = query.place(date.fromisoformat, int)
    row = _event(event_id)
    if row.merged_into_id is not None:
        return _moved(request, "api:claims", row.merged_into_id)
    found = _claims(row, as_of, place, limit + 1)
    more = found[limit - 1] if len(found) > limit else None
    return respond(
        {
            "claims": [claim_json(claim) for claim in found[:limit]],
            "next": query.following(more.reported.isoformat(), str(more.pk)) if more else None,
        }
    )


def _claims(row: Event, as_of: date | None, place: list[Any] | None, limit: int) -> list[Claim]:
    rows = known_claims(as_of).filter(event=row).select_related("article__source")
    if place is not None:
        day, pk = place
        rows = rows.filter(Q(reported__lte=day) & (Q(reported__lt=day) | Q(pk__lt=pk)))
    rows = rows.defer("article__text", "article__markup", "article__expressions", "article__title_expressions")
    return list(rows.order_by("-reported", "-pk")[:limit])


def _event(event_id: str) -> Event:
    """Return an event, which may be merged into another. Raises Http404, or ProblemError if it was retracted."""
    row = Event.objects.filter(pk=event_id).first() if re.fullmatch(patterns.EVENT_ID, event_id) else None
    if row is None:
        raise Http404
    if row.retracted and row.merged_into_id is None:
        raise ProblemError("gone")
    return row


def _moved(request: HttpRequest, name: str, target: str) -> HttpResponse:
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return HttpResponse(status=308, headers={"Location": reverse(name, args=[target]) + query})


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")
