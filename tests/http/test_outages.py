"""A database or a queue that is away: kept pages, else a 503; nobody waits for long, and all of it recovers."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField
from django.test import Client

from newsdesk.celery import fresh_connections
from newsdesk.middleware import page_cache
from tests.support.processes import database_url, wait_until
from tests.support.requests import feed, is_503, post
from tests.support.rows import article, claim, event
from timeline.http import tokens
from timeline.models import Article
from timeline.operations import services
from timeline.query.changes import last_change

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "英国将于今年年底前举行大选。"
POST = "<!--1710936000000-->\n[标题](https://example.com/a)\n------\n\n<p>英国将于今年年底前举行大选。</p>\n"


# --- the database -------------------------------------------------------------------------------


@contextmanager
def no_database() -> Iterator[None]:
    """Nobody listens where the database was."""
    entry = connection.settings_dict
    connection.close()
    name = "NAME" if connection.vendor == "sqlite" else "HOST"
    before, entry[name] = entry[name], "/nowhere/at/all"
    try:
        yield
    finally:
        entry[name] = before
        connection.close()


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, headers={"Accept-Language": "en"})


@pytest.fixture
def kept(settings: Any) -> None:
    """Pages are kept, and there is something on them."""
    settings.PAGES_KEPT = 10
    row = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(row, article(TEXT, pk=1), TEXT)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [float(int(time.monotonic()))]  # whole seconds, so that ages are exact
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.usefixtures("kept")
def test_a_cached_page_is_served_with_a_line_that_says_its_time(client: Client, clock: list[float]) -> None:
    fresh = client.get("/")
    clock[0] += 600
    with no_database():
        stale = client.get("/")
        hans = client.get("/", headers={"Accept-Language": "zh-CN"})
    assert stale.status_code == 200 and stale.headers["Age"] == "600"
    assert stale.headers["Cache-Control"] == "no-cache" and "ttl=-540" in stale.headers["Cache-Status"]
    words = stale.content.decode()
    line = words[words.index('<p class="notice" role="status">') :].partition("</p>\n")[0]
    assert "The database cannot be reached just now." in line and "UTC" in line
    assert words.replace(line + "</p>", "").split() == fresh.content.decode().split()
    assert is_503(hans), "nobody had read it in that language"
    again = client.get("/")
    assert "Age" not in again.headers and b'role="status">The database' not in again.content


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("url", ["/feed.json", "/feed.ics", "/api/v1/events"])
def test_what_programs_read_is_given_as_it_was_with_its_age(client: Client, clock: list[float], url: str) -> None:
    fresh = client.get(url)
    clock[0] += 90
    with no_database():
        stale = client.get(url)
    assert stale.content == fresh.content and stale.headers["Age"] == "90"


@pytest.mark.usefixtures("kept")
def test_a_query_that_fails_after_the_first_is_answered_from_the_cache_too(
    client: Client, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/")
    clock[0] += 61
    asked = last_change()

    def then_gone() -> int:
        connection.close()
        connection.settings_dict["NAME" if connection.vendor == "sqlite" else "HOST"] = "/nowhere/at/all"
        return asked

    monkeypatch.setattr(page_cache, "last_change", then_gone)
    with no_database():
        assert client.get("/").headers["Age"] == "61"


@pytest.mark.usefixtures("kept")
def test_after_an_hour_it_is_too_old(client: Client, clock: list[float]) -> None:
    client.get("/")
    clock[0] += page_cache.MAX_STALE_SECONDS + 1
    with no_database():
        assert is_503(client.get("/"))
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("kept")
def test_readers_of_cached_pages_do_not_all_wait_for_a_database_that_hangs(
    client: Client, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/")
    asked: list[float] = []

    def in_vain() -> int:
        asked.append(clock[0])
        clock[0] += 10
        raise OperationalError("timeout expired")

    monkeypatch.setattr(page_cache, "last_change", in_vain)
    assert [client.get("/").status_code for _ in range(5)] == [200] * 5 and len(asked) == 1
    clock[0] += 10
    assert client.get("/").status_code == 200 and len(asked) == 2


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("url", ["/", "/events/gb1/", "/desk/", "/admin/", "/saved/", "/feed.json", "/api/v1/events"])
def test_an_uncached_page_is_a_503_until_the_database_is_back(client: Client, url: str) -> None:
    mine = Client(raise_request_exception=False)
    mine.force_login(User.objects.create_superuser("chief"))
    assert mine.get(url).status_code == 200
    with no_database():
        for reader in (mine, client) if url not in ("/admin/", "/saved/") else (mine,):
            answer = reader.get(url)
            assert is_503(answer), answer.content
            is_program = "." in url or "/api/" in url
            assert answer["Content-Type"].startswith("application/problem+json" if is_program else "text/html")
    assert mine.get(url).status_code == 200


@pytest.mark.usefixtures("broker")
def test_an_article_sent_while_the_database_is_away_is_taken_in_later(client: Client) -> None:
    secret = tokens.add("wire", [tokens.ARTICLES_WRITE])
    with no_database():
        assert is_503(post(client, secret))
    assert post(client, secret).status_code == 201


def test_a_connection_that_the_server_ended_costs_no_reader_anything(client: Client) -> None:
    client.force_login(User.objects.create_user("lin"))
    assert client.get("/saved/").status_code == 200
    if connection.vendor == "postgresql":
        with psycopg.connect(database_url(), autocommit=True) as other:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            other.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    assert client.get("/saved/").status_code == 200


@pytest.mark.parametrize("closed", [True, False])
def test_a_task_that_was_ended_in_a_transaction_leaves_nothing_to_the_next(closed: bool) -> None:
    """As a time limit leaves it: Django in the midst of a transaction, whose connection is open still or closed."""
    transaction.atomic().__enter__()
    User.objects.create_user("nobody")
    if closed:
        connection.close()
    task = SimpleNamespace(request=SimpleNamespace(is_eager=False))
    fresh_connections(task=task)
    assert not connection.in_atomic_block and not User.objects.exists()
    User.objects.create_user("lin")
    fresh_connections(task=task)
    assert User.objects.count() == 1


# --- the queue ----------------------------------------------------------------------------------


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody listens where messages are sent."""
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis+socket://{quote(str(tmp_path / 'none.sock'))}")


@pytest.mark.usefixtures("no_queue")
def test_everything_that_sends_messages_works_without_a_queue(client: Client, tmp_path: Path) -> None:
    assert post(client, tokens.add("wire", [tokens.ARTICLES_WRITE])).status_code == 201
    client.force_login(User.objects.create_superuser("chief"))
    row, of_feed = Article.objects.get(), feed()
    answer = client.post("/admin/timeline/article/read-again/", {"id": [row.pk]}, follow=True)
    assert answer.status_code == 200
    assert "the articles will be processed when workers are running" in answer.content.decode()
    chosen = {"action": "poll_now", "_selected_action": [of_feed.pk]}
    answer = client.post("/admin/timeline/feed/", chosen, follow=True)
    assert answer.status_code == 200 and "will be polled when workers are running" in answer.content.decode()
    (tmp_path / "a.md").write_text(POST, "utf-8")
    said = io.StringIO()
    call_command("import", str(tmp_path / "a.md"), quiet=True, stdout=io.StringIO(), stderr=said)
    assert "The queue takes no messages" in said.getvalue() and Article.objects.count() == 2


def test_nobody_waits_long_for_a_queue_that_hears_but_does_not_answer(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is stopped (as one that swaps is): connections are made, and nothing comes back."""
    secret = tokens.add("wire", [tokens.ARTICLES_WRITE])
    path = tmp_path / "q.sock"
    command = [services.queue_process().command[0], "--port", "0", "--unixsocket", str(path), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis+socket://{quote(str(path))}")
    try:
        wait_until(lambda: services.socket_answers(path), "the queue answers")
        os.kill(process.pid, signal.SIGSTOP)
        begun = time.monotonic()
        assert post(client, secret).status_code == 201
        first = time.monotonic() - begun
        for number in range(2, 7):
            assert post(client, secret, number, key=f"k{number}").status_code == 201
        others = time.monotonic() - begun - first
        assert first < 20 and others < first, "whoever comes next does not wait at all"
    finally:
        process.kill()
        process.wait()


# --- upgrades -----------------------------------------------------------------------------------


def added_without_default(migration: str) -> set[str]:
    """The columns that a migration adds and that older processes, which do not know them, could not fill."""
    loader = MigrationLoader(None)
    state = loader.project_state()
    found = set()
    for added in loader.disk_migrations[("timeline", migration)].operations:
        if not isinstance(added, AddField) or added.field.many_to_many:
            continue
        model = state.models.get(("timeline", added.model_name_lower))
        field = model.fields.get(added.name) if model else None
        if field is not None and not field.null and not field.has_db_default():
            found.add(f"{added.model_name_lower}.{added.name}")
    return found


def test_columns_that_are_new_since_05_have_defaults_in_the_database() -> None:
    """Processes of the version before go on inserting rows while a new version migrates the database."""
    assert added_without_default("0012_feeds") == {"article.published_from", "source.trust"}, "so one without is found"
    names = sorted(name for app, name in MigrationLoader(None).disk_migrations if app == "timeline")
    for name in names:
        if name[:4] > "0013":
            assert added_without_default(name) == set(), f"{name}: give these a db_default"


def test_an_upgrade_tells_to_stop_the_old_processes_first() -> None:
    words = (Path(__file__).resolve().parents[2] / "deploy" / "README.md").read_text("utf-8")
    assert "stop" in words[: words.index("manage.py migrate")].lower()
