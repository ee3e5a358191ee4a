"""Numbers that all processes and machines share, kept in the queue's server: visits, durations, results.

They are a convenience: where that server is away or full, counting does nothing and says so by its result, and nobody
waits for it. What must not be lost is in the database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

VISITS = "newsdesk:visits:"
KEY = "newsdesk:counters"  # a hash: a name with its labels → a number
SECONDS = 0.5  # that anybody waits for an answer
PAUSE = 5.0  # seconds without another try after one that failed
BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)  # seconds of a task


class _Rest:
    """Until when the server is left alone."""

    until = 0.0


@cache
def server() -> Redis:
    """The server of the queue, by a connection of its own with short waits."""
    return Redis.from_url(plain_url(settings.CELERY_BROKER_URL), socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def plain_url(url: str) -> str:
    """Celery's address of the queue in the words of redis-py."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    words = {"db" if name == "virtual_host" else name: value for name, value in parse_qsl(parts.query)}
    return f"unix://{parts.path}" + (f"?{urlencode(words)}" if words else "")


def visit(name: str, seconds: int, by: int = 1) -> int | None:
    """How often `name` was counted since its first visit, this one included; forgotten after `seconds`.

    None where the server cannot say. With `by` 0 nothing is counted.
    """
    if time.monotonic() < _Rest.until:
        return None
    try:
        with server().pipeline(transaction=True) as pipe:
            pipe.set(VISITS + name, 0, ex=seconds, nx=True)
            pipe.incrby(VISITS + name, by)
            return int(pipe.execute()[1])
    except (RedisError, OSError):
        _Rest.until = time.monotonic() + PAUSE
        return None


def count(name: str, by: float = 1, **labels: str) -> None:
    """Add to a counter that only grows."""
    _add({_field(name, labels): by})


def observe(name: str, seconds: float, **labels: str) -> None:
    """Add one duration: how many there were, their sum, and how many lasted at most as long as each of BUCKETS."""
    amounts: dict[str, float] = {_field(f"{name}_sum", labels): seconds, _field(f"{name}_count", labels): 1}
    for bound in BUCKETS:
        if seconds <= bound:
            amounts[_field(f"{name}_bucket", {**labels, "le": f"{bound:g}"})] = 1
            break
    _add(amounts)


def told() -> Iterator[tuple[str, dict[str, str], float]]:
    """Every number: its name, its labels, how much. Raises RedisError or OSError where the server does not answer.

    A bucket holds what fell into it alone; whoever shows them adds them up.
    """
    found: dict[bytes, bytes] = server().hgetall(KEY)  # type: ignore[assignment]
    for field, value in sorted(found.items()):
        name, _, labels = field.decode().partition("?")
        yield name, dict(parse_qsl(labels, keep_blank_values=True)), float(value)


def _field(name: str, labels: dict[str, str]) -> str:
    return f"{name}?{urlencode(sorted(labels.items()))}"


def _add(amounts: dict[str, float]) -> None:
    if time.monotonic() < _Rest.until:
        return
    try:
        with server().pipeline(transaction=False) as pipe:
            for field, amount in amounts.items():
                pipe.hincrbyfloat(KEY, field, amount)
            pipe.execute()
    except (RedisError, OSError):
        _Rest.until = time.monotonic() + PAUSE
