"""Countries, blocs and their members."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from timeline.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from timeline.models import (
    Actor,
    Membership,
)


class MembershipInline(ReadOnlyInline):
    """The members of a bloc, on its page."""

    model = Membership
    fk_name = "bloc"
    fields = ["member", "since", "until"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("member", "bloc")


@admin.register(Actor)
class ActorAdmin(ReadOnlyAdmin):
    """Countries, places and blocs, read-only: they come from the gazetteer."""

    list_display = ["code", "kind", "name_zh_hans", "name_zh_hant", "name_en"]
    list_filter = ["kind"]
    search_fields = ["code", "name_zh_hans", "name_zh_hant", "name_en"]
    inlines = [MembershipInline]
    ordering = ["code"]
    sortable_by = ["code"]
    named_by = ["code__iexact"]


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Which actor belongs to which bloc, from when until when; read-only."""

    list_display = ["bloc", "member", "since", "until"]
    search_fields = ["bloc__code", "bloc__name_zh_hans", "member__code", "member__name_zh_hans"]
    list_select_related = ["bloc", "member"]
    ordering = ["pk"]
