"""`manage.py run` keeps its promises: one command, what dies comes back, nothing is left behind."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
import redis
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from bench.faults_queue import NO_SIGNAL, spoil
from bench.running import Running, dying_worker, running
from newsdesk.beat import Scheduler
from newsdesk.celery import app
from tests.support.processes import ROOT, WorkerProcess, wait_until
from timeline.operations import checks, health, services, supervisor


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def start(*options: str, folder: str = "var") -> Running:
        running.append(Running(tmp_path / folder, *options))
        return running[-1]

    yield start
    for newsdesk in running:
        newsdesk.kill()


def get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return int(answer.status)


def answers(address: str) -> bool:
    """A connection that the killed server had taken breaks off; the next one is answered."""
    try:
        return get(address) == 200
    except (OSError, http.client.HTTPException):
        return False


def test_what_is_killed_comes_back_and_a_signal_stops_everything(run: Callable[..., Running]) -> None:
    newsdesk = run("--port", "0")
    address = newsdesk.wait_for_ready()
    assert get(address) == 200
    for part in ("valkey-server", "celery --app=newsdesk --quiet worker", "newsdesk.web_server"):
        before = newsdesk.process_of(part)
        assert before is not None, part
        before.kill()
        wait_until(lambda: newsdesk.process_of(part) not in (None, before), f"{part} is back")  # noqa: B023
    wait_until(lambda: answers(address), "the web server answers again")
    wait_until(lambda: services.socket_answers(newsdesk.var / "valkey.sock"), "the queue answers")
    newsdesk.process.send_signal(signal.SIGINT)
    assert newsdesk.process.wait(60) == 0, newsdesk.says()
    assert newsdesk.processes() == []


def test_a_killed_supervisor_leaves_no_process(run: Callable[..., Running]) -> None:
    newsdesk = run("--port", "0")
    newsdesk.wait_for_ready()
    assert len(newsdesk.processes()) >= 6  # the queue, a worker and its children, the clock, the web server
    newsdesk.process.kill()
    wait_until(lambda: not newsdesk.processes(), "its processes are gone")


def test_a_second_run_in_the_same_folder_says_which_one_is_first(run: Callable[..., Running]) -> None:
    first = run("--no-web")
    first.wait_for_ready()
    second = subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env={**os.environ, "NEWSDESK_VAR": str(first.var)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"process {first.process.pid}" in second.stderr
    assert first.process.poll() is None


def test_a_taken_port_is_named_with_the_option_that_chooses_another(run: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        newsdesk = run("--port", str(port))
        assert newsdesk.process.wait(60) == 1
    assert f"port {port}" in newsdesk.says()
    assert "--port" in newsdesk.says()
    assert newsdesk.processes() == []


@pytest.mark.parametrize("port", ["-1", "65536", "http", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CommandError, match="from 0 to 65535"):
        call_command("run", f"--port={port}")


ENDS = [sys.executable, "-c", "raise SystemExit(3)"]
LIVES = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_process_that_keeps_ending_stops_no_other_and_is_reported(tmp_path: Path) -> None:
    said: list[str] = []
    notes = tmp_path / "failing.json"
    watch = supervisor.Supervisor(tmp_path, os.environ, said.append, threading.Event(), notes)
    try:
        watch.start(supervisor.Process("the web server", LIVES))
        watch.start(supervisor.Process("the worker", ENDS))
        lives = watch._children[0].popen
        for _ in range(600):
            watch.tick()
            if len(said) >= 4:
                break
            watch.stopping.wait(0.05)
        assert lives is not None and lives.poll() is None
        assert [line.rpartition(" in ")[2] for line in said] == ["0.5 s", "1 s", "2 s", "4 s"]
        assert said[3] == "the worker ended with status 3 (4 times in a row); starting it again in 4 s"
        assert supervisor.read_failures(notes) == {"the worker": "ended with status 3, 4 times in a row"}
    finally:
        watch.stop()
    assert supervisor.read_failures(notes) == {}


def test_deaths_are_forgotten_when_a_part_has_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STABLE_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "FAILING_DEATHS", 1)
    notes = tmp_path / "failing.json"
    watch = supervisor.Supervisor(tmp_path, os.environ, print, threading.Event(), notes)
    try:
        watch.start(supervisor.Process("the worker", LIVES))
        process = watch._children[0].popen
        assert process is not None
        process.kill()
        process.wait()
        watch.tick()
        assert list(supervisor.read_failures(notes)) == ["the worker"]
        for _ in range(600):
            watch.tick()
            if not supervisor.read_failures(notes):
                break
            watch.stopping.wait(0.05)
        assert supervisor.read_failures(notes) == {}
    finally:
        watch.stop()


def test_the_pauses_before_a_start_grow_to_a_minute(tmp_path: Path) -> None:
    said: list[str] = []
    watch = supervisor.Supervisor(tmp_path, os.environ, said.append, threading.Event())
    child = supervisor._Child(supervisor.Process("the worker", ["/nonexistent/program"]))
    for _ in range(12):
        watch._restart(child)
    assert "cannot be started" in said[0] and child.deaths == 12
    assert [line.rpartition(" in ")[2] for line in said[:2]] == ["0.5 s", "1 s"]
    assert {line.rpartition(" in ")[2] for line in said[8:]} == {"60 s"}


def test_a_part_that_never_answers_is_given_up_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MAX_FIRST_STARTS", 1)
    watch = supervisor.Supervisor(tmp_path, os.environ, print, threading.Event())
    try:
        with pytest.raises(supervisor.ProcessStartError, match="the queue ended 2 times, and never answered"):
            watch.start(supervisor.Process("the queue", ENDS, answers=lambda: False))
    finally:
        watch.stop()


def test_notes_of_a_supervisor_that_was_killed_say_nothing(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    notes = tmp_path / "failing.json"
    for text in (json.dumps({"pid": gone.pid, "failing": {"the worker": "ended"}}), "{", "[]", '{"pid": 1}'):
        notes.write_text(text, "utf-8")
        assert supervisor.read_failures(notes) == {}


def test_pages_are_served_while_every_worker_ends_at_once(tmp_path: Path) -> None:
    dies = tmp_path / "dying"
    dies.mkdir()
    with running("--port", "0", environment=dying_worker(dies)) as newsdesk:
        address = newsdesk.wait_for_ready()
        wait_until(lambda: "(4 times in a row)" in newsdesk.says(), "the worker has ended four times")
        with urllib.request.urlopen(f"{address}readyz", timeout=60) as ready:
            told = json.load(ready)
        assert get(address) == 200
        assert told["ready"] and "times in a row" in told["keeps ending"]["the worker"]
        environment = {**os.environ, "NEWSDESK_VAR": str(newsdesk.var)}
        command = [sys.executable, "manage.py", "doctor", "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        workers = [one["what"] for one in json.loads(done.stdout)["findings"] if one["about"] == "workers"]
        assert "the worker keeps ending: ended with status 3" in workers[0]
        (dies / "dies").unlink()
        worker = "celery --app=newsdesk --quiet worker"
        wait_until(lambda: (found := newsdesk.process_of(worker)) and found.children(), "the worker lives")
        assert newsdesk.process.poll() is None


# --- the queue's data ---------------------------------------------------------------------------


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def half_a_manifest(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:10])


@pytest.mark.parametrize(
    ("which", "damage", "lost"),
    [
        ("*.incr.aof", cut, False),  # Valkey itself leaves out a command that is cut
        ("*.incr.aof", spoil, True),
        ("*.base.*", spoil, True),
        ("*.base.*", cut, True),
        ("*.manifest", half_a_manifest, True),
    ],
)
def test_a_queue_starts_whatever_happened_to_its_file(
    which: str, damage: Callable[[Path], None], lost: bool, tmp_path: Path, settings: Settings
) -> None:
    settings.VAR, settings.EMBEDDED_BROKER_SOCKET = tmp_path, tmp_path / "v.sock"
    said: list[str] = []
    for again in (False, True):
        watch = supervisor.Supervisor(tmp_path, os.environ, said.append, threading.Event())
        try:
            watch.start(services.queue_process())
            with redis.Redis(unix_socket_path=str(tmp_path / "v.sock")) as server:
                if not again:
                    server.rpush("first", *(f"message {n}" for n in range(500)))
                    server.config_set("auto-aof-rewrite-percentage", "0")
                    server.bgrewriteaof()
                    wait_until(lambda: not server.info("persistence")["aof_rewrite_in_progress"], "it is rewritten")
                    server.rpush("second", *(f"message {n}" for n in range(500)))
                    watch.stop()
                    (found,) = (tmp_path / "valkey" / "appendonlydir").glob(which)
                    damage(found)
                else:
                    assert server.set("newsdesk:test", 1)
                    assert server.llen("first") == (0 if lost else 500)
        finally:
            watch.stop()
    assert any("set aside in" in line for line in said) is lost
    assert len(list((tmp_path / "valkey").glob("damaged-*"))) == lost


def test_leftovers_of_a_killed_queue_are_removed_and_only_the_newest_damage_stays(
    tmp_path: Path, settings: Settings
) -> None:
    settings.VAR = tmp_path
    folder = tmp_path / "valkey"
    services.queue_process()
    (folder / "temp-rewriteaof-bg-12.aof").write_bytes(b"half")
    part = services.queue_process()
    assert list(folder.iterdir()) == []
    assert part.repair is not None and part.repair(1) == ""  # there was nothing to set aside
    for _ in range(5):
        (folder / "appendonlydir").mkdir()
        assert "set aside" in part.repair(1)
    assert len(list(folder.iterdir())) == services.MAX_DAMAGED_FOLDERS
    (folder / "appendonlydir").mkdir()
    assert part.repair(-signal.SIGKILL) == "" and (folder / "appendonlydir").exists()


def test_a_queue_whose_disk_is_full_does_not_answer(tmp_path: Path, settings: Settings) -> None:
    """Its files may not grow: writing fails as on a full disk, and it goes on living."""
    settings.VAR, settings.EMBEDDED_BROKER_SOCKET = tmp_path, tmp_path / "v.sock"
    path = tmp_path / "v.sock"
    with subprocess.Popen([*NO_SIGNAL, *services.queue_process().command]) as process:
        try:
            wait_until(lambda: services.socket_answers(path), "the queue answers")
            server = psutil.Process(process.pid)
            server.rlimit(psutil.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            wait_until(lambda: not services.socket_answers(path), "it says no")
            with redis.Redis(unix_socket_path=str(path)) as client:
                assert health.queue_refusal(client) == "cannot write to its disk"
            server.rlimit(psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            wait_until(lambda: services.socket_answers(path), "it takes messages again")
        finally:
            process.terminate()


def test_a_queue_that_misses_its_replicas_answers_ping_but_not_us(broker: Path) -> None:
    with redis.Redis(unix_socket_path=str(broker)) as server:
        server.config_set("min-replicas-to-write", "1")
        try:
            assert server.ping()
            assert services.broker_refusal() == "misses its replicas"
            assert not services.broker_answers() and not services.socket_answers(broker)
        finally:
            server.config_set("min-replicas-to-write", "0")
    assert services.broker_answers() and services.socket_answers(broker)


# --- the clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(minutes=10), timedelta(0)])
def test_a_clock_that_was_ahead_leaves_nothing_unqueued(
    ahead: timedelta, broker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was queued last by a clock that was ahead is queued again within its own interval."""
    queued: list[str] = []
    beat = Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"), lazy=True)
    monkeypatch.setattr(beat, "apply_entry", lambda entry, producer=None: queued.append(entry.name))
    beat.setup_schedule()
    beat.schedule.clear()
    beat.update_from_dict({name: {"task": "t", "schedule": 0.3} for name in ("recover", "poll")})
    try:
        real = app.now
        monkeypatch.setattr(app, "now", lambda: real() + ahead)
        for entry in beat.schedule.values():
            entry.last_run_at = app.now()
        beat.tick()
        monkeypatch.setattr(app, "now", real)
        for _ in range(200):
            if {"recover", "poll"} <= set(queued):
                break
            threading.Event().wait(max(0.005, min(beat.tick(), 0.05)))
        assert {"recover", "poll"} <= set(queued)
    finally:
        beat.close()


def test_without_a_run_a_command_brings_its_own_worker_and_takes_it_away(tmp_path: Path) -> None:
    code = (
        "from timeline.operations import services\n"
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
