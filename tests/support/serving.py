"""newsdesk behind a real web server, as `manage.py run` and deploy/ start it, on the database of the test."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import MAX_WAIT_SECONDS, ROOT, database_url, wait_until
from timeline.operations import web_processes


@contextmanager
def web_server(log: Path, **environment: str) -> Iterator[int]:
    """The port of a web server on 127.0.0.1 with these variables; what it says goes to `log`."""
    with web_processes.listen("127.0.0.1", 0) as listening, log.open("wb") as output:
        (part,) = web_processes.web_server_processes(listening, processes=1)
        process = subprocess.Popen(
            part.command,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url(), **environment},
            pass_fds=part.keep_files,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        port: int = listening.getsockname()[1]
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), f"it answers ({log})")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=MAX_WAIT_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
