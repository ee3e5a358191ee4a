"""The web server of one process: `python -m newsdesk.web_server FD [THREADS]`, on a listening socket that it inherits.

waitress takes requests in and gives answers out in one loop, and hands a request to a thread only when all of it is
here: a slow client costs a buffer and no thread. Added here is what it lacks: an end to the time that a client may take
for a whole request or for an answer, and a thread of their own for the probes of operators.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from types import FrameType
from typing import Any, cast

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from newsdesk.wsgi import application

THREADS = 4
MAX_CONNECTIONS = 1_000
MAX_HEADER_BYTES = 32_768  # filters of many values are long
MAX_BODY_BYTES = 8_000_000  # Django refuses from 5 MB on, in the words of the page that was asked
MAX_HEADER_SECONDS = 15.0  # from the first byte of a request to the end of its headers
MAX_REQUEST_SECONDS = 60.0  # from its first byte to its last
MAX_ANSWER_SECONDS = 300.0  # for a client to take an answer that is complete
IDLE_SECONDS = 60  # without a byte, between two requests or within one
SWEEP_SECONDS = 2  # how often these are looked at
# Of one answer, before the thread that makes it has to wait for the client. From 1 MiB on it lies in a file.
MAX_HELD_BYTES = 1 << 30
DRAIN_SECONDS = 4.0  # for what is under way when the process is asked to end
PROBES = ("/healthz", "/readyz", "/metrics")


class Task(WSGITask):
    """waitress ends the connection after an answer to HEAD, whose body is not sent: here the client is told so."""

    def build_response_header(self) -> bytes:
        is_head = self.request.command == "HEAD"
        if is_head:
            self.set_close_on_finish()
        header = cast(bytes, super().build_response_header())
        if is_head:
            self.chunked_response = False
        return header


class Parser(HTTPRequestParser):
    """What cannot be read as an address is answered with 400, not logged as a fault of ours."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("Bad URI") from error


class Channel(HTTPChannel):
    """A connection. `asked` and `answered`: when its request began and when its answer was complete (monotonic)."""

    parser_class = Parser
    task_class = Task
    asked = answered = 0.0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.asked = time.monotonic()
        return cast(bool, super().received(data))

    def service(self) -> None:
        super().service()
        self.answered = time.monotonic()

    def is_overdue(self, now: float) -> bool:
        """Whether its client takes too long (never while the answer is being made)."""
        if self.requests:
            return False
        if self.total_outbufs_len:
            return now - self.answered > MAX_ANSWER_SECONDS
        if self.request is None:
            return False
        allowed = MAX_REQUEST_SECONDS if self.request.headers_finished else MAX_HEADER_SECONDS
        return now - self.asked > allowed

    def is_busy(self) -> bool:
        return bool(self.requests or self.total_outbufs_len)


class Server(TcpWSGIServer):
    """Accepts connections at a listening socket, which other processes may share."""

    channel_class = Channel

    def __init__(self, app: Any, listening: socket.socket, threads: int) -> None:
        super().__init__(
            app,
            _sock=listening,
            bind_socket=False,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            sockets=[listening],
            threads=threads,
            ident=None,
            connection_limit=MAX_CONNECTIONS,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
            outbuf_high_watermark=MAX_HELD_BYTES,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=SWEEP_SECONDS,
            clear_untrusted_proxy_headers=False,  # timeline.http.clients checks NEWSDESK_TRUSTED_PROXIES
        )
        self.probes = ThreadedTaskDispatcher()
        self.probes.set_thread_count(1)

    def add_task(self, task: Channel) -> None:
        """Probes have a thread that nothing else uses: they answer while all others are at work."""
        path = getattr(task.requests[0], "path", "")  # what cannot be read has none
        is_probe = path.endswith(PROBES)  # after the path prefix, if there is one
        dispatcher = self.probes if is_probe else self.task_dispatcher
        dispatcher.add_task(task)

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(moment):
                channel.handle_close()  # at once: what is only marked is closed when the client takes something

    def run(self) -> None:
        """Answer until the process is told to end; then accept nobody and finish what is under way."""
        try:
            self.turn(timeout=1)
        except SystemExit:
            for _ in range(2):  # who waits to be accepted, and what they ask
                self.turn(timeout=0, count=1)
            self.accepting = False
            deadline = time.monotonic() + DRAIN_SECONDS
            while time.monotonic() < deadline and any(c.is_busy() for c in self.active_channels.values()):
                self.turn(timeout=0.1, count=1)

    def turn(self, **options: Any) -> None:
        """Look after all connections once or, without `count`, until SystemExit."""
        self.asyncore.loop(map=self._map, use_poll=True, **options)  # select() knows 1,024 files and no more


def main(fd: int, threads: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    Server(application, socket.socket(fileno=fd), threads).run()
    sys.stderr.flush()
    os._exit(0)  # not waiting for threads that make answers for nobody


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else THREADS)
