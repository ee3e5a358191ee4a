"""The web server of one process: `python -m newsdesk.web_server FD [THREADS]`, on an inherited listening socket.

waitress reads requests and writes answers in one loop, and gives a request to a thread only when it is complete: a slow
client costs a buffer and no thread. This module adds time limits for a whole request and for taking an answer, and a
thread of its own for health checks and metrics.
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
MAX_HEADER_BYTES = 32_768  # filters with many values are long
MAX_BODY_BYTES = 8_000_000  # Django refuses bodies over 5 MB, with a page or problem of the requested URL
MAX_HEADER_SECONDS = 15.0  # from the first byte of a request to the end of its headers
MAX_REQUEST_SECONDS = 60.0  # from its first byte to its last
MAX_ANSWER_SECONDS = 300.0  # for a client to take a complete answer
IDLE_SECONDS = 60  # without a byte, between two requests or within one
CLEANUP_SECONDS = 2  # how often these limits are checked
# Of one answer, before its thread has to wait for the client. From 1 MiB on it is buffered in a file.
MAX_HELD_BYTES = 1 << 30
DRAIN_SECONDS = 4.0  # for unfinished requests when the process has to end
PROBES = ("/healthz", "/readyz", "/metrics")


class Task(WSGITask):
    """Send `Connection: close` with an answer to HEAD, since waitress closes the connection after it."""

    def build_response_header(self) -> bytes:
        is_head = self.request.command == "HEAD"
        if is_head:
            self.set_close_on_finish()
        header = cast(bytes, super().build_response_header())
        if is_head:
            self.chunked_response = False
        return header


class Parser(HTTPRequestParser):
    """Answer 400 to a malformed URL instead of logging a server error."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("Bad URI") from error


class Channel(HTTPChannel):
    """A connection, with the times (monotonic seconds) at which a request began and its answer was complete."""

    parser_class = Parser
    task_class = Task
    request_began = answer_completed = 0.0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.request_began = time.monotonic()
        return cast(bool, super().received(data))

    def service(self) -> None:
        super().service()
        self.answer_completed = time.monotonic()

    def is_overdue(self, now: float) -> bool:
        """Return whether its client takes too long; False while the answer is being made."""
        if self.requests:
            return False
        if self.total_outbufs_len:
            return now - self.answer_completed > MAX_ANSWER_SECONDS
        if self.request is None:
            return False
        allowed = MAX_REQUEST_SECONDS if self.request.headers_finished else MAX_HEADER_SECONDS
        return now - self.request_began > allowed

    def is_busy(self) -> bool:
        return bool(self.requests or self.total_outbufs_len)


class Server(TcpWSGIServer):
    """Accept connections on a listening socket, which other processes may share."""

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
            cleanup_interval=CLEANUP_SECONDS,
            clear_untrusted_proxy_headers=False,  # timeline.http.clients checks NEWSDESK_TRUSTED_PROXIES
        )
        self.probes = ThreadedTaskDispatcher()
        self.probes.set_thread_count(1)

    def add_task(self, task: Channel) -> None:
        """Queue a request; probes have a thread of their own, so that they answer while all others are busy."""
        path = getattr(task.requests[0], "path", "")  # an unparsable request has none
        is_probe = path.endswith(PROBES)  # after the path prefix, if there is one
        dispatcher = self.probes if is_probe else self.task_dispatcher
        dispatcher.add_task(task)

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        moment = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_overdue(moment):
                channel.handle_close()  # close at once: a channel only marked for closing waits for its client

    def run(self) -> None:
        """Answer until the process receives a signal; then accept no connection and finish open requests."""
        try:
            self.turn(timeout=1)
        except SystemExit:
            for _ in range(2):  # accept waiting connections, then read their requests
                self.turn(timeout=0, count=1)
            self.accepting = False
            deadline = time.monotonic() + DRAIN_SECONDS
            while time.monotonic() < deadline and any(c.is_busy() for c in self.active_channels.values()):
                self.turn(timeout=0.1, count=1)

    def turn(self, **options: Any) -> None:
        """Serve all connections once or, without `count`, until SystemExit."""
        self.asyncore.loop(map=self._map, use_poll=True, **options)  # select() is limited to 1,024 files


def main(fd: int, threads: int) -> None:
    """Serve on the listening socket `fd` until SIGTERM or SIGINT, then end the process; never returns."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    Server(application, socket.socket(fileno=fd), threads).run()
    sys.stderr.flush()
    os._exit(0)  # do not wait for threads whose clients are gone


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else THREADS)
