"""Articles, their earlier versions and their claims."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from timeline.admin.lists import ChosenFilter, DaysFilter, KnownFilter
from timeline.admin.read_only import ReadOnlyAdmin
from timeline.admin.removal import ArticleRemovalAdmin
from timeline.admin.reread import RereadAdmin
from timeline.display.dates import span_words
from timeline.display.titles import row_title
from timeline.ingest.store import digest
from timeline.models import (
    Article,
    ArticleVersion,
    Claim,
    Source,
)


class SourceFilter(ChosenFilter):
    """Filter by newsroom, chosen by its slug."""

    title = _("source")
    parameter_name = "source"
    named = "source__slug"
    words = "name"

    def rows(self) -> QuerySet[Source]:
        return Source.objects.all()


class LanguageFilter(KnownFilter):
    """Filter by language tag. The values are fixed, so no query looks for them."""

    title = _("language")
    parameter_name = "language__exact"
    values = [(code, code) for code in ("zh-Hans", "zh-Hant", "en", "ja")]


class AnchorFilter(KnownFilter):
    """Filter by where the reference date came from. The values are fixed, so no query looks for them."""

    title = _("reference date from")
    parameter_name = "anchor_from__exact"
    values = [(name, name) for name in ("given", "dateline", "byline", "published", "bracket")]


class RemovedFilter(admin.SimpleListFilter):
    """Filter by whether an article was removed."""

    title = _("removed")
    parameter_name = "removed"

    def lookups(self, request: Any, model_admin: Any) -> Any:
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() not in ("no", "yes") else queryset.filter(removed__isnull=self.value() == "no")


@admin.register(Article)
class ArticleAdmin(RereadAdmin, ArticleRemovalAdmin, ReadOnlyAdmin):
    """Articles, read-only, with actions that read them again and remove them."""

    actions = ["read_again", "remove", "allow"]
    list_display = ["headline", "source", "published", "anchor", "state", "tries", "version"]
    list_filter = [("published", DaysFilter), SourceFilter, "state", LanguageFilter, AnchorFilter, RemovedFilter]
    search_fields = ["title"]
    list_select_related = ["source"]
    ordering = ["-published", "-pk"]
    sortable_by = ["published"]
    named_by = ["url_digest"]
    answered = ["source", "source__slug", "source__id__exact"]
    exclude = ["markup", "url_digest", "digest", "expressions", "title_expressions", "pending_keys"]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: Any) -> QuerySet[Article]:
        return super().get_queryset(request).defer("markup", "text", "expressions", "title_expressions")

    def named_value(self, lookup: str, term: str) -> str:
        return digest(term)  # of the URL

    @admin.display(description=_("title"))
    def headline(self, article: Article) -> str:
        return str(article)


@admin.register(ArticleVersion)
class ArticleVersionAdmin(ReadOnlyAdmin):
    """Earlier versions of articles, read-only."""

    list_display = ["title", "article", "version", "published", "replaced_at"]
    search_fields = ["title", "article__title"]
    list_select_related = ["article"]
    ordering = ["-pk"]
    answered = ["article__id__exact", "article"]
    exclude = ["markup"]

    def get_queryset(self, request: Any) -> QuerySet[ArticleVersion]:
        long = ("markup", "text")
        of_article = [f"article__{name}" for name in ("markup", "text", "expressions", "title_expressions")]
        return super().get_queryset(request).select_related("article").defer(*long, *of_article)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    """What articles claim of events, read-only."""

    list_display = ["__str__", "type", "status", "span", "reported", "article", "named"]
    list_filter = [("reported", DaysFilter), "kind", "type", "status", "stage"]
    search_fields = ["evidence", "said_by"]
    ordering = ["-reported", "-pk"]
    sortable_by = ["reported"]
    named_by = ["event_id", "pk"]
    answered = ["article__id__exact", "article", "event__id__exact", "event"]

    def get_queryset(self, request: Any) -> QuerySet[Claim]:
        of_article = [f"article__{name}" for name in ("markup", "text", "expressions", "title_expressions")]
        rows = super().get_queryset(request).select_related("article", "event__place").defer(*of_article)
        return rows.prefetch_related("event__participants__actor")

    @admin.display(description=_("When"))
    def span(self, claim: Claim) -> str:
        return span_words(claim.when)

    @admin.display(description=_("event"))
    def named(self, claim: Claim) -> str:
        return row_title(claim.event) if claim.event else ""
