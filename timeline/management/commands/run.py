"""`manage.py run`: everything newsdesk needs, in one command and until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from timeline.operators import services
from timeline.operators.supervisor import Part, PartFailed, Supervisor

TWICE = 1.0  # seconds: what comes sooner is the same Ctrl-C, sent on by make or by a shell


class Command(BaseCommand):
    help = (
        "Prepares the database and runs the queue, a worker, the clock and the web server until Ctrl-C. "
        "The queue is an embedded one unless REDIS_URL is set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
        parser.add_argument("--port", type=_port, default=settings.PORT, help="its port (%(default)s)")
        parser.add_argument(
            "--workers",
            type=_count,
            default=services.WORKER_PROCESSES,
            help="processes that read articles (%(default)s)",
        )
        parser.add_argument("--no-web", action="store_true", help="run everything but the web server")
        parser.add_argument("--import", nargs="+", metavar="PATH", default=[], help="import these first")
        parser.add_argument("--no-sample", action="store_true", help="leave out what --import names")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [] if options["no_sample"] else options["import"]
        try:
            with services.sole_runner(), _listening(options) as listening:
                self._prepare_database()
                self._run(listening, options["workers"], paths)
        except (services.AlreadyRunning, PartFailed) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped before everything was up", returncode=130) from None

    def _prepare_database(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if "load_gazetteer" in get_commands():
            call_command("load_gazetteer")
        call_command("roles", verbosity=0)

    def _run(self, listening: socket.socket | None, workers: int, paths: list[str]) -> None:
        stopping = threading.Event()
        supervisor = Supervisor(settings.BASE_DIR, services.child_environment(), self._say, stopping)
        _stop_on_signals(supervisor)
        try:
            self._start(supervisor, listening, workers)
            if paths and not stopping.is_set():
                self._import(supervisor, paths)
            if not stopping.is_set():
                where = _url(listening) if listening else "its worker waits for articles"
                self._say(f"newsdesk is ready: {where}\n(Ctrl-C stops everything)")
            supervisor.watch()
        finally:
            self._say("newsdesk stops")
            supervisor.stop()

    def _start(self, supervisor: Supervisor, listening: socket.socket | None, workers: int) -> None:
        if settings.EMBEDDED_BROKER:
            supervisor.start(services.queue_part())
        elif not services.broker_answers():
            raise PartFailed("Nothing answers at REDIS_URL. Start that server, or unset the variable.")
        supervisor.start(services.worker_part(workers))
        supervisor.start(services.beat_part())
        if listening is not None:
            supervisor.start(services.web_part(listening, lambda: _web_answers(listening)))

    def _import(self, supervisor: Supervisor, paths: list[str]) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import", *paths]
        status = supervisor.run_once(Part("the import", command))
        if status:
            self._say(f"The import ended with status {status}: see above; what it took is kept.")

    def _say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()


def _port(word: str) -> int:
    return _number(word, 0, 65535)


def _count(word: str) -> int:
    return _number(word, 1, 64)


def _number(word: str, lowest: int, highest: int) -> int:
    if word.isascii() and word.isdigit() and lowest <= int(word) <= highest:
        return int(word)
    raise ArgumentTypeError(f"{word!r} is not a whole number from {lowest} to {highest}")


@contextmanager
def _listening(options: dict[str, Any]) -> Iterator[socket.socket | None]:
    """The socket of the web server, open before anything is started; raises CommandError on a taken port."""
    if options["no_web"]:
        yield None
        return
    host, port = options["host"], options["port"]
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family, backlog=256)
    except OSError as error:
        other = 8000 if port < 1024 else port % 65535 + 1
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise CommandError(
            f"Cannot listen at {host} port {port}: {reason}. "
            f"Choose another one: manage.py run --port {other}, or: make run PORT={other}"
        ) from error
    with listening:
        yield listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _web_answers(listening: socket.socket) -> bool:
    """Whether a whole answer comes back, whatever it says."""
    host, port = _url(listening).removeprefix("http://").rstrip("/").rsplit(":", 1)
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=services.QUEUE_SECONDS)
    try:
        allowed = settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost"
        connection.request("GET", "/", headers={"Host": allowed})
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_on_signals(supervisor: Supervisor) -> None:
    """The first signal asks everything to end, a second one ends it by force."""
    first = 0.0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not supervisor.stopping.is_set():
            first = time.monotonic()
            supervisor.stopping.set()
        elif time.monotonic() - first > TWICE:
            supervisor.hurry.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
