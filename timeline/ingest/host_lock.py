"""Lock hosts across workers: each is sent one request at a time, with a pause in between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from timeline.fetching.http import HostBusyError
from timeline.ingest import clock
from timeline.models import FeedHost

MAX_WAIT_SECONDS = 15.0  # beside the pause, that a worker waits for a lock
LOCK_DURATION = timedelta(seconds=90)  # after which the lock of a dead worker ends
MAX_LOCK_AHEAD = timedelta(hours=2)  # a moment farther in the future was written by a wrong clock


@contextmanager
def lock_host(host: str) -> Iterator[None]:
    """Hold the lock of a host, for one request. Raises HostBusyError where it is not free in time."""
    name = host.lower()[:255]
    FeedHost.objects.get_or_create(name=name)
    token = _wait_for(name)
    try:
        yield
    finally:
        free_from = clock.database_now() + timedelta(seconds=settings.FETCH_PAUSE)
        FeedHost.objects.filter(name=name, busy_until=token).update(busy_until=None, free_from=free_from)


def _wait_for(name: str) -> datetime:
    deadline = time.monotonic() + MAX_WAIT_SECONDS + settings.FETCH_PAUSE
    while True:
        now = clock.database_now()
        token = now + LOCK_DURATION
        if FeedHost.objects.filter(is_over("busy_until", now), is_over("free_from", now), name=name).update(
            busy_until=token
        ):
            return token
        if time.monotonic() > deadline:
            raise HostBusyError(f"has no turn for us: {name} is being asked for something else")
        time.sleep(0.1)


def is_over(name: str, now: datetime) -> Q:
    """Match rows whose moment `name` is null, over, or so far in the future that a wrong clock wrote it."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lte": now}) | Q(**{f"{name}__gt": now + MAX_LOCK_AHEAD})
