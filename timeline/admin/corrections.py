"""What editors decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from timeline import curation
from timeline.admin.machine import editor_of
from timeline.models import (
    Correction,
)


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
        made = curation.correct(data["event"], data["field"], data["value"], editor_of(request), data["reason"])
        obj.pk, obj.made_at, obj.editor = made.pk, made.made_at, made.editor

    @admin.action(description=_("Undo"), permissions=["undo"])
    def undo(self, request: HttpRequest, corrections: QuerySet[Correction]) -> None:
        for correction in corrections.select_related("event"):
            curation.undo(correction, editor_of(request))
        self.message_user(request, _("Undone; the claims hold again."), messages.SUCCESS)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.add_correction")
