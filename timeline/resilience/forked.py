"""Pure work on strangers' texts in a process forked for it: what no signal can end is ended all the same.

Parsers of markup are compiled code, in which a limit like `cpu_limit` has no effect, and one that runs out of memory
takes its process along. Here that is a process which nothing else is lost with. For workers, which have one
thread; a web process has several, and asks `timeline.sandbox`.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import select
import signal
import struct
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

from timeline.resilience.cpu_limit import limit_process

In = TypeVar("In")
Out = TypeVar("Out")

LENGTH = struct.Struct("!Q")
CHUNK = 1 << 20
WAIT_SECONDS = 300.0  # for one answer: a task is ended before, and a process that works without end by the kernel


class WorkError(RuntimeError):
    """The work raised, and the message is its traceback; or it waits for something."""


def isolated(work: Callable[[In], Out], items: Sequence[In], seconds: float) -> Generator[Out | None, None, None]:
    """What `work` gives for each item, in order; None for one that takes more processor time, or too much memory.

    The others are worked on all the same. Raises WorkError. `work` must not touch connections of any kind.
    """
    at = 0
    while at < len(items):
        pid, pipe = _forked(work, items[at:], seconds)
        try:
            while at < len(items) and (answer := _received(pipe, WAIT_SECONDS)) is not None:
                at += 1
                done, given = pickle.loads(answer)  # of our own process
                if not done:
                    raise WorkError(given)
                yield given
        finally:
            os.close(pipe)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if at < len(items):
            at += 1
            yield None


def isolated_one(work: Callable[[In], Out], item: In, seconds: float) -> Out | None:
    """The same for a single item."""
    with closing(isolated(work, [item], seconds)) as answers:
        return next(answers)


def _forked(work: Callable[[In], Out], items: Sequence[In], seconds: float) -> tuple[int, int]:
    """The process that works, and the end of a pipe where its answers come."""
    answers, its_end = os.pipe()
    pid = os.fork()
    if pid:
        os.close(its_end)
        return pid, answers
    try:
        gc.freeze()  # what the other process has opened is not closed here
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)
        os.close(answers)
        _work(work, items, seconds, its_end)
    finally:
        os._exit(0)


def _work(work: Callable[[In], Out], items: Sequence[In], seconds: float, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for item in items:
        limit_process(seconds)
        answer: tuple[bool, Any]
        try:
            answer = True, work(item)
        except MemoryError:
            return
        except Exception:
            answer = False, traceback.format_exc()
        data = pickle.dumps(answer)
        with memoryview(LENGTH.pack(len(data)) + data) as left:
            sent = 0
            while sent < len(left):
                sent += os.write(pipe, left[sent : sent + CHUNK])


def _received(pipe: int, seconds: float) -> bytes | None:
    """One answer; None where the process has ended. Raises WorkError where none comes in so many seconds."""
    until = time.monotonic() + seconds
    head = _read(pipe, LENGTH.size, until)
    return _read(pipe, LENGTH.unpack(head)[0], until) if head else None


def _read(pipe: int, length: int, until: float) -> bytes | None:
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    parts, left = list[bytes](), length
    while left:
        if not waiting.poll(max(0.0, until - time.monotonic()) * 1000):
            raise WorkError("no answer came in time")
        part = os.read(pipe, min(left, CHUNK))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
