"""The operations that take a text: extraction without storing, and articles to be stored."""

from __future__ import annotations

import hashlib
import html
import logging
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext

from timeline import tasks
from timeline.api import patterns, schemas
from timeline.api.bodies import ArticleIn, ExtractIn, moment, read_body
from timeline.api.description import writes
from timeline.api.errors import ProblemError
from timeline.api.query import Query
from timeline.api.routes import router
from timeline.api.serialize import respond
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import PostError as BadPost
from timeline.fetching.posts import RawArticle, address, markup_of, plain
from timeline.http import idempotency, tokens
from timeline.http.rate_limit import limit_headers, wait_for
from timeline.ingest.store import FutureArticleError, UnknownSourceError, refuse_future, store_articles
from timeline.models import ApiToken, Article, Source
from timeline.resilience.retry import QUEUE_DOWN
from timeline.sandbox.caller import SANDBOX, BusyError, LimitError
from timeline.validation.columns import max_chars

log = logging.getLogger(__name__)
WRITING = ("no-token", "wrong-scope", "bad-key", "key-in-use", "key-reused")


@router.post(
    "/extract",
    summary="Read a text; nothing is stored",
    **writes("extract", schemas.ReadingOut, ExtractIn, problems=["too-many-requests", "busy", "takes-too-long"]),
)
def extract(request: HttpRequest) -> HttpResponse:
    """Return the date expressions and events of a text, as `manage.py extract` prints them."""
    Query(request)  # it takes no parameters
    wait = wait_for(request, "extract", settings.EXTRACTS_A_MINUTE)
    limits = limit_headers("extract", settings.EXTRACTS_A_MINUTE, wait)
    if wait:
        raise ProblemError("too-many-requests", headers=limits)
    sent = read_body(request, ExtractIn)
    published = moment(sent.published)
    try:
        content = SANDBOX.call(
            "extract",
            title=sent.title,
            text=sent.text,
            html=sent.html,
            published=published.isoformat() if published else None,
            zone=sent.zone,
            language=sent.language,
            anchor=sent.anchor or None,
            reader=get_language() or settings.LANGUAGE_CODE,
        )
    except BusyError as error:
        raise ProblemError("busy", headers={"Retry-After": "1"}) from error
    except LimitError as error:
        raise ProblemError("takes-too-long") from error
    return HttpResponse(content, content_type="application/json", headers=limits)


@router.post(
    "/articles",
    summary="Store an article, or a new version of it",
    **writes(
        "takeInArticle", schemas.TakenInOut, ArticleIn, problems=WRITING, created=True, scope=tokens.ARTICLES_WRITE
    ),
)
def post_article(request: HttpRequest) -> HttpResponse:
    """Store an article. 201: new; 200: known, unchanged or a new version. Workers read it. Scope: `articles:write`."""
    token = _token(request, tokens.ARTICLES_WRITE)
    Query(request)
    key = _key(request)
    raw = _raw(read_body(request, ArticleIn))
    digest = hashlib.sha256(request.body).hexdigest()
    try:
        answer = idempotency.once(token, key, digest, lambda: _take_in(raw))
    except idempotency.KeyInUseError as error:
        raise ProblemError("key-in-use", headers={"Retry-After": "1"}) from error
    except idempotency.KeyReusedError as error:
        raise ProblemError("key-reused") from error
    except UnknownSourceError as error:  # it was deleted just now
        raise _unknown_source() from error
    pk = answer.body["id"]
    if not answer.again:
        _nudge(pk)
    url = request.build_absolute_uri(reverse("api:article", args=[pk]))
    headers = {"Location": url} | ({"Idempotency-Replayed": "true"} if answer.again else {})
    return respond({**answer.body, "url": url}, answer.status, headers)


def _take_in(raw: RawArticle) -> tuple[int, dict[str, Any]]:
    ((outcome, pk),) = store_articles([raw])
    version = Article.objects.values_list("version", flat=True).get(pk=pk)
    return 201 if outcome == "new" else 200, {"id": pk, "outcome": outcome, "version": version}


def _nudge(pk: int) -> None:
    """Tell the workers; without a queue, recovery finds the stored row as soon as they run."""
    try:
        tasks.enqueue([pk])
    except QUEUE_DOWN as error:
        log.warning("the queue takes no messages (%s); article %s waits", error, pk, extra={"article": pk})


def _token(request: HttpRequest, scope: str) -> ApiToken:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise ProblemError("no-token", headers={"WWW-Authenticate": 'Bearer realm="newsdesk"'})
    token = tokens.token_of(secret.strip())
    if token is None:
        challenge = 'Bearer realm="newsdesk", error="invalid_token"'
        raise ProblemError("no-token", headers={"WWW-Authenticate": challenge})
    if scope not in token.scopes:
        challenge = f'Bearer realm="newsdesk", error="insufficient_scope", scope="{scope}"'
        raise ProblemError("wrong-scope", headers={"WWW-Authenticate": challenge})
    return token


def _key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if re.fullmatch(patterns.KEY, key) is None:
        raise ProblemError("bad-key")
    return key


def _raw(sent: ArticleIn) -> RawArticle:
    """Convert a body into what the pipeline takes. Raises ProblemError for an invalid field."""
    published = moment(sent.published)
    assert published
    try:
        url = address(sent.url)
    except BadPost as error:
        raise _bad("url", str(error)) from error
    if sent.source and not Source.objects.filter(slug=sent.source).exists():
        raise _unknown_source()
    name, most = newsroom_of(url).names["zh-Hans"], max_chars(Source, "name")
    if not sent.source and len(name) > most:
        long = gettext("The name of its newsroom would have more than %(most)d characters; give its source.")
        raise _bad("url", long % {"most": most})
    title = plain(html.escape(sent.title))
    raw = RawArticle("", title, url, published, "", markup_of(sent.text, sent.html), sent.source)
    try:
        refuse_future(raw)
    except FutureArticleError as error:
        raise _bad("published", str(error)) from error
    return raw


def _unknown_source() -> ProblemError:
    return _bad("source", gettext("Write the slug of a source that newsdesk reads."))


def _bad(name: str, reason: str) -> ProblemError:
    return ProblemError("bad-body", wrong=[{"name": name, "reason": reason, "allowed": ""}])
