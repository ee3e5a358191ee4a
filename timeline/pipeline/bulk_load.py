"""Load rows by the fastest way of each database. Models check nothing: the rows must fit the tables.

Values are text, numbers, booleans or None; days and moments (UTC) in ISO 8601, JSON as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

Row = Sequence[str | int | bool | None]


class Table:
    """The table of a model. `columns`: in the order of the values of a row; the other columns get their defaults.

    Raises ValueError for unknown columns and for missing ones without a shared default.
    """

    def __init__(self, model: type[Model], columns: str) -> None:
        self.model, self.columns = model, columns.split()
        fields = {str(field.column): field for field in model._meta.concrete_fields}
        unknown = set(self.columns) - fields.keys()
        rest = {name: field for name, field in fields.items() if name not in self.columns}
        needed = {name for name, field in rest.items() if not _has_shared_default(field)}
        if unknown or needed:
            raise ValueError(f"{model.__name__}: rows do not fit the table: {', '.join(sorted(unknown | needed))}")
        self.defaults = {name: _as_column(field.get_default()) for name, field in rest.items()}

    def load(self, rows: Iterable[Row], into: str = "") -> None:
        """Append the rows. `into`: another table, with the same columns but `id`."""
        quote = connection.ops.quote_name
        columns = self.columns if not into else [c for c in self.columns if c != "id"]
        names = ", ".join(map(quote, [*columns, *self.defaults]))
        table, rest = quote(into or self.model._meta.db_table), tuple(self.defaults.values())
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row((*row, *rest))
            else:
                marks = ", ".join(["%s"] * (len(columns) + len(rest)))
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", [(*row, *rest) for row in rows])


def _has_shared_default(field: Any) -> bool:
    """Return whether all rows may hold the same default. A default made for each row (an identity) is none."""
    made = field.has_default() and callable(field.default) and field.default not in (dict, list)
    return not made and (field.has_default() or field.null or field.blank)


def _as_column(value: Any) -> str | int | bool | None:
    """Return a default as a row gives it."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def delete_all(models: Iterable[type[Model]]) -> None:
    """Delete all rows of these models and restart their ids at 1. No other table may refer to them."""
    tables = [model._meta.db_table for model in models]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True))


def reset_sequences(models: Sequence[type[Model]]) -> None:
    """Let the ids of new rows follow those that were loaded."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)


INDEX_SQL = {  # name, definition and table of each index that no constraint needs
    "sqlite": "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indrelid::regclass::text "
    "FROM pg_index WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')",
}
FOREIGN_KEY_SQL = (  # checking a million rows at the end is faster than one by one
    "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
)


@contextmanager
def without_indexes(models: Iterable[type[Model]]) -> Iterator[None]:
    """Drop indexes and, on PostgreSQL, foreign keys of these models, and create them again at the end.

    Call it inside a transaction, so that they are never missing for others or after an interruption.
    """
    tables = {model._meta.db_table for model in models}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(INDEX_SQL[connection.vendor])
        indexes = [row for row in cursor.fetchall() if row[2] in tables]
        links = []
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # tables with checks to come cannot be changed
            cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
            cursor.execute(FOREIGN_KEY_SQL)
            links = [row for row in cursor.fetchall() if row[1] in tables]
        for name, table, _ in links:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quote(name)}")
        for name, *_ in indexes:
            cursor.execute(f"DROP INDEX {quote(name)}")
    yield
    with connection.cursor() as cursor:
        for _, made, _ in indexes:
            cursor.execute(made)
        for name, table, made in links:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} {made}")
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tune() -> None:
    """Give this connection enough memory to load many rows."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size = -400000")  # KiB


def analyze() -> None:
    """Update the planner's statistics, as the database's own maintenance would after a while."""
    with connection.cursor() as cursor:
        # VACUUM sets the visibility map for index-only scans; it cannot run in a transaction.
        vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")
