"""A limit for code that may take any time: what a pattern or a parser makes of a hostile text.

Processor time is counted, not the time of day, so that a busy machine ends nothing that an idle one would not. The
kernel's timer sends SIGPROF, Python raises in the main thread, and `re` looks for signals as well. What stays in other
compiled code is not ended before it returns: that needs a limit from outside (a task's time limit, the sandbox's).
"""

from __future__ import annotations

import math
import resource
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CpuLimitError(BaseException):
    """Too much processor time was taken. No `except Exception` on the way may keep it."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """The block may take so much processor time (of the whole process), else CpuLimitError is raised in it.

    Without any effect outside of the main thread, where Python runs no handlers of signals. Not to be nested.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _over)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # once: if it comes as late as below, it finds nothing to end
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _over(number: int, frame: Any) -> None:
    raise CpuLimitError


def limit_process(seconds: float) -> None:
    """From now on this process may take so much processor time; then the kernel ends it, whatever it does.

    The kernel counts whole seconds. Called again, it counts anew.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
