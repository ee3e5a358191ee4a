"""A network that can be cut: sockets that pass bytes on to a server, or hold them back, as a pulled cable does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK_BYTES = 65_536


class Relay:
    """Listens at one socket of the file system and passes everything on to another, in both directions.

    While it is cut, connections stay open and no byte passes: neither side is told anything.
    """

    def __init__(self, listens: Path, server: Path) -> None:
        self.server = server
        self._open = threading.Event()
        self._open.set()
        self._ends = list[socket.socket]()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(listens))
        self._listener.listen(256)
        self._start(self._accept)

    def cut(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        """Let pass what was held back, and all that follows."""
        self._open.set()

    def close(self) -> None:
        self._open.set()
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _start(self, work: object, *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()  # type: ignore[arg-type]

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self._start(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        self._open.wait()
        server = socket.socket(socket.AF_UNIX)
        self._ends += [client, server]
        try:
            server.connect(str(self.server))
        except OSError:
            client.close()
            return
        self._start(self._pass_on, client, server)
        self._start(self._pass_on, server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                self._open.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Network:
    """The relays of one machine, which are cut and mended together."""

    def __init__(self, relays: list[Relay]) -> None:
        self.relays = relays

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Cut the machine off, and mend the network at the end."""
        for relay in self.relays:
            relay.cut()
        try:
            yield
        finally:
            for relay in self.relays:
                relay.mend()

    def close(self) -> None:
        for relay in self.relays:
            relay.close()
