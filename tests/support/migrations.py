"""The migrations one after another, as a database of an earlier version goes through them."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def one_by_one() -> MigrationExecutor:
    """An executor that knows the replaced migrations and not the one that replaces them."""
    executor = MigrationExecutor(connection)
    executor.loader.replace_migrations = False
    executor.loader.build_graph()
    return executor
