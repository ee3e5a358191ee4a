"""The lines that recur around the articles of a source: what was counted, and what editors decide about them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from timeline.admin.lists import MAX_ACTION_ROWS
from timeline.admin.read_only import ReadOnlyAdmin
from timeline.ingest.recurring import is_around
from timeline.models import RecurringLine

Decision = RecurringLine.Decision


@admin.register(RecurringLine)
class RecurringLineAdmin(ReadOnlyAdmin):
    """Read-only but for the decision; it holds for new articles, and for others once they are read again."""

    list_display = ["line", "source", "articles", "elsewhere", "first_day", "last_day", "left_out", "decision"]
    list_filter = ["decision", "source"]
    list_select_related = ["source"]
    search_fields = ["line"]
    actions = ["leave_out", "keep", "as_counted"]
    ordering = ["-articles", "-pk"]

    @admin.display(description=_("left out"), boolean=True)
    def left_out(self, row: RecurringLine) -> bool:
        return is_around(row)

    @admin.action(description=_("Leave out of articles"), permissions=["decide"])
    def leave_out(self, request: HttpRequest, chosen: QuerySet[RecurringLine]) -> None:
        self._decide(request, chosen, Decision.LEAVE_OUT)

    @admin.action(description=_("Keep in articles"), permissions=["decide"])
    def keep(self, request: HttpRequest, chosen: QuerySet[RecurringLine]) -> None:
        self._decide(request, chosen, Decision.KEEP)

    @admin.action(description=_("Decide by what is counted"), permissions=["decide"])
    def as_counted(self, request: HttpRequest, chosen: QuerySet[RecurringLine]) -> None:
        self._decide(request, chosen, Decision.COUNTED)

    def _decide(self, request: HttpRequest, chosen: QuerySet[RecurringLine], decision: Decision) -> None:
        ids = list(chosen.values_list("pk", flat=True)[:MAX_ACTION_ROWS])
        count = RecurringLine.objects.filter(pk__in=ids).update(decision=decision)
        words = ngettext(
            "%(n)d line was changed. It holds for new articles; reprocess those that are there.",
            "%(n)d lines were changed. It holds for new articles; reprocess those that are there.",
            count,
        )
        self.message_user(request, words % {"n": count}, messages.SUCCESS)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_source")
