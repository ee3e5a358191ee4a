"""Errors that say nothing about what was being done: the database or the queue is away, full or busy just now."""

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

DATABASE_AWAY = (OperationalError, InterfaceError)
QUEUE_AWAY = (OSError, QueueError, RedisError)  # nobody listens, or it takes nothing more (out of memory)
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)  # seconds; two minutes in all
RETRY_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds, give or take a half, before what met another is tried again
RETRY_SECONDS = 3.0  # whoever waited so long for a lock is not made to wait for it again

OF_WHAT_WAS_SENT = "54"  # SQLSTATE class of PostgreSQL: a row or a statement exceeds a limit of the program
READ_ONLY = "25006"  # a standby, or a primary that was made one
CONTENTION = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, no lock in time
FOREIGN_KEY = "23503"
# What SQLite calls errors: of what was sent (bad SQL, misuse, a parameter out of range), and of others who write.
SQLITE_OF_WHAT_WAS_SENT = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE})
SQLITE_CONTENTION = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def database_away(error: BaseException) -> bool:
    """Whether trying the same later can help: the database is away, full, or locked by somebody else.

    False where it is what was sent that the database cannot take.
    """
    state, code = _state(error), _sqlite_code(error) & 0xFF
    if isinstance(error, InternalError):
        return state == READ_ONLY
    sent = state.startswith(OF_WHAT_WAS_SENT) or code in SQLITE_OF_WHAT_WAS_SENT
    return isinstance(error, DATABASE_AWAY) and not sent


def contended(error: BaseException) -> bool:
    """Whether somebody else was at the same rows, so that nothing was stored and trying again soon can help.

    That is a deadlock, a transaction that cannot be put in order with others, a lock that was not had in time; and a
    row that was deleted while another came to refer to it.
    """
    if isinstance(error, IntegrityError):
        return _state(error) == FOREIGN_KEY or _sqlite_code(error) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    busy = _state(error) in CONTENTION or _sqlite_code(error) & 0xFF in SQLITE_CONTENTION
    return isinstance(error, OperationalError) and busy


def passing(error: BaseException | None) -> bool:
    """Whether a request that met this error is to come again: of the database or of the queue, and of no request."""
    return error is not None and (
        database_away(error) or contended(error) or isinstance(error, (QueueError, RedisError))
    )


def _state(error: BaseException) -> str:
    """PostgreSQL's SQLSTATE, "" where there is none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _sqlite_code(error: BaseException) -> int:
    """SQLite's extended result code, 0 where there is none."""
    return getattr(error.__cause__, "sqlite_errorcode", None) or 0


def retried(act: Callable[P, T]) -> Callable[P, T]:
    """Do `act`, which stores in one transaction, again where that met another: a few times, with growing pauses.

    Within a transaction it is done once: whoever began the transaction tries again. Raises the last error.
    """

    @wraps(act)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        begun = time.monotonic()
        for pause in RETRY_PAUSES:
            try:
                return act(*args, **kwargs)
            except DatabaseError as error:
                if connection.in_atomic_block or not contended(error) or time.monotonic() - begun > RETRY_SECONDS:
                    raise
                time.sleep(pause * random.uniform(0.5, 1.5))
        return act(*args, **kwargs)

    return tried


def drop_unfinished_connections() -> None:
    """Give up connections of this thread in the midst of a transaction or a question; for between two pieces of work.

    An exception that comes from outside (a time limit) may meet Django where it begins or ends a transaction: then it
    believes for ever that it is in one, and nothing can be asked any more.
    """
    for used in connections.all(initialized_only=True):
        raw = used.connection
        asking = (
            used.vendor == "postgresql" and raw is not None and raw.info.transaction_status != TransactionStatus.IDLE
        )
        if used.in_atomic_block or asking or (used.vendor == "sqlite" and raw is not None and raw.in_transaction):
            if raw is not None:
                raw.close()
            del connections[used.alias]


def patiently(doing: Callable[[], T], say: Callable[[str], object]) -> T:
    """What `doing` gives, once the database answers; for long commands, which shall outlive its restart.

    Raises the database's error when it stays away.
    """
    for pause in PAUSES:
        try:
            return doing()
        except DATABASE_AWAY as error:
            if connection.in_atomic_block or not database_away(error):
                raise
            connection.close()
            say(f"The database is away ({str(error).strip().splitlines()[0]}); trying again in {pause:g} s.")
            time.sleep(pause)
    return doing()
