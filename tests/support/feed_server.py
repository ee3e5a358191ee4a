"""A feed server that misbehaves in every way known, on loopback alone; and a connector that opens nothing else.

`python -m tests.support.feed_server` runs it, to look at a fault by hand. Each path is one fault; what `serve` adds is
a feed.
"""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest

from timeline.fetching.reach import Reach

LOOPBACK = Reach(also=(ip_network("127.0.0.0/8"), ip_network("::1/128")), public=False)
BOMB = 50_000_000  # bytes that a small answer unpacks to
ENDLESS = 200_000_000  # bytes after which an endless body gives up by itself
DRIPS = 600  # seconds for which a slow loris drips

LAUGHS = '<?xml version="1.0"?>\n<!DOCTYPE rss [\n<!ENTITY a0 "ha">\n' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">\n' for n in range(1, 10)
)
LAUGHS += ']>\n<rss version="2.0"><channel><title>&a9;</title><item><title>&a9;</title></item></channel></rss>'
EXTERNAL = (
    '<?xml version="1.0"?>\n<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    '<rss version="2.0"><channel><title>&x;</title></channel></rss>'
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


class HolePunched(AssertionError):
    """The guard let a connection through that would have left this machine."""


class LoopbackConnector(httpcore.SyncBackend):
    """Opens connections to this machine only. Anything else is a hole in the guard, and no packet leaves."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        self.opened.append(host)
        if not ip_address(host).is_loopback:
            raise HolePunched(f"a connection to {host}:{port} was about to be opened")
        return super().connect_tcp(host, port, *args, **kwargs)


# --- What it serves -----------------------------------------------------------------------------


def item(
    n: int | str, title: str = "", *, link: str = "", guid: str | None = None, date: str = "", text: str = ""
) -> str:
    """An item of RSS; an empty `guid` leaves it out."""
    guid = f"id-{n}" if guid is None else guid
    parts = [
        f"<title>{title or f'标题{n}'}</title>",
        f"<link>{link or f'https://one.example/{n}'}</link>",
        f'<guid isPermaLink="false">{guid}</guid>' if guid else "",
        f"<pubDate>{date or 'Wed, 20 Mar 2024 15:00:00 +0000'}</pubDate>" if date != "none" else "",
        f"<description><![CDATA[{text or f'<p>英国将于今年年底前举行大选。第{n}篇。</p>'}]]></description>",
    ]
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str, title: str = "一号通讯社", declaration: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    head = f"<title>{title}</title><link>https://one.example/</link><language>zh-cn</language>"
    return f'{declaration}<rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


@dataclass
class Answer:
    """What a path answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    last_modified: str = ""

    def told(self) -> dict[str, str]:
        told = {"Content-Type": "application/rss+xml", "Content-Length": str(len(self.body)), **self.headers}
        told |= {"ETag": self.etag} if self.etag else {}
        return told | ({"Last-Modified": self.last_modified} if self.last_modified else {})


@dataclass
class Request:
    """What was asked; `begun` and `ended` in monotonic seconds, `ended` is 0 while it is answered."""

    path: str
    headers: dict[str, str]
    begun: float
    ended: float = 0.0
    body: bytes = b""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, time.monotonic())
        request.body = self.rfile.read(int(headers.get("content-length", 0))) if self.command == "POST" else b""
        self.server.requests.append(request)
        with self.server.counting():
            try:
                self.answer(self.path.partition("?")[0])
            except (BrokenPipeError, ConnectionResetError):
                pass
        request.ended = time.monotonic()
        self.close_connection = True

    def answer(self, path: str) -> None:
        if path in self.server.answers:
            self.send(self.server.answers[path])
        elif path in FAULTS:
            FAULTS[path](self)
        else:
            self.send(Answer(404, b"nothing here"))

    def send(self, answer: Answer) -> None:
        known = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        # A server that knows one of the two only compares that one.
        same = (answer.etag and answer.etag == known[0]) or (
            not answer.etag and answer.last_modified and answer.last_modified == known[1]
        )
        status = 304 if same else answer.status
        self.send_response(status)
        for name, value in answer.told().items():
            if status != 304 or name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"" if status == 304 else answer.body)

    def head(self, **headers: str) -> None:
        """Only the head: the fault is in what follows."""
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def drip(self, data: bytes = b" ") -> None:
        """A byte now and then, for as long as anybody listens."""
        end = time.monotonic() + DRIPS
        while time.monotonic() < end and not self.server.stopping.wait(0.05):
            self.wfile.write(data)
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    """Serves `answers` and, at all other paths, the faults. `most`: requests that were answered at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.most = self._now = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def serve(self, path: str, body: str | bytes = b"", status: int = 200, **more: Any) -> str:
        """Answer this from now on; the address."""
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = Answer(status, data, **more)
        return self.url + path

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    @contextmanager
    def counting(self) -> Iterator[None]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()


# --- The faults ---------------------------------------------------------------------------------

FAULTS: dict[str, Callable[[Handler], None]] = {}


def fault(path: str) -> Callable[[Callable[[Handler], None]], Callable[[Handler], None]]:
    def register(act: Callable[[Handler], None]) -> Callable[[Handler], None]:
        FAULTS[path] = act
        return act

    return register


def redirect(path: str, to: str, status: int = 302) -> None:
    FAULTS[path] = lambda handler: handler.send(Answer(status, headers={"Location": to}))


def plainly(path: str, body: bytes | str, **more: Any) -> None:
    data = body.encode() if isinstance(body, str) else body
    FAULTS[path] = lambda handler: handler.send(Answer(body=data, **more))


redirect("/loop", "/loop")
redirect("/circle", "/circle-back")
redirect("/circle-back", "/circle")
redirect("/to-loopback", "http://127.0.0.1:8000/admin/")
redirect("/to-loopback-v6", "http://[::1]:8000/admin/")
redirect("/to-metadata", "http://169.254.169.254/latest/meta-data/")
redirect("/to-number", "http://2130706433:8000/")
redirect("/to-mapped", "http://[::ffff:127.0.0.1]:8000/")
redirect("/to-private", "http://10.0.0.1/", 301)
redirect("/to-file", "file:///etc/passwd")
redirect("/to-gopher", "gopher://127.0.0.1:6379/_FLUSHALL")
redirect("/to-password", "http://me:secret@127.0.0.1:8000/")
redirect("/to-nonsense", "http://[::1")
redirect("/to-nowhere", "")
plainly("/image", PNG, headers={"Content-Type": "image/png"})
plainly("/page", "<!doctype html><html><body>hello</body></html>", headers={"Content-Type": "text/html"})
plainly("/text", "just words", headers={"Content-Type": "text/plain"})
plainly("/empty", b"")
plainly("/json", '{"version": "1.0", "entries": []}', headers={"Content-Type": "application/json"})
plainly("/deep-json", "[" * 100_000, headers={"Content-Type": "application/json"})
plainly("/svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
plainly("/laughs", LAUGHS)
plainly("/external", EXTERNAL)
plainly("/deep", "<rss>" + "<a>" * 100_000)
plainly("/binary", bytes(range(128, 256)) * 100)
plainly("/brotli", b"\x0b\x02\x80hello\x03", headers={"Content-Encoding": "br"})
plainly("/packed-wrongly", b"this is no gzip", headers={"Content-Encoding": "gzip"})
plainly("/packed-short", gzip.compress(rss(item(1)).encode())[:-30], headers={"Content-Encoding": "gzip"})
plainly("/too-often", b"", status=429, headers={"Retry-After": "600"})
plainly("/unavailable", b"", status=503, headers={"Retry-After": "Wed, 20 Mar 2024 18:00:00 GMT"})
plainly("/forever", b"", status=503, headers={"Retry-After": "99999999999"})
plainly("/odd-retry", b"", status=503, headers={"Retry-After": "soon"})
plainly("/gone", b"", status=410)
plainly("/forbidden", b"", status=403)
plainly("/broken", b"", status=500)


def hops(first: int, last: int) -> None:
    for n in range(first, last):
        redirect(f"/hop-{n}", f"/hop-{n + 1}")


hops(0, 30)


@fault("/slow-body")
def slow_body(handler: Handler) -> None:
    handler.head(Content_Type="application/rss+xml", Content_Length="100000")
    handler.drip()


@fault("/slow-head")
def slow_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    handler.drip(b"x")


@fault("/silent")
def silent(handler: Handler) -> None:
    handler.server.stopping.wait(DRIPS)


@fault("/endless")
def endless(handler: Handler) -> None:
    handler.head(Content_Type="application/rss+xml")
    _pour(handler, b"<item/>" * 10_000)


@fault("/endless-head")
def endless_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _pour(handler, b"X-More: and more\r\n" * 1000)


@fault("/endless-line")
def endless_line(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _pour(handler, b"x" * 10_000)


@fault("/endless-chunks")
def endless_chunks(handler: Handler) -> None:
    handler.head(Content_Type="application/rss+xml", Transfer_Encoding="chunked")
    _pour(handler, b"10\r\n" + b"x" * 16 + b"\r\n")


def _pour(handler: Handler, data: bytes) -> None:
    for _ in range(ENDLESS // len(data)):
        handler.wfile.write(data)


@fault("/gzip-bomb")
def gzip_bomb(handler: Handler) -> None:
    data = _packed(31)
    handler.send(Answer(body=data, headers={"Content-Encoding": "gzip"}))


@fault("/deflate-bomb")
def deflate_bomb(handler: Handler) -> None:
    handler.send(Answer(body=_packed(-15), headers={"Content-Encoding": "deflate"}))


@cache
def _packed(wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    block = b" " * 1_000_000
    return b"".join([*(packer.compress(block) for _ in range(BOMB // len(block))), packer.flush()])


@fault("/cut-off")
def cut_off(handler: Handler) -> None:
    handler.head(Content_Type="application/rss+xml", Content_Length="100000")
    handler.wfile.write(rss(item(1)).encode())


@fault("/not-http")
def not_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example ESMTP\r\n")


@fault("/two-lengths")
def two_lengths(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello")


@fault("/hangs-up")
def hangs_up(handler: Handler) -> None:
    handler.connection.close()


def addresses(*each: Iterable[str]) -> Callable[[str, int], list[str]]:
    """A resolver that gives these in turn, the last ones for ever: a name that changes its address."""
    rounds = [list(one) for one in each]
    asked: dict[str, int] = defaultdict(int)

    def resolve(host: str, port: int) -> list[str]:
        n = asked[host]
        asked[host] += 1
        return rounds[min(n, len(rounds) - 1)]

    return resolve


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


if __name__ == "__main__":
    with Server() as shown:
        print(f"{shown.url}: {' '.join(sorted(FAULTS))}")
        threading.Event().wait()
