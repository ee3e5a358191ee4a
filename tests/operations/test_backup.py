"""What was backed up comes back whole, on either database; damage is noticed."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from bench.dumped import dump
from tests.support.articles import CAST, raw, read_all
from tests.support.backups import LATER, backup_file, databases, filled, nothing_is_left, refused, second
from tests.support.databases import Databases
from tests.support.migrations import one_by_one
from tests.support.processes import ROOT, database_url
from timeline.ingest.store import store_articles
from timeline.models import Article
from timeline.operations import backups
from timeline.operations.backups import files, postgres, sqlite

__all__ = ["backup_file", "databases", "filled", "second"]
pytestmark = pytest.mark.database


# --- there and back -----------------------------------------------------------------------------


def test_what_was_backed_up_comes_back_whole(databases: Databases, filled: str, backup_file: Path) -> None:
    with databases.use(filled):
        before = dump()
    assert backup_file.stat().st_mode & 0o077 == 0
    nothing_is_left(backup_file.parent, backup_file.name)
    with databases.use(databases.make("empty")):
        call_command("restore", backup_file)
        assert dump() == before
        assert User.objects.get().check_password("a long enough one")
        read_all([LATER])  # ids go on where they ended
        assert dump() != before
        refused(backup_file, "--replace")
        assert dump() != before
        call_command("restore", backup_file, "--replace")
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
    databases: Databases, backup_file: Path, second: dict[str, list[str]]
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
        call_command("restore", backup_file, "--replace")
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


def test_a_backup_on_a_read_only_medium_is_restored(
    databases: Databases, backup_file: Path, filled: str, capsys: Any
) -> None:
    backup_file.chmod(0o400)
    backup_file.parent.chmod(0o500)
    beside = set(backup_file.parent.iterdir())
    with databases.use(databases.make("empty")):
        call_command("restore", backup_file)
        assert Article.objects.count() == len(CAST)
    assert set(backup_file.parent.iterdir()) == beside
    assert "nothing is known" not in capsys.readouterr().err


def test_one_of_0_5_without_a_digest_is_restored_and_said_so(
    databases: Databases, backup_file: Path, filled: str, tmp_path: Path, capsys: Any
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
    nothing_is_left(tmp_path, "databases", "backup", "old.backup")


# --- damage -------------------------------------------------------------------------------------


def test_damage_of_one_bit_or_a_cut_is_seen_anywhere(
    databases: Databases, backup_file: Path, second: dict[str, list[str]], tmp_path: Path
) -> None:
    data = backup_file.read_bytes()
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
    nothing_is_left(tmp_path, "databases", "backup", "damaged.backup")


def test_check_tells_without_changing_anything(
    backup_file: Path, second: dict[str, list[str]], capsys: Any, tmp_path: Path
) -> None:
    call_command("restore", backup_file, "--check")
    said = re.search(r"can be restored: [\d,]+ bytes, SHA-256 ([0-9a-f]{64})\.", capsys.readouterr().out)
    # as docs/operating.md says how to do it by hand
    (length,) = re.findall(r"`head -c -(\d+) FILE", (ROOT / "docs" / "operating.md").read_text("utf-8"))
    assert said and hashlib.sha256(backup_file.read_bytes()[: -int(length)]).hexdigest() == said[1]
    cut = tmp_path / "cut.backup"
    cut.write_bytes(backup_file.read_bytes()[:-1])
    refused(cut, "is damaged", check=True)
    assert dump() == second
