"""What is newer, of another database or interrupted is not restored, and changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from bench.dumped import dump
from tests.support.articles import CAST
from tests.support.backups import backup_file, databases, filled, nothing_is_left, refused, second
from tests.support.databases import Databases, killed
from tests.support.processes import ROOT, database_url
from timeline.models import Article
from timeline.operations import backups
from timeline.operations.backups import files, postgres, sqlite

__all__ = ["backup_file", "databases", "filled", "second"]
pytestmark = pytest.mark.database


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


def test_a_database_of_something_else_is_not_replaced(databases: Databases, backup_file: Path) -> None:
    with databases.use(databases.make("shop")), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_migrations (id integer, app text, name text, applied text)")
        cursor.execute(ADD.format("shop", "0001_initial").replace("(app", "(id, app").replace("('shop", "(1, 'shop"))
        refused(backup_file, "is not newsdesk's", replace=True)
        cursor.execute("SELECT app FROM django_migrations")
        assert cursor.fetchall() == [("shop",)]


def test_what_else_is_in_the_database_stays_on_postgresql(
    databases: Databases, backup_file: Path, tmp_path: Path
) -> None:
    """And a role that owns its database, but may make no other, can restore. Of SQLite the whole file is exchanged."""
    name, modest = databases.make("modest"), {}
    if connection.vendor == "postgresql":
        modest = {"USER": "modest"}
        databases.ask("DROP ROLE IF EXISTS {}", "modest")
        databases.ask("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE", "modest")
        databases.ask("ALTER DATABASE {} OWNER TO {}", name, "modest")
    with databases.use(name, **modest):
        call_command("restore", backup_file)
    with databases.use(name), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ledger (n integer)")
        cursor.execute("INSERT INTO ledger VALUES (7)")
    with databases.use(name, **modest):
        backups.save(tmp_path / "of-a-role.backup")
        call_command("restore", backup_file, "--replace")
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
    databases: Databases, backup_file: Path, second: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **options: Any) -> None:
        raise RuntimeError("no such column")

    monkeypatch.setattr("timeline.operations.backups.migrate.call_command", fails)
    refused(backup_file, "newsdesk.backup cannot be migrated: RuntimeError: no such column", replace=True)
    assert dump() == second
    nothing_is_left(backup_file.parent, backup_file.name)


@pytest.mark.parametrize("where", ["migrate", "exchange"])
def test_a_restore_that_is_killed_leaves_everything_as_it_was(
    where: str, databases: Databases, backup_file: Path, second: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
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
        backups.load(backup_file, replace=True)

    killed(work)
    assert dump() == second
    call_command("restore", backup_file, "--replace")
    assert dump() != second
    nothing_is_left(backup_file.parent, backup_file.name)
    if connection.vendor == "sqlite":
        assert not [path for path in databases.folder.iterdir() if path.name.startswith(files.DRAFT)]


def test_a_backup_that_is_killed_leaves_the_old_file_and_nothing_for_long(
    databases: Databases, filled: str, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backup_file.read_bytes()
    with databases.use(filled):

        def work(arrived: Callable[[], None]) -> None:
            monkeypatch.setattr(files, "publish", lambda draft, path: arrived())
            backups.save(backup_file)

        killed(work)
        assert backup_file.read_bytes() == before
        assert len(list(backup_file.parent.iterdir())) == 2
        (backup_file.parent / ".newsdesk.backup-abcdefgh-shm").touch()  # as 0.5 left them
        running = files.draft_folder(backup_file.parent)
        with running as folder:  # somebody else's, at work
            backups.save(backup_file)
            nothing_is_left(backup_file.parent, backup_file.name, folder.name)
    nothing_is_left(backup_file.parent, backup_file.name)


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


def test_a_full_disk_is_reported_in_a_sentence_and_the_old_file_stays(
    databases: Databases, filled: str, backup_file: Path
) -> None:
    """As a disk is full where a file may not grow beyond 100,000 bytes."""
    before = backup_file.read_bytes()
    limit = "import resource, sys, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
    run = "sys.argv = ['manage.py', *sys.argv[1:]]; runpy.run_path('manage.py', run_name='__main__')"
    with databases.use(filled):
        environment = {**os.environ, "DATABASE_URL": database_url()}
    command = [sys.executable, "-c", limit + run, "backup", str(backup_file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "CommandError" in done.stderr
    assert backup_file.read_bytes() == before
    nothing_is_left(backup_file.parent, backup_file.name)
