"""Limit the processor time of code that hostile texts may slow down without end, such as patterns and parsers.

Processor time does not depend on how busy the machine is. The kernel's timer sends SIGPROF, and Python raises in the
main thread, also within `re`. Other compiled code is not interrupted before it returns: that needs a limit from
outside (the time limit of a task, the sandbox).
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
    """The limit of processor time was exceeded. A BaseException, so that no `except Exception` on the way stops it."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise CpuLimitError in the block once the process has used `seconds` of processor time in it.

    Without effect outside of the main thread, where Python runs no signal handlers. Must not be nested.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _raise)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # once: a late signal does no harm
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _raise(number: int, frame: Any) -> None:
    raise CpuLimitError


def limit_process(seconds: float) -> None:
    """Let the kernel kill this process after `seconds` more of processor time, rounded up to whole seconds.

    Calling it again starts a new limit.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
