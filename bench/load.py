"""Ten minutes of readers at a million events on PostgreSQL during an import: no error, and how long requests take.

    python -m bench.load [MINUTES]

Everything as `manage.py run` serves it on this machine: two web processes, two workers, beat, the queue. wrk (from the
distribution) requests pages, feeds and the API at once, four connections each. The articles of ../shared are imported
meanwhile, again and again under other URLs if need be. Works on a copy of the generated database.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.corpus import shared
from bench.generated import FOLDER, databases
from bench.postgres import ROOT
from bench.table import table

EVENTS = 1_000_000
COPY = "load"
CONNECTIONS = 4
COUNTRIES = ("FR", "US", "JP", "DE", "GB", "BR", "IN", "ZA")
SCRIPT = ROOT / "bench" / "load.lua"
GROUPS = {
    "pages": [
        *("/", "/desk/", "/facets/", "/?kind=election", "/?window=last-year", "/?group=bloc"),
        *(f"/?country={code}" for code in COUNTRIES),
    ],
    "feeds": [
        *("/feed.json", "/feed.atom", "/changes.json", "/export/timelinejs.json", "/feed.ics?country=NZ"),
        *(f"/feed.json?country={code}" for code in COUNTRIES),
    ],
    "API": [
        *("/api/v1/events?limit=100", "/api/v1/density", "/api/v1/changes", "/api/v1/actors"),
        *(f"/api/v1/events?limit=50&kind=election&country={code}" for code in COUNTRIES),
    ],
}


def main(arguments: Sequence[str]) -> None:
    minutes = float(arguments[0]) if arguments else 10.0
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; on Debian: apt-get install wrk")
    print(run(minutes))


def run(minutes: float = 10.0) -> str:
    with databases("postgres") as kept, _copy(kept.of(EVENTS).env["DATABASE_URL"]) as uri, _newsdesk(uri) as address:
        importing = _Importing(uri)
        try:
            found = _asked(address, minutes)
        finally:
            importing.stop()
        states = _states(uri)
    rows = [_row(name, figures) for name, figures in found.items()]
    head = ("", "requests", "a second", "p50, ms", "p95, ms", "p99, ms", "errors", "later than 10 s", "")
    return (
        f"{table(head, rows)}\n\n{importing.posts:,} posts were taken in meanwhile; by state and failures: {states}.\n"
    )


def _states(uri: str) -> str:
    """Return how many imported articles are in which state, and how often one failed."""
    with psycopg.connect(uri) as connection:
        rows = connection.execute(
            "SELECT state, tries, count(*) FROM timeline_article WHERE url NOT LIKE %s GROUP BY 1, 2 ORDER BY 1, 2",
            ["%.generated.example/%"],
        ).fetchall()
    return ", ".join(f"{n:,} {state}" + (f" after {tries} failures" if tries else "") for state, tries, n in rows)


def _row(name: str, found: dict[str, float]) -> list[str]:
    asked = [f"{found['requests']:,}", f"{found['requests'] / found['seconds']:.0f}"]
    waits = [f"{found[part]:.0f}" for part in ("p50", "p95", "p99")]
    return [
        name,
        *asked,
        *waits,
        f"{found['wrong'] + found['broken']:.0f}",
        f"{found['late']:.0f}",
        str(found["sample"]),
    ]


@contextmanager
def _copy(uri: str) -> Iterator[str]:
    """Yield the URL of a copy of that database."""
    head, _, options = uri.partition("?")
    name = head.rpartition("/")[2]
    server = f"{head.rpartition('/')[0]}/postgres?{options}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{COPY}" TEMPLATE "{name}"')
        try:
            yield f"{head.rpartition('/')[0]}/{COPY}?{options}"
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{COPY}" WITH (FORCE)')


@contextmanager
def _newsdesk(uri: str) -> Iterator[str]:
    folder, port = Path(tempfile.mkdtemp(prefix="newsdesk-load-")), _free_port()
    env = {**os.environ, "DATABASE_URL": uri, "NEWSDESK_VAR": str(folder)}
    command = [sys.executable, "manage.py", "run", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for path in ("/", "/desk/"):
            _wait_for(address + path, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


class _Importing:
    """Import the archive, a post at a time where the workers keep up, until stopped."""

    def __init__(self, uri: str) -> None:
        self.posts = 0
        env = {**os.environ, "DATABASE_URL": uri, "NEWSDESK_VAR": str(FOLDER / "var")}
        command = [sys.executable, "-m", "bench.feeding", str(shared("corpus/news-2020H2.tar.xz"))]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.posts = int(line)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _asked(address: str, minutes: float) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory(prefix="newsdesk-load-") as folder:
        running = {}
        for name, paths in GROUPS.items():
            file = Path(folder, f"{name}.txt")
            file.write_text("\n".join(paths), "utf-8")
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{minutes * 60:.0f}s", "--timeout=10s", "-s", str(SCRIPT)]
            command += [address, "--", str(file)]
            running[name] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        found = {}
        for name, process in running.items():
            out, _ = process.communicate(timeout=minutes * 60 + 60)
            found[name] = json.loads(next(line for line in reversed(out.splitlines()) if line.startswith("{")))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"manage.py run ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                answer.read()
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


if __name__ == "__main__":
    main(sys.argv[1:])
