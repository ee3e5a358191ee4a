"""Lock keys, so that each has one writer at a time. All locks are taken in the same order.

On PostgreSQL they are advisory locks that end with the transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import connection, transaction

from timeline.pipeline.corrections import link_keys, previous_event_keys
from timeline.pipeline.twins import guest_keys

MAX_LOCK_TRIES = 20  # of a set of keys that others extend meanwhile


class KeysKeepChangingError(Exception):
    """New corrections linked further keys each time that these were locked; the message names one key."""


def lock_keys(keys: Iterable[str], about: Collection[int] = ()) -> set[str]:
    """Lock these keys and those that are linked to them, and return them all.

    Linked are keys by corrections, those of the events of their claims, and those of the claims of their events.
    `about`: pks of corrections that are about to change, which link keys too. Call it once in a transaction, for all
    keys that it touches, or again for keys that it holds. Where further keys were linked meanwhile, the locks are
    released and taken again. Raises KeysKeepChangingError after MAX_LOCK_TRIES.
    """
    wanted = _all_linked(keys, about)
    if connection.vendor != "postgresql":  # SQLite has one writer anyway: its transactions begin IMMEDIATE
        return wanted
    for _ in range(MAX_LOCK_TRIES):
        before = transaction.savepoint()
        _take_locks(wanted)
        now = _all_linked(wanted, about)
        if now == wanted:
            transaction.savepoint_commit(before)
            return wanted
        transaction.savepoint_rollback(before)  # releases the locks
        wanted = now
    raise KeysKeepChangingError(
        f"corrections linked further keys to {min(wanted)} {MAX_LOCK_TRIES} times while it was locked"
    )


def _all_linked(keys: Iterable[str], about: Collection[int]) -> set[str]:
    found, ahead = set[str](), set(keys)
    while ahead or about:
        found = link_keys(found | ahead, about).keys
        about, ahead = (), (previous_event_keys(found) | guest_keys(found)) - found
    return found


def _take_locks(keys: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [[key] for key in sorted(set(keys))]
        )
