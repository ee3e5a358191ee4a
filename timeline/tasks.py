"""Celery tasks. A task takes ids; the rows hold the state, so a task may run twice or late."""

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
from django.utils import timezone
from kombu import pools
from kombu.exceptions import OperationalError as QueueError

from timeline.alerts import outbox
from timeline.alerts.deliver import deliver as send_deliveries
from timeline.curation.inbox import signals
from timeline.curation.reliability import measure_readers
from timeline.ingest import poll as polling
from timeline.ingest import removal, websub
from timeline.models import Source
from timeline.operations import cleanup, counters, services
from timeline.pipeline import recovery, tallies
from timeline.pipeline.batch import READ_TIME_SHARE
from timeline.pipeline.process import read_waiting, resolve_waiting
from timeline.pipeline.read import requeue
from timeline.pipeline.recovery import lost_articles, orphaned_keys
from timeline.pipeline.resolve import resolve_key
from timeline.resilience.retry import DATABASE_DOWN, QUEUE_DOWN
from timeline.second_reader import ask as second_reading
from timeline.second_reader import choose
from timeline.second_reader import client as second_client

log = logging.getLogger(__name__)

BATCH_SIZE = 50  # articles of one message, so that the queue's overhead stays below a tenth of the work
MAX_SEND_SECONDS = 2  # for sending one message
QUEUE_RETRY_SECONDS = 10.0  # without another try after the queue refused a message
COLLECT_SECONDS = 40.0  # of one run of `alert`, which the next run continues
MAX_DUE = 2_000  # deliveries of one run of `alert`
DELIVERIES = 20  # of one message
DELIVER_EXPIRES = 120.0  # seconds after which a message is dropped: the next run of `alert` sends it again
SECOND_ARTICLES = 20  # of one message to the second reader
SECOND_EXPIRES = 29.0  # seconds after which a message is dropped: the next run of `choose_second` sends it again
LOST_WHILE_BUSY = timedelta(minutes=10)  # while messages wait, only messages of older articles count as lost

# Only database errors are retried; other failures are recorded in the rows or left to `recover`. All retries together
# stay within the queue's visibility timeout.
RETRY_OPTIONS: dict[str, Any] = {
    "autoretry_for": DATABASE_DOWN,
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "retry_jitter": True,
    "max_retries": 6,
}


@shared_task(
    name="timeline.tasks.read",
    soft_time_limit=settings.READ_SECONDS * 4 // 5,
    time_limit=settings.READ_SECONDS,
    **RETRY_OPTIONS,
)
def read(article_ids: list[int]) -> None:
    """Read articles, and send `resolve` when it is time for that."""
    if read_waiting(article_ids, settings.READ_SECONDS * READ_TIME_SHARE):
        _resolve_soon()


@shared_task(
    name="timeline.tasks.resolve",
    soft_time_limit=settings.RESOLVE_SECONDS * 4 // 5,
    time_limit=settings.RESOLVE_SECONDS,
    **RETRY_OPTIONS,
)
def resolve() -> None:
    """Resolve the keys that read articles touched."""
    if resolve_waiting():
        _resolve_soon()


def _resolve_soon() -> None:
    with _left_to_recovery():
        _publish(resolve)


@contextmanager
def _left_to_recovery() -> Iterator[None]:
    """Ignore a queue that refuses messages: the rows keep the state, and the next `recover` finds them."""
    try:
        yield
    except QUEUE_DOWN as error:
        log.warning("the queue refuses messages (%s); the recovery task sends them again", error)


@shared_task(name="timeline.tasks.recover", **RETRY_OPTIONS)
def recover() -> None:
    """Find articles whose message was lost, and send it again; go on with the removal of a source."""
    with _left_to_recovery():
        for removed in removal.remove_articles(removal.unfinished_removals()):
            enqueue(removed)
        enqueue(lost_articles(after=LOST_WHILE_BUSY if _queue_is_busy() else recovery.LOST_AFTER))


@shared_task(name="timeline.tasks.tidy", **RETRY_OPTIONS)
def tidy() -> None:
    """Retract events whose claims were deleted by hand; compact the tallies."""
    for key in orphaned_keys():
        resolve_key(key)
    tallies.compact()


@shared_task(name="timeline.tasks.clear", **RETRY_OPTIONS)
def clear() -> None:
    """Delete expired rows: sessions, idempotency keys, hosts; count what editors accepted of the two readers."""
    if second_client.is_on():
        measure_readers()
    cleared = {name: rows for name, rows in cleanup.delete_expired().items() if rows}
    if cleared:
        log.info("cleared: %s", ", ".join(f"{rows} {name}" for name, rows in cleared.items()))


def _queue_is_busy() -> bool:
    try:
        return services.waiting_messages("read") > 0
    except QUEUE_DOWN:
        return False


@shared_task(name="timeline.tasks.poll", **RETRY_OPTIONS)
def poll() -> None:
    """Claim the feeds that are due and send a `fetch` for each."""
    with _left_to_recovery():  # their claims end, and then they are due again
        send_polls(polling.claim_due())


@shared_task(name="timeline.tasks.fetch", **RETRY_OPTIONS)
def fetch(feed_id: int, claim: str) -> None:
    """Poll one feed and send `read` for what is new. Nothing is done if the claim has ended or was used."""
    polled = polling.poll_feed(feed_id, datetime.fromisoformat(claim))
    counters.count("newsdesk_fetches", outcome=polled.outcome)
    with _left_to_recovery():
        enqueue(polled.changed)


@shared_task(name="timeline.tasks.subscribe", **RETRY_OPTIONS)
def subscribe() -> None:
    """Request and renew the subscriptions to the hubs of feeds."""
    websub.request_due(polling.fetch_settings())


def send_polls(claims: Iterable[tuple[int, datetime]]) -> None:
    """Send a `fetch` for each claimed feed after the present transaction commits. Raises one of QUEUE_DOWN."""
    expires = polling.MESSAGE_LIFETIME.total_seconds()
    for feed_id, claim in claims:
        transaction.on_commit(partial(_publish, fetch, (feed_id, claim.isoformat()), expires=expires))


@shared_task(name="timeline.tasks.attend", **RETRY_OPTIONS)
def attend() -> None:
    """Update the inbox with what changed since the last run."""
    signals.refresh()


@shared_task(name="timeline.tasks.alert", **RETRY_OPTIONS)
def alert() -> None:
    """Make deliveries of what changed since the last run, and send a `deliver` for those that are due."""
    now, end = timezone.now(), time.monotonic() + COLLECT_SECONDS
    while time.monotonic() < end and outbox.collect(now):
        pass
    with _left_to_recovery():
        send_due(outbox.due_deliveries(timezone.now(), MAX_DUE))


def send_due(ids: Iterable[int]) -> None:
    """Send a `deliver` for these deliveries after the present transaction commits. Raises one of QUEUE_DOWN."""
    for batch in _batches(list(ids), DELIVERIES):
        transaction.on_commit(partial(_publish, deliver, (batch,), expires=DELIVER_EXPIRES))


@shared_task(name="timeline.tasks.deliver", **RETRY_OPTIONS)
def deliver(ids: list[int]) -> None:
    """Send deliveries by e-mail and to webhooks. Those that another worker sends are left alone."""
    for outcome, number in send_deliveries(ids, settings.TASK_SECONDS / 2).items():
        counters.count("newsdesk_alerts", number, outcome=outcome)


@shared_task(name="timeline.tasks.choose_second", **RETRY_OPTIONS)
def choose_second() -> None:
    """Choose articles for the second reader and send a `read_second` for those that are due, if there is a model."""
    if not second_client.is_on():
        return
    choose.choose(timezone.now())
    articles = second_reading.due_articles(timezone.now(), SECOND_ARTICLES * settings.MODEL_CONCURRENCY)
    with _left_to_recovery():
        for share in (articles[n :: settings.MODEL_CONCURRENCY] for n in range(settings.MODEL_CONCURRENCY)):
            if share:
                transaction.on_commit(partial(_publish, read_second, (share,), expires=SECOND_EXPIRES))


@shared_task(
    name="timeline.tasks.read_second",
    soft_time_limit=settings.TASK_SECONDS + 2 * settings.MODEL_SECONDS,
    time_limit=settings.TASK_SECONDS + 2 * settings.MODEL_SECONDS + 10,
    **RETRY_OPTIONS,
)
def read_second(article_ids: list[int]) -> None:
    """Ask the model about articles; those that it answered about are read again with the answer."""
    changed = second_reading.ask_about(article_ids, settings.TASK_SECONDS / 2)
    requeue(changed)
    with _left_to_recovery():
        enqueue(changed)


@shared_task(name="timeline.tasks.remove", **RETRY_OPTIONS)
def remove(source_id: int) -> None:
    """Remove the articles of a source that was closed, and send `read` for each batch."""
    if (source := Source.objects.filter(pk=source_id, removed__isnull=False).first()) is None:
        return
    for removed in removal.remove_articles(removal.articles_of(source)):
        with _left_to_recovery():
            enqueue(removed)


def send_removal(source_id: int) -> None:
    """Send `remove` after the present transaction commits. Raises one of QUEUE_DOWN; then `sweep` does it."""
    transaction.on_commit(partial(_publish, remove, (source_id,)))


def enqueue(article_ids: Iterable[int]) -> None:
    """Send `read` for these articles after the present transaction commits. Raises one of QUEUE_DOWN."""
    for batch in _batches(list(article_ids), BATCH_SIZE):
        transaction.on_commit(partial(_publish, read, (batch,)))


def _batches(ids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


class _QueuePause:
    """Until when (monotonic seconds) no message is tried after a refusal."""

    until = 0.0


def _publish(task: Task[Any, Any], args: tuple[Any, ...] = (), **options: Any) -> None:
    """Send one message, by a connection with short timeouts, since the sender has clients waiting.

    Raises one of QUEUE_DOWN; for QUEUE_RETRY_SECONDS after that at once.
    """
    if time.monotonic() < _QueuePause.until:
        raise QueueError("the queue refused a message a moment ago")
    short = {"socket_timeout": MAX_SEND_SECONDS, "socket_connect_timeout": MAX_SEND_SECONDS}
    connection = current_app.connection_for_write(transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS | short)
    try:
        with pools.producers[connection].acquire(block=True) as producer:
            task.apply_async(args, producer=producer, **options)
    except QUEUE_DOWN:
        _QueuePause.until = time.monotonic() + QUEUE_RETRY_SECONDS
        raise
