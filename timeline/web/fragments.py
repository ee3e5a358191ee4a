"""Parts of a page that the timeline's script loads: the card of a mark, and an event beside the timeline.

Both describe one event (as known on a day), take `as_of` and no other parameter, and may be cached for a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.display.claims import ClaimView, view_claim
from timeline.display.dates import day_words
from timeline.display.deciding import doubts_in_words
from timeline.display.event import OWN_WORDS, EventView, known_claims, view_known
from timeline.display.redirects import living
from timeline.display.sentences import belief_sentence, counts_words, state_words
from timeline.http.problems import bad_filter_page
from timeline.models import Event
from timeline.query.filter import parse_as_of
from timeline.query.parser import FilterError

MAX_AGE_SECONDS = 60  # seconds that a browser or a cache may keep a fragment
MAX_CLAIMS = 5  # beside the timeline, the newest


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What `_beside.html` and `_card.html` show: an event in words, with its newest claims."""

    event: EventView
    title: str
    sentence: str
    span: str
    state: str
    counts: str
    since: str
    claims: list[ClaimView]
    as_of_words: str


@require_safe
def card(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the card of a mark: the belief in one sentence, and the newest evidence."""
    return _fragment(request, pk, "card", 1)


@require_safe
def beside(request: HttpRequest, pk: str) -> HttpResponse:
    """Return the panel beside the timeline for an opened event."""
    return _fragment(request, pk, "beside", MAX_CLAIMS)


def event_summary(pk: str, as_of: date | None, today: date, *, claims: int = MAX_CLAIMS) -> EventSummary | None:
    """Return the event with its texts and its newest claims that are no reprints.

    A merged event gives the one it was merged into. None where there is no such event, it was retracted, or nothing was
    known of it on the day `as_of`.
    """
    requested = Event.objects.filter(pk=pk).first()
    row = living(requested) if requested else None
    view = view_known(row, today, as_of) if row and not row.retracted else None
    if row is None or view is None:
        return None
    own = known_claims(as_of).filter(OWN_WORDS, event=row).select_related("article__source")
    newest = list(own.defer("article__markup", "article__text").order_by("-reported", "-pk")[:claims])
    doubts = doubts_in_words(newest)
    return EventSummary(
        event=view,
        title=view.title,
        sentence=belief_sentence(view),
        span=view.span,
        state=state_words(view.state),
        counts=counts_words(view),
        since=day_words(view.believed_since),
        claims=[view_claim(claim, doubts=doubts[claim.pk]) for claim in newest],
        as_of_words=day_words(as_of) if as_of else "",
    )


def _fragment(request: HttpRequest, pk: str, name: str, claims: int) -> HttpResponse:
    """Render the template `_name.html` with the event's summary under `name`."""
    try:
        as_of = parse_as_of(request.GET)
    except FilterError as error:
        return bad_filter_page(request, error)
    summary = event_summary(pk, as_of, timezone.localdate(), claims=claims)
    if summary is None:
        raise Http404(gettext("This event was not known on that day."))
    response = render(request, f"timeline/_{name}.html", {name: summary})
    response["Cache-Control"] = f"public, max-age={MAX_AGE_SECONDS}"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])  # the language comes from the cookie or the browser
    return response
