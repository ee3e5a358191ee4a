"""The answer to a filter that is wrong: what is wrong with it, and the form with all that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from timeline.http.pages import render_page
from timeline.query.filter import EventFilter
from timeline.query.form import Chip, Form, Look, form_of, page_url, parse_page
from timeline.query.parser import FilterError, Problem


@dataclass(frozen=True, slots=True)
class BadFilterPage:
    """The variables of `timeline/bad_filter.html`. `facets_query`: of the address of the counts."""

    problems: Sequence[Problem]
    form: Form
    chips: list[Chip]
    facets_query: str


def bad_filter_page(request: HttpRequest, error: FilterError) -> HttpResponse:
    """Return 400 as a page that lists each wrong parameter, with the form to correct them."""
    chosen, look = _what_is_right(request, error)
    form, chips = form_of(chosen, look)
    page = BadFilterPage(error.problems, form, chips, page_url(chosen, look).partition("?")[2])
    return render_page(request, "timeline/bad_filter.html", page, status=400)


def _what_is_right(request: HttpRequest, error: FilterError) -> tuple[EventFilter, Look]:
    query, wrong = request.GET.copy(), {name for name, _, _ in error.problems}
    for name in [name for name in query if name in wrong or name[:40] in wrong]:
        del query[name]
    try:
        return parse_page(query)
    except FilterError:  # what is left contradicts itself
        return EventFilter(), Look()
