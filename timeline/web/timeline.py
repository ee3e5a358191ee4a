"""The timeline, the facets, one article and the page `/try/`: each view parses a filter, queries and renders.

Nothing here writes, and no GET changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from timeline.charts.timeline.density import overview_of, ribbons_of
from timeline.charts.timeline.events import month_heading, picture_of, window_days
from timeline.charts.timeline.legend import PAINTS, glyphs, legend, new_month
from timeline.charts.timeline.packing import MAX_CANDIDATES
from timeline.display.dates import day_words, span_words
from timeline.display.event import EventView, view_events
from timeline.display.markup import article_markup, title_markup
from timeline.display.sentences import anchor_words, counts_words, local_moment, state_words, window_words
from timeline.display.try_text import MAX_TEXT_CHARS, TryText, TryTextError
from timeline.extraction.dates.calendar import add_months
from timeline.feeds.links import feed_links
from timeline.http.problems import bad_filter_page
from timeline.http.rate_limit import wait_for
from timeline.models import Article, Claim, Event
from timeline.query import counts, cursors
from timeline.query.events import by_importance
from timeline.query.facets import facets_of
from timeline.query.filter import MONTHS, EventFilter
from timeline.query.form import Look, first_page, form_of, page_url, parse_page, ways
from timeline.query.panel import panel
from timeline.query.parser import FilterError
from timeline.sandbox.caller import SANDBOX, BusyError, LimitError
from timeline.web.fragments import beside_context
from timeline.web.saved import saved_filters

MODULES = [f"timeline/{name}.js" for name in ("loading", "moving", "reading", "choosing")]  # imported by timeline.js
PAGE_SIZE = 50  # events of one page of the list
TRIALS = 120  # texts that one client may try in a minute


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
    total = shown.count(today)
    listed, previous, following = _listed_events(shown, look, today)
    drawn = by_importance(listed, today) if total == len(listed) else shown.most_important(today, MAX_CANDIDATES)
    start, end = _drawn_days(shown, today)
    months = counts.by_month(shown, today)
    ribbons = ribbons_of(shown, look, today, months)
    picture = picture_of(drawn, start, end, today, shown.as_of, lanes=look.group, ribbons=ribbons) if drawn else None
    signs, sign_of = glyphs(listed)
    form, chips = form_of(chosen, look)
    query = (replace(chosen, window="next-14m") if reason == "ahead" else shown).to_query()  # for feeds, which move on
    context = {
        "look": look,
        "form": form,
        "chips": chips,
        "chosen": chosen,
        "query": query,
        "feeds": feed_links(query),
        "modules": MODULES,
        "facets_query": page_url(chosen, first_page(look)).partition("?")[2],
        "picture": picture,
        "overview": overview_of(shown, look, months, (start, end), today),
        "legend": legend(drawn, picture),
        "paints": PAINTS,
        "signs": signs,
        "window": window_days(start, end),
        "drawn": (start, end),
        "window_reason": window_words(reason, shown.as_of),
        "ways": ways(shown, look, start, end),
        "events": _rows(listed, sign_of, today),
        "total": total,
        "previous": page_url(chosen, replace(look, after="", before=previous)) if previous else "",
        "next": page_url(chosen, replace(look, after=following, before="")) if following else "",
        "left_out": total - len(picture.ids) if picture else 0,
        "anything": bool(listed) or Event.objects.exists(),
        "today": today,
        "shelf": saved_filters(request, chosen, look),
        "beside": beside_context(look.event, shown.as_of, today) if look.event else None,
    }
    return render(request, "timeline/timeline.html", context)


def _listed_events(shown: EventFilter, look: Look, today: date) -> tuple[list[EventView], str, str]:
    """Return one page of the list, with the cursors of the previous and the next page ("" where there is none)."""
    after, before = look.key("after"), look.key("before")
    found = shown.events(today, after=after, before=before, limit=PAGE_SIZE + 1)
    more = len(found) > PAGE_SIZE
    found = found[-PAGE_SIZE:] if before else found[:PAGE_SIZE]
    ends = [cursors.encode(event.day, event.id) for event in found[:1] + found[-1:]]
    if not ends:
        return found, "", ""
    earlier, later = (more, True) if before else (after is not None, more)
    return found, ends[0] if earlier else "", ends[-1] if later else ""


@require_safe
def facets(request: HttpRequest) -> HttpResponseBase:
    """Show the facets with counts: as a page, or for htmx only the panel."""
    today = timezone.localdate()
    try:
        chosen, look = parse_page(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    shown, _ = chosen.with_default_window(today)
    context = {"panel": panel(chosen, look, facets_of(shown, today)), "back": page_url(chosen, look)}
    alone = request.headers.get("HX-Request") == "true"
    return render(request, "timeline/_facets.html" if alone else "timeline/facets.html", context)


def _drawn_days(shown: EventFilter, today: date) -> tuple[date, date]:
    """Return the days of the picture: those of the filter; an open side extends to the last day of any event."""
    first, last = shown.days(today)
    if first and last:
        return first, last
    span = shown.span(today) or (first or last or today, last or first or today)
    start, end = first or min(span[0], last or span[0]), last or max(span[1], first or span[1])
    if (end - start).days < 28:
        start, end = (add_months(end, -MONTHS), end) if last else (start, add_months(start, MONTHS))
    return start, end


def _rows(listed: Sequence[EventView], signs: dict[str, str], today: date) -> list[dict[str, Any]]:
    """Return the rows of the list, with month headings and the position of today."""
    months = new_month([event.day for event in listed])
    rows = [_listed(event, signs[event.id], begins) for event, begins in zip(listed, months, strict=True)]
    ahead = next((i for i, event in enumerate(listed) if event.day >= today), 0)
    if ahead:
        rows[ahead]["today"] = day_words(today)
    return rows


def _listed(event: EventView, sign: str, begins: bool) -> dict[str, Any]:
    """Return the context of one row; it is formatted here because templates only place."""
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


# --- one article --------------------------------------------------------------------------------


@require_safe
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the text as it was read, with its date expressions and the evidence of its events."""
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
    return {"claim": claim, "span": span_words(claim.when), "state": state_words(claim.status)}


# --- try a text ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def try_text(request: HttpRequest) -> HttpResponse:
    """Mark the dates in a text that the reader types. Nothing is stored; htmx gets only the findings."""
    today = timezone.localdate()
    context: dict[str, Any] = {"longest": MAX_TEXT_CHARS, "day": today.isoformat()}
    status, wait = 200, 0
    if request.method == "POST":
        fields = {name: str(value) for name, value in request.POST.items()}
        context |= {"text": fields.get("text", ""), "day": fields.get("day", "")}
        wait = wait_for(request, "try", TRIALS)
        if wait:
            status = 429
            slow = gettext("Too many texts in a minute. Please try again in %(seconds)d seconds.") % {"seconds": wait}
            context["problems"] = {"text": slow}
        else:
            status, found = _findings(fields, today)
            context |= found
            wait = int("busy" in found)
    else:
        SANDBOX.prepare()  # it starts while the reader types
    fragment = request.method == "POST" and request.headers.get("HX-Request") == "true"
    template = "timeline/_findings.html" if fragment else "timeline/try.html"
    response = render(request, template, context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _findings(fields: Mapping[str, str], today: date) -> tuple[int, dict[str, Any]]:
    """Return the status of the answer, and the context with findings or problems."""
    try:
        sample = TryText.parse(fields, today)
        findings = SANDBOX.call("mark", text=sample.text, day=sample.day.isoformat(), language=get_language() or "en")
    except TryTextError as error:
        return 400, {"problems": error.problems}
    except BusyError:
        return 503, {"busy": True}
    except LimitError:
        message = gettext("Processing this text takes too long and was stopped. Please try a shorter part of it.")
        return 503, {"problems": {"text": message}}
    return 200, {"findings": mark_safe(findings.decode())}  # rendered by `timeline.sandbox.jobs`
