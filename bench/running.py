"""Run a separate `manage.py run`, with the embedded queue and SQLite, for a test or a fault."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.deployment import ROOT, NotInTime, wait_until

START_SECONDS = 240.0


class Running:
    """Its output, and its processes. `environment`: variables beside those of this process."""

    def __init__(self, var: Path, *options: str, environment: Mapping[str, str] = {}) -> None:
        self.var = var
        self.log = var.parent / f"{var.name}.log"
        mine = {**os.environ, "NEWSDESK_VAR": str(var), **environment}
        mine.pop("DATABASE_URL", None)
        mine.pop("REDIS_URL", None)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run", *options],
                cwd=ROOT,
                env=mine,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def says(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for_ready(self) -> str:
        """Return the URL of its web server, "" without one. Raises NotInTime where it ends instead."""
        wait_until(lambda: "is ready" in self.says() or self.process.poll() is not None, START_SECONDS, "it is ready")
        ready = re.search(r"newsdesk is ready: (\S+)", self.says())
        if ready is None:
            raise NotInTime(self.says())
        return ready.group(1) if ready.group(1).startswith("http") else ""

    def processes(self) -> list[psutil.Process]:
        """Return every process that was started for this folder, without the supervisor."""
        return [process for process in psutil.process_iter() if self._belongs(process)]

    def process_of(self, word: str) -> psutil.Process | None:
        """Return the oldest process with this word in its command, which is a worker and not its child."""
        found = [process for process in self.processes() if word in " ".join(process.cmdline())]
        return min(found, key=lambda process: (process.create_time(), process.pid), default=None)

    def kill(self) -> None:
        for process in self.processes():
            process.kill()
        self.process.kill()
        self.process.wait()

    def _belongs(self, process: psutil.Process) -> bool:
        try:
            if process.pid == self.process.pid or process.status() == psutil.STATUS_ZOMBIE:
                return False
            # Valkey writes its title, with the socket's path, over the place where its environment was.
            title = " ".join(process.cmdline())
            return str(self.var) in title or process.environ().get("NEWSDESK_VAR") == str(self.var)
        except psutil.Error:
            return False


@contextmanager
def running(*options: str, environment: Mapping[str, str] = {}) -> Iterator[Running]:
    """Run one in a temporary folder, for the time of a `with` block."""
    with TemporaryDirectory(prefix="newsdesk-run-") as folder:
        one = Running(Path(folder) / "var", *options, environment=environment)
        try:
            yield one
        finally:
            one.kill()


def dying_worker(folder: Path) -> dict[str, str]:
    """Return variables with which workers end with status 3 at each start, while the file `dies` is in the folder."""
    (folder / "dies").touch()
    (folder / "sitecustomize.py").write_text(
        "import os, pathlib, sys\n"
        f"if 'worker' in sys.orig_argv and pathlib.Path({str(folder / 'dies')!r}).exists():\n"
        "    os._exit(3)\n"
    )
    return {"PYTHONPATH": str(folder)}
