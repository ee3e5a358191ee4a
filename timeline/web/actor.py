"""The page of a country, a place or a bloc: what comes, what took place, what moved, and who belongs to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from timeline.display.dates import day_words, span_words
from timeline.display.event import EventView, with_other_days
from timeline.display.sentences import state_words
from timeline.display.titles import title
from timeline.extraction.gazetteer.laws import Law, laws
from timeline.extraction.when import When
from timeline.http.pages import render_page
from timeline.models import Actor, Membership
from timeline.query.filter import EventFilter

MAX_EVENTS = 30  # of each list; the timeline has all of them
MAX_MOVED = 12
LOOKED_AT = 3 * MAX_EVENTS  # of which those that still last are no past
YEARS_AHEAD = 12  # in which the next day of a law is looked for
MOVED_IN = "last-365"


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event in words; `before`: the days that it had before it moved, "" where none are known."""

    event: EventView
    title: str
    span: str
    state: str
    before: str


@dataclass(frozen=True, slots=True)
class LawLine:
    """A vote that a law fixes: its next day (`iso`: ISO 8601), and which law says so."""

    title: str
    iso: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A country in a bloc, or a bloc of a country; `days`: since when, until when, "" where neither is known."""

    name: str
    url: str
    days: str


@dataclass(frozen=True, slots=True)
class ActorPage:
    """The variables of `timeline/actor.html`. `timeline`: the address of all events; `members`: as of today."""

    name: str
    code: str
    is_bloc: bool
    coming: list[EventLine]
    past: list[EventLine]
    moved: list[EventLine]
    by_law: list[LawLine]
    members: list[MemberLine]
    former: list[MemberLine]
    timeline: str


@require_safe
def country(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show a country (ISO 3166-1) or a place that votes on its own (ISO 3166-2)."""
    if code != code.upper():
        return _to(request, "country", code.upper())
    return _shown(request, get_object_or_404(Actor, pk=code, kind__in=(Actor.Kind.COUNTRY, Actor.Kind.PLACE)))


@require_safe
def bloc(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show a bloc, by its slug."""
    if code != code.lower():
        return _to(request, "bloc", code.lower())
    return _shown(request, get_object_or_404(Actor, pk=code, kind=Actor.Kind.BLOC))


def _to(request: HttpRequest, name: str, code: str) -> HttpResponseBase:
    """Lead to the one address of an actor, with the query as it is."""
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(reverse(name, args=[code]) + (f"?{query}" if query else ""))


def _shown(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    today, is_bloc = timezone.localdate(), actor.kind == Actor.Kind.BLOC
    of = EventFilter(bloc=(actor.code,)) if is_bloc else EventFilter(country=(actor.code,))
    ahead = replace(of, start=today).events(today, limit=MAX_EVENTS)
    behind = replace(of, end=today - timedelta(days=1)).events(today, before=(today, ""), limit=LOOKED_AT)
    over = [event for event in reversed(behind) if event.when.end and event.when.end < today][:MAX_EVENTS]
    moved = replace(of, moved=MOVED_IN).events(today, limit=MAX_MOVED, newest=True)
    current, former = _members(actor, today)
    page = ActorPage(
        name=actor.name,
        code=actor.code,
        is_bloc=is_bloc,
        coming=_lines(ahead),
        past=_lines(over),
        moved=_lines(with_other_days(moved) if moved else []),
        by_law=_by_law(actor, today),
        members=current,
        former=former,
        timeline=f"{reverse('timeline')}?{replace(of, window='all').to_query()}",
    )
    return render_page(request, "timeline/actor.html", page)


def _lines(events: Sequence[EventView]) -> list[EventLine]:
    return [
        EventLine(e, e.title, e.span, state_words(e.state), span_words(When(*e.before)) if e.before else "")
        for e in events
    ]


# --- laws and members ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Vote:
    """What a title is made of, of a vote that no article reports yet."""

    kind: str
    type: str
    stage: str
    place: Actor | None
    participants: tuple[Actor, ...]
    enlarges: bool = False


def _by_law(actor: Actor, today: date) -> list[LawLine]:
    """Return the votes that a law fixes, by their next day."""
    own = [law for law in laws() if law.country == actor.code]
    found = [(day, law) for law in own if (day := _next(law, today)) is not None]
    found.sort(key=lambda pair: (pair[0], pair[1].stage, sorted(pair[1].types)))
    return [LawLine(_law_title(law, actor), day.isoformat(), day_words(day), law.source) for day, law in found]


def _next(law: Law, today: date) -> date | None:
    days = (law.day_in(year) for year in range(today.year, today.year + YEARS_AHEAD + 1))
    return next((day for day in days if day is not None and day >= today), None)


def _law_title(law: Law, actor: Actor) -> str:
    """Name the vote by the most telling of its types: the first of them is what the country calls it, too."""
    type = next((t for t in ("presidential", "legislative", "general") if t in law.types), min(law.types))
    return title(_Vote("election", type, law.stage, None, (actor,)), lane=actor.code)


def _members(actor: Actor, today: date) -> tuple[list[MemberLine], list[MemberLine]]:
    """Return who belongs to a bloc, or to which blocs a country belongs, and who or to which it did before."""
    is_bloc = actor.kind == Actor.Kind.BLOC
    rows = Membership.objects.filter(**{"bloc" if is_bloc else "member": actor})
    known = [(row.member if is_bloc else row.bloc, row) for row in rows.select_related("member", "bloc")]
    known.sort(key=lambda pair: (pair[1].since or date.min, pair[0].name))
    now = [(of, row) for of, row in known if _holds(row, today)]
    inside = {of.code for of, _ in now}
    before = [(of, row) for of, row in known if row.until and row.until < today and of.code not in inside]
    return [_member(of, row) for of, row in now], [_member(of, row) for of, row in before]


def _holds(row: Membership, today: date) -> bool:
    return (row.since is None or row.since <= today) and (row.until is None or today <= row.until)


def _member(of: Actor, row: Membership) -> MemberLine:
    since, until = (day_words(day) if day else "" for day in (row.since, row.until))
    if since and until:
        days = gettext("%(since)s to %(until)s") % {"since": since, "until": until}
    elif since:
        days = gettext("since %(day)s") % {"day": since}
    else:
        days = gettext("until %(day)s") % {"day": until} if until else ""
    return MemberLine(of.name, reverse("bloc" if of.kind == Actor.Kind.BLOC else "country", args=[of.code]), days)
