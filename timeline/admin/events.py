"""Events, and what was believed about them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from timeline.admin.history import EventHistory
from timeline.admin.lists import DaysFilter, KnownFilter, few_enough, last_scanned, up_to
from timeline.admin.read_only import ReadOnlyAdmin, ReadOnlyInline, editor_of
from timeline.admin.review_session import review_url
from timeline.curation import decide
from timeline.display.dates import day_words, moment_words, span_words
from timeline.display.sentences import state_words
from timeline.display.titles import row_title
from timeline.models import (
    Change,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
)
from timeline.query import search

MAX_FOUND_EVENTS = 1_000  # found by words; only their rows are listed
MAX_SHOWN_CLAIMS = 50  # on the page of an event; the public page has them all


class BeliefInline(ReadOnlyInline):
    """What was believed of an event, the newest first."""

    model = EventBelief
    fields = ["since", "until", "start", "end", "granularity", "status", "change"]
    ordering = ["-since"]


class ParticipantInline(ReadOnlyInline):
    """Who takes part in an event."""

    model = EventParticipant
    fields = ["actor", "position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventParticipant]:
        return super().get_queryset(request).select_related("actor")


class CorrectionInline(ReadOnlyInline):
    """The corrections of an event, undone ones too."""

    model = Correction
    fk_name = "event"
    fields = ["field", "value", "reason", "editor", "made_at", "undone_at", "undone_by"]
    readonly_fields = ["made_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).select_related("editor", "undone_by")


@admin.register(Event)
class EventAdmin(EventHistory, ReadOnlyAdmin):
    """Events, read-only, with their history and an action that marks them as not events."""

    list_display = ["named", "review", "span", "state", "since", "claim_count", "source_count", "pk"]
    list_filter = [("believed_since", DaysFilter), ("day", DaysFilter), "kind", "type", "status", "stage", "retracted"]
    search_fields = ["pk"]
    ordering = ["-believed_since", "pk"]
    sortable_by = ["pk", "span", "since"]
    named_by = ["pk"]
    inlines = [ParticipantInline, BeliefInline, CorrectionInline]
    readonly_fields = ["sentences"]
    actions = ["reject"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [name for name in self.list_display if name != "review" or self.has_curate_permission(request)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).select_related("place").prefetch_related("participants__actor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.split() or self.named_exactly(search_term) is not None:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(pk__in=search.matching(search_term).values("event")), False

    @admin.display(description=_("event"))
    def named(self, event: Event) -> str:
        return row_title(event)

    @admin.display(description=_("When"), ordering="day")
    def span(self, event: Event) -> str:
        return span_words(event.when)

    @admin.display(description=_("status"))
    def state(self, event: Event) -> str:
        return state_words(event.status)

    @admin.display(description=_("current since"), ordering="believed_since")
    def since(self, event: Event) -> str:
        return day_words(event.believed_since)

    @admin.display(description=_("Review"))
    def review(self, event: Event) -> SafeString:
        return format_html('<a href="{}" data-review>{}</a>', review_url(event.pk), pgettext("verb", "Review"))

    @admin.display(description=_("claims"))
    def sentences(self, event: Event) -> SafeString:
        rows = event.claims.select_related("article").order_by("-reported", "-pk")[:MAX_SHOWN_CLAIMS]
        out = SafeString("")
        for claim in rows:
            said = (day_words(claim.reported), span_words(claim.when), claim.article.language or "und", claim.evidence)
            line = format_html('<p>{} · {} · <span lang="{}">{}</span></p>', *said)
            out = SafeString(out + line)
        return out

    @admin.action(description=_("Mark as not events (undo under corrections)"), permissions=["curate"])
    def reject(self, request: HttpRequest, events: QuerySet[Event]) -> None:
        if not few_enough(request, events):
            return
        done = 0
        for event in events:
            try:
                made = decide.correct_field(event, "rejected", True, editor_of(request), "")
            except (PermissionDenied, ValidationError) as error:
                message = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                self.message_user(request, f"{row_title(event)}: {message}", messages.ERROR)
            else:
                self.log_change(request, event, str(made.get_field_display()))
                done += 1
        if done:
            self.message_user(request, _("Done; undo under corrections."), messages.SUCCESS)

    def has_curate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.add_correction")


class ChangeFilter(KnownFilter):
    """Filter by kind of change. The values are fixed, so no query looks for them."""

    title = _("change")
    parameter_name = "change__exact"
    values = [(name, name) for name in ("first", "narrowed", "moved", "revised", "status", "corrected")]


class OfEvents(ReadOnlyAdmin):
    """Rows that name their events as the site does."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("event__participants__actor")

    @admin.display(description=_("event"))
    def named(self, row: Any) -> str:
        return row_title(row.event)


class FoundByEvents(OfEvents):
    """Rows found by the words of their events. Find the events first: otherwise a query plan may read all rows."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.split() or self.named_exactly(search_term) is not None:
            return super().get_search_results(request, queryset, search_term)
        events, newest = Event.objects.order_by(), list(EventAdmin.ordering)
        if (last := last_scanned(events, newest)) is not None:
            events = events.filter(up_to(newest, last))
        events = events.filter(pk__in=search.matching(search_term).values("event"))
        ids = list(events.order_by(*newest).values_list("pk", flat=True)[:MAX_FOUND_EVENTS])
        return queryset.filter(event__in=ids), False


@admin.register(EventBelief)
class EventBeliefAdmin(FoundByEvents):
    """What was believed of events from when until when, read-only."""

    list_display = ["named", "since", "until", "span", "state", "change"]
    list_filter = [("since", DaysFilter), "status", ChangeFilter]
    search_fields = ["event__pk"]
    list_select_related = ["event__place"]
    ordering = ["-since", "-pk"]
    sortable_by = ["since"]
    named_by = ["event_id"]
    answered = ["event__id__exact", "event"]

    @admin.display(description=_("When"))
    def span(self, row: EventBelief) -> str:
        return span_words(row.when)

    @admin.display(description=_("status"))
    def state(self, row: EventBelief) -> str:
        return state_words(row.status)


@admin.register(EventParticipant)
class EventParticipantAdmin(OfEvents):
    """Who takes part in which event, read-only."""

    list_display = ["named", "actor", "position", "day"]
    search_fields = ["actor__name_zh_hans", "actor__name_zh_hant", "actor__name_en"]
    list_select_related = ["event__place", "actor"]
    ordering = ["-pk"]
    named_by = ["event_id", "actor_id"]
    answered = ["event__id__exact", "event", "actor__code__exact", "actor"]


@admin.register(Change)
class ChangeAdmin(FoundByEvents):
    """The log of changes to events, read-only."""

    list_display = ["named", "what", "moment", "pk"]
    list_filter = [("at", DaysFilter), "what"]
    search_fields = ["event__pk"]
    list_select_related = ["event__place"]
    ordering = ["-at", "-pk"]
    sortable_by = ["moment", "pk"]
    named_by = ["event_id"]
    answered = ["event__id__exact", "event"]

    @admin.display(description=_("at"), ordering="at")
    def moment(self, row: Change) -> str:
        return moment_words(row.at)
