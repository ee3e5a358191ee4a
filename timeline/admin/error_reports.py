"""What readers reported as wrong: a list whose rows an editor settles."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from timeline.admin.read_only import ReadOnlyAdmin, editor_of
from timeline.curation.inbox import signals
from timeline.models import ErrorReport


class OpenFilter(admin.SimpleListFilter):
    """Open reports first: all others only where they are asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("settled", gettext_lazy("settled")), ("any", gettext_lazy("any"))]

    def choices(self, changelist: Any) -> Any:
        """Call the default by its name: Django would call it "all"."""
        for number, choice in enumerate(super().choices(changelist)):
            yield choice if number else {**choice, "display": pgettext_lazy("state of a report", "open")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "any":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "settled")


@admin.register(ErrorReport)
class ErrorReportAdmin(ReadOnlyAdmin):
    """Read-only; an editor marks reports as settled, after the event was reviewed."""

    list_display = ["text", "event", "contact", "language", "made_at", "settled_at", "settled_by"]
    list_filter = [OpenFilter]
    list_select_related = ["event", "settled_by"]
    actions = ["settle"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ErrorReport]:
        """Return the rows with what the name of an event is made of."""
        return super().get_queryset(request).prefetch_related("event__participants__actor")

    @admin.action(description=gettext_lazy("Mark as settled"), permissions=["settle"])
    def settle(self, request: HttpRequest, chosen: QuerySet[ErrorReport]) -> None:
        rows = chosen.filter(settled_at=None)
        about = set(rows.values_list("event_id", flat=True))
        count = rows.update(settled_at=timezone.now(), settled_by=editor_of(request))
        signals.update_events(about)
        words = ngettext("%(n)d report is settled.", "%(n)d reports are settled.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_errorreport")
