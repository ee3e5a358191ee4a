"""Faults of slow clients: none of them may delay other readers or the probes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from bench.deployment import Deployment, Web
from bench.fault import Broken, Fault

CLIENTS = 40  # at once, of each kind; the web server has eight threads
ROUNDS = 5
LONGEST_ANSWER = 30.0  # seconds; workers take both processors meanwhile
HOST = "HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HEAD = f"GET / {HOST}X-Slow: "
BODY = f"POST /api/v1/extract {HOST}Content-Type: application/json\r\nContent-Length: 900\r\n\r\n"
EXPORT = f"GET /export.csv?window=all {HOST}\r\n"


def _beset(made: Deployment, begin: str, drip: Callable[[socket.socket], None]) -> str:
    """Run slow clients, each a byte further in every round, and check what others get from the server meanwhile."""
    web = made.web("beset")
    try:
        with ExitStack() as opened:
            clients = [opened.enter_context(_client(web, begin)) for _ in range(CLIENTS)]
            longest = 0.0
            for _ in range(ROUNDS):
                for client in clients:
                    drip(client)
                for path in ("/healthz", "/desk/"):
                    began = time.monotonic()
                    status = web.ask("GET", path, seconds=LONGEST_ANSWER).status
                    longest = max(longest, time.monotonic() - began)
                    if status != 200:
                        raise Broken(f"{path} was answered with status {status}")
    except TimeoutError as error:
        raise Broken(f"others waited {LONGEST_ANSWER:g} s in vain") from error
    finally:
        made.end(web.process)
    return f"{CLIENTS} of them; others waited {longest:.1f} s at the most"


def _client(web: Web, begin: str) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", web.port), timeout=LONGEST_ANSWER)
    client.sendall(begin.encode())
    return client


def _send_a_byte(client: socket.socket) -> None:
    try:
        client.sendall(b"x")
    except OSError:
        pass  # it was let go, which is its right


def _take_a_byte(client: socket.socket) -> None:
    client.settimeout(0.01)
    try:
        client.recv(1)
    except OSError:
        pass


FAULTS = (
    Fault("headers that drip", partial(_beset, begin=HEAD, drip=_send_a_byte)),
    Fault("bodies that drip", partial(_beset, begin=BODY, drip=_send_a_byte)),
    Fault("readers who do not take an export", partial(_beset, begin=EXPORT, drip=_take_a_byte)),
)
