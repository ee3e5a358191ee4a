"""Rows as JSON values, in the shapes of `timeline.api.schemas`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse

from timeline.api import schemas
from timeline.display.extraction_json import doubt_json, reason_json
from timeline.extraction.reason import from_json
from timeline.models import Article, Claim, EventBelief, Source

OF_CLAIM = (
    "id reported start end granularity modifier extent alternatives status evidence evidence_start evidence_end said_by"
).split()
OF_ARTICLE = "id title url published anchor anchor_from language version state".split()
OF_EXPRESSIONS = ("expressions", "title_expressions")


def respond(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a JSON response. It is not validated against the schemas: that would double the time of a request."""
    content = orjson.dumps(data)
    return HttpResponse(content, status=status, content_type="application/json", headers=dict(headers or {}))


def claim_json(claim: Claim) -> dict[str, Any]:
    """Return a claim with its article and source."""
    article = claim.article
    return {
        **{name: getattr(claim, name) for name in OF_CLAIM},
        **reason_json(from_json(claim.reasons)),
        **doubt_json(claim.doubts, claim.probability),
        "article": article.pk,
        "article_title": article.title,
        "article_url": article.url,
        "source": source_name(article.source),
        "reprint_of": claim.reprint_of_id,
    }


def belief_json(belief: EventBelief) -> dict[str, Any]:
    """Return a belief in the shape of `BeliefOut`."""
    return {name: getattr(belief, name) for name in schemas.BeliefOut.model_fields}


def article_row(article: Article) -> dict[str, Any]:
    """Return an article without its text."""
    return {**{name: getattr(article, name) for name in OF_ARTICLE}, "source": source_name(article.source)}


def article_json(article: Article) -> dict[str, Any]:
    """Return an article with its text and date expressions, in the shape of `ArticleOut`."""
    expressions = {name: [_expression(row) for row in getattr(article, name)] for name in OF_EXPRESSIONS}
    return article_row(article) | {"text": article.text} | expressions


def _expression(row: dict[str, Any]) -> dict[str, Any]:
    return row | reason_json(from_json(row.get("reasons")))


def source_name(source: Source) -> dict[str, str]:
    """Return slug and name of a newsroom, in the shape of `SourceNameOut`."""
    return {"slug": source.slug, "name": source.name}
