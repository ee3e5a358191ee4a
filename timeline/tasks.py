"""The workers' doors. A task takes ids; the rows hold the truth, so a task may come twice or too late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from celery import shared_task
from django.db import transaction

from timeline import attention, pipeline, tallies

BATCH = 20  # articles a message: the queue's overhead shrinks below a tenth of the work


@shared_task(name="timeline.tasks.process")
def process(article_ids: list[int]) -> None:
    """Read articles and resolve what they touched."""
    pipeline.process(article_ids)


@shared_task(name="timeline.tasks.sweep")
def sweep() -> None:
    """Find what a lost message left behind, and nudge it again."""
    enqueue(pipeline.lost())
    for key in pipeline.orphans():
        pipeline.resolve_key(key)
    tallies.compact()


@shared_task(name="timeline.attention.refresh")
def refresh_attention() -> None:
    """Notice what needs a person of what changed since the last run."""
    attention.refresh()


def enqueue(article_ids: Iterable[int]) -> None:
    """Nudge the workers once the present transaction is stored."""
    for batch in _batches(list(article_ids)):
        transaction.on_commit(lambda ids=batch: process.delay(ids))  # type: ignore[misc]


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
