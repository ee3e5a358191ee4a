"""Editors' decisions as examples for the learnt reader, and what other weights would read in stored articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from timeline.curation.examples import EXAMPLE_FIELDS
from timeline.curation.provenance import date_expressions
from timeline.extraction import EventMention
from timeline.extraction.events.learnt.examples import Decided, DecidedArticle
from timeline.extraction.events.learnt.network import Network
from timeline.extraction.events.learnt.site import using
from timeline.extraction.reason import Doubt
from timeline.models import Article, Claim, Correction, NamedClaim
from timeline.pipeline.claims import read

Field = Correction.Field

MAX_CLAIMS = 20  # of one decision, the newest: one event that everybody tells must not outweigh all others


@dataclass(slots=True)
class _Verdict:
    """What decisions in force say about a claim together; the newest of each sort stands."""

    decision: Correction
    values: dict[str, Any] = field(default_factory=dict)
    rejected: bool = False


def decided_articles() -> tuple[list[DecidedArticle], int]:
    """Return the articles about whose claims editors decided, by digest of the address, and how many decisions."""
    rows = _named()
    verdicts: dict[int, _Verdict] = {}
    for decision, claims in rows:
        for pk in claims:
            verdict = verdicts.setdefault(pk, _Verdict(decision))
            if decision.field == Field.REJECTED:
                verdict.rejected = True
            elif decision.field == Field.ACCEPTED:
                known = decision.value if isinstance(decision.value, dict) else {}
                verdict.values = {**known, **{n: v for n, v in verdict.values.items() if n not in known}}
                verdict.values.setdefault(Field.ACCEPTED.value, True)
                verdict.rejected = False
            else:
                verdict.rejected = False
                if decision.field != Field.STATUS or len(claims) == 1:  # older reports told what was planned then
                    verdict.values[decision.field] = decision.value
    stored = Claim.objects.filter(pk__in=verdicts).exclude(article__state=Article.State.HAND)
    of_article: dict[int, list[Decided]] = defaultdict(list)
    articles: dict[int, Article] = {}
    for claim in stored.select_related("article").order_by("pk"):
        if (decided := _decided(claim, verdicts[claim.pk])) is not None and claim.article.anchor is not None:
            articles[claim.article_id] = claim.article
            of_article[claim.article_id].append(decided)
    found = [_article(articles[pk], decided) for pk, decided in of_article.items()]
    return sorted(found, key=lambda a: a.id), len(rows)


def _named() -> list[tuple[Correction, list[int]]]:
    """Return the decisions in force that teach something, the oldest first, with the newest claims that they name."""
    decisions = Correction.objects.filter(undone_at=None, waits=False, field__in=EXAMPLE_FIELDS)
    named = NamedClaim.objects.filter(correction__in=decisions, side=NamedClaim.Side.EVENT, claim__isnull=False)
    claims: dict[int, list[int]] = defaultdict(list)
    for decision, claim in named.order_by("-claim__reported", "-claim").values_list("correction", "claim"):
        if len(claims[decision]) < MAX_CLAIMS and claim is not None:
            claims[decision].append(claim)
    rows = Correction.objects.filter(pk__in=claims).order_by("made_at", "pk")
    return [(row, claims[row.pk]) for row in rows]


def _decided(claim: Claim, verdict: _Verdict) -> Decided | None:
    """Return what was decided about a claim; None where it says nothing of how its words are read.

    An event of many reports is right or wrong as a whole. So a report of other days or another type than were found
    right teaches nothing, except where the right days stand beside its trigger too: it may tell of an earlier plan.
    """
    spans = tuple((int(e["start_char"]), int(e["end_char"])) for e in date_expressions(claim) if "start_char" in e)
    start, end = claim.trigger
    if not spans:
        return None
    if verdict.rejected:
        return Decided((start, end), spans, event=False)
    values, own = verdict.values, (str(claim.start or ""), str(claim.end or ""))
    days = _days(values.get(Field.DATES)) or own
    type_ = values.get(Field.TYPE) or claim.type
    if Field.ACCEPTED in values and (days != own or type_ != claim.type):
        return None
    status = values.get(Field.STATUS, "")
    stated = status if Field.ACCEPTED not in values or status == claim.status else ""
    return Decided(
        (start, end),
        spans,
        event=True,
        days=None if days == own else days,
        kind=claim.kind,
        type=type_,
        stage=claim.stage,
        status=stated or (claim.status if Field.ACCEPTED in values else ""),
        participants=tuple(values.get(Field.PARTICIPANTS) or ()),
    )


def _days(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return None
    return str(value.get("start") or ""), str(value.get("end") or "")


def _article(article: Article, decided: Sequence[Decided]) -> DecidedArticle:
    assert article.anchor is not None
    return DecidedArticle(
        article.url_digest, article.title, article.text, article.anchor, article.language, tuple(decided)
    )


# --- what other weights would read ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reread:
    """An event of an article as two networks read it: `before` or `after` is None where one does not."""

    article: int
    before: EventMention | None
    after: EventMention | None

    @property
    def what(self) -> str:
        """Return gained, lost, surer, unsure (no longer plain), changed (in anything else) or same."""
        if self.before is None or self.after is None:
            return "gained" if self.before is None else "lost"
        plain = [Doubt.UNSURE not in e.doubts for e in (self.before, self.after)]
        if plain[0] != plain[1]:
            return "surer" if plain[1] else "unsure"
        return "same" if _said(self.before) == _said(self.after) else "changed"


def compare_readings(
    articles: Iterable[Article], before: Network, after: Network, step: Callable[[], object] = lambda: None
) -> list[Reread]:
    """Read articles with two networks; return what differs, in the order of the articles. Nothing is stored."""
    found = []
    for article in articles:
        both = []
        for network in (before, after):
            with using(network):
                both.append({(e.kind, e.trigger, e.expressions): e for e in read(article).events})
        places = sorted({*both[0], *both[1]}, key=lambda place: (place[1], place[0], place[2]))
        found += [Reread(article.pk, both[0].get(place), both[1].get(place)) for place in places]
        step()
    return [one for one in found if one.what != "same"]


def _said(e: EventMention) -> tuple[object, ...]:
    return e.type, e.stage, e.status, e.participants, e.when.days
