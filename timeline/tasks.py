"""The workers' doors. A task takes ids; the rows hold the truth, so a task may come twice or too late."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction

from timeline import pipeline
from timeline.editors import attention
from timeline.machine import polling, sweeping, tallies
from timeline.machine.outages import DATABASE_AWAY, QUEUE_AWAY
from timeline.operators import counters, services

log = logging.getLogger(__name__)

BATCH = 50  # articles a message: the queue's overhead shrinks below a tenth of the work
BEHIND = timedelta(minutes=10)  # while messages wait, only older articles are taken for lost

# The database may be restarted at any time. What is wrong otherwise is written where it happened, or is the sweep's.
# No message waits for longer than the queue keeps it from others (its visibility timeout).
RETRIED: dict[str, Any] = {
    "autoretry_for": DATABASE_AWAY,
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "retry_jitter": True,
    "max_retries": 6,
}


@shared_task(
    name="timeline.tasks.read",
    soft_time_limit=settings.READ_SECONDS * 4 // 5,
    time_limit=settings.READ_SECONDS,
    **RETRIED,
)
def read(article_ids: list[int]) -> None:
    """Read articles; what they touched is resolved by whoever is told to when enough is read."""
    if pipeline.read_waiting(article_ids):
        _resolve_soon()


@shared_task(
    name="timeline.tasks.resolve",
    soft_time_limit=settings.RESOLVE_SECONDS * 4 // 5,
    time_limit=settings.RESOLVE_SECONDS,
    **RETRIED,
)
def resolve() -> None:
    """Resolve what was read."""
    if pipeline.resolve_waiting():
        _resolve_soon()


def _resolve_soon() -> None:
    try:
        resolve.delay()
    except QUEUE_AWAY as error:
        log.warning("the queue takes nothing (%s); the sweep finds what is to be resolved", error)


@shared_task(name="timeline.tasks.sweep", **RETRIED)
def sweep() -> None:
    """Find what a lost message left behind, and nudge it again."""
    enqueue(pipeline.lost(after=BEHIND if _behind() else sweeping.LOST_AFTER))


@shared_task(name="timeline.tasks.tidy", **RETRIED)
def tidy() -> None:
    """Retract events whose claims were deleted by hand; make the counts short."""
    for key in pipeline.orphans():
        pipeline.resolve_key(key)
    tallies.compact()


def _behind() -> bool:
    try:
        return services.messages("read") > 0
    except QUEUE_AWAY:
        return False


@shared_task(name="timeline.tasks.poll", **RETRIED)
def poll() -> None:
    """Send the feeds that are due to the workers, each once."""
    send(polling.take_due())


@shared_task(name="timeline.tasks.fetch", **RETRIED)
def fetch(feed_id: int, claim: str) -> None:
    """Poll one feed and have read what is new. Without its claim, which ends, the message is void."""
    polled = polling.poll_feed(feed_id, datetime.fromisoformat(claim))
    counters.count("newsdesk_fetches", outcome=polled.outcome)
    enqueue(polled.changed)


def send(claims: Iterable[tuple[int, datetime]]) -> None:
    """Have feeds polled that were claimed for it, once the present transaction is stored."""
    expires = polling.SENT.total_seconds()
    for feed_id, claim in claims:
        args = [feed_id, claim.isoformat()]
        transaction.on_commit(lambda args=args: fetch.apply_async(args, expires=expires))  # type: ignore[misc]


@shared_task(name="timeline.tasks.attend", **RETRIED)
def attend() -> None:
    """Notice what needs a person of what changed since the last run."""
    attention.refresh()


def enqueue(article_ids: Iterable[int]) -> None:
    """Nudge the workers once the present transaction is stored."""
    for batch in _batches(list(article_ids)):
        read.delay_on_commit(batch)


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
