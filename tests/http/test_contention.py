"""A database that is locked or deadlocked: no 500, nothing half-done, and all are told when to try again."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.db import Error, IntegrityError, InterfaceError, InternalError, OperationalError, connection, transaction
from django.test import Client

from newsdesk.sessions import SessionStore
from tests.support.articles import CAST, read_all
from tests.support.locks import client, elsewhere, in_a_moment, met, run, secret
from tests.support.problems import problem_in
from tests.support.requests import TEXT, is_503, post
from timeline.curation import decide as curation
from timeline.fetching.posts import RawArticle
from timeline.ingest.store import store_articles
from timeline.models import Article, Correction, Event, IdempotentRequest, Source
from timeline.pipeline.locks import lock_keys
from timeline.resilience.retry import RETRY_PAUSES, is_contention, is_database_down, is_temporary, retry_on_contention

__all__ = ["client", "secret"]
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def locked_tables() -> Iterator[None]:
    """Whoever writes articles, keys, sessions or users waits, and on PostgreSQL whoever reads them."""
    tables = ["timeline_article", "timeline_idempotentrequest", "django_session", "auth_user"]
    postgres = [f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"]
    with elsewhere(*(postgres if connection.vendor == "postgresql" else [])):
        yield


@pytest.fixture
def hurried() -> Iterator[None]:
    """Locks are waited for a fifth of a second."""
    short, usual = ("PRAGMA busy_timeout = 200", "PRAGMA busy_timeout = 30000")
    if connection.vendor == "postgresql":
        short, usual = "SET lock_timeout = '200ms'", "SET lock_timeout = '30s'"
    run(short)
    yield
    run(usual)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What these give (or raise) when they begin together, each in a thread with a connection of its own."""
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def one(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# --- which errors pass --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state", "away", "busy"),
    [
        (OperationalError, "40001", True, True),
        (OperationalError, "40P01", True, True),
        (OperationalError, "55P03", True, True),
        (OperationalError, "53100", True, False),
        (OperationalError, "53300", True, False),
        (OperationalError, "57P01", True, False),
        (OperationalError, "54000", False, False),
        (InternalError, "25006", True, False),
        (InternalError, "25P02", False, False),
        (IntegrityError, "23503", False, True),
        (IntegrityError, "23505", False, False),
    ],
)
def test_sqlstates_of_postgresql_are_classified(kind: type[Error], state: str, away: bool, busy: bool) -> None:
    error = met(kind, psycopg.errors.lookup(state)())
    assert (is_database_down(error), is_contention(error), is_temporary(error)) == (away, busy, away or busy)


def test_the_errors_of_sqlite_are_classified(tmp_path: Any) -> None:
    path = tmp_path / "x.sqlite3"
    with sqlite3.connect(path, isolation_level=None) as one, sqlite3.connect(path, timeout=0) as two:
        one.execute("PRAGMA max_page_count = 2")
        one.execute("CREATE TABLE t (x)")
        one.execute("BEGIN IMMEDIATE")
        cases = [(one, "SELECT nothing", (False, False)), (two, "INSERT INTO t VALUES (1)", (True, True))]
        for database, statement, expected in [*cases, (one, "INSERT INTO t VALUES (zeroblob(9000))", (True, False))]:
            with pytest.raises(sqlite3.OperationalError) as raised:
                database.execute(statement)
            error = met(OperationalError, raised.value)
            assert (is_database_down(error), is_contention(error)) == expected, raised.value
    assert is_database_down(InterfaceError("connection already closed"))


def test_nobody_waits_for_a_lock_without_end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout" if connection.vendor == "postgresql" else "PRAGMA busy_timeout")
        assert str(cursor.fetchone()[0]) == ("30s" if connection.vendor == "postgresql" else "30000")


# --- a long lock --------------------------------------------------------------------------------


@pytest.mark.usefixtures("hurried", "broker")
def test_an_article_under_a_long_lock_is_to_come_again_with_the_same_key(client: Client, secret: str) -> None:
    with locked_tables():
        answer = post(client, secret)
        assert is_503(answer) and problem_in(answer)["type"] == "/api/v1/problems/unavailable"
    assert not Article.objects.exists() and not IdempotentRequest.objects.exists()
    assert post(client, secret).status_code == 201


@pytest.mark.usefixtures("broker")
def test_an_article_waits_for_a_short_lock(client: Client, secret: str) -> None:
    with elsewhere("UPDATE timeline_apitoken SET name = name") as commit:
        timer = in_a_moment(commit)
        assert post(client, secret).status_code == 201
        timer.join()


WORDS = {"zh-hans": "请稍后再试", "zh-hant": "請稍後再試", "en": "Please try again in a moment"}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
def test_a_login_under_a_long_lock_is_asked_to_retry(client: Client, page: str) -> None:
    User.objects.create_superuser("wang", password="a-long-password")
    form = {"username": "wang", "password": "a-long-password"}
    for language, words in WORDS.items():
        with locked_tables():
            answer = client.post(page, form, headers={"Accept-Language": language})
        assert is_503(answer) and words in answer.content.decode()
        assert answer["Cache-Control"] == "no-store" and answer["Content-Language"] == language
    assert client.post(page, form).status_code == 302


@pytest.mark.usefixtures("hurried")
def test_a_session_that_cannot_be_stored_is_not_one_that_was_deleted(client: Client) -> None:
    store = SessionStore()
    store["a"] = 1
    store.save()
    with locked_tables(), pytest.raises(OperationalError):
        store.save()
    store.save()
    SessionStore(store.session_key).delete()
    with pytest.raises(UpdateError):
        store.save()


@pytest.mark.usefixtures("hurried")
def test_what_is_only_read_is_asked_for_again_until_the_lock_is_gone(client: Client) -> None:
    client.force_login(User.objects.create_user("lin"))
    lock = "LOCK TABLE auth_user IN ACCESS EXCLUSIVE MODE" if connection.vendor == "postgresql" else "SELECT 1"
    with elsewhere(lock) as commit:
        timer = in_a_moment(commit)
        assert client.get("/saved/").status_code == 200
        timer.join()


def test_what_stays_locked_is_tried_a_few_times_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    tries: list[int] = []

    def act() -> None:
        tries.append(1)
        raise met(OperationalError, psycopg.errors.DeadlockDetected())

    with pytest.raises(OperationalError):
        retry_on_contention(act)()
    assert len(tries) == len(pauses) + 1 == len(RETRY_PAUSES) + 1
    tries.clear()
    with pytest.raises(OperationalError), transaction.atomic():
        retry_on_contention(act)()
    assert len(tries) == 1, "only whoever began a transaction can begin it again"


# --- two at once --------------------------------------------------------------------------------


def strictly(act: Callable[[], Any], level: str) -> Callable[[], Any]:
    """The same in a connection whose transactions are of this level of isolation (SQLite knows one)."""

    def acting() -> Any:
        if connection.vendor == "postgresql":
            run(f"SET default_transaction_isolation = '{level}'")
        return act()

    return acting


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_requests_that_bring_the_same_new_newsroom_are_all_answered(secret: str, level: str) -> None:
    for turn in range(3):
        room = f"room{turn}"

        def one(number: int, room: str = room) -> int:
            answer = post(Client(), secret, key=f"{room}-{number}", url=f"https://{room}.example/{number}")
            return int(answer.status_code)

        answers = at_once([strictly(lambda n=n: one(n), level) for n in range(6)])  # type: ignore[misc]
        assert answers == [201] * 6
    assert Article.objects.count() == 18 and Source.objects.count() == 3


@pytest.mark.usefixtures("broker")
def test_the_same_request_sent_at_once_is_done_once_and_answered_the_same(secret: str) -> None:
    answers = at_once([lambda: post(Client(), secret).json() for _ in range(6)])
    assert answers == [answers[0]] * 6 and answers[0]["outcome"] == "new"
    assert Article.objects.count() == 1 and Article.objects.get().version == 1


def test_batches_that_meet_crosswise_are_all_taken_in() -> None:
    """Each changes the articles of the other in the other order: on PostgreSQL one of them is a deadlock's victim."""

    def raws(numbers: list[int], text: str) -> list[RawArticle]:
        return [raw(f"https://new.example/{n}", text) for n in numbers]

    store_articles(raws([1, 2], "a"))
    rows = list(Article.objects.order_by("pk"))
    met_once = threading.Barrier(2)
    waits = [True, True]

    def act(number: int) -> list[tuple[str, int]]:
        first, second = rows[number], rows[1 - number]

        @retry_on_contention
        @transaction.atomic
        def crosswise() -> list[tuple[str, int]]:
            Article.objects.filter(pk=first.pk).update(failure=f"{number}")
            if waits[number] and connection.vendor == "postgresql":
                waits[number] = False
                met_once.wait(10)
            return store_articles([raw(second.url, f"b{number}")])

        return crosswise()

    results = at_once([lambda: act(0), lambda: act(1)])
    assert [outcome for told in results for outcome, _ in told] == ["changed", "changed"]


def raw(url: str, text: str = TEXT, of: str = "") -> RawArticle:
    return RawArticle("", "标题", url, datetime(2024, 3, 20, tzinfo=UTC), "", text, of)


def test_an_editor_in_a_deadlock_with_resolution_decides_all_the_same() -> None:
    """Resolution holds the event's row and wants the key; the editor holds the key and wants the row."""
    read_all(CAST[:1])
    row = Event.objects.get()
    editor = User.objects.create_superuser("chief")
    has_row = threading.Event()

    @retry_on_contention
    @transaction.atomic
    def resolution() -> str:
        if not has_row.is_set():  # whichever of both is told to try again, it writes once
            Event.objects.filter(pk=row.pk).update(note="resolution")
            has_row.set()
            time.sleep(0.5)  # the editor has the key by now
        lock_keys([row.key])
        return "done"

    def decide() -> str:
        has_row.wait(10)
        return str(curation.correct_field(row, "note", "why", editor).value)

    assert at_once([resolution, decide]) == ["done", "why"]
    assert Correction.objects.count() == 1 and Event.objects.get().note == "why"
