"""The sandbox's process: answer one message after another until the web process that started it is gone.

A job that takes too much processor time or memory is aborted and reported. One that cannot be aborted, since it hangs
in compiled code, is killed by the kernel (RLIMIT_CPU), or by the web process when it has waited long enough.
"""

from __future__ import annotations

import gc
import resource
import signal
import socket
import traceback

import django
import orjson
from django.conf import settings

django.setup()

from timeline.resilience.cpu_limit import CpuLimitError, cpu_limit, limit_process  # noqa: E402
from timeline.sandbox import jobs  # noqa: E402
from timeline.sandbox.messages import DONE, FAILED, OUT_OF_MEMORY, OUT_OF_TIME, READY, receive, send  # noqa: E402

MAX_BYTES = 512 * 2**20  # of data; half is enough for the longest text that is read in time
SPARE_SECONDS = 2  # of processor time in which a job can be aborted


def main() -> None:
    """Answer the messages on the socket at descriptor 0, within limits of memory, until the other end closes."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the web process, which may still wait for an answer
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = socket.socket(fileno=0)
    jobs.warm()
    gc.collect()
    gc.freeze()
    try:
        send(channel, bytes([READY]))
        while True:
            send(channel, answer_to(receive(channel)))
    except (EOFError, OSError):
        pass  # the web process is gone


def answer_to(message: bytes) -> bytes:
    """Return the answer to one message, whatever the job does."""
    request = orjson.loads(message)
    limit_process(settings.EXTRACT_SECONDS + SPARE_SECONDS)
    try:
        with cpu_limit(settings.EXTRACT_SECONDS):
            return bytes([DONE]) + jobs.JOBS[request.pop("job")](**request)
    except CpuLimitError:
        return bytes([OUT_OF_TIME])
    except MemoryError:
        return bytes([OUT_OF_MEMORY])
    except Exception:  # the web process logs it with the request
        return bytes([FAILED]) + traceback.format_exc().encode("utf-8", "backslashreplace")


if __name__ == "__main__":
    main()
