"""Remove articles and sources in the admin: a page that says what goes, and then does it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from timeline import tasks
from timeline.ingest import removal
from timeline.models import Article, Claim, Event, Feed, Source
from timeline.resilience.retry import QUEUE_DOWN

MAX_SHOWN = 20
CONFIRMED = "confirmed"


class RemovalAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Two actions: remove what is chosen, after a page that says what goes; and allow it again."""

    def get_actions(self, request: HttpRequest) -> Any:
        """Leave out Django's own deletion: it would leave no tombstone."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_remove_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"timeline.change_{self.opts.model_name}")

    @admin.action(description=gettext_lazy("Remove…"), permissions=["remove"])
    def remove(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponseBase | None:
        """Show what would be removed; remove it where that was confirmed."""
        rows = chosen.filter(removed=None)
        if CONFIRMED in request.POST:
            self.carry_out(request, rows)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Remove"),
            "opts": self.opts,
            "shown": [str(row) for row in rows[:MAX_SHOWN]],
            "more": max(0, rows.count() - MAX_SHOWN),
            "ids": list(rows.values_list("pk", flat=True)),
            "lost": self.lost(rows),
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/timeline/remove.html", context)

    @admin.action(description=gettext_lazy("Allow again (removed ones)"), permissions=["remove"])
    def allow(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        count = self.lift(chosen)
        words = ngettext(
            "%(n)d article is allowed again: the next import or poll that brings it stores it.",
            "%(n)d articles are allowed again: the next import or poll that brings them stores them.",
            count,
        )
        self.message_user(request, words % {"n": count}, messages.SUCCESS if count else messages.WARNING)

    def lost(self, chosen: QuerySet[Any]) -> list[str]:
        """Return in words what would go."""
        raise NotImplementedError

    def carry_out(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        raise NotImplementedError

    def lift(self, chosen: QuerySet[Any]) -> int:
        raise NotImplementedError

    def report(self, request: HttpRequest, count: int, is_queued: bool) -> None:
        words = ngettext("%(n)d article is being removed.", "%(n)d articles are being removed.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS if count else messages.WARNING)
        if not is_queued:
            message = _("The queue is unavailable; events follow when workers are running.")
            self.message_user(request, message, messages.WARNING)


class ArticleRemovalAdmin(RemovalAdmin):
    """Removal of articles. Manual entries are left out: their events are rejected by a decision."""

    def lost(self, chosen: QuerySet[Article]) -> list[str]:
        rows = chosen.exclude(state=Article.State.HAND)
        return _losses(Claim.objects.filter(article__in=rows.order_by().values("pk")))

    def carry_out(self, request: HttpRequest, chosen: QuerySet[Article]) -> None:
        rows = list(chosen.select_related(None).exclude(state=Article.State.HAND).only("pk", "title", "removed"))
        for row in rows:
            self.log_change(request, row, "removed")
        removed = [pk for batch in removal.remove_articles([row.pk for row in rows]) for pk in batch]
        self.report(request, len(removed), _is_sent(lambda: tasks.enqueue(removed)))

    def lift(self, chosen: QuerySet[Article]) -> int:
        return removal.allow_again(chosen.values_list("pk", flat=True))


class SourceRemovalAdmin(RemovalAdmin):
    """Removal of sources with their feeds and articles."""

    def lost(self, chosen: QuerySet[Source]) -> list[str]:
        sources = list(chosen.order_by().values_list("pk", flat=True))
        feeds = Feed.objects.filter(source__in=sources).count()
        articles = Article.objects.filter(source__in=sources, removed=None).exclude(state=Article.State.HAND).count()
        return [
            ngettext("%(n)d feed", "%(n)d feeds", feeds) % {"n": feeds},
            ngettext("%(n)d article", "%(n)d articles", articles) % {"n": articles},
            *_losses(Claim.objects.filter(article__source__in=sources)),
        ]

    def carry_out(self, request: HttpRequest, chosen: QuerySet[Source]) -> None:
        count, is_queued = 0, True
        for source in chosen:
            self.log_change(request, source, "removed")
            count += len(removal.articles_of(source))
            removal.close_source(source)
            is_queued &= _is_sent(lambda pk=source.pk: tasks.send_removal(pk))
        self.report(request, count, is_queued)

    def lift(self, chosen: QuerySet[Source]) -> int:
        return sum(removal.allow_again(source=source) for source in chosen.filter(removed__isnull=False))


def _losses(claims: QuerySet[Claim]) -> list[str]:
    count = claims.count()
    touched = Event.objects.filter(pk__in=claims.order_by().values("event"), retracted=False)
    alone = touched.exclude(claims__in=Claim.objects.exclude(pk__in=claims.order_by().values("pk"))).count()
    return [
        ngettext("%(n)d claim", "%(n)d claims", count) % {"n": count},
        ngettext("%(n)d event that no other article tells", "%(n)d events that no other article tells", alone)
        % {"n": alone},
    ]


def _is_sent(send: Any) -> bool:
    try:
        send()
    except QUEUE_DOWN:
        return False
    return True
