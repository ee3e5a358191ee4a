"""`python -m bench.fuzz [MINUTES]`: schemathesis, all checks, against a newsdesk served with the samples."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
MINUTES = 10


def fuzz(base: str, token: str, seconds: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis for so long against the API of `base` (scheme and host); its output is kept."""
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "--no-color", "run", f"{base}/api/v1/openapi.json"),
        *("--checks", "all", "--max-time", str(seconds), "--header", f"Authorization: Bearer {token}"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--request-timeout", "20", *options),
    ]
    known = {"NEWSDESK_FUZZ_KNOWN": json.dumps(_known(base)), "SCHEMATHESIS_HOOKS": "bench.fuzz_hooks"}
    environment = {**os.environ, **known, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:  # it leaves notes where it runs
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _known(base: str) -> dict[str, list[str]]:
    """Values that a schema cannot tell, by their format."""
    actors = [row for kind in ("country", "bloc") for row in _ask(base, f"actors?limit=200&kind={kind}")["actors"]]
    return {
        "country-code": [row["code"] for row in actors if row["kind"] == "country"],
        "bloc-slug": [row["code"] for row in actors if row["kind"] == "bloc"],
        "event-id": [row["id"] for row in _ask(base, "events?limit=200")["events"]],
        "source-slug": [row["slug"] for row in _ask(base, "sources?limit=200")["sources"]],
    }


def _ask(base: str, path: str) -> Any:
    with urlopen(f"{base}/api/v1/{path}") as answer:
        return json.load(answer)


def main(arguments: Sequence[str]) -> int:
    minutes = int(arguments[0]) if arguments else MINUTES
    with tempfile.TemporaryDirectory(prefix="newsdesk-fuzz-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "NEWSDESK_VAR": folder, "NEWSDESK_EXTRACTS_A_MINUTE": "1000000"}
        command = [sys.executable, "manage.py", "run", "--port", str(port), "--import", "samples"]
        with open(Path(folder) / "log", "w") as log:
            served = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
            try:
                return _run(f"http://127.0.0.1:{port}", environment, minutes)
            finally:
                served.terminate()
                served.wait(30)
                print((Path(folder) / "log").read_text()[-4000:])


def _run(base: str, environment: dict[str, str], minutes: int) -> int:
    deadline = time.monotonic() + 120
    while not _has_events(base):
        if time.monotonic() > deadline:
            print("the samples do not appear", file=sys.stderr)
            return 1
        time.sleep(1)
    add = [sys.executable, "manage.py", "token", "add", "fuzz", "--scope", "articles:write"]
    token = subprocess.run(add, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    done = fuzz(base, token, minutes * 60)
    print(done.stdout, done.stderr)
    return done.returncode


def _has_events(base: str) -> bool:
    try:
        events = _ask(base, "events?limit=5")["events"]
        return len(events) == 5 and bool(_ask(base, "actors?kind=bloc")["actors"])
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
