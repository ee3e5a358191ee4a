"""Which articles a language model reads: those where it pays, and a few at random to measure it by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from timeline.extraction.events.learnt.words import trigger_words
from timeline.extraction.reason import Doubt
from timeline.extraction.script import fold
from timeline.models import Article, Claim, Contradiction, Followed, SecondReading
from timeline.pipeline.second import digest_of

FOLLOWER = "second_reader"  # the row of Followed that keeps how far the articles were looked through
MAX_ARTICLES = 500  # of one run
LATE = timedelta(minutes=1)  # rows become visible after their stamp
SAMPLE_ONE_IN = 200
NEAR, MAX_DATES = 40, 30  # characters around a date in which a trigger word is looked for; dates that are looked at
WORTHY_DOUBTS = frozenset({Doubt.UNSURE.value, Doubt.DATE_IN_OTHER_CLAUSE.value, Doubt.VOTER_IS_TOPIC.value})
Reason = SecondReading.Reason


def choose(now: datetime) -> int:
    """Look through the articles read since the last run and set down those for the model; return how many."""
    with transaction.atomic():
        Followed.objects.get_or_create(name=FOLLOWER, defaults={"moment": now, "place": ""})
        place = Followed.objects.select_for_update(skip_locked=True).filter(name=FOLLOWER).first()
        if place is None:
            return 0
        rows = Article.objects.filter(
            removed=None, state=Article.State.DONE, state_since__gt=place.moment, state_since__lte=now - LATE
        ).defer("markup", "title_expressions")
        articles = list(rows.order_by("state_since", "pk")[:MAX_ARTICLES])
        if not articles:
            return 0
        chosen = [(a, reason) for a, reason in zip(articles, reasons_of(articles), strict=True) if reason]
        added = _set_down(chosen, now)
        place.moment = articles[-1].state_since
        place.save()
    return added


def reasons_of(articles: Sequence[Article]) -> list[str]:
    """Return for each article why a model should read it, "" where it should not. Three queries."""
    ids = [article.pk for article in articles]
    doubts: dict[int, set[str]] = {}
    events: dict[int, set[str]] = {}
    for article, found, event in Claim.objects.filter(article__in=ids).values_list("article", "doubts", "event"):
        doubts.setdefault(article, set()).update(found)
        events.setdefault(article, set()).add(event)
    all_events = set().union(*events.values()) - {None} if events else set()
    differing = set(Contradiction.objects.filter(event__in=all_events).values_list("event", flat=True))
    return [_reason(article, doubts.get(article.pk), events.get(article.pk, set()) & differing) for article in articles]


def _reason(article: Article, doubts: set[str] | None, differing: set[str]) -> str:
    dated = any(not e.get("vague") for e in article.expressions)
    if not dated:
        return ""
    if doubts and doubts & WORTHY_DOUBTS:
        return Reason.UNSURE
    if differing:
        return Reason.DIFFERS
    if doubts is None and _may_have_events(article):
        return Reason.NOTHING
    drawn = int(hashlib.sha256(article.url_digest.encode()).hexdigest(), 16) % SAMPLE_ONE_IN == 0
    return Reason.SAMPLE if drawn else ""


def _may_have_events(article: Article) -> bool:
    """Tell whether a word that may name an event stands near a date."""
    words = trigger_words(article.language.partition("-")[0])
    if words is None:
        return False
    dated = [e for e in article.expressions if not e.get("vague")][:MAX_DATES]
    near = (article.text[max(0, e["start_char"] - NEAR) : e["end_char"] + NEAR] for e in dated)
    return any(words.find(fold(piece).lower()) for piece in near)


def _set_down(chosen: Iterable[tuple[Article, str]], now: datetime) -> int:
    added = 0
    for article, reason in chosen:
        digest = digest_of(article)
        row = SecondReading.objects.filter(article=article).first()
        if row is None:
            SecondReading.objects.create(article=article, digest=digest, reason=reason, due=now)
        elif row.digest != digest:  # another version of the article
            SecondReading.objects.filter(pk=row.pk).update(
                digest=digest,
                reason=reason,
                state=SecondReading.State.WAITING,
                due=now,
                attempts=0,
                answer="",
                error="",
            )
        else:
            continue
        added += 1
    return added


def order(article: Article, now: datetime | None = None) -> SecondReading:
    """Set an article down because a person asks for it, also where it was read before."""
    values = _fresh(digest_of(article), Reason.ASKED, now or timezone.now())
    return SecondReading.objects.update_or_create(article=article, defaults=values)[0]


def _fresh(digest: str, reason: str, now: datetime) -> dict[str, Any]:
    state = SecondReading.State.WAITING
    return {"digest": digest, "reason": reason, "state": state, "due": now, "attempts": 0, "answer": "", "error": ""}
