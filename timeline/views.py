"""The pages: each parses a filter, asks, and renders. Nothing here writes, and no GET changes anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q
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
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from timeline import counting, cursors
from timeline.controls import LOOKS, Look, first_page, form_of, page_url, ways
from timeline.density import overview_of, ribbons_of
from timeline.evidence import article_markup, claim_markup, title_markup
from timeline.extraction.dates.interval import add_months
from timeline.facets import facets_of
from timeline.filters import MONTHS, BadFilter, EventFilter
from timeline.models import Article, Claim, Contradiction, Event, EventBelief
from timeline.panel import panel
from timeline.picture import by_worth, month_heading, picture_of, window_days
from timeline.schemas import OWN_WORDS, EventView, known_claims, view_beliefs, view_events
from timeline.settling import CANDIDATES
from timeline.signs import PAINTS, glyphs, legend, new_month
from timeline.spans import day_words, span_words
from timeline.specimen import LONGEST, BadSpecimen, Specimen
from timeline.throttle import wait_for
from timeline.wording import (
    anchor_words,
    belief_sentence,
    change_words,
    counts_words,
    local_moment,
    state_words,
    why_words,
    window_words,
)

PAGE = 100  # events of one page of the list
CLAIMS = 50  # claims of one page of an event
CONTRADICTIONS = 20  # of an event, the newest
TRIALS = 120  # texts that one client may try in a minute
HOPS = 20  # merges followed to where an event went


@dataclass(frozen=True, slots=True)
class Pages:
    """Simple page numbers over `total` rows; `number` counts from 1."""

    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row of this page in the whole list."""
        return self.offset + 1

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def checked(self) -> Pages:
        """Raises Http404 for a page behind the last."""
        if self.number > self.last:
            raise Http404(gettext("The list has no such page."))
        return self


@require_safe
def timeline(request: HttpRequest) -> HttpResponseBase:
    """The picture and the list of the events that the filter gives."""
    today = timezone.localdate()
    try:
        chosen, look = EventFilter.parse(request.GET, extra=LOOKS), Look.parse(request.GET)
    except BadFilter as error:
        return _bad(request, error)
    if any(value == "" for _, values in request.GET.lists() for value in values):
        return HttpResponseRedirect(page_url(chosen, look))  # a form sends what is not set, too
    shown, reason = chosen.opened(today)
    total = shown.count(today)
    listed, previous, following = _listed_events(shown, look, today)
    drawn = by_worth(listed, today) if total == len(listed) else shown.most_important(today, CANDIDATES)
    start, end = _drawn_days(shown, today)
    months = counting.by_month(shown, today)
    ribbons = ribbons_of(shown, look, today, months)
    picture = picture_of(drawn, start, end, today, shown.as_of, lanes=look.group, ribbons=ribbons) if drawn else None
    signs, sign_of = glyphs(listed)
    form, chips = form_of(chosen, look)
    context = {
        "look": look,
        "form": form,
        "chips": chips,
        "chosen": chosen,
        "query": (replace(chosen, window="next-14m") if reason == "ahead" else shown).to_query(),
        "facets_query": page_url(chosen, first_page(look)).partition("?")[2],
        "picture": picture,
        "overview": overview_of(shown, look, months, (start, end), today),
        "legend": legend(drawn, picture),
        "paints": PAINTS,
        "signs": signs,
        "window": window_days(start, end),
        "window_reason": window_words(reason, shown.as_of),
        "ways": ways(shown, look, start, end),
        "events": _rows(listed, sign_of, today),
        "total": total,
        "previous": page_url(chosen, replace(look, after="", before=previous)) if previous else "",
        "next": page_url(chosen, replace(look, after=following, before="")) if following else "",
        "left_out": total - len(picture.ids) if picture else 0,
        "anything": bool(listed) or Event.objects.exists(),
        "today": today,
    }
    return render(request, "timeline/timeline.html", context)


def _listed_events(shown: EventFilter, look: Look, today: date) -> tuple[list[EventView], str, str]:
    """One page of the list, with the cursors of the page before and the page behind ("" where there is none)."""
    after, before = look.key("after"), look.key("before")
    found = shown.events(today, after=after, before=before, limit=PAGE + 1)
    more = len(found) > PAGE
    found = found[-PAGE:] if before else found[:PAGE]
    ends = [cursors.encode(event.day, event.id) for event in found[:1] + found[-1:]]
    if not ends:
        return found, "", ""
    earlier, later = (more, True) if before else (after is not None, more)
    return found, ends[0] if earlier else "", ends[-1] if later else ""


@require_safe
def facets(request: HttpRequest) -> HttpResponseBase:
    """What the filter could be set to, with counts: a page of its own, or for htmx the panel alone."""
    today = timezone.localdate()
    try:
        chosen, look = EventFilter.parse(request.GET, extra=LOOKS), Look.parse(request.GET)
    except BadFilter as error:
        return _bad(request, error)
    shown, _ = chosen.opened(today)
    context = {"panel": panel(chosen, look, facets_of(shown, today)), "back": page_url(chosen, look)}
    alone = request.headers.get("HX-Request") == "true"
    return render(request, "timeline/_facets.html" if alone else "timeline/facets.html", context)


def _drawn_days(shown: EventFilter, today: date) -> tuple[date, date]:
    """The days of the picture: those of the filter; an open side reaches to the last day that an event names."""
    first, last = shown.days(today)
    if first and last:
        return first, last
    span = shown.span(today) or (first or last or today, last or first or today)
    start, end = first or min(span[0], last or span[0]), last or max(span[1], first or span[1])
    if (end - start).days < 28:
        start, end = (add_months(end, -MONTHS), end) if last else (start, add_months(start, MONTHS))
    return start, end


def _rows(listed: Sequence[EventView], signs: dict[str, str], today: date) -> list[dict[str, Any]]:
    """The rows of the list, with the months that head them and the place of today."""
    months = new_month([event.day for event in listed])
    rows = [_listed(event, signs[event.id], begins) for event, begins in zip(listed, months, strict=True)]
    ahead = next((i for i, event in enumerate(listed) if event.day >= today), 0)
    if ahead:
        rows[ahead]["today"] = day_words(today)
    return rows


def _listed(event: EventView, sign: str, begins: bool) -> dict[str, Any]:
    """An event with its words, formatted here because templates only place."""
    return {
        "sign": sign,
        "month": month_heading(event.day) if begins else "",
        "event": event,
        "title": event.title,
        "span": event.span,
        "state": state_words(event.state),
        "counts": counts_words(event),
        "evidence": event.evidence,
    }


# --- one event ----------------------------------------------------------------------------------


@require_safe
def event(request: HttpRequest, pk: str) -> HttpResponseBase:
    """What is believed of one event, every claim, and the history of beliefs."""
    today = timezone.localdate()
    row = get_object_or_404(Event, pk=pk)
    if row.merged_into_id is not None:
        return HttpResponsePermanentRedirect(_heir(row).get_absolute_url())
    if row.retracted:
        return render(request, "timeline/retracted.html", {"event_id": pk}, status=410)
    try:
        as_of, number = _as_of(request.GET), _page_number(request.GET)
    except BadFilter as error:
        return _bad(request, error)
    view = _view(row, today, as_of)
    pages = Pages(_claims(row, as_of).count(), number, CLAIMS).checked()
    claims = list(_claims(row, as_of)[pages.offset : pages.offset + CLAIMS])
    reprints = _reprints(claims, as_of)
    context = {
        "event": view,
        "title": view.title,
        "sentence": belief_sentence(view),
        "state": state_words(view.state),
        "counts": counts_words(view),
        "since": day_words(view.believed_since),
        "claims": [_claim(claim, reprints.get(claim.pk, ())) for claim in claims],
        "contradictions": _contradictions(row, as_of),
        "beliefs": [_belief(belief) for belief in _beliefs(row, as_of)],
        "as_of": as_of,
        "as_of_words": day_words(as_of) if as_of else "",
        "pages": pages,
        "previous": _event_url(view, number - 1) if number > 1 else "",
        "next": _event_url(view, number + 1) if number < pages.last else "",
    }
    return render(request, "timeline/event.html", context)


def _heir(row: Event) -> Event:
    """Where a merged event went in the end, so that one redirect is enough."""
    seen = {row.pk}
    while row.merged_into_id is not None and row.merged_into_id not in seen and len(seen) < HOPS:
        row = Event.objects.get(pk=row.merged_into_id)
        seen.add(row.pk)
    if row.merged_into_id is not None:
        raise Http404("merged in a circle")
    return row


def _view(row: Event, today: date, as_of: date | None) -> EventView:
    if as_of is None:
        return view_events([row], today)[0]
    known = Q(since__lte=as_of) & (Q(until=None) | Q(until__gt=as_of))
    belief = EventBelief.objects.filter(known, event=row).select_related("event").first()
    if belief is None:
        raise Http404(gettext("Nothing was known of this event on that day."))
    return view_beliefs([belief], today, as_of)[0]


def _claims(row: Event, as_of: date | None) -> Any:
    claims = known_claims(as_of).filter(OWN_WORDS, event=row).select_related("article__source")
    return claims.defer("article__markup", "article__text").order_by("-reported", "-pk")


def _reprints(claims: Sequence[Claim], as_of: date | None) -> dict[int, list[Claim]]:
    """The claims that say the same in the same words, by the first of them."""
    rows = known_claims(as_of).filter(reprint_of__in=[c.pk for c in claims]).select_related("article__source")
    found: dict[int, list[Claim]] = defaultdict(list)
    for claim in rows.defer("article__markup", "article__text").order_by("reported", "pk"):
        found[claim.reprint_of_id or 0].append(claim)
    return found


def _contradictions(row: Event, as_of: date | None) -> list[dict[str, Any]]:
    """Days on which two newsrooms differed within a week, newest first."""
    pairs = Contradiction.objects.filter(event=row).select_related("first__article__source", "second__article__source")
    shown = [p for p in pairs if as_of is None or max(p.first.reported, p.second.reported) <= as_of]
    shown.sort(key=lambda p: (p.second.reported, p.pk), reverse=True)
    return [{"sides": [_side(p.first), _side(p.second)]} for p in shown[:CONTRADICTIONS]]


def _side(claim: Claim) -> dict[str, Any]:
    return {"claim": claim, "span": span_words(claim), "reported": day_words(claim.reported)}


def _claim(claim: Claim, reprints: Sequence[Claim]) -> dict[str, Any]:
    return {
        "reprints": reprints,
        "claim": claim,
        "markup": claim_markup(claim),
        "span": span_words(claim),
        "state": state_words(claim.status),
        "why": why_words(claim.why),
        "doubts": [why_words(doubt) for doubt in claim.doubts],
        "reported": day_words(claim.reported),
    }


def _beliefs(row: Event, as_of: date | None) -> Any:
    beliefs = EventBelief.objects.filter(event=row).select_related("claim__article__source")
    beliefs = beliefs.defer("claim__article__markup", "claim__article__text")
    if as_of is not None:
        beliefs = beliefs.filter(since__lte=as_of)
    return beliefs.order_by("-since")


def _belief(belief: EventBelief) -> dict[str, Any]:
    return {
        "belief": belief,
        "since": day_words(belief.since),
        "span": span_words(belief),
        "state": state_words(belief.status),
        "change": change_words(belief),
    }


def _event_url(view: EventView, number: int) -> str:
    query = QueryDict(mutable=True)
    if view.as_of:
        query["as_of"] = view.as_of.isoformat()
    if number > 1:
        query["page"] = str(number)
    return view.url + (f"?{query.urlencode()}" if query else "")


# --- one article --------------------------------------------------------------------------------


@require_safe
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """The text as it was read, with its date expressions and the evidence of its events."""
    row = get_object_or_404(Article.objects.select_related("source").defer("markup"), pk=pk)
    claims = list(row.claims.select_related("event").order_by("evidence_start", "pk"))
    linked = {claim.event_id: claim.event for claim in claims if claim.event}
    live = [event for event in linked.values() if not event.retracted]
    views = {view.id: view for view in view_events(live, timezone.localdate())}
    names = {pk: view.title for pk, view in views.items()}
    context = {
        "article": row,
        "heading": title_markup(row),
        "text": article_markup(row, claims, names),
        "published": local_moment(row.published, row.source.zone),
        "anchor": day_words(row.anchor) if row.anchor else "",
        "anchor_from": anchor_words(row.anchor_from),
        "original": row.url if row.url.startswith(("https://", "http://")) else "",
        "claims": [{**_claim_line(claim), "view": views.get(claim.event_id or "")} for claim in claims],
        "versions": row.versions.defer("markup", "text").order_by("-version"),
        "failed": row.state == Article.State.FAILED,
        "waiting": row.state == Article.State.NEW,
    }
    return render(request, "timeline/article.html", context)


def _claim_line(claim: Claim) -> dict[str, Any]:
    return {"claim": claim, "span": span_words(claim), "state": state_words(claim.status)}


# --- what is asked ------------------------------------------------------------------------------


def _bad(request: HttpRequest, error: BadFilter) -> HttpResponse:
    return render(request, "timeline/bad_filter.html", {"problems": error.problems}, status=400)


def _page_number(query: QueryDict) -> int:
    """The page asked for, from 1. Raises BadFilter."""
    values = [value for value in query.getlist("page") if value]
    if not values:
        return 1
    value = values[0]
    if len(values) > 1 or not (value.isascii() and value.isdigit()) or len(value) > 6 or int(value) < 1:
        raise BadFilter([("page", gettext("This is no page."), gettext("Write one number from 1 on."))])
    return int(value)


def _as_of(query: QueryDict) -> date | None:
    """The only filter of an event's page. Raises BadFilter for any other parameter."""
    chosen = EventFilter.parse(query, extra=frozenset({"page"}))
    if chosen != replace(EventFilter(), as_of=chosen.as_of):
        allowed = gettext("Allowed are: %(names)s.") % {"names": "as_of, page"}
        raise BadFilter([("?", gettext("An event's page knows no filter."), allowed)])
    return chosen.as_of


@require_http_methods(["GET", "HEAD", "POST"])
def try_text(request: HttpRequest) -> HttpResponse:
    """A text that the reader types, with its dates marked. Nothing is stored; htmx takes the findings alone."""
    today = timezone.localdate()
    context: dict[str, Any] = {"longest": LONGEST, "day": today.isoformat()}
    status = 200
    if request.method == "POST":
        fields = request.POST.dict()
        context |= {"text": fields.get("text", ""), "day": fields.get("day", "")}
        wait = wait_for(request, "try", TRIALS)
        if wait:
            status = 429
            slow = gettext("Too many texts in a minute. Please try again in %(seconds)d seconds.") % {"seconds": wait}
            context["problems"] = {"text": slow}
        else:
            try:
                context["findings"] = Specimen.parse({k: str(v) for k, v in fields.items()}, today).read()
            except BadSpecimen as error:
                status, context["problems"] = 400, error.problems
    fragment = request.method == "POST" and request.headers.get("HX-Request") == "true"
    template = "timeline/_findings.html" if fragment else "timeline/try.html"
    response = render(request, template, context, status=status)
    if status == 429:
        response["Retry-After"] = str(wait)
    return response
