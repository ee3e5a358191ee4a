"""Convert readings of articles to claims, and claims to the values that are resolved. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from timeline.extraction import Article as CleanArticle
from timeline.extraction import EventMention, Reading, read_article
from timeline.extraction.reason import Doubt, to_json
from timeline.extraction.revised import later_sentences
from timeline.models import Article, Claim, SecondReading, Source
from timeline.models.dated import WHEN_COLUMNS, columns_of, when_of_columns
from timeline.pipeline.second import second_readings, with_second
from timeline.resolution.claim import ClaimValue
from timeline.resolution.claim_matching import Ref, digest_of_words
from timeline.resolution.keys import key_of
from timeline.validation.columns import fit_column

# Fields that a reading sets; resolving sets the event of a claim and whose reprint it is.
READ_FIELDS = (
    *("key", "kind", "type", "stage", "place", "participants", *WHEN_COLUMNS, "status", "reported", "evidence"),
    *("evidence_start", "evidence_end", "expressions", "trigger", "mentions", "said_by", "reasons", "doubts"),
    *("probability", "reader"),
)
# Fields that resolving needs of a claim and of its article.
RESOLVED_FIELDS = (
    *("pk", "trigger", "reported", "kind", "type", "stage", "place", "participants", *WHEN_COLUMNS),
    *("status", "evidence", "doubts", "probability"),
)
# Fields that distinguish the claims of a sentence.
IDENTIFYING_FIELDS = ("key", "type", "stage", "place", "participants", "start", "end")
ARTICLE_FIELDS = ("pk", "source_id", "published", "url_digest")


# --- from articles to claims --------------------------------------------------------------------


def read(article: Article, second: SecondReading | None = None) -> Reading:
    """Read a stored article, with what a language model answered about it. Exceptions from the reader propagate."""
    reading = read_article(
        CleanArticle(
            title=article.title,
            text=article.text,
            published=article.published,
            zone=article.source.zone,
            url=article.url,
            order=article.source.numeric_order,
            later=_later(article),
        )
    )
    return with_second(article, reading, second)


def claims_of(article: Article) -> list[Claim]:
    """Read a stored article with the present rules and return its claims, unsaved. Exceptions propagate."""
    return claims_in(article, read(article, second_readings([article.pk]).get(article.pk)))


def claims_in(article: Article, reading: Reading) -> list[Claim]:
    """Return the claims of a reading, unsaved; none without a reference date."""
    if reading.anchor is None:
        return []
    day = reading.anchor.day
    later = later_sentences(article.text, _later(article), day)
    return [_claim(article, mention, later.day_at(mention.trigger[0]) or day) for mention in reading.events]


def _later(article: Article) -> tuple[tuple[str, date], ...]:
    """Return the sentences that edits brought, with their days in the zone of the source."""
    zone = ZoneInfo(article.source.zone) if article.later_sentences else None
    days = {digest: datetime.fromisoformat(moment) for digest, moment in article.later_sentences.items()}
    return tuple((digest, moment.astimezone(zone).date()) for digest, moment in days.items())


def _claim(article: Article, e: EventMention, day: date) -> Claim:
    return Claim(
        article=article,
        key=key_of(e.kind, e.type, e.stage, e.place, e.participants),
        kind=e.kind,
        type=e.type,
        stage=e.stage,
        place=e.place,
        participants=list(e.participants),
        **columns_of(e.when),
        status=e.status,
        reported=day,
        evidence=e.evidence,
        evidence_start=e.evidence_start,
        evidence_end=e.evidence_end,
        expressions=list(e.expressions),
        trigger=list(e.trigger),
        mentions=[list(m) for m in e.mentions],
        said_by=fit_column(Claim, "said_by", e.said_by),
        reasons=to_json(e.reasons),
        doubts=[doubt.value for doubt in _doubts(article, e)],
        probability=e.probability,
        reader=e.reader,
    )


def _doubts(article: Article, e: EventMention) -> tuple[Doubt, ...]:
    careful = article.source.trust == Source.Trust.CAREFUL
    return (*e.doubts, Doubt.SINGLE_SOURCE) if careful else e.doubts


# --- reading again ------------------------------------------------------------------------------


@dataclass(slots=True)
class ClaimChanges:
    """The claims of articles that are read (again): rows to create, to update and to delete."""

    new: list[Claim] = field(default_factory=list)
    changed: list[Claim] = field(default_factory=list)
    gone: list[Claim] = field(default_factory=list)

    def add(self, fresh: Sequence[Claim], old: Sequence[Claim]) -> None:
        """Add the claims of one article. A claim in the words of a former reading keeps its row, and so its event."""
        left, unmatched = list(old), list(fresh)
        for alike in (_read_values, _words_and_key, _words_and_trigger):
            unmatched = [claim for claim in unmatched if not self._keep(claim, left, alike)]
        for claim in unmatched:
            claim.event_id = _previous_event(claim, old)
            self.new.append(claim)
        self.gone.extend(left)

    def _keep(self, claim: Claim, left: list[Claim], alike: Callable[[Claim], Any]) -> bool:
        before = next((c for c in left if alike(c) == alike(claim)), None)
        if before is None:
            return False
        left.remove(before)
        claim.pk = before.pk
        if _read_values(before) != _read_values(claim):
            self.changed.append(claim)
        return True


def _read_values(claim: Claim) -> list[Any]:
    return [getattr(claim, name) for name in READ_FIELDS]


def _words_and_key(claim: Claim) -> tuple[str, ...]:
    return claim.kind, claim.evidence, claim.key


def _words_and_trigger(claim: Claim) -> tuple[Any, ...]:
    return claim.kind, claim.evidence, claim.trigger


def _previous_event(claim: Claim, old: Sequence[Claim]) -> str | None:
    """Return the event of the former claim in the same words, so that its id can redirect to the new one.

    Where the article was rewritten, return the only event of the key among its former claims; None if there are more.
    """
    same = [c for c in old if c.evidence == claim.evidence and c.kind == claim.kind]
    close = [c for c in same if c.key == claim.key] or [c for c in same if c.trigger == claim.trigger]
    if close:
        return close[0].event_id
    of_key = {c.event_id for c in old if c.key == claim.key}
    return of_key.pop() if len(of_key) == 1 else None


def refs_of(claims: QuerySet[Claim]) -> dict[int, Ref]:
    """Return by pk how a correction names each of these claims.

    Unlike pks the names are the same in another database and after the article was read again.
    """
    names = ("pk", "kind", "evidence", "evidence_start", "trigger", *IDENTIFYING_FIELDS, "article__url_digest")
    return {row["pk"]: _ref(row) for row in claims.order_by().values(*names)}


def _ref(row: Mapping[str, Any]) -> Ref:
    return Ref(
        article=row["article__url_digest"],
        words=digest_of_words(row["kind"], row["evidence"]),
        participants=tuple(row["participants"]),
        at=row["trigger"][0] - row["evidence_start"] if row["trigger"] else None,
        **{name: row[name] for name in IDENTIFYING_FIELDS if name != "participants"},
    )


# --- values to be resolved ---------------------------------------------------------------------


class StoredClaim(NamedTuple):
    """The value of a stored claim, with its key and what it was last resolved to."""

    value: ClaimValue
    key: str
    event: str | None
    reprint_of: int | None


def stored_claims(claims: QuerySet[Claim]) -> Iterator[StoredClaim]:
    """Yield the values of claims, without ORM objects: a key may have thousands of claims."""
    of_article = [f"article__{name}" for name in ARTICLE_FIELDS]
    for row in claims.order_by().values("key", "event_id", "reprint_of_id", *RESOLVED_FIELDS, *of_article):
        yield StoredClaim(_value(row), row["key"], row["event_id"], row["reprint_of_id"])


def claim_value(claim: Claim) -> ClaimValue:
    """Return the value of a claim that may be unsaved."""
    row = {name: getattr(claim, name) for name in RESOLVED_FIELDS}
    return _value(row | {f"article__{name}": getattr(claim.article, name) for name in ARTICLE_FIELDS})


def _value(row: Mapping[str, Any]) -> ClaimValue:
    identity = f"{row['article__published'].isoformat()}|{row['article__url_digest']}|{row['trigger'][0]:07}"
    participants = tuple(row["participants"])
    return ClaimValue(
        pk=row["pk"],
        identity=f"{identity}|{row['type']}|{row['start']}|{row['end']}|{','.join(participants)}",
        article=row["article__pk"],
        source=row["article__source_id"],
        url_digest=row["article__url_digest"],
        reported=row["reported"],
        kind=row["kind"],
        type=row["type"],
        stage=row["stage"],
        place=row["place"],
        participants=participants,
        when=when_of_columns(*(row[name] for name in WHEN_COLUMNS)),
        status=row["status"],
        evidence=row["evidence"],
        doubtful=bool(row["doubts"]),
        guessed=Doubt.UNSURE.value in row["doubts"],
        probability=1.0 if row["probability"] is None else row["probability"],
    )
