"""Taking articles in: the address is the identity, and a text that is replaced is kept. Part of `pipeline`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from timeline.extraction.cleaning import clean
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import RawArticle
from timeline.models import TEXTS, Article, ArticleVersion, Source
from timeline.resilience.retry import retried
from timeline.validation.columns import fitted

AHEAD = timedelta(days=1)  # clocks differ; an article from further ahead is refused


class FromTheFuture(ValueError):
    """An article that says it was published after tomorrow."""


class UnknownSourceError(ValueError):
    """An article of a source, named by its slug, that there is not: deleted, maybe, since it was looked up."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@retried
def take_in(raws: Sequence[RawArticle]) -> list[tuple[str, int]]:
    """Store articles in one transaction: for each ("new" | "unchanged" | "changed", article id).

    The address is the identity. A changed text is a new version; the text it replaces is kept.
    Raises UnknownSourceError, and nothing is stored.
    """
    try:
        return _take_in(raws)
    except IntegrityError:  # someone else takes in the same addresses just now: then they are known
        return _take_in(raws)


@transaction.atomic
def _take_in(raws: Sequence[RawArticle]) -> list[tuple[str, int]]:
    keys = {digest(raw.url) for raw in raws}
    rows = Article.objects.select_for_update().filter(url_digest__in=keys).order_by("pk").defer(*TEXTS)
    known = {article.url_digest: article for article in rows}
    sources, new = _sources(raws), dict[str, Article]()
    taken: list[tuple[str, Article]] = []
    for raw in raws:
        key = digest(raw.url)
        if key in new:  # twice in one batch: the second is a version of the first
            _insert(new)
            known |= new
            new = {}
        outcome, article = _take_in_one(raw, known.get(key), sources)
        if outcome == "new":
            new[key] = article
        taken.append((outcome, article))
    _insert(new)
    return [(outcome, article.pk) for outcome, article in taken]


def _insert(new: dict[str, Article]) -> None:
    """In the order of the digests: two who take in the same addresses wait for one another, and never both."""
    Article.objects.bulk_create([new[key] for key in sorted(new)])


def _take_in_one(raw: RawArticle, article: Article | None, sources: dict[str, Source]) -> tuple[str, Article]:
    content = digest(f"{raw.title}\n{raw.published.isoformat()}\n{raw.markup}")
    if article is None:
        source = sources[raw.source or newsroom_of(raw.url, raw.author).slug]
        article, outcome = Article(url=raw.url, url_digest=digest(raw.url), source=source), "new"
    elif article.digest == content:
        return "unchanged", article
    else:
        _keep_version(article)
        article.version += 1
        outcome = "changed"
    article.title, article.published, article.markup = raw.title, raw.published, raw.markup
    article.published_from = raw.published_from
    article.text, article.digest = clean(raw.markup, raw.title), content
    article.state, article.state_since = Article.State.NEW, timezone.now()
    article.begun, article.tries, article.failure = None, 0, ""
    if outcome == "changed":
        article.save()
    return outcome, article


def refuse_future(raw: RawArticle) -> None:
    """Raises FromTheFuture for an article published more than a day ahead of the clock."""
    if raw.published > timezone.now() + AHEAD:
        raise FromTheFuture(
            f"says it was published on {raw.published:%Y-%m-%d %H:%M} UTC, which is in the future; "
            "correct the timestamp and import it again"
        )


def _keep_version(article: Article) -> None:
    ArticleVersion.objects.get_or_create(
        article=article,
        version=article.version,
        defaults={
            "title": article.title,
            "published": article.published,
            "markup": article.markup,
            "text": article.text,
        },
    )


def _sources(raws: Sequence[RawArticle]) -> dict[str, Source]:
    """The sources of articles, by their slugs; those not known yet are made, but for those that are given by name.

    Others may make the same ones just now: whoever comes second waits for the first, and finds his. Raises
    UnknownSourceError.
    """
    rooms = {room.slug: room for room in (newsroom_of(raw.url, raw.author) for raw in raws if not raw.source)}
    given = {raw.source for raw in raws if raw.source}
    sources = _by_slug(rooms.keys() | given)
    if missing := sorted(rooms.keys() - sources.keys()):
        made = [
            Source(
                slug=slug,
                name=fitted(Source, "name", rooms[slug].names["zh-Hans"]),
                zone=rooms[slug].zone,
                language=rooms[slug].language,
            )
            for slug in missing
        ]
        Source.objects.bulk_create(made, ignore_conflicts=True)
        sources |= _by_slug(missing)
    if unknown := sorted((rooms.keys() | given) - sources.keys()):
        raise UnknownSourceError(f"there is no source {', '.join(unknown)}")
    return sources


def _by_slug(slugs: Iterable[str]) -> dict[str, Source]:
    return {source.slug: source for source in Source.objects.filter(slug__in=slugs)}
