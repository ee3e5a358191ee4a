"""`manage.py run` keeps its promises: one command, what dies comes back, nothing is left behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, WorkerProcess, wait_until
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from bench.running import Running
from timeline.operators import checks, services, supervisor


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    desks: list[Running] = []

    def start(*options: str, folder: str = "var") -> Running:
        desks.append(Running(tmp_path / folder, *options))
        return desks[-1]

    yield start
    for desk in desks:
        desk.kill()


def get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return int(answer.status)


def answers(address: str) -> bool:
    """A connection that the killed server had taken breaks off; the next one is answered."""
    try:
        return get(address) == 200
    except (OSError, http.client.HTTPException):
        return False


def test_what_is_killed_comes_back_and_a_signal_stops_everything(run: Callable[..., Running]) -> None:
    desk = run("--port", "0")
    address = desk.wait_for_ready()
    assert get(address) == 200
    for part in ("valkey-server", "celery --app=newsdesk --quiet worker", "newsdesk.web_server"):
        before = desk.process_of(part)
        assert before is not None, part
        before.kill()
        wait_until(lambda: desk.process_of(part) not in (None, before), 10, f"{part} is back")  # noqa: B023
    wait_until(lambda: answers(address), 20, "the web server answers again")
    wait_until(lambda: services.socket_answers(desk.var / "valkey.sock"), 10, "the queue answers")
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(10) == 0, desk.says()
    assert desk.processes() == []


def test_a_killed_supervisor_leaves_no_process(run: Callable[..., Running]) -> None:
    desk = run("--port", "0")
    desk.wait_for_ready()
    assert len(desk.processes()) >= 6  # the queue, a worker and its children, the clock, the web server
    desk.process.kill()
    wait_until(lambda: not desk.processes(), 10, "its processes are gone")


def test_a_second_run_in_the_same_folder_says_which_one_is_first(run: Callable[..., Running]) -> None:
    first = run("--no-web")
    first.wait_for_ready()
    second = subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env={**os.environ, "NEWSDESK_VAR": str(first.var)},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert second.returncode == 1
    assert f"process {first.process.pid}" in second.stderr
    assert first.process.poll() is None


def test_a_taken_port_is_named_with_the_option_that_chooses_another(run: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        desk = run("--port", str(port))
        assert desk.process.wait(20) == 1
    assert f"port {port}" in desk.says()
    assert "--port" in desk.says()
    assert desk.processes() == []


@pytest.mark.parametrize("port", ["-1", "65536", "http", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CommandError, match="from 0 to 65535"):
        call_command("run", f"--port={port}")


def test_a_part_that_cannot_live_is_given_up_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STARTS_ALLOWED", 1)
    said: list[str] = []
    watch = supervisor.Supervisor(tmp_path, os.environ, said.append, threading.Event())
    watch.start(supervisor.Part("the clock", [sys.executable, "-c", "raise SystemExit(3)"]))
    with pytest.raises(supervisor.PartFailed, match="the clock ended 2 times within a minute"):
        watch.watch()
    watch.stop()
    assert said[0] == "the clock ended with status 3; starting it again in 0.5 s"


def test_without_a_run_a_command_brings_its_own_worker_and_takes_it_away(tmp_path: Path) -> None:
    code = (
        "from timeline.operators import services\n"
        "with services.embedded_worker(1): print('inside', services.workers_answer(20))\n"
        "print('after', services.broker_answers())\n"
    )
    answer = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        env={**os.environ, "NEWSDESK_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.stdout == "inside True\nafter False\n", answer.stderr


def test_a_worker_answers_until_it_is_killed(celery_worker_process: WorkerProcess) -> None:
    assert services.broker_answers()
    assert services.workers_answer(5)
    celery_worker_process.kill()
    assert not services.workers_answer(0.5)


@pytest.mark.parametrize(
    ("engine", "embedded", "queue", "expected"),
    [
        ("sqlite3", True, "redis+socket:///a", []),
        ("postgresql", False, "redis://there/0", []),
        ("sqlite3", False, "redis+socket:///a", []),
        ("postgresql", True, "redis+socket:///a", ["newsdesk.W001"]),
        ("sqlite3", False, "redis://there/0", ["newsdesk.W002"]),
    ],
)
def test_a_half_shared_deployment_is_warned_of(
    engine: str,
    embedded: bool,
    queue: str,
    expected: list[str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", f"django.db.backends.{engine}")
    settings.EMBEDDED_BROKER = embedded
    settings.CELERY_BROKER_URL = queue
    found = checks.workers_can_reach_queue_and_database(None)
    assert [message.id for message in found] == expected
    assert all(message.hint for message in found)
