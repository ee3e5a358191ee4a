"""Whether the parts answer that newsdesk stands on: each check gives None, or in a few words what is wrong.

The words are for everybody who may ask; they hold no address and no password.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db import DEFAULT_DB_ALIAS, Error, connection, connections
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError

from timeline.operations import counters

SIGN_OF_LIFE, SIGN_SECONDS = "newsdesk:ready", 60
REFUSALS = {"MISCONF": "cannot write to its disk", "NOREPLICAS": "misses its replicas"}  # by the code of the error
NO_ANSWER = "does not answer"


def database() -> str | None:
    """Whether the database answers a question."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        return NO_ANSWER
    return None


def migrations() -> str | None:
    """Whether the tables are those that this code expects."""
    if _Found.migrated:
        return None
    try:
        missing = unapplied()
    except Error:
        return "cannot be told without the database"
    if missing:
        return f"{len(missing)} missing"
    _Found.migrated = True
    return None


def unapplied() -> list[str]:
    """The migrations that the database lacks, by name. Raises the database's errors."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def newer() -> list[str]:
    """The migrations in the database that this version does not know, by name. Raises the database's errors."""
    loader = MigrationExecutor(connections[DEFAULT_DB_ALIAS]).loader
    unknown = set(loader.applied_migrations or ()) - set(loader.disk_migrations or ())
    return [f"{app}.{name}" for app, name in sorted(unknown)]


def queue() -> str | None:
    """Whether the server of the queue answers and takes messages."""
    return refusal(counters.server())


def refusal(server: Redis) -> str | None:
    """Why a server of a queue takes no message; None where it takes one.

    A key is written: a server that is full, whose disk is full or whose replicas are gone may answer PING.
    """
    try:
        server.set(SIGN_OF_LIFE, 1, ex=SIGN_SECONDS)
    except OutOfMemoryError:
        return "is full"
    except ReadOnlyError:
        return "is a copy that takes no messages"
    except ResponseError as error:
        return REFUSALS.get(str(error).partition(" ")[0], "refuses to write")
    except (RedisError, OSError):
        return NO_ANSWER
    return None


class _Found:
    """Migrations are not undone while a process runs: once they are complete nobody asks again."""

    migrated = False


CHECKS: Mapping[str, Callable[[], str | None]] = {"database": database, "migrations": migrations, "queue": queue}


def wrong() -> dict[str, str | None]:
    """What is wrong with each part; None where nothing is."""
    return {name: check() for name, check in CHECKS.items()}
