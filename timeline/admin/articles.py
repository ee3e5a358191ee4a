"""What was read: articles, their earlier versions, their claims."""

from __future__ import annotations

import logging

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from timeline import pipeline, tasks
from timeline.admin.machine import MachineAdmin
from timeline.models import (
    Article,
    ArticleVersion,
    Claim,
)
from timeline.outages import QUEUE_AWAY

log = logging.getLogger(__name__)


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
        try:
            tasks.enqueue(ids)
        except QUEUE_AWAY as error:
            log.warning("the queue takes no messages (%s); the sweep finds what is to be read", error)
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
