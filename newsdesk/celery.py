"""The Celery application. Every CELERY_… setting is in newsdesk/settings.py, with its reason."""

from __future__ import annotations

import gc
import os
import resource
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import close_old_connections

from newsdesk.logging import tasks
from timeline.extraction import load_rules
from timeline.resilience import retry

__all__ = ["app", "tasks"]  # importing `tasks` connects the signal handlers that log and count tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

app = Celery("newsdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

NICE = 5


# Celery's signals are its only hooks for the start of a worker or of one of its processes.
@signals.worker_init.connect
def load_rules_before_fork(**_: Any) -> None:
    """Load the rules once, before the worker's processes are forked, so that they share the memory."""
    load_rules()
    gc.collect()
    gc.freeze()


@signals.worker_process_init.connect
def limit_process(**_: Any) -> None:
    """Limit the memory of a worker process and lower its priority.

    A task over the limit gets a MemoryError, which is counted like any other error; other tasks go on. Where web
    requests and a worker process compete for one processor, the web requests get three quarters of it.
    """
    os.nice(NICE)
    most = settings.WORKER_MEMORY * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@signals.task_prerun.connect
def fresh_connections(task: Any = None, **_: Any) -> None:
    """Drop connections that the database has closed; opening a new one for each task would cost a tenth.

    Also drop connections with an open transaction: their task was ended in the middle by its time limit.
    """
    if not task.request.is_eager:
        retry.close_unfinished_connections()
        close_old_connections()
