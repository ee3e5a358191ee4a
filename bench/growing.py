"""Run by resolving.py against a fresh database: time one more claim while the database grows; print JSON."""

from __future__ import annotations

import json
import os
import statistics
import time
from datetime import UTC, date, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from timeline.fetching.posts import RawArticle  # noqa: E402
from timeline.ingest.store import digest, store_articles  # noqa: E402
from timeline.models import Article, Claim, Event, EventBelief, EventParticipant, Source  # noqa: E402
from timeline.pipeline.process import process  # noqa: E402
from timeline.pipeline.read import read_article_rows  # noqa: E402
from timeline.pipeline.resolve import resolve_keys  # noqa: E402

EVENTS = (1_000, 10_000, 100_000)
CLAIMS = (10, 100, 1_000)
ROUNDS = 41
TOGETHER = 20  # claims of one article and events of one key, of those that only lie there
BEGIN = datetime(2024, 1, 1, 12, tzinfo=UTC)
VOTERS = "英国 法国 德国 意大利 波兰 希腊 印度 巴西 智利 秘鲁 加拿大 墨西哥 韩国 日本 蒙古 泰国 埃及 加纳".split()


def main() -> None:
    by_events, by_claims = [], []
    for events in EVENTS:
        _lay_down(events)
        steps = [_one_more(VOTERS[n % len(VOTERS)], events + n) for n in range(ROUNDS)]
        by_events.append({"events stored": events, **_medians(steps)})
    told = 0
    for claims in CLAIMS:
        process(_take_in("澳大利亚", n) for n in range(told, claims))
        steps = [_one_more("澳大利亚", claims + n) for n in range(ROUNDS)]
        told = claims + ROUNDS
        by_claims.append({"claims on the event": claims, **_medians(steps)})
    print(json.dumps({"events stored": by_events, "claims on the event": by_claims}))


def _one_more(country: str, number: int) -> dict[str, float]:
    """Return the milliseconds to read one more article with one claim, and to resolve it."""
    pk = _take_in(country, number)
    begun = time.perf_counter()
    keys = read_article_rows([pk])
    read = time.perf_counter()
    assert keys, "the article tells of a vote"
    resolve_keys(keys)
    return {"reading": (read - begun) * 1000, "resolving": (time.perf_counter() - read) * 1000}


def _take_in(country: str, number: int) -> int:
    """Store an article that gives the day of a vote in words of its own."""
    moment = BEGIN + timedelta(minutes=number % 100_000)
    words = "".join(chr(0x4E00 + (number * 7919 + i * i * 104_729) % 20_000) for i in range(30))
    text = f"<p>{words}说，{country}大选将于2025年7月4日举行。</p>"
    raw = RawArticle("", "标题", f"https://n{number % 17}.example/{country}/{number}", moment, "", text)
    ((_, pk),) = store_articles([raw])
    return pk


def _medians(steps: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(step[name] for step in steps) for name in steps[0]}


def _lay_down(wanted: int) -> None:
    """Store events of other keys, each with a claim, a participant and a belief, until there are so many."""
    have = Event.objects.count()
    source = Source.objects.get_or_create(slug="lying", defaults={"name": "lying"})[0]
    for start in range(have, wanted, 2000):
        numbers = range(start, min(start + 2000, wanted))
        articles = [_article(source, n) for n in numbers[::TOGETHER]]
        Article.objects.bulk_create(articles)
        events = [_event(n) for n in numbers]
        Event.objects.bulk_create(events)
        claims = [_claim(event, articles[i // TOGETHER]) for i, event in enumerate(events)]
        Claim.objects.bulk_create(claims)
        EventParticipant.objects.bulk_create(
            EventParticipant(event=e, actor_id="FR", kind=e.kind, day=e.day, end=e.end) for e in events
        )
        EventBelief.objects.bulk_create(
            EventBelief(event=e, since=e.day, start=e.start, end=e.end, status=e.status, claim=c, change="first")
            for e, c in zip(events, claims, strict=True)
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _article(source: Source, number: int) -> Article:
    return Article(
        source=source,
        url=f"https://lying.example/{number}",
        url_digest=digest(str(number)),
        title="标题",
        published=BEGIN,
        text="文" * 1000,
        state=Article.State.DONE,
        state_since=timezone.now(),
    )


def _event(number: int) -> Event:
    day = date(2000, 1, 1) + timedelta(days=number % 9000)
    return Event(
        id=f"lying{number}",
        key=f"alliance:talks:{number // TOGETHER}",
        kind="alliance",
        type="meeting",
        status="occurred",
        start=day,
        end=day,
        day=day,
        believed_since=day,
        first_reported=day,
        claim_count=1,
        source_count=1,
    )


def _claim(event: Event, article: Article) -> Claim:
    return Claim(
        article=article,
        event=event,
        key=event.key,
        kind=event.kind,
        type=event.type,
        status=event.status,
        start=event.start,
        end=event.end,
        participants=["FR"],
        reported=event.first_reported,
        evidence="文" * 40,
        evidence_start=0,
        evidence_end=40,
        trigger=[0, 1],
    )


if __name__ == "__main__":
    main()
