"""`manage.py doctor` finds what is really wrong, and tells how to fix it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.support.migrations import newest
from tests.support.processes import ROOT, WorkerProcess
from tests.support.rows import article
from timeline.models import Actor, Article
from timeline.operations import counters, doctor, health
from timeline.operations.doctor import BAD, GOOD, ODD
from timeline.pipeline import actors

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def _own_server() -> Iterator[None]:
    counters.server.cache_clear()
    counters._Pause.until = 0.0
    yield
    counters.server.cache_clear()
    counters._Pause.until = 0.0


def of(about: str) -> list[tuple[str, str, str]]:
    return [(found.state, found.what, found.fix) for found in doctor.run_checks() if found.about == about]


def asked(capsys: Any, *options: str) -> tuple[int, str]:
    try:
        call_command("doctor", *options)
        status = 0
    except SystemExit as ended:
        status = int(str(ended.code))
    return status, capsys.readouterr().out


def test_a_healthy_installation_has_nothing_to_mend(celery_worker_process: WorkerProcess, capsys: Any) -> None:
    actors.load_gazetteer()
    status, said = asked(capsys, "--json")
    told = json.loads(said)
    assert (status, told["healthy"]) == (0, True), said
    assert {finding["about"] for finding in told["findings"]} == set(doctor.CHECKS)
    assert [f for f in told["findings"] if f["state"] == BAD] == []
    (workers,) = [f for f in told["findings"] if f["about"] == "workers"]
    assert workers["what"].startswith("1 answer: celery@")


def test_without_queue_and_worker_it_says_what_to_start(transactional_db: None, settings: Any, capsys: Any) -> None:
    settings.CELERY_BROKER_URL = "redis+socket:///nonexistent/valkey.sock"
    status, said = asked(capsys)
    assert status == 1
    assert "✗ queue      the queue's server does not answer" in said and "manage.py run" in said
    assert said.rstrip().endswith("odd") and " wrong, " in said


def test_missing_migrations_and_countries_are_reported(transactional_db: None, broker: object) -> None:
    Actor.objects.all().delete()
    assert of("migrations")[-1] == (BAD, "no countries and blocs are loaded", "manage.py load_gazetteer")
    last = newest()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*last)
    health._Cache.migrated = False
    try:
        assert of("migrations") == [(BAD, f"1 missing: timeline.{last[1]}", "manage.py migrate")]
    finally:
        recorder.record_applied(*last)


def test_migrations_of_a_newer_version_are_reported(transactional_db: None) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("timeline", "0999_of_tomorrow")
    try:
        ((state, what, fix),) = of("migrations")
        assert (state, what) == (BAD, "the database is a newer version's: timeline.0999_of_tomorrow")
        assert "Run that version" in fix
    finally:
        recorder.record_unapplied("timeline", "0999_of_tomorrow")


def test_a_queue_that_forgets_is_odd_and_a_full_one_is_wrong(transactional_db: None, broker: Path) -> None:
    with redis.Redis(unix_socket_path=str(broker)) as server:
        try:
            server.config_set("maxmemory-policy", "allkeys-lru")
            assert (ODD, "noeviction") in [(state, fix[21:31]) for state, _, fix in of("queue")]
            server.config_set("maxmemory-policy", "noeviction")
            server.config_set("maxmemory", "1")
            assert [(state, what) for state, what, _ in of("queue")] == [
                (BAD, "the queue's server takes no more messages")
            ]
        finally:
            server.config_set("maxmemory-policy", "noeviction")
            server.config_set("maxmemory", "256mb")


def test_a_queue_that_answers_ping_and_takes_nothing_is_wrong(transactional_db: None, broker: Path) -> None:
    with redis.Redis(unix_socket_path=str(broker)) as server:
        server.config_set("min-replicas-to-write", "1")
        try:
            told = of("queue")
        finally:
            server.config_set("min-replicas-to-write", "0")
    assert [(state, what) for state, what, _ in told] == [
        (BAD, "the queue's server takes no messages: it misses its replicas")
    ]


def test_a_wrong_clock_is_reported(transactional_db: None, broker: object, monkeypatch: Any) -> None:
    assert {state for state, _, _ in of("clock")} == {GOOD}
    monkeypatch.setattr("timeline.operations.doctor.time", SimpleNamespace(time=lambda: time.time() - 3600))
    told = of("clock")
    assert {state for state, _, _ in told} == {BAD} and "+3600" in told[0][1] and "NTP" in told[0][2]


def test_articles_that_were_set_aside_are_named_with_their_reason(transactional_db: None, broker: object) -> None:
    for n in range(7):
        article("文", title=str(n), failure=f"ValueError: reason {n}\nmore")
    Article.objects.update(state=Article.State.FAILED)
    told = of("articles")
    assert len(told) == doctor.MAX_LISTED + 1 and told[-1][1] == "and 2 more"
    assert "ValueError: reason" in told[0][1] and "more" not in told[0][1] and "Read again" in told[0][2]


def test_a_database_that_is_away_stops_no_other_check(broker: Path) -> None:
    """A process of its own, whose database is not there."""
    more = {"DATABASE_URL": "postgres://u:geheim@127.0.0.1:1/nothing", "REDIS_URL": f"unix://{broker}"}
    command = [sys.executable, "manage.py", "doctor", "--json"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    found = {finding["about"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert found["database"]["state"] == BAD and "DATABASE_URL" in found["database"]["fix"]
    assert found["queue"]["state"] == GOOD and found["articles"]["what"] == "cannot be checked: OperationalError"
    assert "disk" in found and "geheim" not in done.stdout + done.stderr
