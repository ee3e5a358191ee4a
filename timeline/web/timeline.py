"""The timeline and its facets: each view parses a filter, queries and renders.

Nothing here writes, and no GET changes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from timeline.charts.timeline.density import Counts, beginning_of, overview_of, ribbons_of
from timeline.charts.timeline.events import month_heading, picture_of, window_days
from timeline.charts.timeline.layout import Picture
from timeline.charts.timeline.legend import PAINTS, Glyph, LegendEntry, glyphs, legend
from timeline.charts.timeline.packing import MAX_CANDIDATES
from timeline.charts.timeline.ribbons import Overview
from timeline.display.claims import evidence_languages
from timeline.display.dates import day_words
from timeline.display.event import EventView
from timeline.display.sentences import counts_words, shown_words, state_words, window_words
from timeline.extraction.dates.calendar import add_months
from timeline.feeds.links import FeedLink, feed_links
from timeline.http.pages import render_page
from timeline.models import Event, Source
from timeline.models.dated import Kind
from timeline.query import counts, cursors
from timeline.query.facets import facets_of
from timeline.query.filter import MONTHS, EventFilter
from timeline.query.form import Chip, Form, Look, Ways, first_page, form_of, page_url, parse_page, ways
from timeline.query.listing import Listing, Place, list_page
from timeline.query.panel import Value, panel
from timeline.query.parser import FilterError
from timeline.web.bad_filter import bad_filter_page
from timeline.web.fragments import EventSummary, event_summary
from timeline.web.saved import SavedFilters, saved_filters

MODULES = tuple(
    f"timeline/{n}.js" for n in ("loading", "moving", "reading", "choosing", "trail")
)  # imported by timeline.js
MAX_GAP_WEEKS = 8  # that the list of a narrow screen shows as a distance
PAGE_SIZE = 50  # events of one page of the list


@dataclass(frozen=True, slots=True)
class EventRow:
    """A row of the list. `month` (or a year), `today`: headings above it, else ""; `sign`: the key of its icon.

    `language`: that of the evidence (BCP 47), marked where `is_foreign`: not that of the page.
    `gap`: weeks since the day of the row before it, "far" where they are folded, "" for less than one.
    """

    sign: str
    month: str
    today: str
    event: EventView
    title: str
    span: str
    state: str
    counts: str
    evidence: str
    language: str
    is_foreign: bool
    gap: str


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """The variables of `timeline/timeline.html`.

    `address`: the page's own, with scheme and host, for paper; `query`: the filter for feeds and the API; `drawn`: the
    days of the picture, both inclusive; `events`: one page of the list, of `total`; `left_out`: how many events have no
    mark; `anything`: whether there is any event at all.
    """

    form: Form
    chips: list[Chip]
    address: str
    query: str
    feeds: list[FeedLink]
    facets_query: str
    picture: Picture | None
    overview: Overview | None
    legend: list[LegendEntry]
    signs: list[Glyph]
    window: str
    shown_words: str
    drawn: tuple[date, date]
    window_reason: str
    ways: Ways
    events: list[EventRow]
    total: int
    previous: str
    next: str
    left_out: int
    anything: bool
    today: date
    today_words: str
    shelf: SavedFilters
    samples: bool
    beside: EventSummary | None
    modules: Sequence[str] = MODULES
    paints: Sequence[str] = PAINTS


@dataclass(frozen=True, slots=True)
class FacetsPage:
    """The variables of `timeline/facets.html`; `back`: the timeline with the same filter."""

    panel: list[tuple[str, list[Value]]]
    back: str


@require_safe
def timeline(request: HttpRequest) -> HttpResponseBase:
    """Show the picture and the list of the events that match the filter."""
    today = timezone.localdate()
    try:
        chosen, look = parse_page(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    if any(value == "" for _, values in request.GET.lists() for value in values):
        return HttpResponseRedirect(page_url(chosen, look))  # a form also sends empty fields
    shown, reason = chosen.with_default_window(today)
    kinds = counts.by_kind(shown, today)
    total = kinds.total()
    page_of_list = _list_page(shown, look, today, total)
    listed, drawn = page_of_list.events, page_of_list.important
    months = counts.by_month(shown, today)
    start, end = _drawn_days(shown, months, today)
    ribbons = ribbons_of(shown, look, today, months)
    picture = picture_of(drawn, start, end, today, shown.as_of, lanes=look.group, ribbons=ribbons) if drawn else None
    signs, sign_of = glyphs(listed)
    form, chips = form_of(chosen, look)
    query = (replace(chosen, window="next-14m") if reason == "ahead" else shown).to_query()  # for feeds, which move on
    page = TimelinePage(
        form=form,
        chips=chips,
        address=request.build_absolute_uri(page_url(chosen, replace(look, event=""))),
        query=query,
        feeds=feed_links(query),
        facets_query=page_url(chosen, first_page(look)).partition("?")[2],
        picture=picture,
        overview=overview_of(shown, look, months, (start, end), today),
        legend=legend(drawn, picture),
        signs=signs,
        window=window_days(start, end),
        shown_words=shown_words(kinds[Kind.ELECTION], kinds[Kind.ALLIANCE], reason, shown.as_of),
        drawn=(start, end),
        window_reason=window_words(reason, shown.as_of),
        ways=ways(shown, look, start, end),
        events=_rows(page_of_list, sign_of, today),
        total=total,
        previous=_page_before(chosen, look, page_of_list),
        next=_page_after(chosen, look, page_of_list),
        left_out=total - len(picture.ids) if picture else 0,
        anything=bool(listed) or Event.objects.exists(),
        today=today,
        today_words=day_words(today),
        shelf=saved_filters(request, chosen, look),
        samples=Source.samples().exists(),
        beside=event_summary(look.event, shown.as_of, today) if look.event else None,
    )
    return render_page(request, "timeline/timeline.html", page)


def _list_page(shown: EventFilter, look: Look, today: date, total: int) -> Listing:
    after, before = look.key("after"), look.key("before")
    return list_page(shown, today, after=after, before=before, limit=PAGE_SIZE, important=MAX_CANDIDATES, total=total)


def _page_before(chosen: EventFilter, look: Look, listing: Listing) -> str:
    if not listing.earlier or not listing.places:
        return ""
    day, _, pk = listing.places[0]
    return page_url(chosen, replace(look, after="", before=cursors.encode(day, pk)))


def _page_after(chosen: EventFilter, look: Look, listing: Listing) -> str:
    if not listing.later or not listing.places:
        return ""
    day, _, pk = listing.places[-1]
    return page_url(chosen, replace(look, after=cursors.encode(day, pk), before=""))


@require_safe
def facets(request: HttpRequest) -> HttpResponseBase:
    """Show the facets with counts: as a page, or for htmx only the panel."""
    today = timezone.localdate()
    try:
        chosen, look = parse_page(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    shown, _ = chosen.with_default_window(today)
    page = FacetsPage(panel(chosen, look, facets_of(shown, today)), page_url(chosen, look))
    alone = request.headers.get("HX-Request") == "true"
    return render_page(request, "timeline/_facets.html" if alone else "timeline/facets.html", page)


def _drawn_days(shown: EventFilter, months: Counts, today: date) -> tuple[date, date]:
    """Return the days of the picture: those of the filter; an open side extends to the last day of any event.

    Where all days are asked for, it begins where 99 % of the events do.
    """
    first, last = shown.days(today)
    if first and last:
        return first, last
    span = shown.span(today) or (first or last or today, last or first or today)
    begin = beginning_of(months) if first is None and last is None else None
    start, end = first or begin or min(span[0], last or span[0]), last or max(span[1], first or span[1])
    if (end - start).days < 28:
        start, end = (add_months(end, -MONTHS), end) if last else (start, add_months(start, MONTHS))
    return start, end


def _gap(before: date, day: date) -> str:
    weeks = (day - before).days // 7
    return "far" if weeks > MAX_GAP_WEEKS else str(weeks) if weeks > 0 else ""


def _rows(listing: Listing, signs: dict[str, str], today: date) -> list[EventRow]:
    """Return the rows of the list, with headings of months and years, and the position of today."""
    places = listing.places
    as_of = listing.events[0].as_of if listing.events else None
    languages = evidence_languages([event.id for event in listing.events], as_of)
    own = _primary(get_language() or "")
    headings = [_heading(place) for place in places]
    ahead = next((i for i, place in enumerate(places) if place.day >= today), 0)
    return [
        EventRow(
            sign=signs[event.id],
            month=headings[number] if not number or headings[number] != headings[number - 1] else "",
            today=day_words(today) if number and number == ahead else "",
            event=event,
            title=event.title,
            span=event.span,
            state=state_words(event.state),
            counts=counts_words(event),
            evidence=event.evidence,
            language=(language := languages.get(event.id) or ""),
            is_foreign=bool(language) and _primary(language) != own,
            gap=_gap(places[number - 1].day, place.day) if number else "",
        )
        for number, (event, place) in enumerate(zip(listing.events, places, strict=True))
    ]


def _primary(tag: str) -> str:
    """Return the language of a tag without its script: who reads one script of Chinese reads the other."""
    return tag.partition("-")[0].lower()


def _heading(place: Place) -> str:
    if place.loose:
        return gettext("%(year)s, day not known") % {"year": place.day.year}
    return month_heading(place.day)
