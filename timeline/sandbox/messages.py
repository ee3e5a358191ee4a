"""Messages between a web process and its sandbox: a length and that many bytes, over a socket pair."""

from __future__ import annotations

import socket
import struct
import time

LENGTH = struct.Struct("!Q")
CHUNK = 1 << 20

# The first byte of an answer says what follows: the result; nothing (the limit of time, of memory); a traceback.
READY, DONE, OUT_OF_TIME, OUT_OF_MEMORY, FAILED = b"rdtmf"


def send(channel: socket.socket, message: bytes, until: float | None = None) -> None:
    """Send a message. Raises TimeoutError at `until` (monotonic seconds), OSError where the other end is gone."""
    _wait_until(channel, until)
    channel.sendall(LENGTH.pack(len(message)))
    _wait_until(channel, until)
    channel.sendall(message)  # sendall applies the timeout to the whole message


def receive(channel: socket.socket, until: float | None = None) -> bytes:
    """Receive a message.

    Raises TimeoutError at `until` (monotonic seconds), EOFError where the other end is gone, or OSError.
    """
    (length,) = LENGTH.unpack(_receive(channel, LENGTH.size, until))
    return _receive(channel, length, until)


def _receive(channel: socket.socket, length: int, until: float | None) -> bytes:
    parts, left = list[bytes](), length
    while left:
        _wait_until(channel, until)
        part = channel.recv(min(left, CHUNK))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _wait_until(channel: socket.socket, until: float | None) -> None:
    if until is None:
        channel.settimeout(None)
        return
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(left)
