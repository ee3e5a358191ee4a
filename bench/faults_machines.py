"""Faults of whole machines: one of several dies, or is cut off from database and queue and comes back.

A machine is a web server and a worker that reach the services through a network of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
import psycopg

from bench.deployment import Deployment, Process, Web, wait_until
from bench.fault import Broken, Fault
from bench.relay import Network, Relay

PATIENCE = 120.0  # seconds
CUT_SECONDS = 60.0
PAUSE_SECONDS = 0.2  # between two requests of a reader


@dataclass(frozen=True, slots=True)
class Machine:
    web: Web
    worker: Process
    network: Network


@contextmanager
def machine(made: Deployment, name: str) -> Iterator[Machine]:
    """Start a machine; at the end kill what is left of it."""
    folder = made.folder / name
    folder.mkdir(mode=0o700)
    url = urlsplit(made.environment["DATABASE_URL"])
    socket = _socket(made)
    database = Relay(folder / socket.name, socket)
    queue = Relay(folder / "redis.sock", made.socket)
    settings = {
        "DATABASE_URL": f"{url.scheme}://{url.username}@/{url.path.strip('/')}?host={quote(str(folder), safe='')}"
        f"&port={socket.suffix.strip('.')}",
        "REDIS_URL": f"unix://{folder / 'redis.sock'}",
        "NEWSDESK_VAR": str(folder / "var"),
    }
    with closing(Network([database, queue])) as network:
        web = made.web(f"{name}-web", **settings)
        worker = made.worker(2, f"{name}-worker", **settings)
        try:
            wait_until(lambda: len(psutil.Process(worker.pid).children()) >= 2, PATIENCE, f"{name} has its readers")
            yield Machine(web, worker, network)
        finally:
            for process in (web.process, worker):
                made.end(process)


def _socket(made: Deployment) -> Path:
    """Return the socket at which PostgreSQL listens."""
    with psycopg.connect(made.environment["DATABASE_URL"]) as database:
        (folder,) = database.execute("SHOW unix_socket_directories").fetchone() or ("",)
        (port,) = database.execute("SHOW port").fetchone() or ("",)
    return Path(folder.split(",")[0].strip()) / f".s.PGSQL.{port}"


class Reader:
    """Asks one web server for pages all the time, and counts the answers by status."""

    def __init__(self, web: Web) -> None:
        self.web, self.answers = web, dict[int, int]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(PATIENCE)

    def _read(self) -> None:
        n = 0
        while not self._over.wait(PAUSE_SECONDS):
            n += 1
            try:
                status = self.web.ask("GET", f"/?q=x{n}", seconds=30).status
            except OSError:
                status = 0
            self.answers[status] = self.answers.get(status, 0) + 1


def kill_a_machine(made: Deployment) -> str:
    """Kill one of two machines in the midst of its work; readers of the other must not see it."""
    with machine(made, "first") as lost, machine(made, "second") as other:
        with Reader(other.web) as reader:
            time.sleep(2.0)
            for process in (lost.worker, lost.web.process):
                made.end(process)
            time.sleep(5.0)
        if set(reader.answers) != {200}:
            raise Broken(f"readers of the other machine got {reader.answers}")
    return f"web server and worker killed; {reader.answers[200]} pages of the other machine, all answered"


def cut_a_machine_off(made: Deployment) -> str:
    """Cut one of two machines off and mend its network: it must work again by itself, and the other all the time."""
    with machine(made, "cut") as apart, machine(made, "whole") as other:
        with Reader(other.web) as reader, apart.network.cut():
            time.sleep(CUT_SECONDS)
            if not apart.web.answers():
                raise Broken("the web server that is cut off does not answer /healthz")
        if set(reader.answers) != {200}:
            raise Broken(f"readers of the other machine got {reader.answers}")
        begun = time.monotonic()
        wait_until(lambda: _serves(apart.web), PATIENCE, "the machine that was cut off serves pages again")
        back = time.monotonic() - begun
        if apart.worker.poll() is not None:
            raise Broken(f"its worker ended with status {apart.worker.returncode}")
    pages = reader.answers[200]
    return f"cut off for {CUT_SECONDS:g} s, served again after {back:.0f} s; {pages} pages of the other, all answered"


def _serves(web: Web) -> bool:
    try:
        return (
            web.ask("GET", "/?q=back", seconds=20).status == 200 and web.ask("GET", "/readyz", seconds=20).status == 200
        )
    except OSError:
        return False


FAULTS: tuple[Fault, ...] = (
    Fault("a machine killed", kill_a_machine),
    Fault("a machine cut off", cut_a_machine_off),
)
