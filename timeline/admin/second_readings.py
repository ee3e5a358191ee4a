"""What the language model read of articles, and what of its answers is not believed."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from timeline.admin.lists import MAX_ACTION_ROWS
from timeline.admin.read_only import ReadOnlyAdmin
from timeline.models import SecondReading
from timeline.second_reader import choose


@admin.register(SecondReading)
class SecondReadingAdmin(ReadOnlyAdmin):
    """Read-only; an article can be ordered to be asked about again."""

    list_display = ["article", "state", "reason", "model", "dropped", "tokens_in", "tokens_out", "asked_at", "error"]
    list_filter = ["state", "reason"]
    list_select_related = ["article"]
    actions = ["ask_again"]
    ordering = ["-pk"]

    @admin.action(description=gettext_lazy("Ask the model again"), permissions=["ask"])
    def ask_again(self, request: HttpRequest, chosen: QuerySet[SecondReading]) -> None:
        rows = chosen.select_related("article")[:MAX_ACTION_ROWS]
        for row in rows:
            choose.order(row.article)
        words = _("The model will be asked again about %(n)s articles.") % {"n": len(rows)}
        self.message_user(request, words, messages.SUCCESS)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_article")
