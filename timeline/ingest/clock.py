"""The one clock by which all workers write who polls what, and when: the database's. Part of `polling`."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The moment by the clock of PostgreSQL, whatever this machine's says; SQLite has this machine's.

    Raises the database's errors.
    """
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found
