"""The operations for articles, actors and sources."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from timeline.api import parameters, schemas
from timeline.api.description import LISTS, ONE, reads
from timeline.api.errors import ProblemError
from timeline.api.parameters import PAGED
from timeline.api.query import Query
from timeline.api.routes import router
from timeline.api.serialize import article_json, article_row, respond
from timeline.models import Actor, Article, EventParticipant, Source


@router.get(
    "/articles",
    summary="Articles, the newest first",
    **reads("listArticles", schemas.ArticlesOut, *parameters.ARTICLE_FILTER, *PAGED, problems=LISTS),
)
def articles(request: HttpRequest) -> HttpResponse:
    """List articles without their texts, in order of (published, id) from the newest."""
    query = Query(request, *parameters.ARTICLE_FILTER, *PAGED)
    limit, rows = query["limit"], _chosen_articles(query)
    place = query.place(datetime.fromisoformat, int)
    if place is not None:
        moment, pk = place
        rows = rows.filter(Q(published__lte=moment) & (Q(published__lt=moment) | Q(pk__lt=pk)))
    found = list(rows.order_by("-published", "-pk")[: limit + 1])
    more = found[limit - 1] if len(found) > limit else None
    return respond(
        {
            "articles": [article_row(row) for row in found[:limit]],
            "next": query.following(more.published.isoformat(), str(more.pk)) if more else None,
        }
    )


def _chosen_articles(query: Query) -> QuerySet[Article]:
    rows = Article.objects.select_related("source").defer("markup", "text", "expressions", "title_expressions")
    rows = rows.filter(removed=None)
    if slugs := query["source"]:
        rows = rows.filter(source__in=Source.objects.filter(slug__in=slugs))
    if states := query["state"]:
        rows = rows.filter(state__in=states)
    if start := query["from"]:
        rows = rows.filter(published__gte=_midnight(start))
    if end := query["to"]:
        rows = rows.filter(published__lt=_midnight(end + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone())


@router.get(
    "/articles/{int:article_id}",
    summary="One article as it was read",
    **reads("getArticle", schemas.ArticleOut, problems=(*ONE, "article-gone")),
)
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """Return an article's text with its date expressions; their offsets are code points into `text`.

    410: it was removed.
    """
    Query(request)  # it takes no parameters
    row = Article.objects.select_related("source").defer("markup").filter(pk=article_id).first()
    if row is None:
        raise Http404
    if row.removed is not None:
        raise ProblemError("article-gone")
    return respond(article_json(row))


@router.get(
    "/actors",
    summary="Countries, places and blocs that occur in events",
    **reads("listActors", schemas.ActorsOut, *parameters.ACTOR_FILTER, *PAGED, problems=LISTS),
)
def actors(request: HttpRequest) -> HttpResponse:
    """List actors that take part in an event, in order of code, with their names in all languages."""
    query = Query(request, *parameters.ACTOR_FILTER, *PAGED)
    limit, kind, words = query["limit"], query["kind"], query["q"]
    place = query.place(str)
    rows = Actor.objects.filter(Exists(EventParticipant.objects.filter(actor=OuterRef("pk"))))
    if kind:
        rows = rows.filter(kind=kind)
    if words:
        names = ("code", "name_zh_hans", "name_zh_hant", "name_en")
        rows = rows.filter(Q(*((f"{name}__icontains", words) for name in names), _connector=Q.OR))
    if place is not None:
        rows = rows.filter(pk__gt=place[0])
    found = list(rows.order_by("pk")[: limit + 1])
    listed = [{name: getattr(row, name) for name in schemas.ActorRowOut.model_fields} for row in found[:limit]]
    return respond({"actors": listed, "next": query.following(found[limit - 1].pk) if len(found) > limit else None})


@router.get(
    "/sources", summary="Where articles come from", **reads("listSources", schemas.SourcesOut, *PAGED, problems=LISTS)
)
def sources(request: HttpRequest) -> HttpResponse:
    """List newsrooms in order of slug."""
    query = Query(request, *PAGED)
    limit, place = query["limit"], query.place(str)
    rows = Source.objects.filter(slug__gt=place[0]) if place else Source.objects.all()
    found = list(rows.order_by("slug")[: limit + 1])
    listed = [{name: getattr(row, name) for name in schemas.SourceOut.model_fields} for row in found[:limit]]
    return respond({"sources": listed, "next": query.following(found[limit - 1].slug) if len(found) > limit else None})
