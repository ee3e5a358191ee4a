"""The desk in Django's admin: what the machine wrote is read-only, decisions go through `curation`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from timeline import curation, pipeline, tasks
from timeline.models import (
    Actor,
    ApiToken,
    Article,
    ArticleVersion,
    Claim,
    Correction,
    Event,
    EventBelief,
    EventParticipant,
    Membership,
    Source,
)

SHOWN_CLAIMS = 50  # on the page of an event; the public page has them all


class MachineWritten:
    """Rows that only the pipeline writes: to be looked at, never added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MachineAdmin(MachineWritten, admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False


class MachineInline(MachineWritten, admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False
    show_change_link = True


# --- sources and articles -----------------------------------------------------------------------


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "slug", "zone", "language"]
    list_filter = ["language", "zone"]
    search_fields = ["name", "slug"]
    show_full_result_count = False


@admin.register(Article)
class ArticleAdmin(MachineAdmin):
    list_display = ["title", "source", "published", "anchor", "state", "tries", "version"]
    list_filter = ["state", "language", "anchor_from", "source"]
    search_fields = ["title", "url"]
    list_select_related = ["source"]
    date_hierarchy = "published"
    exclude = ["markup", "url_digest", "digest", "expressions", "title_expressions", "pending_keys"]
    actions = ["read_again"]

    @admin.action(description=_("Read again with the present rules"), permissions=["reread"])
    def read_again(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        ids = list(articles.values_list("pk", flat=True))
        count = pipeline.requeue(ids)
        tasks.enqueue(ids)
        words = ngettext("%(n)d article will be read again.", "%(n)d articles will be read again.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS)

    def has_reread_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_article")


@admin.register(ArticleVersion)
class ArticleVersionAdmin(MachineAdmin):
    list_display = ["title", "article", "version", "published", "replaced_at"]
    search_fields = ["title", "article__title"]
    list_select_related = ["article"]
    exclude = ["markup"]


@admin.register(Claim)
class ClaimAdmin(MachineAdmin):
    list_display = ["__str__", "type", "status", "start", "end", "reported", "article", "event"]
    list_filter = ["kind", "type", "status", "stage"]
    search_fields = ["evidence", "said_by", "article__title"]
    list_select_related = ["article", "event"]
    date_hierarchy = "reported"


# --- events -------------------------------------------------------------------------------------


class BeliefInline(MachineInline):
    model = EventBelief
    fields = ["since", "until", "start", "end", "granularity", "status", "change"]
    ordering = ["-since"]


class ParticipantInline(MachineInline):
    model = EventParticipant
    fields = ["actor", "position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventParticipant]:
        return super().get_queryset(request).select_related("actor")


class CorrectionInline(MachineInline):
    model = Correction
    fields = ["field", "value", "reason", "editor", "made_at", "undone_at", "undone_by"]
    readonly_fields = ["made_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).select_related("editor", "undone_by")


@admin.register(Event)
class EventAdmin(MachineAdmin):
    list_display = ["pk", "type", "who", "start", "end", "status", "believed_since", "claim_count", "source_count"]
    list_filter = ["kind", "type", "status", "stage", "retracted"]
    search_fields = ["id", "words"]
    date_hierarchy = "day"
    inlines = [ParticipantInline, BeliefInline, CorrectionInline]
    exclude = ["words"]
    readonly_fields = ["sentences"]
    actions = ["reject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).prefetch_related("participants__actor")

    @admin.display(description=_("participants"))
    def who(self, event: Event) -> str:
        return " · ".join(str(p.actor) for p in event.participants.all())

    @admin.display(description=_("claims"))
    def sentences(self, event: Event) -> SafeString:
        rows = event.claims.select_related("article").order_by("-reported", "-pk")[:SHOWN_CLAIMS]
        out = SafeString("")
        for claim in rows:
            line = format_html("<p>{} · {} – {} · {}</p>", claim.reported, claim.start, claim.end, claim.evidence)
            out = SafeString(out + line)
        return out

    @admin.action(description=_("These are no events (undo under corrections)"), permissions=["curate"])
    def reject(self, request: HttpRequest, events: QuerySet[Event]) -> None:
        for event in events:
            curation.correct(event, "rejected", True, _editor(request), "")
        self.message_user(request, _("Done; take it back under corrections."), messages.SUCCESS)

    def has_curate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.add_correction")


def _editor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# --- corrections --------------------------------------------------------------------------------


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Correction
        fields = ["event", "field", "value", "reason"]
        help_texts = {
            "value": _(
                'dates: {"start": "2025-05-01", "end": "2025-05-31", "granularity": "month"} · status: "scheduled" · '
                'type: "legislative" · participants: ["JP", "CA", "aukus"] · not an event: true'
            ),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"event", "field", "value"} <= data.keys():
            try:
                data["value"] = curation.CHECKS[data["field"]](data["value"], data["event"])
            except ValidationError as e:
                self.add_error("value", e)
        return data


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Made here, undone here, and never deleted: the history is the desk's memory."""

    form = CorrectionForm
    list_display = ["event", "field", "value", "editor", "made_at", "undone_at", "undone_by"]
    list_filter = ["field", "editor", "undone_at"]
    search_fields = ["event__id", "event__words", "reason"]
    autocomplete_fields = ["event"]
    list_select_related = ["event", "editor", "undone_by"]
    show_full_result_count = False
    actions = ["undo"]

    def has_change_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        data = form.cleaned_data
        made = curation.correct(data["event"], data["field"], data["value"], _editor(request), data["reason"])
        obj.pk, obj.made_at, obj.editor = made.pk, made.made_at, made.editor

    @admin.action(description=_("Undo"), permissions=["undo"])
    def undo(self, request: HttpRequest, corrections: QuerySet[Correction]) -> None:
        for correction in corrections.select_related("event"):
            curation.undo(correction, _editor(request))
        self.message_user(request, _("Undone; the claims hold again."), messages.SUCCESS)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.add_correction")


# --- actors -------------------------------------------------------------------------------------


class MembershipInline(MachineInline):
    model = Membership
    fk_name = "bloc"
    fields = ["member", "since", "until"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("member", "bloc")


@admin.register(Actor)
class ActorAdmin(MachineAdmin):
    list_display = ["code", "kind", "name_zh_hans", "name_zh_hant", "name_en"]
    list_filter = ["kind"]
    search_fields = ["code", "name_zh_hans", "name_zh_hant", "name_en"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(MachineAdmin):
    list_display = ["bloc", "member", "since", "until"]
    search_fields = ["bloc__code", "bloc__name_zh_hans", "member__code", "member__name_zh_hans"]
    list_select_related = ["bloc", "member"]


@admin.register(EventBelief)
class EventBeliefAdmin(MachineAdmin):
    list_display = ["event", "since", "until", "start", "end", "status", "change"]
    list_filter = ["status", "change"]
    search_fields = ["event__id", "event__words"]
    list_select_related = ["event"]
    date_hierarchy = "since"


# --- tokens -------------------------------------------------------------------------------------


@admin.register(ApiToken)
class ApiTokenAdmin(MachineAdmin):
    """Made by `manage.py token add`, which shows the secret once; revoked here or there, and never deleted."""

    list_display = ["name", "scopes", "made_at", "used_at", "revoked_at"]
    search_fields = ["name"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        chosen.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, _("Revoked; what carries these tokens is refused from now on."), messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_apitoken")
