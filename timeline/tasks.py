"""The workers' doors. A task takes ids; the rows hold the truth, so a task may come twice or too late."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import Task, current_app, shared_task
from django.conf import settings
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError as QueueError

from timeline.curation.inbox import signals
from timeline.ingest import poll as polling
from timeline.operations import cleanup, counters, services
from timeline.pipeline import recovery, tallies
from timeline.pipeline.batch import READING_SHARE
from timeline.pipeline.process import read_waiting, resolve_waiting
from timeline.pipeline.recovery import lost, orphans
from timeline.pipeline.resolve import resolve_key
from timeline.resilience.retry import DATABASE_AWAY, QUEUE_AWAY

log = logging.getLogger(__name__)

BATCH = 50  # articles a message: the queue's overhead shrinks below a tenth of the work
SEND_SECONDS = 2  # that a message may take to the queue
QUEUE_PAUSE = 10.0  # seconds in which a queue that took nothing is not asked again
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
    if read_waiting(article_ids, settings.READ_SECONDS * READING_SHARE):
        _resolve_soon()


@shared_task(
    name="timeline.tasks.resolve",
    soft_time_limit=settings.RESOLVE_SECONDS * 4 // 5,
    time_limit=settings.RESOLVE_SECONDS,
    **RETRIED,
)
def resolve() -> None:
    """Resolve what was read."""
    if resolve_waiting():
        _resolve_soon()


def _resolve_soon() -> None:
    with _left_to_the_sweep():
        _publish(resolve)


@contextmanager
def _left_to_the_sweep() -> Iterator[None]:
    """Where the queue takes nothing, the rows say what is to be done, and the next sweep finds them."""
    try:
        yield
    except QUEUE_AWAY as error:
        log.warning("the queue takes nothing (%s); the sweep finds what is to be done", error)


@shared_task(name="timeline.tasks.sweep", **RETRIED)
def sweep() -> None:
    """Find what a lost message left behind, and nudge it again."""
    with _left_to_the_sweep():
        enqueue(lost(after=BEHIND if _behind() else recovery.LOST_AFTER))


@shared_task(name="timeline.tasks.tidy", **RETRIED)
def tidy() -> None:
    """Retract events whose claims were deleted by hand; make the counts short."""
    for key in orphans():
        resolve_key(key)
    tallies.compact()


@shared_task(name="timeline.tasks.clear", **RETRIED)
def clear() -> None:
    """Delete rows that are past their time: sessions, idempotency keys, hosts."""
    cleared = {name: rows for name, rows in cleanup.clear().items() if rows}
    if cleared:
        log.info("cleared: %s", ", ".join(f"{rows} {name}" for name, rows in cleared.items()))


def _behind() -> bool:
    try:
        return services.messages("read") > 0
    except QUEUE_AWAY:
        return False


@shared_task(name="timeline.tasks.poll", **RETRIED)
def poll() -> None:
    """Send the feeds that are due to the workers, each once."""
    with _left_to_the_sweep():  # and those that are due, once their claims have ended
        send(polling.take_due())


@shared_task(name="timeline.tasks.fetch", **RETRIED)
def fetch(feed_id: int, claim: str) -> None:
    """Poll one feed and have read what is new. Without its claim, which ends, the message is void."""
    polled = polling.poll_feed(feed_id, datetime.fromisoformat(claim))
    counters.count("newsdesk_fetches", outcome=polled.outcome)
    with _left_to_the_sweep():
        enqueue(polled.changed)


def send(claims: Iterable[tuple[int, datetime]]) -> None:
    """Have feeds polled that were claimed for it, once the present transaction is stored. Raises one of QUEUE_AWAY."""
    expires = polling.SENT.total_seconds()
    for feed_id, claim in claims:
        transaction.on_commit(partial(_publish, fetch, (feed_id, claim.isoformat()), expires=expires))


@shared_task(name="timeline.tasks.attend", **RETRIED)
def attend() -> None:
    """Notice what needs a person of what changed since the last run."""
    signals.refresh()


def enqueue(article_ids: Iterable[int]) -> None:
    """Nudge the workers once the present transaction is stored. Raises one of QUEUE_AWAY."""
    for batch in _batches(list(article_ids)):
        transaction.on_commit(partial(_publish, read, (batch,)))


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


class _Rest:
    """Until when (monotonic seconds) the queue is left alone."""

    until = 0.0


def _publish(task: Task[Any, Any], args: tuple[Any, ...] = (), **options: Any) -> None:
    """Send one message, by connections of its own with short waits: whoever sends has readers or articles waiting.

    Raises one of QUEUE_AWAY, and for QUEUE_PAUSE seconds after that at once.
    """
    if time.monotonic() < _Rest.until:
        raise QueueError("the queue took nothing a moment ago")
    short = {"socket_timeout": SEND_SECONDS, "socket_connect_timeout": SEND_SECONDS}
    connection = current_app.connection_for_write(transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS | short)
    try:
        with pools.producers[connection].acquire(block=True) as producer:
            task.apply_async(args, producer=producer, **options)
    except QUEUE_AWAY:
        _Rest.until = time.monotonic() + QUEUE_PAUSE
        raise
