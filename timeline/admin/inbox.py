"""The inbox: what needs a person, with its reasons, by the filters and views of each editor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from timeline.admin import manual, review
from timeline.admin.read_only import ReadOnlyAdmin, editor_of
from timeline.admin.review_session import ReviewSession, address, inbox_url, item_url, next_url
from timeline.curation.actor_input import suggest_actors
from timeline.curation.day_input import parse_days
from timeline.curation.decide import MAY_DECIDE
from timeline.curation.inbox.queue import MAX_COUNTED, InboxFilter, Item, counts, items
from timeline.curation.review import days_preview
from timeline.display.dates import span_words
from timeline.display.event import view_events
from timeline.display.reasons import doubt_words, reason_words
from timeline.display.sentences import state_words
from timeline.models import Actor, Attention, Claim, Event, InboxView, Reason
from timeline.models.dated import Kind, Type
from timeline.query.pages import Pages, page_number
from timeline.query.parser import FilterError
from timeline.validation.columns import max_chars

PAGE_SIZE = 50
MAX_VIEWS = 30
MAX_NAME_CHARS = max_chars(InboxView, "name")


@admin.register(Attention)
class AttentionAdmin(ReadOnlyAdmin):
    """Not a list of rows, but the desk's inbox; all of it asks for the permission to decide."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_DECIDE)

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any, methods: Sequence[str]) -> Any:
            answer = require_http_methods(methods)(partial(view, self))

            def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                if not self.has_view_permission(request):  # asked first: who may not learns nothing else
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
            ("days/", days, "days", reading),
            ("actors/", actors, "actors", reading),
            ("write/", manual.add_event, "write", (*reading, *writing)),
            ("event/<slug:pk>/", review.of_event, "event", (*reading, *writing)),
            ("claim/<int:pk>/", review.of_claim, "claim", (*reading, *writing)),
        ]
        return [path(route, guarded(view, how), name=f"timeline_attention_{name}") for route, view, name, how in routes]


# --- the list -----------------------------------------------------------------------------------


def inbox(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`/admin/timeline/attention/`: what needs a person, fifty a page."""
    today = timezone.localdate()
    asked, walk = InboxFilter.parse(request.GET), ReviewSession(request)
    found = items(asked, today, walk.later)
    try:
        number = page_number(request.GET)
    except FilterError:
        number = 1
    pages = Pages(len(found), number, PAGE_SIZE)
    shown = found[pages.offset : pages.offset + PAGE_SIZE] or found[:PAGE_SIZE]
    context = {
        **desk.admin_site.each_context(request),
        "title": gettext("Inbox"),
        "opts": desk.opts,
        "rows": _lines(shown, asked, today),
        "total": len(found),
        "later": len(walk.later),
        "asked": asked,
        "query": asked.to_query(),
        "first": item_url(found[0], asked) if found else "",
        "choices": _choices(asked),
        "reasons": _reasons(today, asked),
        "views": _views(request, asked),
        "may_keep": bool(asked.to_query()),
        "pages": pages,
        "previous": _page(asked, number - 1) if number > 1 else "",
        "next": _page(asked, number + 1) if number < pages.last else "",
        "longest": MAX_NAME_CHARS,
    }
    return TemplateResponse(request, "admin/timeline/inbox.html", context)


def _page(asked: InboxFilter, number: int) -> str:
    query = QueryDict(asked.to_query(), mutable=True)
    if number > 1:
        query["page"] = str(number)
    return f"?{query.urlencode()}"


def _lines(shown: Sequence[Item], asked: InboxFilter, today: date) -> list[dict[str, Any]]:
    events = Event.objects.defer("words").in_bulk([item.event for item in shown if item.event])
    views = {view.id: view for view in view_events(events.values(), today)}
    claims = Claim.objects.filter(pk__in=[item.claim for item in shown if item.claim]).select_related("article__source")
    by_claim = {claim.pk: claim for claim in claims.defer("article__markup", "article__text")}
    names = Actor.objects.in_bulk({code for claim in by_claim.values() for code in claim.participants})
    lines = []
    for item in shown:
        reasons = [(reason, str(Reason(reason).label)) for reason in item.reasons]
        line: dict[str, Any] = {"url": item_url(item, asked), "reasons": reasons}
        if view := views.get(item.event):
            line |= {"title": view.title, "span": view.span, "state": state_words(view.state), "said": view.evidence}
        elif claim := by_claim.get(item.claim):
            who = " · ".join(names[code].name for code in claim.participants if code in names)
            line |= {"title": f"{who}: {claim.get_type_display()}" if who else claim.get_type_display()}
            line |= {"span": span_words(claim), "state": state_words(claim.status), "said": claim.evidence}
            line["doubts"] = [doubt_words(doubt) for doubt in claim.doubts]
        else:
            continue  # gone since it was noticed
        lines.append(line)
    return lines


def _choices(asked: InboxFilter) -> list[dict[str, Any]]:
    found = [
        ("reason", gettext("Reasons"), [(r.value, str(r.label)) for r in Reason], asked.reason),
        ("kind", gettext("Kind"), [(k.value, str(k.label)) for k in Kind], asked.kind),
        ("type", gettext("Type"), [(t.value, str(t.label)) for t in Type], asked.type),
    ]
    return [{"name": n, "label": label, "options": options, "value": value} for n, label, options, value in found]


def _reasons(today: date, asked: InboxFilter) -> list[dict[str, Any]]:
    return [
        {
            "name": reason.value,
            "words": str(reason.label),
            "count": f"{MAX_COUNTED}+" if n > MAX_COUNTED else str(n),
            "url": inbox_url(InboxFilter(reason=reason.value)),
            "here": asked.reason == reason.value,
        }
        for reason, n in counts(today)
        if n
    ]


# --- going on -----------------------------------------------------------------------------------


def following(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """To the most pressing item."""
    return HttpResponseRedirect(next_url(request, InboxFilter.parse(request.GET), timezone.localdate()))


def back(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """What was put off for later comes back, and the count of the walk begins anew."""
    ReviewSession(request).bring_back()
    return HttpResponseRedirect(inbox_url(InboxFilter.parse(request.GET)))


# --- views of one's own -------------------------------------------------------------------------


def _views(request: HttpRequest, asked: InboxFilter) -> list[dict[str, Any]]:
    here = asked.to_query()
    return [
        {
            "name": row.name,
            "url": reverse("admin:timeline_attention_changelist") + (f"?{row.query}" if row.query else ""),
            "drop": address("drop", asked, row.pk),
            "here": row.query == here,
        }
        for row in InboxView.objects.filter(user=editor_of(request))
    ]


def keep_view(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """Keep the filter of the query under `name`; a name that is taken means the new one."""
    asked, user = InboxFilter.parse(request.GET), editor_of(request)
    name = " ".join(request.POST.get("name", "").split())[:MAX_NAME_CHARS]
    mine = InboxView.objects.filter(user=user)
    query = asked.to_query()
    if len(query) > max_chars(InboxView, "query"):
        desk.message_user(request, gettext("This view is too long to be saved."), level="ERROR")
    elif not name or not name.isprintable():
        desk.message_user(request, gettext("Enter a name for the view."), level="ERROR")
    elif mine.exclude(name=name).count() >= MAX_VIEWS:
        many = gettext("You already have %(count)s views; delete one first.") % {"count": MAX_VIEWS}
        desk.message_user(request, many, level="ERROR")
    else:
        mine.update_or_create(user=user, name=name, defaults={"query": query})
    return HttpResponseRedirect(inbox_url(asked))


def drop_view(desk: AttentionAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own view."""
    get_object_or_404(InboxView, pk=pk, user=editor_of(request)).delete()
    return HttpResponseRedirect(inbox_url(InboxFilter.parse(request.GET)))


# --- asked while typing -------------------------------------------------------------------------


def days(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`?text=`: the window that a typed date means, in words; or what is wrong with it (422)."""
    try:
        typed = parse_days(request.GET.get("text", ""), timezone.localdate())
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=422)
    return JsonResponse({**typed.value, "words": days_preview(typed), "why": reason_words(typed.reasons)})


def actors(desk: AttentionAdmin, request: HttpRequest) -> HttpResponse:
    """`?q=`: countries and blocs by code or name in any script."""
    found = suggest_actors(request.GET.get("q", ""))
    return JsonResponse({"actors": [{"code": actor.code, "name": actor.name} for actor in found]})
