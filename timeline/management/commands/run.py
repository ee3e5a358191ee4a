"""`manage.py run`: run all of newsdesk in one command, until Ctrl-C."""

from __future__ import annotations

import os
import socket
import sys
import threading
from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from timeline.management.arguments import count, port
from timeline.operations import health, services, web_processes
from timeline.operations.supervisor import Process, ProcessStartError, Supervisor, stop_on_signals


class Command(BaseCommand):
    """Run all processes of newsdesk."""

    help = (
        "Prepares the database and runs the queue, a worker, the clock and the web server until Ctrl-C. "
        "The queue is an embedded one unless REDIS_URL is set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
        parser.add_argument("--port", type=port, default=settings.PORT, help="its port (%(default)s)")
        parser.add_argument(
            "--workers",
            type=count,
            default=services.DEFAULT_WORKER_PROCESSES,
            help="processes that read articles (%(default)s)",
        )
        parser.add_argument("--no-web", action="store_true", help="run everything but the web server")
        parser.add_argument("--import", nargs="+", metavar="PATH", default=[], help="import these first")
        parser.add_argument("--no-sample", action="store_true", help="leave out what --import names")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [] if options["no_sample"] else options["import"]
        try:
            at = nullcontext() if options["no_web"] else web_processes.listen(options["host"], options["port"])
            with services.runner_lock(), at as listening:
                self._prepare_database()
                self._run(listening, options["workers"], paths)
        except web_processes.CannotListenError as error:
            other = 8000 if options["port"] < 1024 else options["port"] % 65535 + 1
            raise CommandError(
                f"{error} Choose another one: manage.py run --port {other}, or: make run PORT={other}"
            ) from error
        except (services.AlreadyRunningError, ProcessStartError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped before everything was up", returncode=130) from None

    def _prepare_database(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if "load_gazetteer" in get_commands():
            call_command("load_gazetteer")
        call_command("roles", verbosity=0)
        if "samples" in get_commands():
            call_command("samples")

    def _run(self, listening: socket.socket | None, workers: int, paths: list[str]) -> None:
        stopping = threading.Event()
        supervisor = services.new_supervisor(self._say, stopping)
        stop_on_signals(supervisor)
        try:
            self._start(supervisor, listening, workers)
            if paths and not stopping.is_set():
                self._import(supervisor, paths)
            if not stopping.is_set():
                where = web_processes.url_of(listening) if listening else "its worker waits for articles"
                self._say(f"newsdesk is ready: {where}\n(Ctrl-C stops everything)")
            supervisor.watch()
        finally:
            self._say("newsdesk stops")
            supervisor.stop()

    def _start(self, supervisor: Supervisor, listening: socket.socket | None, workers: int) -> None:
        if settings.EMBEDDED_BROKER:
            supervisor.start(services.queue_process())
        elif refusal := services.broker_refusal():
            if refusal == health.NO_ANSWER:
                raise ProcessStartError("Nothing answers at REDIS_URL. Start that server, or unset the variable.")
            self._say(f"The queue at REDIS_URL {refusal}: articles wait in the database until it takes messages.")
        supervisor.start(services.worker_process(workers))
        supervisor.start(services.scheduler_process())
        for part in web_processes.web_server_processes(listening) if listening else []:
            supervisor.start(part)

    def _import(self, supervisor: Supervisor, paths: list[str]) -> None:
        command = [sys.executable, "-m", "newsdesk", "import", *map(os.path.abspath, paths)]
        status = supervisor.run_once(Process("the import", command))
        if status:
            self._say(f"The import ended with status {status}: see above; what it took is kept.")

    def _say(self, message: str) -> None:
        self.stdout.write(message)
        self.stdout.flush()
