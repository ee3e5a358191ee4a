"""One writer a key: the locks of keys, taken in one order by all who resolve, read again or decide.

Part of `pipeline`. On PostgreSQL they are advisory locks that end with their transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection, transaction

from timeline.pipeline.corrections import beside, linked

LOCK_TRIES = 20  # times that locks are let go because further keys were tied meanwhile


class TooManyTiesError(Exception):
    """Decisions tied further keys again and again while these were locked; the message names one of them."""


def locked(keys: Iterable[str], about: Collection[int] = ()) -> set[str]:
    """Lock these keys, those that decisions tie to them and those of the events to which their claims led; all of them.

    `about`: decisions that are about to change, and so tie as well. A transaction asks once, for all that it touches,
    or later for keys that it has: all locks are taken in one order, and where somebody tied further keys meanwhile
    they are let go and taken anew. Raises TooManyTiesError where that happens again and again.
    """
    wanted = _tied(keys, about)
    if connection.vendor != "postgresql":  # SQLite has one writer anyway: its transactions begin IMMEDIATE
        return wanted
    for _ in range(LOCK_TRIES):
        before = transaction.savepoint()
        _lock(wanted)
        now = _tied(wanted, about)
        if now == wanted:
            transaction.savepoint_commit(before)
            return wanted
        transaction.savepoint_rollback(before)  # which lets the locks go
        wanted = now
    raise TooManyTiesError(f"further keys were tied to {min(wanted)} {LOCK_TRIES} times while they were locked")


def _tied(keys: Iterable[str], about: Collection[int]) -> set[str]:
    found, ahead = set[str](), set(keys)
    while ahead or about:
        found = linked(found | ahead, about).keys
        about, ahead = (), beside(found) - found
    return found


def _lock(keys: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [[key] for key in sorted(set(keys))]
        )
