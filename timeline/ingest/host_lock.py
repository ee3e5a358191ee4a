"""A host is asked one request at a time, with a pause between, whoever asks. Part of `polling`."""

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

WAIT = 15.0  # seconds that a worker waits for its turn
HELD = timedelta(seconds=90)  # a turn ends by itself after so long: its worker is gone
LONGEST = timedelta(hours=2)  # no turn or pause is longer: what says so was written by a clock that was wrong


@contextmanager
def turn(host: str) -> Iterator[None]:
    """The turn of a host, for one request. Raises Busy where it does not come in time."""
    name = host.lower()[:255]
    FeedHost.objects.get_or_create(name=name)
    token = _wait_for(name)
    try:
        yield
    finally:
        free_from = clock.now() + timedelta(seconds=settings.FETCH_PAUSE)
        FeedHost.objects.filter(name=name, busy_until=token).update(busy_until=None, free_from=free_from)


def _wait_for(name: str) -> datetime:
    deadline = time.monotonic() + WAIT + settings.FETCH_PAUSE
    while True:
        now = clock.now()
        token = now + HELD
        if FeedHost.objects.filter(passed("busy_until", now), passed("free_from", now), name=name).update(
            busy_until=token
        ):
            return token
        if time.monotonic() > deadline:
            raise HostBusyError(f"has no turn for us: {name} is being asked for something else")
        time.sleep(0.1)


def passed(name: str, now: datetime) -> Q:
    """Rows whose moment of this name is none, or over, or too far off to be meant."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__lte": now}) | Q(**{f"{name}__gt": now + LONGEST})
