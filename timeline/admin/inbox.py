"""The inbox: events and claims that need a person, with reasons, filters and the saved views of each editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from timeline.admin import bulk, manual, review
from timeline.admin.pages import admin_page
from timeline.admin.read_only import ReadOnlyAdmin, editor_of
from timeline.admin.review_session import ReviewSession, address, inbox_url, item_url, next_url
from timeline.curation.actor_input import suggest_actors
from timeline.curation.assignments import editors
from timeline.curation.day_input import parse_days
from timeline.curation.decide import MAY_DECIDE
from timeline.curation.inbox.queue import MAX_COUNTED, InboxFilter, Item, counts, items
from timeline.curation.review import days_preview
from timeline.display.claims import doubts_of, evidence_languages
from timeline.display.dates import span_words
from timeline.display.event import view_events
from timeline.display.reasons import reason_words
from timeline.display.sentences import state_words
from timeline.models import Actor, Attention, Claim, Event, Feed, InboxView, Reason
from timeline.models.dated import Kind, Type
from timeline.query.pages import Pages, page_number
from timeline.query.parser import FilterError
from timeline.validation.columns import max_chars

PAGE_SIZE = 50
MAX_VIEWS = 30
MAX_SHIFTED = 20  # feeds that are listed
MAX_NAME_CHARS = max_chars(InboxView, "name")


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    """The inbox in place of a list of rows; every view requires the permission to decide."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any, methods: Sequence[str]) -> Any:
            answer = require_http_methods(methods)(partial(view, self))

            def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                if not self.has_view_permission(request):  # before the method is checked, so that others learn nothing
                    raise PermissionDenied
                return answer(request, *args, **kwargs)  # type: ignore[no-any-return]

            return self.admin_site.admin_view(inner)

        reading, writing = ("GET", "HEAD"), ("POST",)
        routes: list[tuple[str, Any, str, Sequence[str]]] = [
            ("", inbox, "changelist", reading),
            ("next/", following, "next", reading),
            ("back/", back, "back", writing),
            ("views/", keep_view, "keep", writing),
            ("views/<int:pk>/delete/", drop_view, "drop", writing),
            ("bulk/", bulk.decide_together, "bulk", writing),
            ("days/", days, "days", reading),
            ("actors/", actors, "actors", reading),
            ("write/", manual.add_event, "write", (*reading, *writing)),
            ("event/<slug:pk>/", review.review_event, "event", (*reading, *writing)),
            ("claim/<int:pk>/alike/", bulk.doubtful_alike, "alike", reading),
            ("claim/<int:pk>/", review.review_claim, "claim", (*reading, *writing)),
        ]
        return [path(route, guarded(view, how), name=f"timeline_attention_{name}") for route, view, name, how in routes]


# --- the list -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An item in words, with its reasons as (code, words); `quote`: the sentence of its newest report."""

    key: str
    url: str
    title: str
    span: str
    state: str
    quote: str
    language: str
    reasons: list[tuple[str, str]]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A control of the filter: its options as (value, label), and the value that is set."""

    name: str
    label: str
    options: list[tuple[str, str]]
    value: str


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """A reason with the number of its items in words; `here`: the filter has this reason."""

    name: str
    words: str
    count: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter that the editor saved; `drop`: the address that deletes it."""

    name: str
    url: str
    drop: str
    here: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The variables of `admin/timeline/inbox.html`.

    `query`: the filter; `first`: the address of the most urgent item, "" where there is none; `later`: how many items
    are postponed; `country`: as typed; `shifted`: feeds whose times look shifted (source, why, address).
    """

    title: str
    rows: list[InboxRow]
    total: int
    later: int
    country: str
    query: str
    first: str
    choices: list[Choice]
    reasons: list[ReasonCount]
    views: list[SavedView]
    people: list[tuple[str, str]]
    shifted: list[tuple[str, str, str]]
    bulk: str
    may_undo: bool
    may_redo: bool
    may_keep: bool
    pages: Pages
    previous: str
    next: str
    longest: int = MAX_NAME_CHARS


def inbox(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`/admin/timeline/attention/`: list the items, fifty a page."""
    today = timezone.localdate()
    asked, session = InboxFilter.parse(request.GET), ReviewSession(request)
    found = items(asked, today, session.later)
    try:
        number = page_number(request.GET)
    except FilterError:
        number = 1
    pages = Pages(len(found), number, PAGE_SIZE)
    people = [(str(one.pk), one.get_username()) for one in editors()]
    shown = found[pages.offset : pages.offset + PAGE_SIZE] or found[:PAGE_SIZE]
    page = InboxPage(
        title=gettext("Inbox"),
        rows=_lines(shown, asked, today),
        total=len(found),
        later=len(session.later),
        country=asked.country,
        query=asked.to_query(),
        first=item_url(found[0], asked) if found else "",
        choices=_choices(asked, people),
        people=people,
        shifted=_shifted(request),
        bulk=inbox_url(asked, "bulk"),
        may_undo=bool(session.undo),
        may_redo=bool(session.redo),
        reasons=_reasons(today, asked),
        views=_views(request, asked),
        may_keep=bool(asked.to_query()),
        pages=pages,
        previous=_page(asked, number - 1) if number > 1 else "",
        next=_page(asked, number + 1) if number < pages.last else "",
    )
    return admin_page(model_admin, request, "admin/timeline/inbox.html", page)


def _page(asked: InboxFilter, number: int) -> str:
    query = QueryDict(asked.to_query(), mutable=True)
    if number > 1:
        query["page"] = str(number)
    return f"?{query.urlencode()}"


def _lines(shown: Sequence[Item], asked: InboxFilter, today: date) -> list[InboxRow]:
    events = Event.objects.in_bulk([item.event for item in shown if item.event])
    views = {view.id: view for view in view_events(events.values(), today)}
    claims = Claim.objects.filter(pk__in=[item.claim for item in shown if item.claim]).select_related("article__source")
    by_claim = {claim.pk: claim for claim in claims.defer("article__markup", "article__text")}
    names = Actor.objects.in_bulk({code for claim in by_claim.values() for code in claim.participants})
    languages = evidence_languages(list(events))
    rows = []
    for item in shown:
        url, reasons = item_url(item, asked), [(reason, str(Reason(reason).label)) for reason in item.reasons]
        if view := views.get(item.event):
            language = languages.get(item.event, "")
            state = state_words(view.state)
            rows.append(InboxRow(item.key, url, view.title, view.span, state, view.evidence, language, reasons))
        elif claim := by_claim.get(item.claim):
            who = " · ".join(names[code].name for code in claim.participants if code in names)
            title = f"{who}: {claim.get_type_display()}" if who else claim.get_type_display()
            span, state = span_words(claim.when), state_words(claim.status)
            language = claim.article.language
            rows.append(
                InboxRow(item.key, url, title, span, state, claim.evidence, language, reasons, doubts_of(claim))
            )
        # else it was deleted since it was noticed
    return rows


def _choices(asked: InboxFilter, people: list[tuple[str, str]]) -> list[Choice]:
    return [
        Choice("reason", gettext("Reasons"), [(r.value, str(r.label)) for r in Reason], asked.reason),
        Choice("kind", gettext("Kind"), [(k.value, str(k.label)) for k in Kind], asked.kind),
        Choice("type", gettext("Type"), [(t.value, str(t.label)) for t in Type], asked.type),
        Choice("person", gettext("Assigned to"), people, asked.person),
    ]


def _shifted(request: HttpRequest) -> list[tuple[str, str, str]]:
    """Return the feeds whose times look shifted, as (source, why, address of the feed, "" without the right to it)."""
    feeds = Feed.objects.exclude(clock_hint="").filter(retired_at=None, paused=False).select_related("source")
    may_open = request.user.has_perm("timeline.view_feed")
    rows = feeds.order_by("source__name", "pk")[:MAX_SHIFTED]
    return [
        (row.source.name, row.clock_hint, reverse("admin:timeline_feed_change", args=[row.pk]) if may_open else "")
        for row in rows
    ]


def _reasons(today: date, asked: InboxFilter) -> list[ReasonCount]:
    return [
        ReasonCount(
            name=reason.value,
            words=str(reason.label),
            count=f"{MAX_COUNTED}+" if n > MAX_COUNTED else str(n),
            url=inbox_url(InboxFilter(reason=reason.value)),
            here=asked.reason == reason.value,
        )
        for reason, n in counts(today)
        if n
    ]


# --- moving on ----------------------------------------------------------------------------------


def following(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """Redirect to the most pressing item."""
    return HttpResponseRedirect(next_url(request, InboxFilter.parse(request.GET), timezone.localdate()))


def back(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """Bring postponed items back and reset the count of decided ones."""
    ReviewSession(request).bring_back()
    return HttpResponseRedirect(inbox_url(InboxFilter.parse(request.GET)))


# --- saved views --------------------------------------------------------------------------------


def _views(request: HttpRequest, asked: InboxFilter) -> list[SavedView]:
    here = asked.to_query()
    return [
        SavedView(
            name=row.name,
            url=reverse("admin:timeline_attention_changelist") + (f"?{row.query}" if row.query else ""),
            drop=address("drop", asked, row.pk),
            here=row.query == here,
        )
        for row in InboxView.objects.filter(user=editor_of(request))
    ]


def keep_view(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """Save the filter of the query under `name`; an existing view of that name is replaced."""
    asked, user = InboxFilter.parse(request.GET), editor_of(request)
    name = " ".join(request.POST.get("name", "").split())[:MAX_NAME_CHARS]
    mine = InboxView.objects.filter(user=user)
    query = asked.to_query()
    if len(query) > max_chars(InboxView, "query"):
        model_admin.message_user(request, gettext("This view is too long to be saved."), level="ERROR")
    elif not name or not name.isprintable():
        model_admin.message_user(request, gettext("Enter a name for the view."), level="ERROR")
    elif mine.exclude(name=name).count() >= MAX_VIEWS:
        many = gettext("You already have %(count)s views; delete one first.") % {"count": MAX_VIEWS}
        model_admin.message_user(request, many, level="ERROR")
    else:
        mine.update_or_create(user=user, name=name, defaults={"query": query})
    return HttpResponseRedirect(inbox_url(asked))


def drop_view(model_admin: AttentionAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one of the editor's own views."""
    get_object_or_404(InboxView, pk=pk, user=editor_of(request)).delete()
    return HttpResponseRedirect(inbox_url(InboxFilter.parse(request.GET)))


# --- help while typing --------------------------------------------------------------------------


def days(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`?text=`: return the window of a typed date with its text, or what is wrong with it (422)."""
    try:
        typed = parse_days(request.GET.get("text", ""), timezone.localdate())
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=422)
    return JsonResponse({**typed.value, "words": days_preview(typed), "why": reason_words(typed.reasons)})


def actors(model_admin: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`?q=`: return countries and blocs by code or name in any script."""
    found = suggest_actors(request.GET.get("q", ""))
    return JsonResponse({"actors": [{"code": actor.code, "name": actor.name} for actor in found]})
