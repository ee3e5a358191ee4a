"""Counters that all processes and machines share, in the server of the queue: visits, durations, results.

Where that server is down or full, nothing is counted and nobody waits; what must not be lost is in the database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

VISIT_PREFIX = "newsdesk:visits:"
COUNTERS_KEY = "newsdesk:counters"  # a hash: name with labels → number
TIMEOUT_SECONDS = 0.5  # of a request to the server
RETRY_SECONDS = 5.0  # without another request after one that failed
BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)  # upper bounds in seconds


class _Pause:
    """Until when (monotonic seconds) no request is sent."""

    until = 0.0


@cache
def server() -> Redis:
    """Return a client of the queue's server with short timeouts."""
    return Redis.from_url(
        redis_url(settings.CELERY_BROKER_URL), socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )


def redis_url(url: str) -> str:
    """Convert Celery's URL of the queue to one for redis-py."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    words = {"db" if name == "virtual_host" else name: value for name, value in parse_qsl(parts.query)}
    return f"unix://{parts.path}" + (f"?{urlencode(words)}" if words else "")


def count_visit(name: str, seconds: int, by: int = 1) -> int | None:
    """Count a visit and return how many `name` had since the first, which is forgotten after `seconds`.

    None where the server does not answer. With `by=0` only return the number.
    """
    if time.monotonic() < _Pause.until:
        return None
    try:
        with server().pipeline(transaction=True) as pipe:
            pipe.set(VISIT_PREFIX + name, 0, ex=seconds, nx=True)
            pipe.incrby(VISIT_PREFIX + name, by)
            return int(pipe.execute()[1])
    except (RedisError, OSError):
        _Pause.until = time.monotonic() + RETRY_SECONDS
        return None


def count(name: str, by: float = 1, **labels: str) -> None:
    """Add to a counter."""
    _add({_field(name, labels): by})


def observe(name: str, seconds: float, **labels: str) -> None:
    """Add one duration to a histogram with BUCKETS."""
    amounts: dict[str, float] = {_field(f"{name}_sum", labels): seconds, _field(f"{name}_count", labels): 1}
    for bound in BUCKETS:
        if seconds <= bound:
            amounts[_field(f"{name}_bucket", {**labels, "le": f"{bound:g}"})] = 1
            break
    _add(amounts)


def all_counters() -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield name, labels and value of every counter. Raises RedisError or OSError where the server does not answer.

    Buckets are not cumulative here.
    """
    found: dict[bytes, bytes] = server().hgetall(COUNTERS_KEY)  # type: ignore[assignment]
    for field, value in sorted(found.items()):
        name, _, labels = field.decode().partition("?")
        yield name, dict(parse_qsl(labels, keep_blank_values=True)), float(value)


def _field(name: str, labels: dict[str, str]) -> str:
    return f"{name}?{urlencode(sorted(labels.items()))}"


def _add(amounts: dict[str, float]) -> None:
    if time.monotonic() < _Pause.until:
        return
    try:
        with server().pipeline(transaction=False) as pipe:
            for field, amount in amounts.items():
                pipe.hincrbyfloat(COUNTERS_KEY, field, amount)
            pipe.execute()
    except (RedisError, OSError):
        _Pause.until = time.monotonic() + RETRY_SECONDS
