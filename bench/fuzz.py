"""`python -m bench.fuzz [MINUTES] [--database postgres] [--inputs N] [--only api|pages|forms]`: no request ends in 5xx.

Against a newsdesk of its own with the sample articles, served without workers (nothing is fetched):

- api: schemathesis, all checks, over the description of the API, with a token;
- pages: schemathesis over a description of all other URLs, with those of the admin and their forms
  (`described`), as a user with all permissions;
- forms: hypothesis over the parameters of every URL and the fields of every form (bench/fuzz_forms.py).

MINUTES are for each, of the forms at most. Left out are the URLs that end the session or change the password of the
user that sends the requests; that account is not among those requested.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench import postgres

ROOT = Path(__file__).resolve().parents[1]
MINUTES, INPUTS = 10, 20_000
ASKED = ("api", "pages", "forms")
CSRF = "f" * 32  # the same in the cookie and in the header, which is all that a form's token proves


def fuzz(base: str, token: str, seconds: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Run schemathesis for so long against the API of `base` (scheme and host); return its output."""
    command = [f"{base}/api/v1/openapi.json", "--checks", "all", "--header", f"Authorization: Bearer {token}"]
    return _schemathesis([*command, *options], seconds, {"NEWSDESK_FUZZ_KNOWN": json.dumps(_known(base))})


def fuzz_pages(base: str, session: str, description: Any, seconds: int, *options: str) -> Any:
    """Do the same for the URLs of a `description`, with a session; only 5xx is a failure there."""
    cookies = f"Cookie: sessionid={session}; csrftoken={CSRF}"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(description, file)
        file.flush()
        command = [file.name, "--url", base, "--checks", "not_a_server_error", "--header", cookies]
        return _schemathesis([*command, "--header", f"X-CSRFToken: {CSRF}", *options], seconds, {})


def _schemathesis(options: Sequence[str], seconds: int, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "--no-color", "run", *options),
        *("--max-time", str(seconds), "--suppress-health-check", "all", "--continue-on-failure"),
        *("--request-timeout", "60"),
    ]
    environment = {**os.environ, **more, "SCHEMATHESIS_HOOKS": "bench.fuzz_hooks", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:  # it leaves notes where it runs
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _known(base: str) -> dict[str, list[str]]:
    """Return values that a schema cannot contain, by their format."""
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


# --- what is fuzzed -----------------------------------------------------------------------------


@contextmanager
def prepared(database: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield the environment of a newsdesk with rows of all kinds, and what its clients need (bench/fuzz_rows.py)."""
    opened = postgres.fresh() if database == "postgres" else nullcontext()
    with tempfile.TemporaryDirectory(prefix="newsdesk-fuzz-") as folder, opened as server:
        environment = {
            **(server.env if server else os.environ),
            "NEWSDESK_VAR": folder,
            "NEWSDESK_LOG_LEVEL": "ERROR",
            "NEWSDESK_EXTRACTS_A_MINUTE": "1000000",
            "NEWSDESK_EXTRACT_SECONDS": "60",
            "NEWSDESK_TRUSTED_PROXIES": "127.0.0.0/8",  # so that each request is another client's (fuzz_hooks)
            "NEWSDESK_ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        }
        for command in ("migrate", "load_gazetteer", "roles"):
            _python(environment, "manage.py", command, "--verbosity", "0")
        yield environment, json.loads(_python(environment, "-m", "bench.fuzz_rows").splitlines()[-1])


def _python(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def served(environment: dict[str, str]) -> Iterator[str]:
    """Run a web server of two processes and yield its scheme and host; print its errors at the end."""
    with socket.socket() as free, tempfile.NamedTemporaryFile("w+") as log:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "manage.py", "web", f"--port={port}"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            words = Path(log.name).read_text(errors="replace")
            at = words.find("Internal Server Error")
            print(words[max(0, at - 200) : at + 6000] if at >= 0 else "The server logged no error.")


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            with urlopen(url):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=MINUTES)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="of forms")
    parser.add_argument("--only", choices=ASKED, action="append", default=[])
    asked = parser.parse_args(arguments)
    wanted, failed, seconds = asked.only or ASKED, 0, int(asked.minutes * 60)
    with prepared(asked.database) as (environment, client):
        for name in wanted:
            print(f"=== {name} on {asked.database}", flush=True)
            if name == "forms":
                command = [sys.executable, "-m", "bench.fuzz_forms", str(asked.inputs), "--minutes", str(asked.minutes)]
                failed += subprocess.run(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL).returncode != 0
                continue
            with served(environment) as base:
                if name == "api":
                    done = fuzz(base, client["token"], seconds)
                else:
                    description = json.loads(_python(environment, "-m", "bench.described").splitlines()[-1])
                    done = fuzz_pages(base, client["session"], description, seconds)
            print(done.stdout[-8000:], done.stderr[-2000:], flush=True)
            failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
