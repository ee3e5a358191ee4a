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
    """The last migration: a database that lacks it is that of an earlier version."""
    ((app, name),) = MigrationLoader(connection).graph.leaf_nodes("timeline")
    return app, name
