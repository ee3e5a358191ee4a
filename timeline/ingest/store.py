"""Store articles. The address is the identity; a text that is replaced is kept as a version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from timeline.extraction.revised import later_days
from timeline.fetching.identity import page_of
from timeline.fetching.newsrooms import newsroom_of, text_of
from timeline.fetching.posts import RawArticle
from timeline.ingest.recurring import count_lines, lines_around
from timeline.models import TEXTS, Article, ArticleVersion, Source
from timeline.resilience.retry import retry_on_contention
from timeline.validation.columns import fit_column

MAX_AHEAD = timedelta(days=1)  # of the time of publication; clocks differ


class FutureArticleError(ValueError):
    """The article is dated more than MAX_AHEAD in the future."""


class UnknownSourceError(ValueError):
    """There is no source with the slug that an article names."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def store_articles(raws: Sequence[RawArticle]) -> list[tuple[str, int]]:
    """Store articles in one transaction; return for each ("new" | "unchanged" | "changed" | "removed", article id).

    Removed articles stay so, and those of a removed source are stored as tombstones.

    Lines that recur around the articles of their source are left out of the texts, and those of new ones counted.

    Raises UnknownSourceError, and then nothing is stored.
    """
    stored, new = _store_or_update(raws)
    count_lines(new)
    return stored


@retry_on_contention
def _store_or_update(raws: Sequence[RawArticle]) -> tuple[list[tuple[str, int]], list[tuple[Article, str]]]:
    try:
        return _store(raws)
    except IntegrityError:  # another worker stored the same addresses meanwhile: now they are known
        return _store(raws)


@transaction.atomic
def _store(raws: Sequence[RawArticle]) -> tuple[list[tuple[str, int]], list[tuple[Article, str]]]:
    """Store articles; return for each what came of it, and the new ones with their whole texts."""
    pages = {digest(page_of(raw.url)) for raw in raws}
    same = Q(url_digest__in={digest(raw.url) for raw in raws}) | Q(page_digest__in=pages)
    rows = list(Article.objects.select_for_update().filter(same).order_by("pk").defer(*TEXTS))
    known = {article.page_digest: article for article in reversed(rows)}
    known |= {digest(page_of(article.url)): article for article in reversed(rows)}
    known |= {digest(page_of(article.url)): article for article in rows if article.url in {raw.url for raw in raws}}
    sources, new = _sources(raws), dict[str, Article]()
    stored, counted = list[tuple[str, Article]](), list[tuple[Article, str]]()
    around = lines_around({source.pk for source in sources.values()} | {row.source_id for row in rows})
    for raw in raws:
        key = digest(page_of(raw.url))
        if key in new:  # twice in one batch: the second is a version of the first
            _insert(new)
            known |= new
            new = {}
        outcome, article = _store_one(raw, known.get(key), sources)
        if outcome in ("new", "changed"):
            whole, article.text = article.text, around.without(article.source_id, article.text)
            counted += [(article, whole)] if outcome == "new" else []
            if outcome == "changed":
                article.save()
        if article.pk is None:
            new[key] = article
        stored.append((outcome, article))
    _insert(new)
    return [(outcome, article.pk) for outcome, article in stored], counted


def _insert(new: dict[str, Article]) -> None:
    """Insert in the order of the digests, so that two workers with the same addresses do not deadlock."""
    Article.objects.bulk_create([new[key] for key in sorted(new)])


def _store_one(raw: RawArticle, article: Article | None, sources: dict[str, Source]) -> tuple[str, Article]:
    content = digest(f"{raw.title}\n{raw.published.isoformat()}\n{raw.markup}")
    if article is not None and article.removed is not None:
        return "removed", article
    if article is None:
        source = sources[raw.source or newsroom_of(raw.url, raw.author).slug]
        if source.removed is not None:
            return "removed", _tombstone(raw, source)
        article, outcome = Article(url=raw.url, url_digest=digest(raw.url), source=source), "new"
        article.page_digest = digest(page_of(raw.url))
    elif article.digest == content:
        return "unchanged", article
    else:
        _store_version(article)
        article.version += 1
        outcome = "changed"
    before = "" if outcome == "new" else f"{article.title}\n{article.text}"
    article.title, article.published, article.markup = raw.title, raw.published, raw.markup
    article.published_from = raw.published_from
    article.text, article.digest = text_of(raw.markup, raw.title, raw.url, raw.author), content
    day = raw.revised.isoformat() if raw.revised else ""
    article.later_sentences = (
        later_days(f"{raw.title}\n{article.text}", before, article.later_sentences, day) if before else {}
    )
    article.state, article.state_since = Article.State.NEW, timezone.now()
    article.begun, article.tries, article.failure = None, 0, ""
    return outcome, article


def _tombstone(raw: RawArticle, source: Source) -> Article:
    now = timezone.now()
    return Article(
        url=raw.url,
        url_digest=digest(raw.url),
        source=source,
        published=raw.published,
        removed=now,
        state=Article.State.DONE,
        state_since=now,
    )


def refuse_future(raw: RawArticle) -> None:
    """Raise FutureArticleError for an article dated more than MAX_AHEAD in the future."""
    if raw.published > timezone.now() + MAX_AHEAD:
        raise FutureArticleError(
            f"says it was published on {raw.published:%Y-%m-%d %H:%M} UTC, which is in the future; "
            "correct the timestamp and import it again"
        )


def _store_version(article: Article) -> None:
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
    """Return the sources of articles by slug. Missing ones are created, except those that an article names.

    Raises UnknownSourceError.
    """
    rooms = {room.slug: room for room in (newsroom_of(raw.url, raw.author) for raw in raws if not raw.source)}
    given = {raw.source for raw in raws if raw.source}
    sources = _sources_by_slug(rooms.keys() | given)
    if missing := sorted(rooms.keys() - sources.keys()):
        made = [
            Source(
                slug=slug,
                name=fit_column(Source, "name", rooms[slug].names["zh-Hans"]),
                zone=rooms[slug].zone,
                language=rooms[slug].language,
            )
            for slug in missing
        ]
        Source.objects.bulk_create(made, ignore_conflicts=True)
        sources |= _sources_by_slug(missing)
    if unknown := sorted((rooms.keys() | given) - sources.keys()):
        raise UnknownSourceError(f"there is no source {', '.join(unknown)}")
    return sources


def _sources_by_slug(slugs: Iterable[str]) -> dict[str, Source]:
    return {source.slug: source for source in Source.objects.filter(slug__in=slugs)}
