"""One event in other formats, at the address of its page with another extension."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.display.event import OWN_WORDS, EventView, known_claims, view_known
from timeline.display.redirects import redirects
from timeline.feeds import ical
from timeline.feeds.base import base_of, language_of, public
from timeline.feeds.jsonld import dumps, event_jsonld
from timeline.feeds.metadata import metadata_of
from timeline.http.problems import bad_filter, problem
from timeline.models import Event
from timeline.query.filter import parse_as_of
from timeline.query.parser import LANG, FilterError

MAX_ARTICLES = 20  # that report the event, the newest
Show = Callable[[HttpRequest, EventView], HttpResponse]


def _of_event(show: Show) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """Make a view with `as_of` and `lang`: 301 for a merged id, 410 for a retracted one."""

    @require_safe
    @wraps(show)
    def view(request: HttpRequest, pk: str) -> HttpResponseBase:
        try:
            language, as_of = language_of(request), parse_as_of(request.GET, LANG)
        except FilterError as error:
            return bad_filter(error)
        with translation.override(language):
            row = Event.objects.filter(pk=pk).first()
            if row is None:
                return problem(404, gettext("Nothing at this address."))
            if row.merged_into_id is not None:
                return _redirect(request, pk)
            if row.retracted:
                return problem(410, gettext("This event was withdrawn"))
            found = view_known(row, timezone.localdate(), as_of)
            if found is None:
                return problem(404, gettext("This event was not known on that day."))
            return public(show(request, found), language)

    return cast(Callable[[HttpRequest, str], HttpResponseBase], view)


@_of_event
def event_ics(request: HttpRequest, view: EventView) -> HttpResponse:
    """`/events/<id>.ics`: the event as a calendar of one entry."""
    return ical.one(view, metadata_of([view])[view.id], base_of(request))


@_of_event
def event_json(request: HttpRequest, view: EventView) -> HttpResponse:
    """`/events/<id>.json`: leads to the event in the API."""
    query = f"?as_of={view.as_of}" if view.as_of else ""
    return HttpResponseRedirect(reverse("api:event", args=[view.id]) + query)


@_of_event
def event_ld(request: HttpRequest, view: EventView) -> HttpResponse:
    """`/events/<id>.jsonld`: what the page tells search engines."""
    claims = known_claims(view.as_of).filter(OWN_WORDS, event=view.id).select_related("article__source")
    newest = claims.defer("article__markup", "article__text").order_by("-reported", "-pk")[:MAX_ARTICLES]
    data = event_jsonld(view, base_of(request), list(newest))
    return HttpResponse(dumps(data), content_type="application/ld+json")


def _redirect(request: HttpRequest, pk: str) -> HttpResponseBase:
    target = redirects([pk]).get(pk)
    if target is None:
        raise Http404("merged in a circle")
    head, _, ending = request.path.rpartition(".")
    path = f"{head.removesuffix(pk)}{target}.{ending}"
    query = request.GET.urlencode()
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
