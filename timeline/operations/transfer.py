"""Copy everything from one database into another of either kind, all or nothing (`manage.py transfer`).

Rows go through the fields of the models, which convert times and JSON for each database. Afterwards the target is read
back: each table must have the same number of rows and the same digest, else nothing is stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import Error, connection, connections, transaction
from django.db.models import AutoField, JSONField, Max, Model

from timeline.operations import health
from timeline.operations.backups import origin
from timeline.operations.backups.files import BackupError
from timeline.operations.backups.migrate import connected_to, migrate
from timeline.pipeline import bulk_load

SOURCE = "transferred"  # the connection to where rows come from; the default one leads to where they go
BATCH_SIZE = 1_000
DIGEST_MODULUS = 1 << 256

Entry = dict[str, Any]  # a database, as in DATABASES
Progress = Callable[[int, int], object]  # (rows done, of so many)


@dataclass(slots=True)
class Table:
    """One table, with the number and the digest of the rows that were read; their order does not matter."""

    model: type[Model]
    rows: int = 0
    digest: int = 0
    fields: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.fields = list(self.model._meta.concrete_fields)

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)

    def read(self, alias: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows; set `rows` and `digest`."""
        self.rows = self.digest = 0
        names = [one.attname for one in self.fields]
        numbers = [n for n, one in enumerate(self.fields) if isinstance(one, JSONField)]
        found = self.model._base_manager.using(alias).order_by().values_list(*names)
        for row in found.iterator(chunk_size=BATCH_SIZE):
            plain = list(row)
            for n in numbers:
                plain[n] = _normalise_numbers(plain[n])
            said = json.dumps(plain, sort_keys=True, ensure_ascii=True, default=_as_text).encode("ascii")
            self.digest = (self.digest + int.from_bytes(hashlib.sha256(said).digest(), "big")) % DIGEST_MODULUS
            self.rows += 1
            yield row


def copy_database(source: Entry, target: Entry, *, replace: bool = False, progress: Progress) -> list[Table]:
    """Copy all rows but sessions from `source` to `target` and return the tables.

    `replace`: even if the target has articles. Raises BackupError, and then the rows of the target are unchanged.
    """
    if _location(source) == _location(target):
        raise BackupError("Both are the same database.")
    with connected_to(**source):
        _check_source()
    with ExitStack() as stack:
        stack.enter_context(connected_to(**target))
        try:
            origin.check_replaced(replace=replace)
            migrate("The target")
            stack.enter_context(_source(source))
            tables = [Table(model) for model in _models() if model is not Session]
            _copy(tables, progress)
            bulk_load.analyze()
        except Error as error:
            raise BackupError(f"Nothing was transferred: {error}") from error
        return tables


def _models() -> list[type[Model]]:
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _location(entry: Entry) -> tuple[str, ...]:
    if "sqlite3" in entry["ENGINE"]:
        return ("sqlite", str(Path(entry["NAME"]).resolve()))
    return ("postgresql", str(entry["HOST"]), str(entry["PORT"] or 5432), str(entry["NAME"]))


def _check_source() -> None:
    """Raise BackupError unless the present database is newsdesk's, of this very version."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).is_file():
        raise BackupError(f"{connection.settings_dict['NAME']} is absent.")
    try:
        if newer := health.newer_migrations():
            raise BackupError(f"The source is no database of newsdesk, or a newer version's ({', '.join(newer[:3])}).")
        missing = health.unapplied_migrations()
    except Error as error:
        raise BackupError(f"The source cannot be read: {error}") from error
    if missing:
        raise BackupError(f"The source lacks {len(missing)} migrations. Run `manage.py migrate` there first.")


# --- rows ---------------------------------------------------------------------------------------


@contextmanager
def _source(entry: Entry) -> Iterator[None]:
    """Open a snapshot of the source, while others may write there."""
    connections.settings[SOURCE] = connections.configure_settings({"default": dict(entry)})["default"]
    there = connections[SOURCE]
    try:
        if there.vendor == "sqlite":  # `atomic` would take the write lock
            with there.cursor() as cursor:
                cursor.execute("BEGIN")
            yield
        else:
            with transaction.atomic(using=SOURCE):
                with there.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield
    finally:
        there.close()
        del connections[SOURCE]
        del connections.settings[SOURCE]


def _copy(tables: Sequence[Table], progress: Progress) -> None:
    counts = [table.model._base_manager.using(SOURCE).count() for table in tables]
    done, of = 0, sum(counts) * 2  # each is written, and read back
    bulk_load.tune()
    with transaction.atomic():
        bulk_load.delete_all(_models())
        with bulk_load.without_indexes([table.model for table in tables]):
            for table in tables:
                for batch in _batches(table.read(SOURCE)):
                    _write(table, batch)
                    progress(done := done + len(batch), of)
        for table in tables:
            there = Table(table.model)
            for batch in _batches(there.read("default")):
                progress(done := done + len(batch), of)
            if (there.rows, there.digest) != (table.rows, table.digest):
                raise BackupError(
                    f"Nothing was transferred: {table.name} has {table.rows:,} rows in the source and {there.rows:,} "
                    "in the target, and they are not the same."
                )
            _set_sequence(table)


def _write(table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    prepared = [
        tuple(one.get_db_prep_save(value, connection) for one, value in zip(table.fields, row, strict=True))
        for row in rows
    ]
    quote = connection.ops.quote_name
    into = f"{quote(table.name)} ({', '.join(quote(one.column) for one in table.fields)})"
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                    for row in prepared:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {into} VALUES ({', '.join(['%s'] * len(table.fields))})", prepared)
    except (Error, psycopg.Error, ValueError) as error:  # COPY is psycopg's own
        raise BackupError(f"Nothing was transferred: a row of {table.name} is refused: {error}") from error


def _set_sequence(table: Table) -> None:
    """Let new ids go on where those of the source ended, so that no id of a deleted row is used again."""
    key = table.model._meta.pk
    if not isinstance(key, AutoField):
        return
    largest = table.model._base_manager.aggregate(n=Max(key.attname))["n"] or 0
    last = max(_last_id(table.name, str(key.column)), largest)
    if not last:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            name = connection.ops.quote_name(table.name)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, key.column, last])
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])


def _last_id(table: str, column: str) -> int:
    """Return the last id that the source gave, 0 if none."""
    there = connections[SOURCE]
    with there.cursor() as cursor:
        if there.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [there.ops.quote_name(table), column])
            (name,) = cursor.fetchone()
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}")
        else:
            cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        return int(cursor.fetchone()[0])


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH_SIZE)):
        yield batch


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return repr(value)


def _normalise_numbers(value: Any) -> Any:
    """Replace whole floats by integers in a JSON value, since databases store them either way."""
    if isinstance(value, dict):
        return {key: _normalise_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_normalise_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
