"""The pages: each parses a filter, asks, and renders. Nothing here writes, and no GET changes anything."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline import charts, form
from timeline.evidence import article_markup, claim_markup, title_markup
from timeline.filters import BadFilter, EventFilter
from timeline.models import Article, Claim, Event, EventBelief
from timeline.schemas import EventView, belief_view, known_claims, view_beliefs, view_events
from timeline.wording import anchor_words, belief_sentence, local_moment, window_sentence

PAGE = 100  # events of one page of the list
CLAIMS = 50  # claims of one page of an event
HOPS = 20  # merges followed to where an event went


def _bad(request: HttpRequest, error: BadFilter) -> HttpResponse:
    return render(request, "timeline/bad_filter.html", {"problems": error.problems}, status=400)


def _page_number(query: QueryDict) -> int:
    """The page asked for, from 1. Raises BadFilter."""
    values = [value for value in query.getlist("page") if value]
    if not values:
        return 1
    if len(values) > 1 or not (values[0].isascii() and values[0].isdigit()) or not 0 < int(values[0][:9]) < 10**6:
        raise BadFilter([("page", gettext("This is no page."), gettext("Write a number from 1 on."))])
    return int(values[0])


def _page[T](rows: Any, number: int, size: int) -> Page[T]:
    paginator = Paginator(rows, size)
    if number > paginator.num_pages:
        raise Http404("no such page")
    return paginator.page(number)
