"""No other user of the machine can read what newsdesk writes, whatever the folder was before."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pytest_django import Settings

from tests.support.processes import ROOT
from timeline.operations import checks, permissions

CODE = """
import subprocess, sys
import django; django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
(settings.VAR / "new").mkdir()
subprocess.run([sys.executable, "-c", "open('made-by-a-child', 'w').close()"], cwd=settings.VAR, check=True)
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE tried (x)")
{more}
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def everything(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.rglob("*")


def start(var: Path, more: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """A process of newsdesk, begun with the umask that lets everybody read, that writes into its folder."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSDESK_", "DATABASE"))}
    given = {**plain, "DJANGO_SETTINGS_MODULE": "newsdesk.settings", "NEWSDESK_VAR": str(var), **variables}
    command = [sys.executable, "-c", CODE.format(more=more)]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=True, umask=0)


LOOK = "import os; print(*(oct(f.stat().st_mode)[-3:] for f in settings.VAR.glob('newsdesk.sqlite3*')))"


def test_what_is_written_is_private(tmp_path: Path) -> None:
    done = start(tmp_path / "deep" / "var", LOOK)
    assert done.stdout.split() == ["600"] * 3  # the database, its log and the index of that
    for path in everything(tmp_path / "deep"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_what_stood_open_is_closed_at_the_next_start(tmp_path: Path) -> None:
    var, elsewhere, outside = tmp_path / "var", tmp_path / "elsewhere.sqlite3", tmp_path / "outside"
    start(var, DATABASE_URL=f"sqlite:///{elsewhere}")
    (var / "new").rmdir()
    (var / "inner").mkdir()
    (var / "inner" / "old.backup").touch()
    outside.touch()
    (var / "link").symlink_to(outside)
    for path in (*everything(var), elsewhere):
        path.chmod(0o777 if path.is_dir() else 0o666)
    code = "import django; django.setup()"
    given = {**os.environ, "NEWSDESK_VAR": str(var), "DATABASE_URL": f"sqlite:///{elsewhere}"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, check=True)
    for path in (*everything(var), elsewhere):
        if path.name not in ("link", "outside"):
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(outside) == 0o666


def test_a_shared_folder_is_reported_and_left(tmp_path: Path, settings: Settings) -> None:
    """Whoever has files in it, such as in /tmp, would not get in again."""
    tmp_path.chmod(0o1777)
    (tmp_path / "file").touch(0o644)
    (tmp_path / "file").chmod(0o644)
    permissions.close_to_others(tmp_path)
    assert mode(tmp_path) == 0o1777 and mode(tmp_path / "file") == 0o644
    settings.VAR, settings.SQLITE_FILE = tmp_path, None
    (found,) = checks.files_are_private(None)
    assert found.id == "newsdesk.W004" and f"{tmp_path} and 1 more" in found.msg
    tmp_path.chmod(0o777)
    permissions.close_to_others(tmp_path)
    assert checks.files_are_private(None) == []
