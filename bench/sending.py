"""Send tasks from outside to a deployment's queue, or run them on a worker of their own. For the faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import redis
from celery import Celery

from bench.deployment import Deployment, wait_until

PATIENCE = 120.0  # seconds
WAITING_IDS = "SELECT id FROM timeline_article WHERE state = 'new' ORDER BY id LIMIT %s"
Task = tuple[str, Sequence[Any]]  # the name of a task without its module, and its arguments


def waiting_ids(made: Deployment, limit: int = 50) -> list[int]:
    """Return articles that wait to be read."""
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        return [int(pk) for (pk,) in database.execute(WAITING_IDS, [limit]).fetchall()]


def send(made: Deployment, queue: str, tasks: Iterable[Task]) -> int:
    """Put messages into a queue of the deployment; return how many."""
    sent = 0
    with Celery(broker=f"redis+socket://{made.socket}", set_as_current=False) as app:
        for name, arguments in tasks:
            app.send_task(f"timeline.tasks.{name}", list(arguments), queue=queue, ignore_result=True)
            sent += 1
    return sent


def do(made: Deployment, name: str, tasks: Iterable[Task], **environment: str) -> int:
    """Run tasks on a worker of this name, alone on its own queue, in this environment; return how many."""
    sent = send(made, name, tasks)
    worker = made.worker(1, name, via=("-m", "bench.faulty", "celery"), queues=name, **environment)
    try:
        wait_until(lambda: worker.poll() is not None or not _left(made, name), PATIENCE, f"{name} has done its tasks")
        worker.terminate()
        worker.wait(PATIENCE)
    finally:
        made.end(worker)
    return sent


def _left(made: Deployment, queue: str) -> int:
    """Return how many messages of a queue wait, or are not acknowledged by its worker."""
    with made.redis() as client:
        waiting: Any = client.llen(queue)
        taken: Any = client.hvals("unacked")
        return int(waiting) + len([one for one in taken if json.loads(one)[2] == queue])


def tasks_ended(made: Deployment, task: str) -> int:
    """Return how often a task succeeded since the queue's server has its data; 0 where it does not answer."""
    try:
        with made.redis() as client:
            found: Any = client.hget("newsdesk:counters", f"newsdesk_tasks?outcome=success&task={task}")
            return int(float(found or 0))
    except redis.RedisError:
        return 0
