"""Recognise and retry temporary errors: the database or the queue is down, full or busy."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
)
from kombu.exceptions import OperationalError as QueueError
from psycopg.pq import TransactionStatus
from redis.exceptions import RedisError

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_DOWN = (OperationalError, InterfaceError)
QUEUE_DOWN = (OSError, QueueError, RedisError)  # not reachable, or out of memory
DOWN_PAUSES = (
    0.5,
    1.0,
    2.0,
    4.0,
    8.0,
    15.0,
    30.0,
    30.0,
    30.0,
)  # seconds between tries while the database is down; two minutes in all
RETRY_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds, give or take a half, between tries after contention
MAX_RETRY_SECONDS = 3.0  # after which nothing is retrying again: waiting for a lock already took so long

PROGRAM_LIMIT_CLASS = "54"  # SQLSTATE class of PostgreSQL: a row or statement exceeds a limit
READ_ONLY = "25006"  # SQLSTATE of a standby, or of a primary that became one
CONTENTION = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, no lock in time
FOREIGN_KEY = "23503"
# SQLite's result codes of a bad statement, and of other writers.
SQLITE_STATEMENT_ERRORS = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE})
SQLITE_CONTENTION = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def is_database_down(error: BaseException) -> bool:
    """Return whether the database is down, full or locked, so that trying the same later can help.

    False where the database refuses what was sent.
    """
    state, code = _state(error), _sqlite_code(error) & 0xFF
    if isinstance(error, InternalError):
        return state == READ_ONLY
    sent = state.startswith(PROGRAM_LIMIT_CLASS) or code in SQLITE_STATEMENT_ERRORS
    return isinstance(error, DATABASE_DOWN) and not sent


def is_contention(error: BaseException) -> bool:
    """Return whether a transaction met another one, so that nothing was stored and trying again soon can help.

    That is a deadlock, a serialization failure, a lock timeout, or a foreign key to a row that was deleted meanwhile.
    """
    if isinstance(error, IntegrityError):
        return _state(error) == FOREIGN_KEY or _sqlite_code(error) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    busy = _state(error) in CONTENTION or _sqlite_code(error) & 0xFF in SQLITE_CONTENTION
    return isinstance(error, OperationalError) and busy


def is_temporary(error: BaseException | None) -> bool:
    """Return whether an error is temporary and not caused by the request, so that the client should try again."""
    return error is not None and (
        is_database_down(error) or is_contention(error) or isinstance(error, (QueueError, RedisError))
    )


def _state(error: BaseException) -> str:
    """Return PostgreSQL's SQLSTATE, "" if there is none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _sqlite_code(error: BaseException) -> int:
    """Return SQLite's extended result code, 0 if there is none."""
    return getattr(error.__cause__, "sqlite_errorcode", None) or 0


def retry_on_contention(act: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that runs one transaction: repeat it on contention, a few times with growing pauses.

    Within an outer transaction it runs once: the outer one has to be repeated. Raises the last error.
    """

    @wraps(act)
    def retrying(*args: P.args, **kwargs: P.kwargs) -> T:
        begun = time.monotonic()
        for pause in RETRY_PAUSES:
            try:
                return act(*args, **kwargs)
            except DatabaseError as error:
                if (
                    connection.in_atomic_block
                    or not is_contention(error)
                    or time.monotonic() - begun > MAX_RETRY_SECONDS
                ):
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))
        return act(*args, **kwargs)

    return retrying


def close_unfinished_connections() -> None:
    """Close connections of this thread that are in a transaction or query. Call it between two tasks.

    A time limit may raise while Django begins or ends a transaction; Django then believes to be in one for ever.
    """
    for used in connections.all(initialized_only=True):
        raw = used.connection
        in_transaction = (
            used.vendor == "postgresql" and raw is not None and raw.info.transaction_status != TransactionStatus.IDLE
        )
        if (
            used.in_atomic_block
            or in_transaction
            or (used.vendor == "sqlite" and raw is not None and raw.in_transaction)
        ):
            if raw is not None:
                raw.close()
            del connections[used.alias]


def retry_while_down(operation: Callable[[], T], report: Callable[[str], object]) -> T:
    """Return the result of `operation`, repeated while the database is down; for commands that outlive its restart.

    `report` is called with a sentence before each pause. Raises the error after the last pause.
    """
    for pause in DOWN_PAUSES:
        try:
            return operation()
        except DATABASE_DOWN as error:
            if connection.in_atomic_block or not is_database_down(error):
                raise
            connection.close()
            report(f"The database is down ({str(error).strip().splitlines()[0]}); trying again in {pause:g} s.")
            time.sleep(pause)
    return operation()
