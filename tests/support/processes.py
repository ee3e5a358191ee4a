"""Processes, waiting and sessions of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import BrowserContext

from timeline.operations import services

if TYPE_CHECKING:  # it needs the settings, which are loaded below
    from django.contrib.auth.models import User


ROOT = Path(__file__).resolve().parents[2]


def sign_in(context: BrowserContext, site: str, user: User) -> None:
    """Give the browser a session of this user, as after a login."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])


class WorkerProcess:
    """`manage.py run`'s worker as a process of its own, on the database of the test.

    What a test has committed it sees, and the other way round. `start` returns when it answers.
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "DATABASE_URL": database_url()}
        command = services.worker_process().command
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, process_group=0)
        wait_until(lambda: services.workers_answer(0.5), "the worker answers", seconds=90)  # on a busy machine

    def kill(self) -> None:
        """`kill -9` for it and all its children, in whatever they do."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def database_url() -> str:
    """The address of the test's own database, for another process."""
    entry = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(entry['NAME']))}"
    login = f"{quote(entry['USER'], safe='')}:{quote(entry['PASSWORD'], safe='')}"
    return f"postgresql://{login}@/{entry['NAME']}?host={quote(entry['HOST'])}&port={entry['PORT'] or 5432}"


MAX_WAIT_SECONDS = 60  # for what a test expects: a busy machine is no fault


def wait_until(done: Callable[[], object], what: str, seconds: float = MAX_WAIT_SECONDS) -> None:
    """Ask `done` until it says yes; fail the test with `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.05)
