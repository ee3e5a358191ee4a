"""The page of one article: its text as it was read, with the events found in it. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from timeline.display.dates import day_words, span_words
from timeline.display.event import EventView, view_events
from timeline.display.markup import article_markup, title_markup
from timeline.display.sentences import anchor_words, local_moment, state_words
from timeline.http.pages import render_page
from timeline.models import Article, ArticleVersion, MergedArticle


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """What the article claims of one event; `view`: None for a claim that is not on the timeline."""

    span: str
    state: str
    view: EventView | None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The variables of `timeline/article.html`. `original`: the article's web address, "" for one of another kind."""

    article: Article
    heading: SafeString
    text: SafeString
    published: str
    anchor: str
    anchor_from: str
    original: str
    claims: list[FoundEvent]
    versions: QuerySet[ArticleVersion]
    failed: bool
    waiting: bool


@dataclass(frozen=True, slots=True)
class RemovedArticlePage:
    """The variables of `timeline/article_removed.html`."""

    source: str


@require_safe
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the text as it was read, with its date expressions and the evidence of its events."""
    row = Article.objects.select_related("source").defer("markup").filter(pk=pk).first()
    if row is None:
        return redirect(get_object_or_404(MergedArticle, pk=pk).article, permanent=True)
    if row.removed is not None:
        return render_page(request, "timeline/article_removed.html", RemovedArticlePage(row.source.name), status=410)
    claims = list(row.claims.select_related("event").order_by("evidence_start", "pk"))
    linked = {claim.event_id: claim.event for claim in claims if claim.event}
    live = [event for event in linked.values() if not event.retracted]
    views = {view.id: view for view in view_events(live, timezone.localdate())}
    page = ArticlePage(
        article=row,
        heading=title_markup(row),
        text=article_markup(row, claims, {pk: view.title for pk, view in views.items()}),
        published=local_moment(row.published, row.source.zone),
        anchor=day_words(row.anchor) if row.anchor else "",
        anchor_from=anchor_words(row.anchor_from),
        original=row.url if row.url.startswith(("https://", "http://")) else "",
        claims=[FoundEvent(span_words(c.when), state_words(c.status), views.get(c.event_id or "")) for c in claims],
        versions=row.versions.defer("markup", "text").order_by("-version"),
        failed=row.state == Article.State.FAILED,
        waiting=row.state == Article.State.NEW,
    )
    return render_page(request, "timeline/article.html", page)
