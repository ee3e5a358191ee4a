"""Measure what readers notice while a client sends the worst texts: a minute of it, twice.

    python -m bench.fence [SECONDS]

The web server as `manage.py run` starts it, on PostgreSQL: first unchanged, with bodies of 1 MB that take longest, then
with a reader that never ends (`bench.going_wrong`). Each second one text is sent to `POST /api/v1/extract` and one to
`/try/`, and a reader requests `/`, which is rendered each time. The promise: every answer comes within LATEST seconds,
and no process of the web server ends.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

from bench.deployment import ROOT, Deployment, Process, deployment, wait_until
from bench.going_wrong import WAYS
from bench.table import table
from timeline.operations import web_processes

SECONDS = 60
LATEST = 2.0  # seconds until a reader of pages has his answer
MB, TRIED = 1_000_000, 100_000  # characters
EVENTS = 5_000
NEWS = "英国大选将于2024年7月4日举行，首相在北京会见记者。美国总统昨天表示，两国将于下月签署协议。\n"


@dataclass
class Answers:
    """The answers to one kind of request."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def ask(self, asking: Callable[[], httpx.Response]) -> None:
        began = time.monotonic()
        try:
            answer = asking()
            status = str(answer.status_code)
            if answer.status_code == 503 and answer.headers["content-type"].startswith("application/problem"):
                status += " " + answer.json()["type"].rpartition("/")[2]
        except httpx.HTTPError as error:
            status = type(error).__name__
        self.statuses[status] += 1
        self.seconds.append(time.monotonic() - began)


def main(arguments: Sequence[str]) -> None:
    print(run(int(arguments[0]) if arguments else SECONDS))


def run(seconds: int = SECONDS) -> str:
    rows = []
    with deployment({"NEWSDESK_PAGES_KEPT": "0"}) as made:
        made.python("manage.py", "generate", str(EVENTS))
        for module, texts in (("newsdesk.web_server", _worst()), ("bench.slow_site", _endless())):
            with _served(made, module) as (address, servers):
                rows += _attacked(module, address, servers, texts, seconds)
    return table(("", "answers", "p50, s", "longest, s", "processes ended"), rows)


def _worst() -> list[str]:
    never_closed = "".join(f"<p><b id={n}>x</p>" for n in range(MB // 16))
    attributes = "<p " + " ".join(f"a{n}=1" for n in range(MB // 8)) + ">今天"
    repeated = (part * (MB // len(part)) for part in (NEWS, "今天，", "<a"))
    return [*repeated, never_closed[:MB], attributes[:MB]]


def _endless() -> list[str]:
    return [(f"<p>{way} " + "x" * MB)[:MB] for way in WAYS if way != "FAIL"]


@contextmanager
def _served(made: Deployment, module: str) -> Iterator[tuple[str, list[Process]]]:
    with web_processes.listen("127.0.0.1", 0) as listening:
        parts = web_processes.web_server_processes(listening)
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", module, str(listening.fileno())],
                cwd=ROOT,
                env=made.environment,
                pass_fds=part.keep_files,
                process_group=0,
            )
            for part in parts
        ]
        made.processes += processes
        address = web_processes.url_of(listening).rstrip("/")
        try:
            wait_until(lambda: httpx.get(address + "/", timeout=60).status_code == 200, 120, f"{module} answers")
            wait_until(partial(_reads, _extract(address)), 240, "texts are read by both its processes")
            yield address, processes
        finally:
            for process in processes:
                made.end(process)


def _reads(extract: Callable[[str], httpx.Response]) -> bool:
    return all(extract("今天").status_code == 200 for _ in range(8))


def _attacked(
    module: str, address: str, servers: Sequence[Process], texts: Sequence[str], seconds: int
) -> list[list[str]]:
    found = {name: Answers() for name in ("a reader alone", "a reader at /", "extract", "/try/")}
    _read(found["a reader alone"], address, seconds // 3)
    threads = [threading.Thread(target=_read, args=(found["a reader at /"], address, seconds))]
    for name, asking in (("extract", _extract(address)), ("/try/", _try(address))):
        threads.append(threading.Thread(target=_send, args=(found[name], asking, texts, seconds)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = sum(server.poll() is not None for server in servers)
    late = max(found["a reader at /"].seconds) > LATEST or found["a reader at /"].statuses.keys() != {"200"}
    if late or ended:
        print(f"{module}: a reader waited too long, or a process ended", file=sys.stderr)
    rows = [_row(f"{module}: {name}", answers, ended) for name, answers in found.items()]
    print(*rows, sep="\n", file=sys.stderr)
    return rows


def _read(answers: Answers, address: str, seconds: int) -> None:
    with httpx.Client(timeout=60) as client:
        for _ in _every_second(seconds):
            answers.ask(lambda: client.get(address + "/"))


def _send(answers: Answers, asking: Callable[[str], httpx.Response], texts: Sequence[str], seconds: int) -> None:
    """Send one text a second, whether the ones before were answered or not."""
    sent = []
    for n in _every_second(seconds):
        text = texts[n % len(texts)]
        thread = threading.Thread(target=answers.ask, args=(lambda text=text: asking(text),))
        thread.start()
        sent.append(thread)
    for thread in sent:
        thread.join()


def _every_second(seconds: int) -> Iterator[int]:
    began = time.monotonic()
    for n in range(seconds):
        time.sleep(max(0.0, began + n - time.monotonic()))
        yield n


def _extract(address: str) -> Callable[[str], httpx.Response]:
    def send(text: str) -> httpx.Response:
        body = json.dumps({"html": text, "anchor": "2024-03-20"}, ensure_ascii=False).encode()
        return httpx.post(f"{address}/api/v1/extract", content=body, headers=kind, timeout=120)

    kind = {"Content-Type": "application/json"}
    return send


def _try(address: str) -> Callable[[str], httpx.Response]:
    page = httpx.get(f"{address}/try/", timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    cookies = dict(page.cookies)

    def send(text: str) -> httpx.Response:
        fields = {"csrfmiddlewaretoken": token[1], "text": text[:TRIED], "day": "2024-03-20"}
        return httpx.post(f"{address}/try/", data=fields, cookies=cookies, timeout=120)

    return send


def _row(name: str, answers: Answers, ended: int) -> list[str]:
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(answers.statuses.items()))
    return [name, statuses, f"{statistics.median(answers.seconds):.2f}", f"{max(answers.seconds):.2f}", str(ended)]


if __name__ == "__main__":
    main(sys.argv[1:])
