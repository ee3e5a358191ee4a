"""`python -m bench.faulty celery|manage …`: the same commands in a faulty environment. For bench.faults.

FAULTS_SHIFT: seconds by which this process's clock is ahead. FAULTS_SLOW: extra seconds for reading an article.
FAULTS_TWICE: every message is sent twice. FAULTS_HURRY: long delays are shortened. An article with the word KILLS ends
the worker that reads it, one with HUNGRY needs more memory than there is.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import datetime, timedelta
from typing import Any

SHIFT = float(os.environ.get("FAULTS_SHIFT", "0"))
SLOW = float(os.environ.get("FAULTS_SLOW", "0"))
_time = time.time
if SHIFT:  # before anybody takes the clock for himself
    time.time = lambda: _time() + SHIFT

import django  # noqa: E402
from celery.app.task import Task  # noqa: E402
from django.utils import timezone  # noqa: E402

django.setup()

from bench.stories import HUNGRY, KILLS  # noqa: E402
from newsdesk.celery import app  # noqa: E402
from timeline import extraction, tasks  # noqa: E402
from timeline.pipeline import claims, recovery  # noqa: E402

_now, _apply = timezone.now, Task.apply_async


def now() -> datetime:
    return _now() + timedelta(seconds=SHIFT)


def read_article(article: Any) -> Any:
    if KILLS in article.text:
        os.kill(os.getpid(), signal.SIGKILL)
    if HUNGRY in article.text:
        bytearray(8 << 30)
    time.sleep(SLOW)
    return extraction.read_article(article)


def twice(self: Task, *args: Any, **options: Any) -> Any:  # type: ignore[type-arg]
    _apply(self, *args, **options)
    return _apply(self, *args, **options)


def main(what: str, words: list[str]) -> None:
    if SHIFT:
        timezone.now = now
    vars(claims)["read_article"] = read_article
    if os.environ.get("FAULTS_TWICE"):
        Task.apply_async = twice  # type: ignore[method-assign]
    if os.environ.get("FAULTS_HURRY"):
        recovery.LOST_AFTER, tasks.LOST_WHILE_BUSY = timedelta(seconds=3), timedelta(seconds=6)
        app.conf.beat_schedule = {
            name: {**entry, "schedule": entry["schedule"] / 10, "options": {"expires": 5}}
            for name, entry in app.conf.beat_schedule.items()
        }
    if what == "celery":
        app.start(words)
    else:
        from django.core.management import execute_from_command_line  # noqa: PLC0415

        execute_from_command_line(["manage.py", *words])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
