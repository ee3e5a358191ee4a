"""Faults of a locked, deadlocked, full or stopped database, and of a stopped broker, as clients see them.

None may cause a 500, leave anything incomplete, or require a process to be restarted. What the clients send is removed
at the end.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex

import psycopg

from bench.deployment import Answer, Deployment, Web, wait_until
from bench.fault import Broken, Fault

LOCK_SECONDS = "1"
PATIENCE = 120.0  # seconds until what was put right is seen to be right
LONGEST_ANSWER = 30.0  # seconds; a busy machine answers a tenth of it later than an idle one
TEXT = "议会当天休会，官员没有透露更多细节。"  # no event: nothing else in the tables changes
KEPT, UNKEPT = "/desk/", "/api/v1/sources"
NO_SPACE = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = %s"
DECIDE = """
from django.contrib.auth.models import User
from django.db import connection
from timeline.curation.decide import correct_field, undo_correction
from timeline.models import Event
event, editor = Event.objects.get(pk={event!r}), User.objects.get(username={name!r})
connection.ensure_connection()
print(connection.connection.info.backend_pid, flush=True)
made = correct_field(event, "note", "why", editor)
undo_correction(made, editor)
"""


@dataclass(slots=True)
class Visitor:
    """A program that sends articles to a web server and requests pages."""

    web: Web
    secret: str
    room: str
    statuses: list[int] = field(default_factory=list)

    def send(self, number: int) -> Answer:
        """Send an article of its own newsroom, with the idempotency key of its number."""
        url = f"https://{self.room}.example/{number}"
        body = {"url": url, "title": f"{number}", "published": "2024-03-20T12:00:00Z", "text": TEXT}
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": f"{self.room}-{number}"}
        return self._noted(
            self.web.ask("POST", "/api/v1/articles", json.dumps(body), headers | {"Content-Type": "application/json"})
        )

    def read(self, path: str) -> Answer:
        return self._noted(self.web.ask("GET", path, headers={"Accept-Language": "en"}))

    def _noted(self, answer: Answer) -> Answer:
        self.statuses.append(answer.status)
        if answer.status >= 500 and (answer.status != 503 or "retry-after" not in answer.headers):
            raise Broken(f"an answer with status {answer.status}: {answer.body[:300]}")
        return answer


@contextmanager
def visitor(made: Deployment) -> Iterator[Visitor]:
    """Run a web server that waits a second for locks, with a cached page; remove at the end what was sent to it."""
    room = f"visited{token_hex(4)}"
    secret = made.python("manage.py", "token", "add", room, "--scope", "articles:write").strip()
    web = made.web(room, NEWSDESK_LOCK_SECONDS=LOCK_SECONDS)
    one = Visitor(web, secret, room)
    try:
        _expect(one.read(KEPT), 200, "a page before anything went wrong")
        yield one
    finally:
        made.end(web.process)
        with _database(made) as database:
            database.execute("DELETE FROM timeline_idempotentrequest WHERE key LIKE %s", [f"{room}-%"])
            database.execute("DELETE FROM timeline_article WHERE url LIKE %s", [f"https://{room}.example/%"])
            database.execute("DELETE FROM timeline_apitoken WHERE name = %s", [room])


def lock_articles(made: Deployment) -> str:
    """Lock the articles for longer than the web server waits, during the import."""
    with visitor(made) as one:
        with _database(made) as database, database.transaction():
            database.execute("LOCK TABLE timeline_article IN ACCESS EXCLUSIVE MODE")
            begun = time.monotonic()
            _expect(one.send(1), 503, "an article under the lock")
            if (seconds := time.monotonic() - begun) > LONGEST_ANSWER:
                raise Broken(f"it was answered after {seconds:.0f} s")
            _expect(one.read(KEPT), 200, "a page under the lock")
        _expect(one.send(1), 201, "the same article with the same key, after the lock")
        _stored_once(made, one, 1)
        return f"503 after {seconds:.1f} s, then 201 with the same key; a page was shown all the while"


def stop_the_database(made: Deployment) -> str:
    with visitor(made) as one:
        made.stop_postgres()
        try:
            time.sleep(1.5)
            kept = _expect(one.read(KEPT), 200, "a page that was kept")
            if "age" not in kept.headers or "The database cannot be reached" not in kept.body:
                raise Broken("the kept page does not say that it is old")
            _expect(one.read(UNKEPT), 503, "what nobody kept")
            _expect(one.read("/login/"), 200, "a page that asks nothing of the database")
            _expect(one.send(1), 503, "an article")
        finally:
            made.start_postgres()
        begun = time.monotonic()
        _expect(one.read(UNKEPT), 200, "the first question after it came back")
        _expect(one.send(1), 201, "the same article")
        _stored_once(made, one, 1)
        return f"a kept page {kept.headers['age']} s old, 503 for all else; well {time.monotonic() - begun:.1f} s later"


def kill_the_broker(made: Deployment) -> str:
    with visitor(made) as one:
        made.kill_redis()
        begun = time.monotonic()
        try:
            for number in range(1, 6):
                _expect(one.send(number), 201, "an article without a broker")
            seconds = time.monotonic() - begun
        finally:
            made.start_redis()
        if seconds > LONGEST_ANSWER:
            raise Broken(f"5 articles took {seconds:.0f} s")
        wait_until(lambda: _done(made, one) == 5, PATIENCE, "the recovery has found all five", 0.5)
        return f"5 articles taken in within {seconds:.1f} s, read {time.monotonic() - begun:.0f} s later"


def fill_the_disk(made: Deployment) -> str:
    """Raise PostgreSQL's error for a full disk wherever an article is stored, also in the import."""
    with visitor(made) as one:
        with _database(made) as database:
            name = f"full_{token_hex(4)}"
            database.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {NO_SPACE}; END $$"
            )
            database.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON timeline_article EXECUTE FUNCTION {name}()")
            try:
                _expect(one.send(1), 503, "an article on a full disk")
                _expect(one.read(KEPT), 200, "a page")
                time.sleep(1)  # for the import to meet it, too
            finally:
                database.execute(f"DROP FUNCTION {name} CASCADE")
        _expect(one.send(1), 201, "the same article with the same key")
        _stored_once(made, one, 1)
        return "503, then 201 with the same key"


def bring_a_newsroom_at_once(made: Deployment) -> str:
    with visitor(made) as one, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one.send, [*range(1, 9), *range(1, 9)]))
        if found := {answer.status for answer in answers} - {201}:
            raise Broken(f"answers with {found}")
        _stored_once(made, one, 8)
        return "8 articles of one new newsroom, each sent twice at once: 201, stored once"


def deadlock_an_editor(made: Deployment) -> str:
    """Deadlock: somebody holds an event's row and wants its key, an editor the reverse; PostgreSQL aborts one."""
    name = f"editor{token_hex(4)}"
    create = f"from django.contrib.auth.models import User; User.objects.create_superuser({name!r})"
    made.python("manage.py", "shell", "--no-imports", "-c", create)
    with _database(made) as database:
        wait_until(lambda: _an_event(database), PATIENCE, "there is an event", 0.5)
        row = _an_event(database)
        assert row is not None
        event, key = row
        with database.transaction():
            database.execute("UPDATE timeline_event SET words = words WHERE id = %s", [event])
            deciding = _Said(made, DECIDE.format(event=event, name=name))
            editor = int(deciding.line())
            wait_until(lambda: _waits(made, editor), PATIENCE, "the editor waits for the row")
            victim = _wants(database, key)
        deciding.ended()
        rows = database.execute(
            "SELECT count(*), count(undone_at) FROM timeline_correction c JOIN auth_user u ON u.id = c.editor_id "
            "WHERE u.username = %s",
            [name],
        ).fetchone()
    if rows != (1, 1):
        raise Broken(f"decisions and undoings: {rows}")
    return f"{victim} was the victim; decided once, and undone once"


class _Said:
    """A script on the deployment that runs while its first line is read."""

    def __init__(self, made: Deployment, code: str) -> None:
        self.error: Exception | None = None
        self.made, self.path = made, made.folder / f"decide-{token_hex(4)}.txt"
        code = f"import sys; sys.stdout = open({str(self.path)!r}, 'w')\n{code}"
        self.thread = threading.Thread(target=self._run, args=(code,))
        self.thread.start()

    def _run(self, code: str) -> None:
        try:
            self.made.python("manage.py", "shell", "--no-imports", "-c", code)
        except Exception as error:
            self.error = error

    def line(self) -> str:
        wait_until(lambda: self.error or (self.path.exists() and self.path.read_text()), PATIENCE, "the script begins")
        self._check()
        return self.path.read_text().strip()

    def ended(self) -> None:
        self.thread.join(PATIENCE)
        self._check()

    def _check(self) -> None:
        if self.error is not None:
            raise Broken(f"the editor's decision failed: {self.error}")


def _wants(database: psycopg.Connection, key: str) -> str:
    """Request the lock that the editor holds; return which of both was aborted."""
    try:
        with database.transaction():
            database.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    except psycopg.errors.DeadlockDetected:
        return "the other one"
    return "the editor"


def _waits(made: Deployment, pid: int) -> bool:
    with _database(made) as database:
        row = database.execute(WAITING, [pid]).fetchone()
    return row is not None and row[0] > 0


def _an_event(database: psycopg.Connection) -> tuple[str, str] | None:
    live = "merged_into_id IS NULL AND NOT retracted"
    found = database.execute(f"SELECT id, key FROM timeline_event WHERE {live} ORDER BY claim_count DESC LIMIT 1")
    row = found.fetchone()
    return (str(row[0]), str(row[1])) if row else None


@contextmanager
def _database(made: Deployment) -> Iterator[psycopg.Connection]:
    with psycopg.connect(made.environment["DATABASE_URL"], autocommit=True) as database:
        yield database


def _expect(answer: Answer, status: int, what: str) -> Answer:
    if answer.status != status:
        raise Broken(f"{what}: {answer.status} instead of {status}: {answer.body[:300]}")
    return answer


def _stored_once(made: Deployment, one: Visitor, count: int) -> None:
    """Check that so many articles of the visitor are stored, each in one version, with one answer for each key."""
    like = f"{one.room}-%"
    with _database(made) as database:
        articles = database.execute(
            "SELECT count(*), max(version) FROM timeline_article WHERE url LIKE %s", [f"https://{one.room}.example/%"]
        ).fetchone()
        keys = database.execute(
            "SELECT count(*), min(status) FROM timeline_idempotentrequest WHERE key LIKE %s", [like]
        ).fetchone()
    if articles != (count, 1) or keys != (count, 201):
        raise Broken(f"articles and their version: {articles}; keys and their status: {keys}")


def _done(made: Deployment, one: Visitor) -> int:
    with _database(made) as database:
        row = database.execute(
            "SELECT count(*) FROM timeline_article WHERE state = 'done' AND url LIKE %s",
            [f"https://{one.room}.example/%"],
        ).fetchone()
    return row[0] if row else 0


_HAPPENINGS: tuple[tuple[str, Callable[[Deployment], str]], ...] = (
    ("the table of articles is locked for long", lock_articles),
    ("PostgreSQL is away while pages are asked for", stop_the_database),
    ("the broker is away while articles are sent", kill_the_broker),
    ("the disk is full", fill_the_disk),
    ("many bring the same new newsroom", bring_a_newsroom_at_once),
    ("an editor and resolution are deadlocked", deadlock_an_editor),
)
FAULTS = tuple(Fault(name, happen) for name, happen in _HAPPENINGS)
