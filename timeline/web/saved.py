"""Filters that a signed-in reader saves under a name. Nobody sees another reader's, and no GET changes anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from timeline.http.pages import render_page
from timeline.http.problems import bad_filter_page
from timeline.models import SavedFilter
from timeline.query.filter import EventFilter
from timeline.query.form import Look, page_url, parse_page
from timeline.query.parser import FilterError
from timeline.query.values import CONTROL
from timeline.validation.columns import max_chars

MAX_SAVED_FILTERS = 100  # of one reader
MAX_NAME_CHARS = max_chars(SavedFilter, "name")
DELETED = "deleted_filter"  # session key: the name and the query of the filter deleted last

own_page = cache_control(private=True, no_cache=True)


class FilterNameError(ValueError):
    """A name that a filter may not have; the message is for the reader."""


@dataclass(frozen=True, slots=True)
class SavedFilterLink:
    """A saved filter as it is listed. `feed`: its query without the parameters that only the page uses."""

    pk: int
    name: str
    url: str
    feed: str
    words: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class SavedFilters:
    """For the timeline page: the reader's filters, and the query that would be saved."""

    kept: list[SavedFilterLink]
    query: str
    signed_in: bool

    @property
    def sign_in(self) -> str:
        """The URL to sign in and come back."""
        page = reverse("timeline") + (f"?{self.query}" if self.query else "")
        return f"{reverse('login')}?{urlencode({'next': page})}"

    @property
    def here(self) -> str:
        """The name under which the present filter is saved; "" where it is not."""
        return next((kept.name for kept in self.kept if kept.here), "")


@dataclass(frozen=True, slots=True)
class SavedFiltersPage:
    """The variables of `timeline/saved.html`. `deleted`: the name and the query of the filter deleted last."""

    kept: list[SavedFilterLink]
    deleted: Mapping[str, str] | None
    problem: str
    longest: int = MAX_NAME_CHARS


@dataclass(frozen=True, slots=True)
class ReplacePage:
    """The variables of `timeline/replace.html`: the filter that has the name, and the query that would replace its."""

    taken: SavedFilterLink
    query: str
    longest: int = MAX_NAME_CHARS


def saved_filters(request: HttpRequest, chosen: EventFilter, look: Look) -> SavedFilters:
    """Return the context of `timeline/_saved.html`. One query for a signed-in reader, else none."""
    query = _query(chosen, look)
    signed_in = request.user.is_authenticated
    rows = SavedFilter.objects.filter(user=request.user.pk) if signed_in else ()
    return SavedFilters([_links(row, query) for row in rows], query, signed_in)


def _query(chosen: EventFilter, look: Look) -> str:
    return page_url(chosen, Look(group=look.group)).partition("?")[2]


def _links(row: SavedFilter, here: str | None = None) -> SavedFilterLink:
    parameters = QueryDict(row.query, mutable=True)
    words = " · ".join(f"{name} = {', '.join(values)}" for name, values in parameters.lists())
    parameters.pop("group", None)
    url = reverse("timeline") + (f"?{row.query}" if row.query else "")
    return SavedFilterLink(row.pk, row.name, url, parameters.urlencode(), words, row.query == here)


# --- the list -----------------------------------------------------------------------------------


@require_safe
@login_required
@own_page
def listing(request: HttpRequest) -> HttpResponse:
    """Show `/saved/`: the reader's filters with their feeds; the filter deleted last can be restored."""
    return _listing(request)


def _listing(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    kept = [_links(row) for row in SavedFilter.objects.filter(user=_reader(request))]
    page = SavedFiltersPage(kept, request.session.get(DELETED), problem)
    return render_page(request, "timeline/saved.html", page, status)


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the views below require a login
    return request.user


# --- changes ------------------------------------------------------------------------------------


@require_POST
@login_required
@own_page
def save(request: HttpRequest) -> HttpResponse:
    """Save `query` under `name`. Where the name is taken, ask; with `replace`, replace its query."""
    try:
        query = _query(*parse_page(QueryDict(request.POST.get("query", ""))))
        name = clean_name(request.POST.get("name", ""))
    except FilterError as error:
        return bad_filter_page(request, error)
    except FilterNameError as error:
        return _listing(request, str(error), 400)
    mine = SavedFilter.objects.filter(user=_reader(request))
    taken = mine.filter(name=name).first()
    if taken is None and mine.count() >= MAX_SAVED_FILTERS:
        return _listing(request, _too_many(), 400)
    if taken is not None and taken.query != query and request.POST.get("replace") != "1":
        return render_page(request, "timeline/replace.html", ReplacePage(_links(taken), query), 409)
    mine.update_or_create(user=_reader(request), name=name, defaults={"query": query})
    if request.POST.get("undo") == "1":
        request.session.pop(DELETED, None)
        return HttpResponseRedirect(reverse("saved"))
    return HttpResponseRedirect(reverse("timeline") + (f"?{query}" if query else ""))


@require_POST
@login_required
@own_page
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a filter to `name`; refuse a name that is taken."""
    row = get_object_or_404(SavedFilter, pk=pk, user=_reader(request))
    try:
        row.name = clean_name(request.POST.get("name", ""))
        with transaction.atomic():
            row.save(update_fields=["name"])
    except FilterNameError as error:
        return _listing(request, str(error), 400)
    except IntegrityError:
        taken = gettext("You already have a filter called “%(name)s”.") % {"name": row.name}
        return _listing(request, taken, 409)
    return HttpResponseRedirect(reverse("saved"))


@require_POST
@login_required
@own_page
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a filter; the session keeps it, so that it can be restored."""
    row = get_object_or_404(SavedFilter, pk=pk, user=_reader(request))
    request.session[DELETED] = {"name": row.name, "query": row.query}
    row.delete()
    return HttpResponseRedirect(reverse("saved"))


def clean_name(given: str) -> str:
    """Return the name with single blanks. Raises FilterNameError."""
    name = re.sub(r"\s+", " ", given).strip()
    if not name:
        raise FilterNameError(gettext("Enter a name for the filter."))
    if len(name) > MAX_NAME_CHARS:
        most = gettext("At most %(count)s characters.") % {"count": MAX_NAME_CHARS}
        raise FilterNameError(gettext("The name is too long.") + " " + most)
    if CONTROL.search(name):
        raise FilterNameError(gettext("The name contains control characters."))
    return name


def _too_many() -> str:
    return gettext("You already have %(count)s filters; delete one first.") % {"count": MAX_SAVED_FILTERS}
