"""Corrections: created, undone, redone and approved here, never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from timeline.admin.history import message_of, perform
from timeline.admin.lists import BoundedLists, ChosenFilter, DaysFilter, few_enough
from timeline.admin.parameters import StorableJSONField
from timeline.admin.read_only import editor_of
from timeline.admin.reliability import ReliabilityTable
from timeline.curation import decide, examples, values
from timeline.curation.history import actors_of_value, value_words
from timeline.display.dates import moment_words
from timeline.display.titles import row_title
from timeline.models import Correction
from timeline.pipeline.corrections import unmatched

BY_FIELD = [(name, label) for name, label in Correction.Field.choices if name in values.CHECKS]


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The form of a new correction; `value` is JSON, whose shape depends on `field`."""

    field = forms.ChoiceField(choices=BY_FIELD, label=gettext_lazy("field"))
    value = StorableJSONField(
        label=gettext_lazy("value"),
        widget=forms.Textarea,
        help_text=gettext_lazy(
            'dates: {"start": "2025-05-01", "end": "2025-05-31", "granularity": "month"} · status: "scheduled" · '
            'type: "legislative" · participants: ["JP", "CA", "aukus"] · not an event: true'
        ),
    )

    class Meta:
        model = Correction
        fields = ["event", "field", "value", "reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"event", "field", "value"} <= data.keys():
            try:
                data["value"] = values.CHECKS[data["field"]](data["value"], data["event"])
            except ValidationError as e:
                self.add_error("value", e)
        return data


class StateFilter(admin.SimpleListFilter):
    """Filter by state: waiting for a second editor, in force, undone, or in force without its event."""

    title = gettext_lazy("state")
    parameter_name = "state"
    means = {
        "waiting": Q(waits=True, undone_at=None),
        "in_force": Q(waits=False, undone_at=None),
        "undone": Q(undone_at__isnull=False),
        "unfound": Q(),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        words = (
            pgettext("decision", "waiting for a second editor"),
            pgettext("decision", "in force"),
            pgettext("decision", "undone"),
            pgettext("decision", "in force, but its event was not found"),
        )
        return list(zip(self.means, words, strict=True))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Correction]) -> QuerySet[Correction]:
        value = self.value()
        if value == "unfound":
            return queryset.filter(pk__in=unmatched().order_by().values("pk"))
        return queryset.filter(self.means[value]) if value in self.means else queryset


class EditorFilter(ChosenFilter):
    """Filter by editor, chosen by username."""

    title = gettext_lazy("editor")
    parameter_name = "by"
    named = "editor__username"

    def rows(self) -> QuerySet[User]:
        return User.objects.filter(is_staff=True)


@admin.register(Correction)
class CorrectionAdmin(ReliabilityTable, BoundedLists):
    """Corrections are never changed or deleted: they are the record of all decisions."""

    form = CorrectionForm
    list_display = ["named", "field", "shown_value", "reason", "editor", "moment", "state", "by_second"]
    list_filter = [("made_at", DaysFilter), StateFilter, "field", EditorFilter]
    search_fields = ["reason"]
    ordering = ["-made_at", "-pk"]
    sortable_by = ["moment"]
    named_by = ["event_id", "pk"]
    answered = ["event__id__exact", "event", "state"]
    autocomplete_fields = ["event"]
    list_select_related = ["event__place", "editor", "undone_by", "approved_by"]
    actions = ["approve", "undo", "redo"]
    change_form_template = "admin/timeline/correction/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Correction | None = None) -> bool:
        return False

    # --- columns --------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        return super().get_queryset(request).prefetch_related("event__participants__actor")

    @admin.display(description=gettext_lazy("event"))
    def named(self, row: Correction) -> str:
        return row_title(row.event)

    @admin.display(description=gettext_lazy("made at"), ordering="made_at")
    def moment(self, row: Correction) -> str:
        return moment_words(row.made_at)

    @admin.display(description=gettext_lazy("value"))
    def shown_value(self, row: Correction) -> str:
        words = " · ".join(value_words(row.field, row.value, actors_of_value(row.field, row.value)))
        return words if len(words) <= 120 else f"{words[:119]}…"

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Correction) -> str:
        if row.undone_at:
            return pgettext("decision", "undone")
        return pgettext("decision", "waiting for a second editor") if row.waits else pgettext("decision", "in force")

    @admin.display(description=gettext_lazy("editor"))
    def by_second(self, row: Correction) -> str:
        return str(row.undone_by or row.approved_by or "")

    # --- adding ---------------------------------------------------------------------------------

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as error:  # the event was merged while the form was being filled in
            self.message_user(request, message_of(error), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Correction, form: Any, change: bool) -> None:
        data = form.cleaned_data
        made = decide.correct_field(data["event"], data["field"], data["value"], editor_of(request), data["reason"])
        obj.pk, obj.made_at, obj.editor = made.pk, made.made_at, made.editor
        if made.waits:
            self.message_user(request, _("It takes effect when a second editor approves it."), messages.INFO)

    # --- actions --------------------------------------------------------------------------------

    @admin.action(description=gettext_lazy("Undo"), permissions=["decide"])
    def undo(self, request: HttpRequest, corrections: QuerySet[Correction]) -> None:
        self._act_on_each(request, "undo", corrections)

    @admin.action(description=gettext_lazy("Redo"), permissions=["decide"])
    def redo(self, request: HttpRequest, corrections: QuerySet[Correction]) -> None:
        self._act_on_each(request, "redo", corrections)

    @admin.action(description=gettext_lazy("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, corrections: QuerySet[Correction]) -> None:
        self._act_on_each(request, "approve", corrections)

    def _act_on_each(self, request: HttpRequest, act: str, corrections: QuerySet[Correction]) -> None:
        """Do each by itself: report one that fails, and go on."""
        if not few_enough(request, corrections):
            return
        for correction in corrections.select_related("event", "other").order_by("made_at", "pk"):
            try:
                words, level = perform(act, correction, editor_of(request)), messages.SUCCESS
            except (PermissionDenied, ValidationError) as error:
                words, level = message_of(error), messages.ERROR
            self.message_user(
                request, f"{row_title(correction.event)}, {correction.get_field_display()}: {words}", level
            )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(decide.MAY_DECIDE)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(decide.MAY_APPROVE)

    # --- links ----------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.example_view)
        return [path("<int:number>/example/", view, name="timeline_correction_example"), *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the history of the event, which includes the decision."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            row = get_object_or_404(Correction, pk=object_id)
        except ValueError as e:
            raise Http404 from e
        return HttpResponseRedirect(reverse("admin:timeline_event_history", args=[row.event_id]))

    def example_view(self, request: HttpRequest, number: int) -> HttpResponseBase:
        """Return the decision as an example file, to be added to the rules' examples."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(Correction.objects.select_related("event"), pk=number)
        try:
            made = examples.example_from(row)
        except examples.NoExampleError as error:
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:timeline_correction_change", args=[row.pk]))
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.text, content_type="application/toml; charset=utf-8", headers=headers)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        context["example"] = row is not None and examples.may_be_example(row)
        return super().render_change_form(request, context, *args, **kwargs)
