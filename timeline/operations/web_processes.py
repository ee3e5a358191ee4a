"""The web server processes, which share one listening socket."""

from __future__ import annotations

import http.client
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from timeline.operations.supervisor import Process

DEFAULT_PROCESSES = 2
DEFAULT_THREADS = 4  # of each process
BACKLOG = 256
MAX_ANSWER_SECONDS = 30.0


class CannotListenError(OSError):
    """The address cannot be listened at; the message says why."""


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen at an address, before any process is started. Raises CannotListenError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise CannotListenError(f"Cannot listen at {host} port {port}: {reason}.") from error
    with listening:
        yield listening


def web_server_processes(
    listening: socket.socket, processes: int = DEFAULT_PROCESSES, threads: int = DEFAULT_THREADS
) -> list[Process]:
    """Web servers at a socket that already listens, so that no request is refused while one restarts."""
    command = [sys.executable, "-m", "newsdesk.web_server", str(listening.fileno()), str(threads)]
    files = (listening.fileno(),)
    return [
        Process(
            f"web server {number}", command, (lambda: _answers(listening)) if number == 1 else None, keep_files=files
        )
        for number in range(1, processes + 1)
    ]


def url_of(listening: socket.socket) -> str:
    """Return the URL of the socket on this machine."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _answers(listening: socket.socket) -> bool:
    """Return whether a request gets a response, whatever its status."""
    host, port = url_of(listening).removeprefix("http://").rstrip("/").rsplit(":", 1)
    connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=MAX_ANSWER_SECONDS)
    try:
        allowed = settings.ALLOWED_HOSTS[0].lstrip(".*") or "localhost"
        connection.request("GET", "/", headers={"Host": allowed})
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
