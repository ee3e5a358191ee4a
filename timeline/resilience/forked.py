"""Run work on untrusted texts in a forked process, which can be killed whatever it does.

Markup parsers are compiled code, which `cpu_limit` cannot interrupt, and running out of memory kills the process. For
workers, which have one thread; web processes have several and use `timeline.sandbox`.
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
CHUNK_BYTES = 1 << 20
MAX_ANSWER_SECONDS = 300.0  # for one answer; normally the task's or the kernel's limit ends the work before


class WorkError(RuntimeError):
    """The work raised (the message is its traceback), or gave no answer in time."""


def run_isolated(work: Callable[[In], Out], items: Sequence[In], seconds: float) -> Generator[Out | None, None, None]:
    """Yield the result of `work` for each item, in order; None if it takes too much memory or processor time.

    `seconds`: limit of processor time of one item. Raises WorkError. `work` must not use connections of any kind.
    """
    at = 0
    while at < len(items):
        pid, pipe = _fork(work, items[at:], seconds)
        try:
            while at < len(items) and (answer := _receive(pipe, MAX_ANSWER_SECONDS)) is not None:
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


def run_isolated_one(work: Callable[[In], Out], item: In, seconds: float) -> Out | None:
    """Run `work` for a single item, as `run_isolated` does."""
    with closing(run_isolated(work, [item], seconds)) as answers:
        return next(answers)


def _fork(work: Callable[[In], Out], items: Sequence[In], seconds: float) -> tuple[int, int]:
    """Fork the process that works; return its id and the pipe from which its answers are read."""
    answers, its_end = os.pipe()
    pid = os.fork()
    if pid:
        os.close(its_end)
        return pid, answers
    try:
        gc.freeze()  # so that nothing that the parent opened is closed here
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
                sent += os.write(pipe, left[sent : sent + CHUNK_BYTES])


def _receive(pipe: int, seconds: float) -> bytes | None:
    """Read one answer; None if the process has ended. Raises WorkError after `seconds` without one."""
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
        part = os.read(pipe, min(left, CHUNK_BYTES))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
