"""Read articles again from the admin: show what would change, then do it after confirmation."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from timeline import tasks
from timeline.admin.lists import few_enough
from timeline.admin.pages import admin_page
from timeline.display.changes import names_of, type_words
from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.ingest.reclean import clean_again, cleaned_again
from timeline.models import Actor, Article, Source
from timeline.pipeline.read import requeue
from timeline.pipeline.reread import Diff, EventSummary, compare
from timeline.resilience.retry import QUEUE_DOWN

log = logging.getLogger(__name__)

MAX_COMPARED = 100  # articles read for one page; the command `reread` compares any number
MAX_SHOWN = 50  # events of each kind on the page


@dataclass(frozen=True, slots=True)
class Line:
    """An event that would be gained, lost or changed, as text; `differs`: what it would become."""

    words: str
    differs: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class RereadPage:
    """The variables of `admin/timeline/article/read_again.html`.

    `compared_now`: how many articles were read; `set_aside`: those that only a worker reads again; `more`: whether
    articles were left out. `counts`: of all events and failures, of which at most `MAX_SHOWN` are listed.
    """

    title: str
    articles: list[Article]
    more: bool
    compared_now: int
    set_aside: int
    gained: list[Line]
    lost: list[Line]
    changed: list[Line]
    failed: Sequence[tuple[int, str]]
    counts: Mapping[str, int]
    compared: int = MAX_COMPARED


class RereadAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The rereading views of the admin of articles."""

    change_form_template = "admin/timeline/article/change_form.html"
    actions = ["read_again"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.read_again_view)
        return [path("read-again/", view, name="timeline_article_read_again"), *super().get_urls()]

    @admin.action(description=gettext_lazy("Reprocess with the current rules…"), permissions=["reread"])
    def read_again(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponseBase | None:
        if not few_enough(request, articles):
            return None
        return self._preview(request, articles.order_by("-published", "-pk"))

    def has_reread_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("timeline.change_article")

    def read_again_view(self, request: HttpRequest) -> HttpResponseBase:
        """Show what rereading the articles of `id` or of a `source` would change (GET), or do it (POST `id`)."""
        if not self.has_reread_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._requeue(request, _ids_of(request.POST))
        rows = Article.objects.order_by("-published", "-pk")
        if slug := request.GET.get("source", ""):
            return self._preview(request, rows.filter(source=get_object_or_404(Source, slug=slug)))
        return self._preview(request, rows.filter(pk__in=_ids_of(request.GET)))

    def _requeue(self, request: HttpRequest, ids: Sequence[int]) -> HttpResponseBase:
        clean_again(ids)
        count = requeue(ids)
        try:
            tasks.enqueue(ids)
        except QUEUE_DOWN as error:
            log.warning("the queue takes no messages (%s); the recovery task finds what is to be read", error)
            message = _("The queue is unavailable; the articles will be processed when workers are running.")
            self.message_user(request, message, messages.WARNING)
        words = ngettext("%(n)d article will be reprocessed.", "%(n)d articles will be reprocessed.", count)
        self.message_user(request, words % {"n": count}, messages.SUCCESS if count else messages.WARNING)
        return HttpResponseRedirect(reverse("admin:timeline_article_changelist"))

    def _preview(self, request: HttpRequest, articles: QuerySet[Article]) -> HttpResponseBase:
        rows = articles.exclude(state=Article.State.HAND).select_related(None).select_related("source")
        chosen = list(rows.defer(None).defer("expressions", "title_expressions")[: MAX_COMPARED + 1])
        more, chosen = len(chosen) > MAX_COMPARED, chosen[:MAX_COMPARED]
        # Reading a failed article may kill the process: leave that to workers.
        whole = [article for article in chosen if article.state != Article.State.FAILED]
        diff = compare(cleaned_again(whole))
        gained, lost, changed = _lines(diff)
        page = RereadPage(
            title=_("Effect of reprocessing"),
            articles=chosen,
            more=more,
            compared_now=len(whole),
            set_aside=len(chosen) - len(whole),
            gained=gained,
            lost=lost,
            changed=changed,
            failed=diff.failed[:MAX_SHOWN],
            counts={name: len(getattr(diff, name)) for name in ("gained", "lost", "changed", "failed")},
        )
        return admin_page(self, request, "admin/timeline/article/read_again.html", page)


def _ids_of(query: QueryDict) -> list[int]:
    words = query.getlist("id")[:MAX_COMPARED]
    return [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19]


def _lines(diff: Diff) -> tuple[list[Line], list[Line], list[Line]]:
    """Return the events that would be gained, lost and changed."""
    events = [*diff.gained[:MAX_SHOWN], *diff.lost[:MAX_SHOWN], *(e for pair in diff.changed[:MAX_SHOWN] for e in pair)]
    actors = Actor.objects.in_bulk({code for event in events for code in event.participants})
    return (
        [Line(_describe(e, actors), evidence=e.evidence) for e in diff.gained[:MAX_SHOWN]],
        [Line(_describe(e, actors), evidence=e.evidence) for e in diff.lost[:MAX_SHOWN]],
        [Line(_describe(a, actors), _describe(b, actors), b.evidence) for a, b in diff.changed[:MAX_SHOWN]],
    )


def _describe(event: EventSummary, actors: dict[str, Actor]) -> str:
    names = names_of(event.participants, actors)
    return " · ".join([type_words(event.type), names, span_words(event.when), state_words(event.status)])
