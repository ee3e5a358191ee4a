"""Errors that say nothing about what was being done: the database or the queue is away, and comes back."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as QueueError
from redis.exceptions import RedisError

DATABASE_AWAY = (OperationalError, InterfaceError)
QUEUE_AWAY = (OSError, QueueError, RedisError)  # nobody listens, or it takes nothing more (out of memory)
OF_WHAT_WAS_SENT = "54"  # SQLSTATE class of PostgreSQL: a row or a statement exceeds a limit of the program


def database_away(error: BaseException) -> bool:
    """Whether trying the same later can help; False where it is what was sent that the database cannot take."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, DATABASE_AWAY) and not state.startswith(OF_WHAT_WAS_SENT)
