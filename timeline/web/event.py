"""The page of one event: what is believed, since when, and who reported what. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.charts.beliefs.event import (
    MAX_DRAWN_CLAIMS,
    BeliefHistory,
    Drawn,
    LegendEntry,
    belief_history,
    charts,
    summary,
)
from timeline.charts.beliefs.shapes import Paint, dot
from timeline.charts.shapes import Piece
from timeline.display.changes import Entry, history
from timeline.display.claims import ClaimView, view_claim
from timeline.display.dates import day_words, span_words
from timeline.display.deciding import doubts_in_words
from timeline.display.event import OWN_WORDS, EventView, known_claims, view_events, view_known
from timeline.display.redirects import living
from timeline.display.related import related_events
from timeline.display.sentences import belief_sentence, change_words, counts_words, state_words
from timeline.extraction.when import when_of
from timeline.feeds.jsonld import event_jsonld, script
from timeline.feeds.links import FeedLink, event_links
from timeline.http.pages import render_page
from timeline.http.problems import bad_filter_page
from timeline.models import Change, Claim, Correction, Event, EventBelief
from timeline.query.filter import parse_as_of
from timeline.query.pages import PAGE, Pages, page_number
from timeline.query.parser import FilterError
from timeline.web.differing import Differing, differing

MAX_CLAIMS = 50  # of one page


# --- what the templates show ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventPage:
    """The variables of `timeline/event.html`.

    `address`: the page's own, with scheme and host, for cards.
    `course`: the history of the belief in sentences, beside its `charts`; `previous`, `next`: pages of the claims, ""
    where there is none. With `as_of` there are no neighbours, formats or JSON-LD: they describe the present.
    """

    event: EventView
    title: str
    address: str
    sentence: str
    state: str
    sign: tuple[Piece, ...]
    counts: str
    since: str
    as_of: date | None
    as_of_words: str
    course: str
    charts: Sequence[Drawn]
    chart_legend: Sequence[LegendEntry]
    chart_left_out: str
    days: list[ReportDay]
    differing: Differing
    beliefs: list[BeliefLine]
    neighbours: Neighbours | None
    history: list[Entry]
    formats: list[FeedLink]
    jsonld: str
    citation: str
    pages: Pages
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class BeliefLine:
    """A row of the table of beliefs; `change`: what differs from the belief before."""

    belief: EventBelief
    since: str
    span: str
    state: str
    change: str


@dataclass(frozen=True, slots=True)
class ReportDay:
    """The claims reported on one day (`iso`: ISO 8601)."""

    iso: str
    words: str
    claims: list[ClaimView]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An event near this one, in words."""

    event: EventView
    title: str
    span: str
    state: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The events before and after this one, and others of its month."""

    before: list[Neighbour]
    after: list[Neighbour]
    month: list[Neighbour]


@dataclass(frozen=True, slots=True)
class RetractedPage:
    """The variables of `timeline/retracted.html`; the days are "" where nobody rejected or withdrew the event."""

    event_id: str
    was: str
    span: str
    state: str
    rejected_on: str
    withdrawn_on: str


# --- the view -----------------------------------------------------------------------------------


@require_safe
def event(request: HttpRequest, pk: str) -> HttpResponseBase:
    """Show the belief about one event, every claim, and the history of beliefs."""
    today = timezone.localdate()
    row = get_object_or_404(Event, pk=pk)
    if row.merged_into_id is not None:
        target = living(row)
        if target is None:
            raise Http404("merged in a circle")
        return HttpResponsePermanentRedirect(target.get_absolute_url())
    if row.retracted:
        return render_page(request, "timeline/retracted.html", _retracted_page(row), status=410)
    try:
        as_of, number = parse_as_of(request.GET, PAGE), page_number(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    view = view_known(row, today, as_of)
    if view is None:
        raise Http404(gettext("This event was not known on that day."))
    base = request.build_absolute_uri("/").rstrip("/")
    return render_page(request, "timeline/event.html", _page(row, view, today, number, base))


def _page(row: Event, view: EventView, today: date, number: int, base: str) -> EventPage:
    """Read all that the page shows; `base`: scheme and host. Raises Http404 for a page after the last."""
    as_of, beliefs = view.as_of, list(_beliefs(row, view.as_of))
    course = belief_history(view, beliefs, today)
    pages = Pages(_total(row, course), number, MAX_CLAIMS).checked()
    drawn, legend, left_out = _charts(course, pages)
    return EventPage(
        event=view,
        title=view.title,
        address=base + view.link,
        sentence=belief_sentence(view),
        state=state_words(view.state),
        sign=dot(11, 9 if view.state == "postponed" else 13, 7, Paint(view.state, prefix="head")),
        counts=counts_words(view),
        since=day_words(view.believed_since),
        as_of=as_of,
        as_of_words=day_words(as_of) if as_of else "",
        course=summary(course),
        charts=drawn,
        chart_legend=legend,
        chart_left_out=left_out,
        days=_by_day(_listed(row, course, pages), as_of),
        differing=differing(row, as_of, course.claims),
        beliefs=[_belief_line(belief) for belief in beliefs],
        neighbours=None if as_of else _neighbours(view, today),
        history=history(row, as_of),
        formats=[] if as_of else event_links(view.id),
        jsonld="" if as_of else script(event_jsonld(view, base)),
        citation=_citation(view, base + view.link),
        pages=pages,
        previous=_url(view, number - 1) if number > 1 else "",
        next=_url(view, number + 1) if number < pages.last else "",
    )


# --- links --------------------------------------------------------------------------------------


def _url(view: EventView, number: int) -> str:
    query = QueryDict(mutable=True)
    if view.as_of:
        query["as_of"] = view.as_of.isoformat()
    if number > 1:
        query["page"] = str(number)
    return view.url + (f"?{query.urlencode()}" if query else "")


# --- belief -------------------------------------------------------------------------------------


def _charts(course: BeliefHistory, pages: Pages) -> tuple[Sequence[Drawn], Sequence[LegendEntry], str]:
    """Return the belief charts, their legend and what they leave out; nothing where they are not worth drawing.

    Each mark links to its claim, on whichever page that is.
    """

    @cache
    def of_page(number: int) -> str:
        return "" if number == pages.number else _url(course.view, number)

    def address(place: int) -> str:
        return of_page(place // MAX_CLAIMS + 1)

    return charts(course, pages.total, address) if course.is_worth_drawing else ([], [], "")


def _beliefs(row: Event, as_of: date | None) -> QuerySet[EventBelief]:
    beliefs = EventBelief.objects.filter(event=row).select_related("claim__article__source")
    beliefs = beliefs.defer("claim__article__markup", "claim__article__text")
    return (beliefs.filter(since__lte=as_of) if as_of else beliefs).order_by("-since")


def _belief_line(belief: EventBelief) -> BeliefLine:
    since, span = day_words(belief.since), span_words(belief.when)
    return BeliefLine(belief, since, span, state_words(belief.status), change_words(belief))


def _citation(view: EventView, url: str) -> str:
    """Return one line for a caption or a footnote."""
    words = {"title": view.title, "span": view.span, "status": state_words(view.state)}
    words |= {"since": day_words(view.believed_since), "url": url}
    return gettext("%(title)s: %(span)s (%(status)s), as of %(since)s. newsdesk, %(url)s") % words


# --- claims -------------------------------------------------------------------------------------


def _claims(row: Event, as_of: date | None) -> QuerySet[Claim]:
    claims = known_claims(as_of).filter(OWN_WORDS, event=row).select_related("article__source")
    return claims.defer("article__markup", "article__text").order_by("-reported", "-pk")


def _total(row: Event, course: BeliefHistory) -> int:
    return len(course.claims) if len(course.claims) < MAX_DRAWN_CLAIMS else _claims(row, course.view.as_of).count()


def _listed(row: Event, course: BeliefHistory, pages: Pages) -> list[Claim]:
    """Return the claims of one page.

    Take the order from the chart where it has it: sorting thousands of texts again would be slow.
    """
    claims, end = _claims(row, course.view.as_of), pages.offset + MAX_CLAIMS
    if end <= len(course.claims) or len(course.claims) == pages.total:
        return list(claims.filter(pk__in=[claim.id for claim in course.claims[pages.offset : end]]))
    return list(claims[pages.offset : end])


def _by_day(claims: Sequence[Claim], as_of: date | None) -> list[ReportDay]:
    """Group claims, newest first, by the day on which they were reported."""
    reprints, doubts = _reprints(claims, as_of), doubts_in_words(claims)
    return [
        ReportDay(day.isoformat(), day_words(day), [view_claim(c, reprints.get(c.pk, ()), doubts[c.pk]) for c in group])
        for day, group in groupby(claims, key=lambda claim: claim.reported)
    ]


def _reprints(claims: Sequence[Claim], as_of: date | None) -> dict[int, list[Claim]]:
    """Return the claims with the same text, by the key of the first of them."""
    # The ids first: SQLite would begin the join at the sources.
    ids = known_claims(as_of).filter(reprint_of__in=[c.pk for c in claims]).order_by().values_list("pk", flat=True)
    rows = Claim.objects.filter(pk__in=list(ids)).select_related("article__source")
    found: dict[int, list[Claim]] = defaultdict(list)
    for claim in rows.defer("article__markup", "article__text").order_by("reported", "pk"):
        found[claim.reprint_of_id or 0].append(claim)
    return found


def _neighbours(view: EventView, today: date) -> Neighbours | None:
    """Return the related events in words; None where there are none."""
    found = related_events(view, today)
    if not found:
        return None
    return Neighbours(*([_neighbour(e) for e in events] for events in (found.before, found.after, found.month)))


def _neighbour(view: EventView) -> Neighbour:
    return Neighbour(view, view.title, view.span, state_words(view.state))


# --- retracted events ---------------------------------------------------------------------------


def _retracted_page(row: Event) -> RetractedPage:
    """Return what an event was before it was retracted or rejected, and when that was."""
    rejected = Correction.objects.filter(event=row, field=Correction.Field.REJECTED, undone_at=None).first()
    last = row.changes.filter(what=Change.What.RETRACTED).order_by("-pk").first()
    view = view_events([row], timezone.localdate())[0]
    before = last.before if last else {}
    return RetractedPage(
        event_id=row.pk,
        was=view.title,
        span=span_words(when_of(before) if before else row.when),
        state=state_words(str(before.get("status") or row.status)),
        rejected_on=day_words(timezone.localdate(rejected.made_at)) if rejected else "",
        withdrawn_on=day_words(timezone.localdate(last.at)) if last else "",
    )
