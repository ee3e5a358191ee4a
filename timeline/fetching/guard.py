"""SSRF guard: check every outbound connection where it is opened, and limit its time and size.

A name is resolved here, each of its addresses is checked, and the connection goes to the very address that was checked,
so that changing the DNS answer meanwhile (DNS rebinding) gains nothing. A redirect opens a connection of its own and is
checked again.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from timeline.fetching.reach import Reach, literal

Resolver = Callable[[str, int], list[str]]
MAX_ADDRESSES = 8  # of one name that are tried


class ForbiddenAddressError(Exception):
    """An address that must not be connected to; the message says where the URL leads."""


class LimitExceededError(Exception):
    """A limit is exceeded; the message says which."""


class Budget:
    """What one fetch may still use, over all its connections: seconds until its end, bytes received."""

    def __init__(self, seconds: float, received: int) -> None:
        self.seconds, self.most = seconds, received
        self.received = 0
        self._end = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Return the seconds that the next step may take, at most `most`.

        Raises LimitExceededError where none are left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise LimitExceededError(f"took longer than {self.seconds:g} seconds in all")
        return left if most is None else min(left, most)

    def count(self, received: int) -> None:
        self.received += received
        if self.received > self.most:
            raise LimitExceededError(f"sends more than {self.most:,} bytes")


@cache
def tls() -> ssl.SSLContext:
    """Return a context that verifies certificates and host names; cached, since creating one costs a fetch's time."""
    return httpcore.default_ssl_context()


def resolve(host: str, port: int) -> list[str]:
    """Resolve a name with the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Stream(httpcore.NetworkStream):
    """A connection whose reads and writes are charged to the budget."""

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self.inner, self.budget = inner, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self.inner.read(max_bytes, self.budget.left(timeout))
        self.budget.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.budget.left(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Stream:
        return Stream(self.inner.start_tls(ssl_context, server_hostname, self.budget.left(timeout)), self.budget)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class Guard(httpcore.NetworkBackend):
    """Open connections to what `reach` permits. `connector` opens them, to addresses, never to names."""

    def __init__(self, reach: Reach, budget: Budget, resolver: Resolver, connector: httpcore.NetworkBackend) -> None:
        self.reach, self.budget, self.resolver, self.connector = reach, budget, resolver, connector

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers.

        Raises ForbiddenAddressError where any address of the name is forbidden, else the error of the last one tried.
        """
        failure: Exception = httpcore.ConnectError(f"no address is known for {host}")
        for address in self._checked_addresses(host, port):
            try:
                inner = self.connector.connect_tcp(address, port, self.budget.left(timeout), None, socket_options)
                return Stream(inner, self.budget)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                failure = e
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise ForbiddenAddressError("leads to a socket of this machine")

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        addresses = _resolve_within(self.budget.left(), lambda: self.resolver(host, port))[:MAX_ADDRESSES]
        for address in addresses:
            if reason := self.reach.why_not(literal(address), port):
                raise ForbiddenAddressError(reason)
        return addresses


def _resolve_within(seconds: float, ask: Callable[[], list[str]]) -> list[str]:
    """Call the resolver in a thread and wait for at most `seconds`: it has no timeout of its own."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except (OSError, ValueError) as e:
            answers.put(e)

    threading.Thread(target=run, daemon=True, name="resolver").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout("its name was not resolved in time") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"its name is not known: {answer}") from answer
    return answer


class Body(httpx.SyncByteStream):
    """The bytes of an answer as they arrive."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self.stream

    def close(self) -> None:
        self.stream.close()


class GuardedTransport(httpx.BaseTransport):
    """An httpx transport over guarded connections, HTTP/1.1, for one fetch. Raises httpcore's and the guard's."""

    def __init__(
        self,
        reach: Reach,
        budget: Budget,
        *,
        resolver: Resolver = resolve,
        connector: httpcore.NetworkBackend | None = None,
    ) -> None:
        guard = Guard(reach, budget, resolver, connector or httpcore.SyncBackend())
        self.pool = httpcore.ConnectionPool(tls(), network_backend=guard, max_connections=1, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = self.pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer.stream), request=request)

    def close(self) -> None:
        self.pool.close()
