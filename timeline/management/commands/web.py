"""`manage.py web`: run only pages, feeds and API, for a machine of their own; `manage.py run` includes them."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from timeline.management.arguments import count, port
from timeline.operations import services, web_processes
from timeline.operations.supervisor import ProcessStartError, Supervisor, stop_on_signals
from timeline.operations.web_processes import DEFAULT_PROCESSES, DEFAULT_THREADS


class Command(BaseCommand):
    """Run pages, feeds and API alone."""

    help = (
        "Serves pages, feeds and API until SIGTERM or Ctrl-C. Database, queue and workers run elsewhere; "
        "put a proxy with TLS before it (deploy/nginx.conf, deploy/Caddyfile)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
        parser.add_argument("--port", type=port, default=settings.PORT, help="its port (%(default)s)")
        parser.add_argument("--processes", type=count, default=DEFAULT_PROCESSES, help="web servers (%(default)s)")
        parser.add_argument("--threads", type=count, default=DEFAULT_THREADS, help="threads of each (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        supervisor = Supervisor(settings.BASE_DIR, services.child_environment(), self.stderr.write, stopping)
        try:
            with web_processes.listen(options["host"], options["port"]) as listening:
                stop_on_signals(supervisor)
                try:
                    for part in web_processes.web_server_processes(listening, options["processes"], options["threads"]):
                        supervisor.start(part)
                    if not stopping.is_set():
                        self.stderr.write(f"newsdesk answers at {web_processes.url_of(listening)}")
                    supervisor.watch()
                finally:
                    supervisor.stop()
        except (web_processes.CannotListenError, ProcessStartError) as error:
            raise CommandError(str(error)) from error
