"""The web process's end of the sandbox: one text at a time, and nobody waits for his turn in a thread."""

from __future__ import annotations

import atexit
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import orjson
from django.conf import settings

from timeline.sandbox.messages import DONE, FAILED, READY, receive, send

log = logging.getLogger(__name__)

CHILD = ("-m", "timeline.sandbox.child")
START_SECONDS = 30.0  # that a caller waits for; it takes some two, and more on a busy machine
NICE = 5  # as workers: readers of pages come first
WAIT_FACTOR = 4  # on a busy machine so many seconds go by while a second of processor time is had


class BusyError(Exception):
    """Another text is being read for this web process, or the sandbox is not ready yet."""


class LimitError(Exception):
    """The text takes more time or memory than one may."""


class SandboxError(Exception):
    """The sandbox does not start, or failed at a text; the message says how."""


class Sandbox:
    """One process that reads texts for this one. It is started by the first call, and again when it was ended."""

    def __init__(self, command: Sequence[str] = CHILD) -> None:
        self.command = command
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def call(self, job: str, **values: str | None) -> bytes:
        """What one of `timeline.sandbox.jobs` gives. Raises BusyError at once, LimitError, or SandboxError."""
        if not self._lock.acquire(blocking=False):
            raise BusyError
        try:
            return self._call(orjson.dumps({"job": job, **values}))
        finally:
            self._lock.release()

    def prepare(self) -> None:
        """Start the process if there is none: it is ready, or nearly, when the first text comes. Waits for nothing."""
        if self._lock.acquire(blocking=False):
            try:
                self._alive()
            finally:
                self._lock.release()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _call(self, message: bytes) -> bytes:
        child = self._alive()
        child.wait_until_ready()
        until = time.monotonic() + settings.EXTRACT_SECONDS * WAIT_FACTOR
        try:
            send(child.channel, message, until)
            answer = receive(child.channel, until)
        except (OSError, EOFError) as error:  # out of time or killed
            self.close()
            log.warning("the sandbox was ended while it read a text (%s)", type(error).__name__)
            self._child = _Child(self.command)  # ready for the next one, who need not wait for it
            raise LimitError from error
        if answer[0] == FAILED:
            raise SandboxError(answer[1:].decode())
        if answer[0] != DONE:
            raise LimitError
        return answer[1:]

    def _alive(self) -> _Child:
        if self._child is None or self._child.process.poll() is not None:
            self.close()
            self._child = _Child(self.command)
        return self._child


class _Child:
    """A process of the sandbox, from its start to its end."""

    def __init__(self, command: Sequence[str]) -> None:
        self.channel, its_end = socket.socketpair()
        self._ready = False
        with its_end:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=settings.BASE_DIR,
                stdin=its_end.fileno(),
                stdout=subprocess.DEVNULL,
            )
        os.setpriority(os.PRIO_PROCESS, self.process.pid, NICE)

    def wait_until_ready(self) -> None:
        """Raises BusyError where it is not ready in time, SandboxError where it has ended."""
        if self._ready:
            return
        try:
            self._ready = receive(self.channel, time.monotonic() + START_SECONDS)[0] == READY
        except TimeoutError as error:
            raise BusyError from error
        except (OSError, EOFError) as error:
            raise SandboxError(
                "the sandbox does not start; what it says stands in the log of the web server"
            ) from error

    def end(self) -> None:
        self.process.kill()  # it has nothing to lose
        self.process.wait()
        self.channel.close()


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
