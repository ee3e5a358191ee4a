"""The machine's only writer: articles in, claims out, events resolved.

Everything here may be repeated, interrupted and run by many workers at once: taking in is keyed by the
address, reading rewrites the claims of one article in one transaction, and resolving recomputes the
events of one key under a lock on that key.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from timeline import actors
from timeline.extraction import Article as CleanArticle
from timeline.extraction import EventMention, Reading, read_article
from timeline.extraction.cleaning import clean
from timeline.fetching.newsrooms import newsroom_of
from timeline.fetching.posts import RawArticle
from timeline.models import Article, ArticleVersion, Claim, Event, Source
from timeline.resolving import Said, key_of, resolve
from timeline.storing import store_happenings

log = logging.getLogger(__name__)

TRIES = 3  # readings of an article that fail before it is set aside
LOST_AFTER = timedelta(seconds=20)  # a waiting article older than this has lost its message
AHEAD = timedelta(days=1)  # clocks differ; an article from further ahead is refused


class FromTheFuture(ValueError):
    """An article that says it was published after tomorrow."""


# --- taking in ----------------------------------------------------------------------------------


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def take_in(raws: Sequence[RawArticle]) -> list[tuple[str, int]]:
    """Store articles in one transaction: for each ("new" | "unchanged" | "changed", article id).

    The address is the identity. A changed text is a new version; the text it replaces is kept.
    """
    with transaction.atomic():
        keys = {digest(raw.url) for raw in raws}
        known = {a.url_digest: a for a in Article.objects.select_for_update().filter(url_digest__in=keys)}
        return [_take_in_one(raw, known) for raw in raws]


def refuse_future(raw: RawArticle) -> None:
    """Raises FromTheFuture for an article published more than a day ahead of the clock."""
    if raw.published > timezone.now() + AHEAD:
        raise FromTheFuture(
            f"says it was published on {raw.published:%Y-%m-%d %H:%M} UTC, which is in the future; "
            "correct the timestamp and import it again"
        )


def _take_in_one(raw: RawArticle, known: dict[str, Article]) -> tuple[str, int]:
    key = digest(raw.url)
    content = digest(f"{raw.title}\n{raw.published.isoformat()}\n{raw.markup}")
    article = known.get(key)
    if article is not None and article.digest == content:
        return "unchanged", article.pk
    if article is None:
        article = Article(url=raw.url, url_digest=key, source=_source(raw))
        outcome = "new"
    else:
        _keep_version(article)
        article.version += 1
        outcome = "changed"
    article.title, article.published, article.markup = raw.title, raw.published, raw.markup
    article.text, article.digest = clean(raw.markup, raw.title), content
    _wait(article)
    article.save()
    known[key] = article
    return outcome, article.pk


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


def _source(raw: RawArticle) -> Source:
    room = newsroom_of(raw.url, raw.author)
    defaults = {"name": room.names["zh-Hans"], "zone": room.zone, "language": room.language}
    return Source.objects.get_or_create(slug=room.slug, defaults=defaults)[0]


def _wait(article: Article) -> None:
    article.state, article.state_since = Article.State.NEW, timezone.now()
    article.tries, article.failure = 0, ""


# --- reading ------------------------------------------------------------------------------------


def read_article_row(article_id: int) -> set[str]:
    """Read one article and rewrite its claims; the keys that have to be resolved now.

    An article that is gone or already done is no error. One whose reading raises is tried again, and
    after TRIES times set aside as failed with the reason.
    """
    try:
        with transaction.atomic():
            article = Article.objects.select_for_update().select_related("source").filter(pk=article_id).first()
            if article is None or article.state in (Article.State.DONE, Article.State.FAILED):
                return set()
            if article.state == Article.State.NEW:
                _store_reading(article, _read(article))
            return set(article.pending_keys)
    except Exception as e:  # whatever the reading of hostile text raises must not stop the others
        log.exception("reading article %s failed", article_id)
        _failed(article_id, e)
        return set()


def _read(article: Article) -> Reading:
    return read_article(
        CleanArticle(
            title=article.title,
            text=article.text,
            published=article.published,
            zone=article.source.zone,
            url=article.url,
        )
    )


def _failed(article_id: int, error: Exception) -> None:
    with transaction.atomic():
        article = Article.objects.select_for_update().filter(pk=article_id).first()
        if article is None:
            return
        article.tries += 1
        article.failure = f"{type(error).__name__}: {error}"[:2000]
        article.state = Article.State.FAILED if article.tries >= TRIES else article.state
        article.state_since = timezone.now()
        article.save(update_fields=["tries", "failure", "state", "state_since"])


def _store_reading(article: Article, reading: Reading) -> None:
    old = list(article.claims.all())
    old_keys = {c.key for c in old} | set(article.pending_keys)
    day = reading.anchor.day if reading.anchor else None
    claims = _claims(article, reading)
    for claim in claims:
        claim.event_id = _event_before(claim, old)
    article.claims.all().delete()
    Claim.objects.bulk_create(claims)
    article.language = reading.language
    article.anchor, article.anchor_from = day, reading.anchor.source if reading.anchor else ""
    article.expressions = [_plain(e._asdict()) for e in reading.expressions]
    article.title_expressions = [_plain(e._asdict()) for e in reading.title_expressions]
    article.pending_keys = sorted(old_keys | {c.key for c in claims})
    article.state = Article.State.READ if article.pending_keys else Article.State.DONE
    article.state_since = timezone.now()
    article.save()


def claims_of(article: Article) -> list[Claim]:
    """The claims that the present rules read in a stored article, unsaved. Raises what the reading raises."""
    return _claims(article, _read(article))


def _claims(article: Article, reading: Reading) -> list[Claim]:
    if reading.anchor is None:
        return []
    return [_claim(article, mention, reading.anchor.day) for mention in reading.events]


def _event_before(claim: Claim, old: Sequence[Claim]) -> str | None:
    """The event to which the former reading of the same words led: its id redirects if the new one differs."""
    same = [c for c in old if c.evidence == claim.evidence and c.kind == claim.kind]
    close = [c for c in same if c.key == claim.key] or [c for c in same if c.trigger == claim.trigger]
    return close[0].event_id if close else None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}


def _claim(article: Article, e: EventMention, day: date) -> Claim:
    return Claim(
        article=article,
        key=key_of(e.kind, e.type, e.stage, e.place, e.participants),
        kind=e.kind,
        type=e.type,
        stage=e.stage,
        place=e.place,
        participants=list(e.participants),
        start=e.start,
        end=e.end,
        granularity=e.granularity,
        modifier=e.modifier,
        extent=e.extent,
        status=e.status,
        alternatives=[[d.isoformat() if d else None for d in pair] for pair in e.alternatives],
        reported=day,
        evidence=e.evidence,
        evidence_start=e.evidence_start,
        evidence_end=e.evidence_end,
        expressions=list(e.expressions),
        trigger=list(e.trigger),
        mentions=[list(m) for m in e.mentions],
        said_by=e.said_by[:120],
        why=e.why,
    )


# --- resolving ----------------------------------------------------------------------------------


def resolve_key(key: str) -> None:
    """Recompute the events of one key from its claims and corrections, under a lock on that key."""
    with transaction.atomic():
        _lock(key)
        claims = list(resolvable(Claim.objects.filter(key=key)))
        said = [said_of(claim) for claim in claims]
        actors.ensure({c for s in said for c in (*s.participants, s.place) if c})
        store_happenings(key, resolve(said), claims)


def resolvable(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims with what resolving needs of their articles: the texts stay in the database."""
    return claims.select_related("article").defer(
        "article__markup", "article__text", "article__title", "article__expressions", "article__title_expressions"
    )


def _lock(key: str) -> None:
    """One writer a key. SQLite has one writer anyway (its transactions begin IMMEDIATE)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def said_of(claim: Claim) -> Said:
    """A claim as resolving sees it."""
    article = claim.article
    identity = f"{article.published.isoformat()}|{article.url_digest}|{claim.trigger[0]:07}"
    return Said(
        pk=claim.pk,
        identity=f"{identity}|{claim.type}|{claim.start}|{claim.end}|{','.join(claim.participants)}",
        article=article.pk,
        source=article.source_id,
        reported=claim.reported,
        kind=claim.kind,
        type=claim.type,
        stage=claim.stage,
        place=claim.place,
        participants=tuple(claim.participants),
        start=claim.start,
        end=claim.end,
        granularity=claim.granularity,
        modifier=claim.modifier,
        extent=claim.extent,
        status=claim.status,
        alternatives=tuple((a, b) for a, b in claim.alternatives),
        evidence=claim.evidence,
    )


def process(article_ids: Iterable[int]) -> None:
    """Read articles and resolve what they touched. May be repeated at any point without harm."""
    keys: set[str] = set()
    ids = list(article_ids)
    for article_id in ids:
        keys |= read_article_row(article_id)
    for key in sorted(keys):
        resolve_key(key)
    _done(ids, keys)


def _done(ids: list[int], keys: set[str]) -> None:
    """Articles whose keys are all resolved are done; one that was changed meanwhile waits on."""
    with transaction.atomic():
        rows = Article.objects.select_for_update().filter(pk__in=ids, state=Article.State.READ)
        for article in rows:
            if set(article.pending_keys) <= keys:
                article.state, article.pending_keys = Article.State.DONE, []
                article.state_since = timezone.now()
                article.save(update_fields=["state", "state_since", "pending_keys"])


# --- what waits ---------------------------------------------------------------------------------


def requeue(article_ids: Iterable[int]) -> int:
    """Set articles back to be read again with the present rules; how many."""
    rows = Article.objects.filter(pk__in=list(article_ids))
    return rows.update(state=Article.State.NEW, state_since=timezone.now(), tries=0, failure="")


def waiting() -> Q:
    """Articles that are not finished: to be read, or read and not yet resolved."""
    return Q(state__in=(Article.State.NEW, Article.State.READ))


def lost(limit: int = 2000) -> list[int]:
    """Articles whose message got lost, oldest first; they count as asked for again from now."""
    rows = Article.objects.filter(waiting(), state_since__lt=timezone.now() - LOST_AFTER)
    ids = list(rows.order_by("state_since").values_list("pk", flat=True)[:limit])
    Article.objects.filter(waiting(), pk__in=ids).update(state_since=timezone.now())
    return ids


def orphans() -> list[str]:
    """Keys of events without any claim left that are not retracted yet (a source row was deleted)."""
    rows = Event.objects.filter(claims=None, retracted=False, merged_into=None)
    return sorted(set(rows.values_list("key", flat=True)))
