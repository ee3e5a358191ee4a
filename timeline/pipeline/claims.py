"""What articles say, as rows: a reading becomes claims, and claims what resolving sees. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from timeline.extraction import Article as CleanArticle
from timeline.extraction import EventMention, Reading, read_article
from timeline.extraction.reason import Doubt, to_json
from timeline.models import Article, Claim, Source
from timeline.resolution.claim_matching import Ref, digest_of_words
from timeline.resolution.resolve import Said, key_of
from timeline.validation.columns import fitted

# What a reading gives; which event a claim belongs to, and whose reprint it is, comes of resolving.
GIVEN = (
    *("key", "kind", "type", "stage", "place", "participants", "start", "end", "granularity", "modifier", "extent"),
    *("status", "alternatives", "reported", "evidence", "evidence_start", "evidence_end", "expressions", "trigger"),
    *("mentions", "said_by", "reasons", "doubts"),
)
# What resolving needs of a claim and of its article, whose texts stay in the database.
SEEN = (
    *("pk", "trigger", "reported", "kind", "type", "stage", "place", "participants", "start", "end"),
    *("granularity", "modifier", "extent", "status", "alternatives", "evidence", "doubts"),
)
NAMING = ("key", "type", "stage", "place", "participants", "start", "end")  # what tells claims of a sentence apart
SEEN_OF_ARTICLE = ("pk", "source_id", "published", "url_digest")


# --- from articles to claims --------------------------------------------------------------------


def read(article: Article) -> Reading:
    """Whatever the reading of hostile text raises is raised."""
    return read_article(
        CleanArticle(
            title=article.title,
            text=article.text,
            published=article.published,
            zone=article.source.zone,
            url=article.url,
        )
    )


def claims_of(article: Article) -> list[Claim]:
    """The claims that the present rules read in a stored article, unsaved. Raises what the reading raises."""
    return claims_in(article, read(article))


def claims_in(article: Article, reading: Reading) -> list[Claim]:
    if reading.anchor is None:
        return []
    return [_claim(article, mention, reading.anchor.day) for mention in reading.events]


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
        said_by=fitted(Claim, "said_by", e.said_by),
        reasons=to_json(e.reasons),
        doubts=[doubt.value for doubt in _doubts(article, e)],
    )


def _doubts(article: Article, e: EventMention) -> tuple[Doubt, ...]:
    careful = article.source.trust == Source.Trust.CAREFUL
    return (*e.doubts, Doubt.SINGLE_SOURCE) if careful else e.doubts


# --- reading again ------------------------------------------------------------------------------


@dataclass(slots=True)
class Rewriting:
    """What becomes of the claims of articles that are read (again): rows to make, to write anew, to delete."""

    new: list[Claim] = field(default_factory=list)
    changed: list[Claim] = field(default_factory=list)
    gone: list[Claim] = field(default_factory=list)

    def add(self, fresh: Sequence[Claim], old: Sequence[Claim]) -> None:
        """The claims of one article. One in the words of a former reading keeps its row, and so its event."""
        left, unmatched = list(old), list(fresh)
        for alike in (_given, _words_and_key, _words_and_trigger):
            unmatched = [claim for claim in unmatched if not self._keep(claim, left, alike)]
        for claim in unmatched:
            claim.event_id = _event_before(claim, old)
            self.new.append(claim)
        self.gone.extend(left)

    def _keep(self, claim: Claim, left: list[Claim], alike: Callable[[Claim], Any]) -> bool:
        before = next((c for c in left if alike(c) == alike(claim)), None)
        if before is None:
            return False
        left.remove(before)
        claim.pk = before.pk
        if _given(before) != _given(claim):
            self.changed.append(claim)
        return True


def _given(claim: Claim) -> list[Any]:
    return [getattr(claim, name) for name in GIVEN]


def _words_and_key(claim: Claim) -> tuple[str, ...]:
    return claim.kind, claim.evidence, claim.key


def _words_and_trigger(claim: Claim) -> tuple[Any, ...]:
    return claim.kind, claim.evidence, claim.trigger


def _event_before(claim: Claim, old: Sequence[Claim]) -> str | None:
    """The event to which the former reading of the same words led: its id redirects if the new one differs.

    Where an article was rewritten, that of the only event of the key that it told of before.
    """
    same = [c for c in old if c.evidence == claim.evidence and c.kind == claim.kind]
    close = [c for c in same if c.key == claim.key] or [c for c in same if c.trigger == claim.trigger]
    if close:
        return close[0].event_id
    of_key = {c.event_id for c in old if c.key == claim.key}
    return of_key.pop() if len(of_key) == 1 else None


def refs_of(claims: QuerySet[Claim]) -> dict[int, Ref]:
    """What names each of these claims in a decision of an editor.

    Unlike their numbers it is the same in another database, and after the article was read again.
    """
    names = ("pk", "kind", "evidence", "evidence_start", "trigger", *NAMING, "article__url_digest")
    return {row["pk"]: _ref(row) for row in claims.order_by().values(*names)}


def _ref(row: Mapping[str, Any]) -> Ref:
    return Ref(
        article=row["article__url_digest"],
        words=digest_of_words(row["kind"], row["evidence"]),
        participants=tuple(row["participants"]),
        at=row["trigger"][0] - row["evidence_start"] if row["trigger"] else None,
        **{name: row[name] for name in NAMING if name != "participants"},
    )


# --- as resolving sees them ---------------------------------------------------------------------


class Stored(NamedTuple):
    """A stored claim, and what the last resolving made of it."""

    said: Said
    key: str
    event: str | None
    reprint_of: int | None


def stored(claims: QuerySet[Claim]) -> Iterator[Stored]:
    """Claims as resolving sees them, without objects of the ORM: a key may have thousands."""
    of_article = [f"article__{name}" for name in SEEN_OF_ARTICLE]
    for row in claims.order_by().values("key", "event_id", "reprint_of_id", *SEEN, *of_article):
        yield Stored(_said(row), row["key"], row["event_id"], row["reprint_of_id"])


def said_of(claim: Claim) -> Said:
    """A claim that is not stored, as resolving sees it."""
    row = {name: getattr(claim, name) for name in SEEN}
    return _said(row | {f"article__{name}": getattr(claim.article, name) for name in SEEN_OF_ARTICLE})


def _said(row: Mapping[str, Any]) -> Said:
    identity = f"{row['article__published'].isoformat()}|{row['article__url_digest']}|{row['trigger'][0]:07}"
    participants = tuple(row["participants"])
    return Said(
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
        start=row["start"],
        end=row["end"],
        granularity=row["granularity"],
        modifier=row["modifier"],
        extent=row["extent"],
        status=row["status"],
        alternatives=tuple((a, b) for a, b in row["alternatives"]),
        evidence=row["evidence"],
        doubtful=bool(row["doubts"]),
    )
