"""The Celery application; every CELERY_… setting stands in newsdesk/settings.py, with its reason."""

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

__all__ = ["app", "tasks"]  # importing it connects what logs and counts tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

app = Celery("newsdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

NICE = 5


# Celery has no other way to say what shall be done when a worker, or one of its processes, begins.
@signals.worker_init.connect
def load_rules_before_fork(**_: Any) -> None:
    """Load the rules once, before the processes of the worker are forked: they share the memory."""
    load_rules()
    gc.collect()
    gc.freeze()


@signals.worker_process_init.connect
def limit_process(**_: Any) -> None:
    """What takes too much gets a MemoryError and is counted like any other error; the others go on.

    Where readers and a process of a worker want the same processor, readers get three quarters of it.
    """
    os.nice(NICE)
    most = settings.WORKER_MEMORY * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@signals.task_prerun.connect
def fresh_connections(task: Any = None, **_: Any) -> None:
    """A connection that the database has ended meanwhile is not used again; opening one for each task costs a tenth.

    Nor one in which a transaction is open: a task before was ended in its midst, by its time limit.
    """
    if not task.request.is_eager:
        retry.close_unfinished_connections()
        close_old_connections()
