"""PostgreSQL by its client programs. A backup is restored into a schema beside, and its tables are moved from there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from timeline.operations.backups import files, origin
from timeline.operations.backups.files import Backup, BackupError, Progress
from timeline.operations.backups.migrate import connected_to, migrate
from timeline.operations.backups.origin import Contents

BESIDE = "newsdesk_restore"  # the schema in which a backup is prepared
ALONE = "SELECT pg_try_advisory_lock(hashtextextended('newsdesk restore', 3))"
ARCHIVE = ["--no-owner", "--no-acl"]
QUIET = ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-"]
TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA )(\S+) (\S+) ", re.MULTILINE)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
UNKNOWN_TO_OLD_SERVERS = b"SET transaction_timeout = 0;\n"  # written by the programs of 17 and newer
POLL_SECONDS = 0.2


def save(draft: Path, progress: Progress) -> None:
    """One snapshot of newsdesk's tables. What else is in the database may belong to others."""
    with _control() as control:
        schema = _schema(control)
        tables = _own_tables(control, schema)
    if "django_migrations" not in tables:
        raise BackupError("This database holds no newsdesk. Look at DATABASE_URL, or run `manage.py migrate`.")
    patterns = [f"--table={_quoted(schema)}.{_quoted(name)}" for name in tables]
    words = ["--format=custom", *ARCHIVE, *patterns, f"--file={draft}"]
    _run("pg_dump", words, server=True, progress=lambda: progress(draft.stat().st_size, 0))
    _run("pg_restore", ["--list", str(draft)])


def check(backup: Backup, progress: Progress) -> None:
    files.copy(backup, None, progress)
    origin.check(backup.path, _contents(backup)[0])


def load(backup: Backup, progress: Progress) -> None:
    """Restore and migrate in a schema beside; then exchange the tables in one transaction.

    Needs the right to make a schema, none to make a database. Extensions and tables of others stay as they are.
    """
    files.copy(backup, None, progress)
    contents, source = _contents(backup)
    origin.check(backup.path, contents)
    connection.close()
    with _control() as control, _schema_beside(control):
        _fill(backup, source, progress)
        options = connection.settings_dict["OPTIONS"]
        path = f"{options.get('options', '')} -c search_path={BESIDE}".strip()
        with connected_to(OPTIONS={**options, "options": path}):
            migrate(backup.path.name)
        _exchange(control, _schema(control))
        control.execute("ANALYZE")


def _contents(backup: Backup) -> tuple[Contents, str]:
    """What the archive holds, and the name of the schema in which it was."""
    tables = TABLE.findall(_run("pg_restore", ["--list", str(backup.path)]))
    source = next((schema for schema, name in tables if name == "django_migrations"), None)
    if source is None:
        raise BackupError(f"{backup.path} is no database of newsdesk.")
    only = ["--data-only", f"--schema={source}", "--table=django_migrations", "--file=-", str(backup.path)]
    lines = iter(_run("pg_restore", only).splitlines())
    columns: list[str] = []
    for line in lines:
        if line.startswith("COPY ") and line.endswith(" FROM stdin;"):
            columns = line[line.index("(") + 1 : line.rindex(")")].replace('"', "").split(", ")
            break
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in _until(lines, "\\.")]
    migrations = frozenset((row["app"], row["name"]) for row in rows)
    return Contents(migrations, frozenset(name for schema, name in tables if schema == source)), source


def _until(lines: Iterable[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line


# --- in the database ----------------------------------------------------------------------------


@contextmanager
def _control() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection of its own, beside Django's, each statement of which is a transaction."""
    params = {key: value for key, value in connection.get_connection_params().items() if key != "cursor_factory"}
    params.pop("context", None)
    with psycopg.connect(**params, autocommit=True) as control:
        yield control


def _schema(control: psycopg.Connection[tuple[Any, ...]]) -> str:
    row = control.execute("SELECT current_schema()").fetchone()
    if row is None or row[0] is None:
        raise BackupError("The search_path of the database names no schema that exists.")
    return str(row[0])


def _own_tables(control: psycopg.Connection[tuple[Any, ...]], schema: str) -> list[str]:
    """Those of newsdesk's applications, of whatever version: they begin as the tables of this one do."""
    known = connection.introspection.django_table_names(include_views=False)
    apps = {name.partition("_")[0] for name in known}
    return [name for (name,) in control.execute(TABLES, [schema]) if name.partition("_")[0] in apps]


def _quoted(name: str) -> str:
    """For pg_dump, in whose patterns some signs mean something."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _schema_beside(control: psycopg.Connection[tuple[Any, ...]]) -> Iterator[None]:
    """An empty schema, which is dropped at the end. One that a killed restore left is dropped first."""
    if control.execute(ALONE).fetchone() != (True,):
        raise BackupError("Another restore into this database is running.")
    control.execute("SET lock_timeout = '30s'")
    drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(BESIDE))
    control.execute("SET client_min_messages = 'warning'")
    control.execute(drop)
    try:
        control.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(BESIDE)))
    except psycopg.errors.InsufficientPrivilege as error:
        grant = f"GRANT CREATE ON DATABASE {connection.settings_dict['NAME']} TO {control.info.user}"
        raise BackupError(f"A restore needs the right to make a schema. As its owner: {grant}") from error
    try:
        yield
    finally:
        if not control.broken:
            control.execute(drop)


def _exchange(control: psycopg.Connection[tuple[Any, ...]], schema: str) -> None:
    """Drop newsdesk's tables and move those of the schema beside to their place, at one moment for all others.

    Indexes, constraints and sequences go with their tables.
    """
    with _locks_awaited(), control.transaction():
        present = _own_tables(control, schema)
        if present:
            names = sql.SQL(", ").join(sql.Identifier(schema, name) for name in present)
            control.execute(sql.SQL("DROP TABLE {} CASCADE").format(names))
        for name in _own_tables(control, BESIDE):
            move = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
            control.execute(move.format(sql.Identifier(BESIDE, name), sql.Identifier(schema)))


@contextmanager
def _locks_awaited() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise BackupError(
            "Others use the tables and do not let go of them. Stop web, workers and clock, then try again; "
            "the database is as it was."
        ) from error


# --- PostgreSQL's programs ----------------------------------------------------------------------


def _fill(backup: Backup, source: str, progress: Progress) -> None:
    """Run the archive's statements with the schema beside in place of the one that they name."""
    words = [*ARCHIVE, f"--schema={source}", "--file=-", str(backup.path)]
    with tempfile.TemporaryFile() as said:
        restoring = _start("pg_restore", words, stdout=subprocess.PIPE, stderr=said)
        filling = _start("psql", QUIET, server=True, stdin=subprocess.PIPE, stderr=said)
        assert restoring.stdout is not None and filling.stdin is not None
        done = told = 0
        try:
            with filling.stdin as pipe:
                for line in rewritten(restoring.stdout, source, BESIDE):
                    pipe.write(line)
                    done += len(line)
                    if done - told >= files.BLOCK_BYTES:
                        progress(told := done, 0)
        except BrokenPipeError:  # psql ended; it says why
            pass
        finally:
            restoring.stdout.close()
            statuses = filling.wait(), restoring.wait()
        if any(statuses):
            raise _failed("psql" if statuses[0] else "pg_restore", max(statuses), said)


def rewritten(lines: Iterable[bytes], old: str, new: str) -> Iterator[bytes]:
    """A script of pg_restore with another schema's name in its statements; rows stay as they are."""
    name = re.escape(old.encode())
    qualified = re.compile(rb'(?<![\w"$.])(?:' + name + rb'|"' + name + rb'")\.')
    rows = False
    for line in lines:
        if rows:
            rows = line != b"\\.\n"
        elif line == UNKNOWN_TO_OLD_SERVERS:
            continue
        else:
            line = qualified.sub(new.encode() + b".", line)
            rows = line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")
        yield line


def _run(program: str, words: Sequence[str], *, server: bool = False, progress: Any = None) -> str:
    """What a program prints; while it works `progress` is called. Raises BackupError with its own words."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as out:
        process = _start(program, words, server=server, stdout=out, stderr=said)
        try:
            while process.poll() is None:
                if progress is not None:
                    progress()
                time.sleep(POLL_SECONDS if progress else 0.01)
        finally:
            if process.poll() is None:  # interrupted
                process.terminate()
                process.wait()
        if process.returncode:
            raise _failed(program, process.returncode, said)
        out.seek(0)
        return out.read().decode(errors="replace")


def _start(program: str, words: Sequence[str], *, server: bool = False, **pipes: Any) -> subprocess.Popen[bytes]:
    """One of PostgreSQL's programs; where it needs the server, on the database of the settings."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is not installed. Install the client programs of the server's version "
            "(on Debian: postgresql-client) or put their folder into PATH."
        )
    login: list[str] = []
    environment: dict[str, Any] = dict(os.environ)
    if server:
        (_, *login), more = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
        environment |= more or {}
    return subprocess.Popen([found, *words, *login], env=environment, **{"stdin": subprocess.DEVNULL, **pipes})


def _failed(program: str, status: int, said: Any) -> BackupError:
    said.seek(0)
    words = said.read().decode(errors="replace").strip()[-2000:]
    hint = ""
    if "version mismatch" in words or "unsupported version" in words:
        hint = f"\n{shutil.which(program)} is older than the server or the file; use the one of the server's version."
    return BackupError(f"{program} ended with status {status}: {words}{hint}")
