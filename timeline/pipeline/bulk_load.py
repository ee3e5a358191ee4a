"""Rows into tables by the fastest way of each database. For rows that are known to fit: nothing is checked by models.

Values are plain: text, numbers, booleans, None; days and moments (UTC) in ISO 8601, JSON as text.
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
    """Where rows of one model go; `columns`: in the order in which rows give them. The others hold their defaults."""

    def __init__(self, model: type[Model], columns: str) -> None:
        self.model, self.columns = model, columns.split()
        fields = {str(field.column): field for field in model._meta.concrete_fields}
        unknown = set(self.columns) - fields.keys()
        rest = {name: field for name, field in fields.items() if name not in self.columns}
        needed = {name for name, field in rest.items() if not _same_for_all(field)}
        if unknown or needed:
            raise ValueError(f"{model.__name__}: rows do not fit the table: {', '.join(sorted(unknown | needed))}")
        self.defaults = {name: _plain(field.get_default()) for name, field in rest.items()}

    def load(self, rows: Iterable[Row], into: str = "") -> None:
        """Append the rows; `into`: another table with the columns of the rows but without their ids."""
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


def _same_for_all(field: Any) -> bool:
    """Whether every row may hold the same default; one that is made for each row (an identity) is none."""
    made = field.has_default() and callable(field.default) and field.default not in (dict, list)
    return not made and (field.has_default() or field.null or field.blank)


def _plain(value: Any) -> str | int | bool | None:
    """A default as a row gives it."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def empty(models: Iterable[type[Model]]) -> None:
    """Remove every row of these models, which no others may point to, and count ids from 1 again."""
    tables = [model._meta.db_table for model in models]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True))


def count_on(models: Sequence[type[Model]]) -> None:
    """Let the database give ids behind those that were loaded."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)


INDEXES = {  # what makes each index that is there only to find rows, and the table it is of
    "sqlite": "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indrelid::regclass::text "
    "FROM pg_index WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')",
}
LINKS = (  # foreign keys: a million rows are checked faster at once
    "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'"
)


@contextmanager
def without_indexes(models: Iterable[type[Model]]) -> Iterator[None]:
    """Take away indexes and, on PostgreSQL, foreign keys of these models, and make them again at the end.

    Call it inside a transaction: then whoever looks meanwhile, or comes after an interruption, finds them in place.
    """
    tables = {model._meta.db_table for model in models}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(INDEXES[connection.vendor])
        indexes = [row for row in cursor.fetchall() if row[2] in tables]
        links = []
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # tables with checks to come cannot be changed
            cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
            cursor.execute(LINKS)
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
    """Give this connection the memory that loading many rows takes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA cache_size = -400000")  # KiB


def analyze() -> None:
    """Let the planner of queries know what is in the tables, as the databases' own upkeep would in a while."""
    with connection.cursor() as cursor:
        # VACUUM tells PostgreSQL which pages an index alone may answer for; it runs in no transaction.
        vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if vacuum else "ANALYZE")
