"""The web process's side of the sandbox: one text at a time; a second caller gets BusyError instead of waiting."""

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
START_SECONDS = 30.0  # that a caller waits; a start takes two, and more on a busy machine
NICE = 5  # as workers: page requests come first
WAIT_FACTOR = 4  # seconds of wall time allowed for a second of processor time on a busy machine


class BusyError(Exception):
    """Another text is being read for this web process, or the sandbox is not ready yet."""


class LimitError(Exception):
    """The text exceeds the limit of time or memory."""


class SandboxError(Exception):
    """The sandbox does not start, or failed on a text; the message says how."""


class Sandbox:
    """One process that reads texts for this one, started by the first call, and again after it has ended."""

    def __init__(self, command: Sequence[str] = CHILD) -> None:
        self.command = command
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def call(self, job: str, **values: str | None) -> bytes:
        """Return the result of one of `timeline.sandbox.jobs`. Raises BusyError at once, LimitError or SandboxError."""
        if not self._lock.acquire(blocking=False):
            raise BusyError
        try:
            return self._call(orjson.dumps({"job": job, **values}))
        finally:
            self._lock.release()

    def prepare(self) -> None:
        """Start the process if there is none, so that it is ready, or nearly, for the first text. Does not wait."""
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
            self._child = _Child(self.command)  # start at once, so that the next caller need not wait
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
        """Wait for the process. Raises BusyError where it is not ready in time, SandboxError where it has ended."""
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
        self.process.kill()  # it has no state to save
        self.process.wait()
        self.channel.close()


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
