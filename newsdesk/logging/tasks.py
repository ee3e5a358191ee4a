"""Log and count tasks: which request sent one, what it works on, how long it took.

The handlers use Celery's own signals, its way of configuration; they do not change what a task does.
"""

from __future__ import annotations

import inspect
import logging
import logging.config
import time
from collections.abc import Mapping, Sequence
from contextvars import Token
from typing import Any, NamedTuple

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import signals
from django.conf import settings
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from timeline.operations import counters

log = logging.getLogger("newsdesk.tasks")

REQUEST_HEADER = "newsdesk_request"  # the message header with the id of the request that sent it
MAX_LOGGED_IDS = 50  # ids of one argument in a line


class _Running(NamedTuple):
    begun: float
    bound: Mapping[str, Token[Any]]


_running: dict[str, _Running] = {}  # by task id; one at a time in a worker's process


@signals.setup_logging.connect
def _configure_logging(**kwargs: Any) -> None:
    """Make workers write the same lines as all other processes, not Celery's."""
    logging.config.dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def _pass_request_id(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    request = get_contextvars().get("request")
    if request and isinstance(headers, dict):
        headers[REQUEST_HEADER] = request


@signals.task_prerun.connect
def _bind_task(task_id: str, task: Any, args: Sequence[Any], kwargs: Mapping[str, Any], **more: Any) -> None:
    bound: dict[str, Any] = {"task": short_name(task.name), "task_id": task_id, **ids_of(task.run, args, kwargs)}
    request = getattr(task.request, REQUEST_HEADER, None) or (getattr(task.request, "headers", None) or {}).get(
        REQUEST_HEADER
    )
    if request:
        bound["request"] = request
    _running[task_id] = _Running(time.monotonic(), bind_contextvars(**bound))


@signals.task_postrun.connect
def _count_task(task_id: str, task: Any, state: str | None = None, **more: Any) -> None:
    running = _running.pop(task_id, None)
    if running is None:
        return
    seconds, name, outcome = time.monotonic() - running.begun, short_name(task.name), (state or "unknown").lower()
    counters.observe("newsdesk_task_seconds", seconds, task=name)
    counters.count("newsdesk_tasks", task=name, outcome=outcome)
    log.info("task ended", extra={"seconds": round(seconds, 4), "outcome": outcome})
    reset_contextvars(**running.bound)


@signals.task_failure.connect
def _count_lost_task(
    sender: Any = None, task_id: str = "", exception: BaseException | None = None, **more: Any
) -> None:
    """Count a task whose process was killed, by a limit of time or memory or from outside: it never ends by itself."""
    if isinstance(exception, WorkerLostError | TimeLimitExceeded):
        counters.count("newsdesk_tasks", task=short_name(sender.name), outcome="lost")


def short_name(name: str) -> str:
    """Return a task's name without its module: `timeline.tasks.fetch` gives `fetch`."""
    return name.removeprefix("timeline.tasks.")


def ids_of(run: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that are ids or lists of ids, by parameter name: `article_ids`, `feed_id`."""
    try:
        given = inspect.signature(run).bind_partial(*args, **kwargs).arguments
    except TypeError:
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, int):
            found[name] = value
        elif isinstance(value, list | tuple) and all(isinstance(one, int) for one in value):
            found[name] = list(value[:MAX_LOGGED_IDS])
    return found
