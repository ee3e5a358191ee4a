"""Check the services that newsdesk needs: each check returns None, or in a few words what is wrong.

The words are public; they contain no address and no password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError

from timeline.operations import counters

PROBE_KEY, PROBE_KEY_SECONDS = "newsdesk:ready", 60
REFUSALS = {"MISCONF": "cannot write to its disk", "NOREPLICAS": "misses its replicas"}  # by the code of the error
NO_ANSWER = "does not answer"


def check_database() -> str | None:
    """Check that the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        return NO_ANSWER
    return None


def check_migrations() -> str | None:
    """Check that all migrations are applied."""
    if _Cache.migrated:
        return None
    try:
        missing = unapplied_migrations()
    except Error:
        return "unknown without the database"
    if missing:
        return f"{len(missing)} missing"
    _Cache.migrated = True
    return None


def unapplied_migrations() -> list[str]:
    """Return the names of the migrations that the database lacks. Database errors propagate."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def newer_migrations() -> list[str]:
    """Return the names of applied migrations that this version does not know. Database errors propagate."""
    loader = MigrationExecutor(connections[DEFAULT_DB_ALIAS]).loader
    unknown = set(loader.applied_migrations or ()) - set(loader.disk_migrations or ())
    return [f"{app}.{name}" for app, name in sorted(unknown)]


def check_queue() -> str | None:
    """Check that the server of the queue answers and accepts messages."""
    return queue_refusal(counters.server())


def queue_refusal(server: Redis) -> str | None:
    """Return why the server of a queue accepts no message; None if it does.

    A key is written, since a server without memory, disk space or replicas may still answer PING.
    """
    try:
        server.set(PROBE_KEY, 1, ex=PROBE_KEY_SECONDS)
    except OutOfMemoryError:
        return "is full"
    except ReadOnlyError:
        return "is a copy that takes no messages"
    except ResponseError as error:
        return REFUSALS.get(str(error).partition(" ")[0], "refuses to write")
    except (RedisError, OSError):
        return NO_ANSWER
    return None


class _Cache:
    """Whether all migrations were found applied once; then they are not checked again."""

    migrated = False


CHECKS: Mapping[str, Callable[[], str | None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "queue": check_queue,
}


def run_checks() -> dict[str, str | None]:
    """Run all checks: by service what is wrong, or None."""
    return {name: check() for name, check in CHECKS.items()}
