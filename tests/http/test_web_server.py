"""The web server: slow clients hold no thread, nobody takes for ever, and probes answer while all threads are busy."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from newsdesk import web_server
from tests.support.processes import ROOT, wait_until
from timeline.operations import web_processes

Start = Callable[[str, list[tuple[str, str]]], Any]
HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /try/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
LARGE = 40_000_000  # bytes, more than the buffers of both ends of a socket hold
SLOW = 3 * web_server.THREADS  # clients that would hold every thread, were each to hold one


class App:
    """Answers at once, with much (`/large`), or when it is let go (`/busy`)."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.busy = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        if path == "/busy":
            self.busy.release()
            self.go_on.wait(30)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * LARGE if path == "/large" else path.encode() + body]


@contextmanager
def serving(app: Callable[[dict[str, Any], Start], list[bytes]]) -> Iterator[tuple[int, web_server.Server]]:
    """A server in a thread of this process and its port; nothing of it is left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = web_server.Server(app, listening, web_server.THREADS)
        stopping = threading.Event()

        def run() -> None:
            while not stopping.is_set():
                server.turn(timeout=0.05, count=1)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listening.getsockname()[1], server
        finally:
            stopping.set()
            thread.join()
            server.task_dispatcher.shutdown()
            server.probes.shutdown()
            server.asyncore.close_all(server._map)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def port(app: App) -> Iterator[int]:
    with serving(app) as (number, _):
        try:
            yield number
        finally:
            app.go_on.set()


def get(port: int, path: str = "/") -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def opened(port: int, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(sent)
    return client


@pytest.mark.parametrize("sent", [HALF, BODY, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_slow_clients_hold_no_thread(port: int, sent: bytes) -> None:
    """Neither who drips headers or a body, nor who does not take an answer."""
    with ExitStack() as clients:
        for _ in range(SLOW):
            clients.enter_context(opened(port, sent))
        for _ in range(2 * web_server.THREADS):
            assert get(port, "/quick") == b"/quick"


def test_probes_answer_while_every_thread_is_busy(port: int, app: App) -> None:
    with ExitStack() as clients:
        for _ in range(SLOW):
            clients.enter_context(opened(port, b"GET /busy HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        for _ in range(web_server.THREADS):
            assert app.busy.acquire(timeout=60)
        for probe in web_server.PROBES:
            assert get(port, probe) == probe.encode()


@pytest.mark.parametrize(
    ("bound", "sent"),
    [
        ("MAX_HEADER_SECONDS", HALF),
        ("MAX_REQUEST_SECONDS", BODY),
        ("MAX_ANSWER_SECONDS", b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ],
)
def test_a_client_that_takes_too_long_is_let_go_however_steadily_it_drips(
    monkeypatch: pytest.MonkeyPatch, bound: str, sent: bytes
) -> None:
    monkeypatch.setattr(web_server, bound, 0.5)
    monkeypatch.setattr(web_server, "CLEANUP_SECONDS", 0.1)
    with serving(App()) as (port, server), opened(port, sent) as client:
        wait_until(lambda: server.active_channels, "the server has the connection")
        wait_until(lambda: _drip(client, sent) or not server.active_channels, "it is closed")
        wait_until(lambda: not server.active_channels, "the server has forgotten it")


def _drip(client: socket.socket, sent: bytes) -> bool:
    """One more byte of a request is sent, or one of an answer taken; whether the connection turns out to be closed."""
    try:
        if b"/large" in sent:
            return not client.recv(1)
        client.sendall(b"x")
    except OSError:
        return True
    return False


UNREADABLE = [b"GET http://\xe4 HTTP/1.1", b"nonsense", b"GET http://[/ HTTP/1.1", b"get / HTTP/1.1"]


@pytest.mark.parametrize("line", UNREADABLE)
def test_what_cannot_be_read_as_a_request_is_a_400(port: int, line: bytes) -> None:
    with opened(port, line + b"\r\nHost: localhost\r\n\r\n") as client:
        assert client.recv(100).split()[1] == b"400"


def test_after_the_head_of_an_answer_the_client_knows_that_the_connection_ends(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for method, body in (("HEAD", b""), ("GET", b"/a"), ("HEAD", b""), ("GET", b"/a")):
            connection.request(method, "/a")  # it connects again where it was told to, and fails where it was not
            assert connection.getresponse().read() == body


def test_a_header_that_is_named_like_a_variable_of_wsgi_is_none(port: int) -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Start) -> list[bytes]:
        seen.update(environ)
        start("200 OK", [])
        return [b""]

    with serving(app) as (other, _):
        lines = [
            "GET /path HTTP/1.1",
            "Host: localhost",
            "SCRIPT_NAME: /evil",
            "Script-Name: /evil",
            "PATH_INFO: /evil",
        ]
        with opened(other, ("\r\n".join([*lines, "REMOTE_ADDR: 192.0.2.1"]) + "\r\n\r\n").encode()) as client:
            client.recv(100)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["REMOTE_ADDR"]) == ("", "/path", "127.0.0.1")


def test_a_process_that_is_asked_to_stop_finishes_running_requests() -> None:
    """A real one, with all of newsdesk in it: an answer that is being made still arrives, then it is gone."""
    with web_processes.listen("127.0.0.1", 0) as listening:
        (part,) = web_processes.web_server_processes(listening, processes=1)
        process = subprocess.Popen(part.command, cwd=ROOT, env=os.environ, pass_fds=part.keep_files)
        try:
            assert part.answers is not None
            wait_until(part.answers, "the web server answers")
            with opened(listening.getsockname()[1], b"GET /desk/ HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
                time.sleep(0.3)  # it is accepted, and being answered for the first time
                process.terminate()
                assert client.recv(100).startswith(b"HTTP/1.1 ")  # whatever its database says
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()


def test_a_taken_port_is_said_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "web", "--port", str(port)],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"port {port}: Address already in use" in done.stderr
