"""PostgreSQL, by its client programs. A backup is restored into its own schema, from which the tables are moved."""

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

RESTORE_SCHEMA = "newsdesk_restore"  # the schema in which a backup is prepared
TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('newsdesk restore', 3))"
ARCHIVE_OPTIONS = ["--no-owner", "--no-acl"]
PSQL_OPTIONS = [
    "--no-psqlrc",
    "--quiet",
    "--output=/dev/null",
    "--set=ON_ERROR_STOP=1",
    "--single-transaction",
    "--file=-",
]
TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA )(\S+) (\S+) ", re.MULTILINE)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
UNKNOWN_TO_OLD_SERVERS = b"SET transaction_timeout = 0;\n"  # written by the programs of 17 and newer
POLL_SECONDS = 0.2


def save(draft: Path, progress: Progress) -> None:
    """Dump a snapshot of newsdesk's tables; other tables of the database may belong to others."""
    with _autocommit_connection() as control:
        schema = _schema(control)
        tables = _own_tables(control, schema)
    if "django_migrations" not in tables:
        raise BackupError("This database holds no newsdesk. Look at DATABASE_URL, or run `manage.py migrate`.")
    patterns = [f"--table={_quoted(schema)}.{_quoted(name)}" for name in tables]
    words = ["--format=custom", *ARCHIVE_OPTIONS, *patterns, f"--file={draft}"]
    _run("pg_dump", words, server=True, progress=lambda: progress(draft.stat().st_size, 0))
    _run("pg_restore", ["--list", str(draft)])


def check(backup: Backup, progress: Progress) -> None:
    """Check the digest and the contents of a backup. Raises BackupError."""
    files.read_verified(backup, None, progress)
    origin.check(backup.path, _contents(backup)[0])


def load(backup: Backup, progress: Progress) -> None:
    """Restore and migrate in a schema of its own; then exchange the tables in one transaction.

    Needs the right to create a schema, not a database. Extensions and tables of others are left alone.
    """
    files.read_verified(backup, None, progress)
    contents, source = _contents(backup)
    origin.check(backup.path, contents)
    connection.close()
    with _autocommit_connection() as control, _restore_schema(control):
        _run_archive(backup, source, progress)
        options = connection.settings_dict["OPTIONS"]
        path = f"{options.get('options', '')} -c search_path={RESTORE_SCHEMA}".strip()
        with connected_to(OPTIONS={**options, "options": path}):
            migrate(backup.path.name)
        _swap_tables(control, _schema(control))
        control.execute("ANALYZE")


def _contents(backup: Backup) -> tuple[Contents, str]:
    """Return the contents of an archive and the name of its schema."""
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
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in _lines_until(lines, "\\.")]
    migrations = frozenset((row["app"], row["name"]) for row in rows)
    return Contents(migrations, frozenset(name for schema, name in tables if schema == source)), source


def _lines_until(lines: Iterable[str], end: str) -> Iterator[str]:
    for line in lines:
        if line == end:
            return
        yield line


# --- in the database ----------------------------------------------------------------------------


@contextmanager
def _autocommit_connection() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Open a second connection, with autocommit."""
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
    """Return the tables of newsdesk's applications, of any version: they have the prefixes of this version's."""
    known = connection.introspection.django_table_names(include_views=False)
    apps = {name.partition("_")[0] for name in known}
    return [name for (name,) in control.execute(TABLES, [schema]) if name.partition("_")[0] in apps]


def _quoted(name: str) -> str:
    """Quote a name for the patterns of pg_dump."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _restore_schema(control: psycopg.Connection[tuple[Any, ...]]) -> Iterator[None]:
    """Create an empty schema and drop it at the end; one that a killed restore left is dropped first."""
    if control.execute(TRY_LOCK).fetchone() != (True,):
        raise BackupError("Another restore into this database is running.")
    control.execute("SET lock_timeout = '30s'")
    drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(RESTORE_SCHEMA))
    control.execute("SET client_min_messages = 'warning'")
    control.execute(drop)
    try:
        control.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(RESTORE_SCHEMA)))
    except psycopg.errors.InsufficientPrivilege as error:
        grant = f"GRANT CREATE ON DATABASE {connection.settings_dict['NAME']} TO {control.info.user}"
        raise BackupError(f"A restore needs the right to make a schema. As its owner: {grant}") from error
    try:
        yield
    finally:
        if not control.broken:
            control.execute(drop)


def _swap_tables(control: psycopg.Connection[tuple[Any, ...]], schema: str) -> None:
    """Replace newsdesk's tables by those of the restore schema, in one transaction.

    Indexes, constraints and sequences move with their tables.
    """
    with _lock_timeouts_as_backup_errors(), control.transaction():
        present = _own_tables(control, schema)
        if present:
            names = sql.SQL(", ").join(sql.Identifier(schema, name) for name in present)
            control.execute(sql.SQL("DROP TABLE {} CASCADE").format(names))
        for name in _own_tables(control, RESTORE_SCHEMA):
            move = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
            control.execute(move.format(sql.Identifier(RESTORE_SCHEMA, name), sql.Identifier(schema)))


@contextmanager
def _lock_timeouts_as_backup_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise BackupError(
            "Others use the tables and do not let go of them. Stop web, workers and scheduler, then try again; "
            "the database is as it was."
        ) from error


# --- PostgreSQL's programs ----------------------------------------------------------------------


def _run_archive(backup: Backup, source: str, progress: Progress) -> None:
    """Run the statements of an archive in the restore schema instead of the one that they name."""
    words = [*ARCHIVE_OPTIONS, f"--schema={source}", "--file=-", str(backup.path)]
    with tempfile.TemporaryFile() as said:
        restoring = _start("pg_restore", words, stdout=subprocess.PIPE, stderr=said)
        filling = _start("psql", PSQL_OPTIONS, server=True, stdin=subprocess.PIPE, stderr=said)
        assert restoring.stdout is not None and filling.stdin is not None
        done = reported = 0
        try:
            with filling.stdin as pipe:
                for line in rewrite_schema(restoring.stdout, source, RESTORE_SCHEMA):
                    pipe.write(line)
                    done += len(line)
                    if done - reported >= files.BLOCK_BYTES:
                        progress(reported := done, 0)
        except BrokenPipeError:  # psql ended; its messages say why
            pass
        finally:
            restoring.stdout.close()
            statuses = filling.wait(), restoring.wait()
        if any(statuses):
            raise _error_of("psql" if statuses[0] else "pg_restore", max(statuses), said)


def rewrite_schema(lines: Iterable[bytes], old: str, new: str) -> Iterator[bytes]:
    """Replace the schema in the statements of a script of pg_restore; rows are not changed."""
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
    """Run a program and return its output; `progress` is called meanwhile. Raises BackupError with its messages."""
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
            raise _error_of(program, process.returncode, said)
        out.seek(0)
        return out.read().decode(errors="replace")


def _start(program: str, words: Sequence[str], *, server: bool = False, **pipes: Any) -> subprocess.Popen[bytes]:
    """Start one of PostgreSQL's programs; with `server`, on the database of the settings."""
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


def _error_of(program: str, status: int, said: Any) -> BackupError:
    said.seek(0)
    words = said.read().decode(errors="replace").strip()[-2000:]
    hint = ""
    if "version mismatch" in words or "unsupported version" in words:
        hint = f"\n{shutil.which(program)} is older than the server or the file; use the one of the server's version."
    return BackupError(f"{program} ended with status {status}: {words}{hint}")
