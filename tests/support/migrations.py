"""The migrations one after another, as a database of an earlier version goes through them."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


def one_by_one() -> MigrationExecutor:
    """An executor that knows the replaced migrations and not the one that replaces them."""
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    return executor


def newest() -> tuple[str, str]:
    """The newest of the replaced migrations: a database that lacks it goes on one by one."""
    (squashed,) = (m for m in MigrationLoader(connection).disk_migrations.values() if m.replaces)
    app, name = squashed.replaces[-1]
    return app, name
