"""Errors that say nothing about what was being done: the database or the queue is away, and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError

T = TypeVar("T")

DATABASE_AWAY = (OperationalError, InterfaceError)
QUEUE_AWAY = (OSError, QueueError, RedisError)  # nobody listens, or it takes nothing more (out of memory)
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)  # seconds; two minutes in all
OF_WHAT_WAS_SENT = "54"  # SQLSTATE class of PostgreSQL: a row or a statement exceeds a limit of the program


def database_away(error: BaseException) -> bool:
    """Whether trying the same later can help; False where it is what was sent that the database cannot take."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, DATABASE_AWAY) and not state.startswith(OF_WHAT_WAS_SENT)


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
