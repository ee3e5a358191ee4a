"""What operators see: health, readiness, numbers, and the same ids in every line of the log."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from newsdesk.logging import formats, requests
from tests.support.migrations import newest
from tests.support.polling import feed
from tests.support.processes import ROOT, WorkerProcess, wait_until
from tests.support.rows import article, claim, event
from timeline import tasks
from timeline.models import ApiToken, Article, FeedHost, IdempotentRequest
from timeline.operations import cleanup, counters, health, metrics
from timeline.pipeline import batch

TEXT = "英国将于今年年底前举行大选。"
NOWHERE = "redis+socket:///nonexistent/valkey.sock"


@pytest.fixture(autouse=True)
def _own_server() -> Iterator[None]:
    """Each test asks the queue's server anew."""
    counters.server.cache_clear()
    counters._Pause.until, health._Cache.migrated = 0.0, False
    yield
    counters.server.cache_clear()
    counters._Pause.until = 0.0


def numbers(client: Client, **headers: str) -> dict[str, float]:
    """Every sample of /metrics: `name{label="value"}` → its number."""
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200
    found = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


# --- health ---------------------------------------------------------------------------------------


def test_a_process_that_lives_says_so_without_the_database(client: Client) -> None:
    """No `db` fixture: a question to the database would fail the test."""
    response = client.get("/healthz", headers={"host": "10.0.0.7:8000"})
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store" and not response.cookies


def test_it_is_ready_when_everything_answers(client: Client, transactional_db: None, broker: object) -> None:
    response = client.get("/readyz", headers={"host": "whatever"})
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "migrations": "ok", "queue": "ok"}


def test_it_is_not_ready_without_the_queue(client: Client, transactional_db: None, settings: Any) -> None:
    settings.CELERY_BROKER_URL = NOWHERE
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "ok", "migrations": "ok", "queue": "does not answer"}


def test_it_is_not_ready_while_the_queue_takes_nothing(client: Client, transactional_db: None, broker: Any) -> None:
    with redis.Redis(unix_socket_path=str(broker)) as server:
        server.config_set("maxmemory", "1")
        try:
            assert client.get("/readyz").json()["queue"] == "is full"
        finally:
            server.config_set("maxmemory", "256mb")


def test_a_queue_that_answers_ping_and_takes_nothing_is_not_ready(
    client: Client, transactional_db: None, broker: Any
) -> None:
    with redis.Redis(unix_socket_path=str(broker)) as server:
        server.config_set("min-replicas-to-write", "1")
        try:
            assert server.ping()
            assert client.get("/readyz").json()["queue"] == "misses its replicas"
            assert numbers(client)["newsdesk_up{part=queue}"] == 0
        finally:
            server.config_set("min-replicas-to-write", "0")
    assert numbers(client)["newsdesk_up{part=queue}"] == 1


def test_it_is_not_ready_while_a_migration_is_missing(client: Client, transactional_db: None, broker: object) -> None:
    last = newest()
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*last)
    try:
        response = client.get("/readyz")
        assert (response.status_code, response.json()["migrations"]) == (503, "1 missing")
    finally:
        recorder.record_applied(*last)


def test_without_the_database_it_lives_but_is_not_ready(broker: Path, tmp_path: Path) -> None:
    """A process of its own, whose database is not there."""
    code = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "for url in ('/healthz', '/readyz', '/metrics'):\n"
        "    answer = Client().get(url); print(answer.status_code, answer.content.decode())\n"
    )
    more = {"DATABASE_URL": "postgres://u:geheim@127.0.0.1:1/nothing", "REDIS_URL": f"unix://{broker}"}
    environment = {**os.environ, **more}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("200 ok\n\n503 "), done.stderr
    assert '"database":"does not answer"' in done.stdout and '"queue":"ok"' in done.stdout
    assert 'newsdesk_up{part="database"} 0.0' in done.stdout and 'newsdesk_up{part="queue"} 1.0' in done.stdout
    assert "geheim" not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_only_read(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405


# --- rows past their time -------------------------------------------------------------------------


def test_rows_past_their_time_are_cleared_and_others_stay(transactional_db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(cleanup, "BATCH_SIZE", 2)
    now = timezone.now()
    token = ApiToken.objects.create(name="t", digest="d")
    for n in range(5):
        Session.objects.create(session_key=f"old{n}", session_data="", expire_date=now - timedelta(minutes=1))
        IdempotentRequest.objects.create(token=token, key=f"old{n}", digest="", status=200, answer={})
        FeedHost.objects.create(name=f"old{n}.example", free_from=now - timedelta(days=40))
    IdempotentRequest.objects.update(made_at=now - timedelta(days=8))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    IdempotentRequest.objects.create(token=token, key="new", digest="", status=200, answer={})
    FeedHost.objects.create(name="new.example", free_from=now)
    FeedHost.objects.create(name="asked.example", free_from=now - timedelta(days=40), busy_until=now)
    tasks.clear()
    assert list(Session.objects.values_list("pk", flat=True)) == ["new"]
    assert list(IdempotentRequest.objects.values_list("key", flat=True)) == ["new"]
    assert sorted(FeedHost.objects.values_list("pk", flat=True)) == ["asked.example", "new.example"]
    assert "timeline.tasks.clear" in {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}


# --- numbers --------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_database_and_of_the_queue(
    client: Client, transactional_db: None, broker: Any
) -> None:
    claim(event("gb1", ["GB"], "2024-07-04"), article(TEXT), TEXT)
    event("x1", ["nato"], "2024-07-09", kind="alliance", type="summit")
    for n in range(3):
        article(TEXT, title=f"n{n}")
    Article.objects.filter(title="n0").update(state=Article.State.FAILED)
    Article.objects.filter(title="n1").update(state=Article.State.NEW, language="")
    tasks.read.delay([1])
    found = numbers(client)
    assert found["newsdesk_articles{state=done}"] == 2
    assert found["newsdesk_articles{state=failed}"] == found["newsdesk_articles{state=new}"] == 1
    assert found["newsdesk_claims{}"] == 1
    assert found["newsdesk_events{kind=election}"] == found["newsdesk_events{kind=alliance}"] == 1
    assert found[f"newsdesk_queue_messages{{queue={django_settings.CELERY_TASK_DEFAULT_QUEUE}}}"] == 1
    assert 0 < found["newsdesk_oldest_unread_seconds{}"] < 120
    assert found["newsdesk_up{part=database}"] == found["newsdesk_up{part=queue}"] == 1


def test_the_numbers_of_the_database_are_there_while_the_queue_is_away(
    client: Client, transactional_db: None, settings: Any
) -> None:
    settings.CELERY_BROKER_URL = NOWHERE
    found = numbers(client)
    assert found["newsdesk_articles{state=done}"] == 0
    assert (found["newsdesk_up{part=database}"], found["newsdesk_up{part=queue}"]) == (1, 0)


def test_the_numbers_cost_the_same_questions_however_many_rows_there_are(
    client: Client, transactional_db: None, broker: object, django_assert_num_queries: Callable[[int], Any]
) -> None:
    asked = 9 if connection.vendor == "postgresql" else 8
    asked += connection.vendor == "postgresql"  # the estimates of two tables
    for rows in (2, 20):
        for n in range(rows):
            article(TEXT, title=f"{rows}-{n}")
        with django_assert_num_queries(asked):
            numbers(client)


@pytest.mark.django_db
def test_the_largest_key_is_counted_and_estimated_where_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metrics.largest_key(0) == 0
    british, french = event("one", ["GB"], "2026-12-01"), event("two", ["FR"], "2026-12-09")
    for n, of in enumerate((british, british, british, french)):
        claim(of, article(TEXT, title=str(n)), TEXT)
    assert metrics.largest_key(4) == 3
    if connection.vendor == "postgresql":
        monkeypatch.setattr(metrics, "MIN_ESTIMATED_ROWS", 1)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE timeline_claim")
        assert metrics.largest_key(4_000_000) == 3_000_000


@pytest.mark.django_db
def test_a_late_poll_is_seen() -> None:
    assert metrics.oldest_poll() == 0
    now = timezone.now()
    feed("https://one.example/1", paused=True, next_at=now - timedelta(days=9))
    feed("https://one.example/2", next_at=now + timedelta(hours=1))
    assert metrics.oldest_poll() == 0
    feed("https://one.example/3", next_at=now - timedelta(seconds=500))
    assert 500 <= metrics.oldest_poll() < 560


def test_slow_and_refused_requests_are_counted_by_route_and_status(
    client: Client, transactional_db: None, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/events/nothing-of-the-kind/")
    assert not [name for name in numbers(client) if "slow" in name]
    monkeypatch.setattr(requests, "SLOW_SECONDS", 0.0)
    client.get("/events/nothing-of-the-kind/?q=<script>")
    client.get("/no/such/page/")
    monkeypatch.setattr(requests, "REFUSALS", (404,))
    client.get("/no/such/page/")
    found = numbers(client)
    slow = {name: value for name, value in found.items() if "slow" in name}
    assert all("nothing" not in name and "script" not in name and "no/such" not in name for name in slow), slow
    assert sum(slow.values()) == 3
    assert found["newsdesk_refusals_total{status=404}"] == 1


def test_any_web_process_reports_what_workers_did(client: Client, celery_worker_process: WorkerProcess) -> None:
    read = article(TEXT)
    Article.objects.filter(pk=read.pk).update(state=Article.State.NEW)
    tasks.read.delay([read.pk])
    wait_until(lambda: Article.objects.get(pk=read.pk).state == Article.State.DONE, "the article is read")
    wait_until(lambda: "newsdesk_tasks_total{outcome=success,task=read}" in numbers(client), "it is counted")
    found = numbers(client)
    assert found["newsdesk_task_seconds_count{task=read}"] == 1
    assert found["newsdesk_task_seconds_bucket{le=+Inf,task=read}"] == 1
    assert 0 < found["newsdesk_task_seconds_sum{task=read}"] < 60
    buckets = [
        value for name, value in found.items() if re.fullmatch(r"newsdesk_task_seconds_bucket\{.*task=read\}", name)
    ]
    assert buckets == sorted(buckets), "each holds those below"


def test_a_counter_has_its_labels(client: Client, transactional_db: None, broker: object) -> None:
    for result in ("ok", "ok", 'a "strange" & result=\n'):
        counters.count("newsdesk_fetches", result=result)
    found = numbers(client)
    assert found["newsdesk_fetches_total{result=ok}"] == 2
    assert found['newsdesk_fetches_total{result=a "strange" & result=\n}'] == 1


def test_counting_never_stops_the_work(settings: Any) -> None:
    settings.CELERY_BROKER_URL = NOWHERE
    counters.count("newsdesk_fetches", result="ok")
    counters.observe("newsdesk_task_seconds", 1.0, task="read")
    assert counters.count_visit("x", 60) is None


@pytest.mark.parametrize(
    ("seen", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),  # through a proxy that settings do not name
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 403),
        ("", {}, 403),
        ("192.0.2.7", {"Authorization": "Bearer a-token-of-the-tests"}, 200),
        ("127.0.0.1", {"Authorization": "Bearer another"}, 403),
        ("192.0.2.7", {"Authorization": "Bearer é"}, 403),
    ],
)
def test_the_numbers_are_not_for_everybody(
    client: Client, transactional_db: None, broker: object, settings: Any, seen: str, headers: Any, status: int
) -> None:
    settings.METRICS_TOKEN = "a-token-of-the-tests"
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=seen).status_code == status


# --- logs -----------------------------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What is logged from now on, as the JSON that operators get."""
    written: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keeping()
    handler.setFormatter(formats.formatter("json"))
    loggers = [logging.getLogger(name) for name in ("newsdesk", "newsdesk.requests", "newsdesk.tasks", "timeline")]
    for logger in loggers:
        monkeypatch.setattr(logger, "level", logging.INFO)
        logger.manager._clear_cache()  # type: ignore[attr-defined]
    for logger in (loggers[0], loggers[3]):
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in written]
    for logger in (loggers[0], loggers[3]):
        logger.removeHandler(handler)


def test_a_request_has_one_line_with_its_id(client: Client, db: None, lines: Any) -> None:
    response = client.get("/?kind=election", headers={"X-Request-ID": "from-the-proxy"})
    assert response["X-Request-ID"] == "from-the-proxy"
    (line,) = [line for line in lines() if line["logger"] == "newsdesk.requests"]
    told = {name: line[name] for name in ("request", "method", "path", "query", "status", "client", "level")}
    wanted = {"request": "from-the-proxy", "method": "GET", "path": "/", "query": "kind=election", "status": 200}
    assert told == wanted | {"client": "127.0.0.1", "level": "info"}


@pytest.mark.parametrize("given", ["short", "x" * 65, "with blanks in it", "evil\nline-of-its-own"])
def test_an_id_that_could_be_anything_is_replaced(client: Client, db: None, given: str) -> None:
    response = client.get("/login/", headers={"X-Request-ID": given})
    assert response["X-Request-ID"] != given and len(response["X-Request-ID"]) == 16


def test_a_task_says_its_articles_and_the_request_that_sent_it(
    db: None, eager: None, client: Client, lines: Any
) -> None:
    row = article(TEXT)
    Article.objects.filter(pk=row.pk).update(state=Article.State.NEW)
    tasks.read.apply(args=([row.pk],))
    line = next(line for line in lines() if line["logger"] == "newsdesk.tasks" and line["task"] == "read")
    assert (line["task"], line["article_ids"], line["outcome"]) == ("read", [row.pk], "success")
    assert line["task_id"] and line["seconds"] >= 0


def test_what_goes_wrong_in_a_task_names_article_task_and_reason(
    db: None, eager: None, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = article(TEXT)
    Article.objects.filter(pk=row.pk).update(state=Article.State.NEW)
    monkeypatch.setattr(batch, "read", None)
    tasks.read.apply(args=([row.pk],))
    (line,) = [line for line in lines() if line["level"] == "error"]
    assert (line["article"], line["task"], line["article_ids"]) == (row.pk, "read", [row.pk])
    assert "TypeError" in line["exception"] and line["event"] == f"reading article {row.pk} failed"


def test_the_message_of_a_task_carries_the_request(db: None, broker: Any, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("timeline.web.timeline.timeline", None)
    monkeypatch.setattr("timeline.web.dashboard.timezone.localdate", lambda: tasks.read.delay([1]) and None)
    Client(raise_request_exception=False).get("/desk/", headers={"X-Request-ID": "the-request-of-it"})
    with redis.Redis(unix_socket_path=str(broker)) as server:
        (message,) = server.lrange(django_settings.CELERY_TASK_DEFAULT_QUEUE, 0, -1)
    assert json.loads(message)["headers"]["newsdesk_request"] == "the-request-of-it"


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_strangers_text_stays_in_its_line(form: str) -> None:
    record = logging.LogRecord(
        "timeline", logging.WARNING, "x.py", 1, "read %s", ("a\n2024 ERROR forged \x1b[2J\u202e",), None
    )
    line = formats.formatter(form).format(record)
    assert "\n" not in line and "\x1b" not in line
    assert "forged" in line and "timeline" in line


def test_the_readable_form_shows_the_reason() -> None:
    try:
        raise ValueError("the reason")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("timeline", logging.ERROR, "x.py", 1, "it failed", None, info)
    head, *rest = formats.formatter("plain").format(record).split("\n")
    assert head.endswith("ERROR timeline: it failed") and rest[-1] == "ValueError: the reason"
