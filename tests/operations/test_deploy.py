"""The files in deploy/ fit the code: every queue has a listener, every unit is one that systemd takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from newsdesk.celery import app
from tests.support.processes import ROOT
from timeline.operations import services
from timeline.operations.backups import generations

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def queues_in(text: str) -> list[set[str]]:
    """Of each command of a worker, the queues that it listens to."""
    found = re.findall(r'worker(?:, |\s).*?(?:-Q,? |--queues=)"?([a-z,]+)', text)
    return [set(names.split(",")) for names in found]


@pytest.mark.parametrize("name", ["Procfile", "README.md"])
def test_the_worker_listens_to_every_queue(name: str) -> None:
    assert queues_in((DEPLOY / name).read_text("utf-8"))[0] == set(settings.QUEUES)


@pytest.mark.parametrize("name", ["compose.yaml", "kubernetes/workers.yaml"])
def test_each_queue_has_one_kind_of_worker(name: str) -> None:
    listened = [{queue for queue in some if queue} for some in queues_in((DEPLOY / name).read_text("utf-8"))]
    assert sorted(queue for some in listened for queue in some) == sorted(settings.QUEUES)


def test_the_container_has_the_programs_of_the_server() -> None:
    """pg_dump must not be older than the server: both versions are one variable with one default."""
    compose = (DEPLOY / "compose.yaml").read_text("utf-8")
    (default,) = set(re.findall(r"\$\{POSTGRES_VERSION:-(\d+)\}", compose))
    assert compose.count("${POSTGRES_VERSION:-") == 2 and "postgres:${POSTGRES_VERSION:-" in compose
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.findall(r"^ARG POSTGRES_VERSION=(\d+)$", container, re.MULTILINE) == [default]
    assert "postgresql-client-${POSTGRES_VERSION}" in container


@pytest.mark.parametrize("name", ["systemd/newsdesk-backup.service", "compose.yaml"])
def test_the_timer_keeps_several_generations(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8").replace('"', "").replace(", ", " ")
    (rules,) = re.findall(r"backup --keep (\S+) /", text)
    assert generations.parse_policy(rules) == {"daily": 7, "weekly": 4}


def test_the_embedded_worker_and_the_unit_listen_to_every_queue() -> None:
    assert queues_in(" ".join(services.worker_process().command)) == [set(settings.QUEUES)]
    unit = (DEPLOY / "systemd" / "newsdesk-worker@.service").read_text("utf-8")
    assert f"QUEUES={','.join(settings.QUEUES)} " in unit


def test_every_task_goes_to_a_queue_that_is_listened_to() -> None:
    app.loader.import_default_modules()
    own = [name for name in app.tasks if name.startswith("timeline.")]
    assert {"timeline.tasks.read", "timeline.tasks.resolve", "timeline.tasks.recover"} <= set(own)
    for name in own:
        assert app.amqp.router.route({}, name)["queue"].name in settings.QUEUES, name


def test_what_beat_queues_is_a_task_and_expires_before_the_next() -> None:
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["expires"] < entry["schedule"], name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze to look at the units")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:  # of the commands it only looks whether they are there
        text = unit.read_text("utf-8").replace("/opt/newsdesk/.venv/bin/", f"{shutil.which('env')} ")
        (tmp_path / unit.name).write_text(text, "utf-8")
    timer = DEPLOY / "systemd" / "newsdesk-backup.timer"
    shutil.copy(timer, tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
