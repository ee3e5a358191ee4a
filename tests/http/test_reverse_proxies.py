"""deploy/nginx.conf and deploy/Caddyfile as they are, with TLS, in front of a real newsdesk."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User

from tests.support.processes import ROOT, wait_until
from tests.support.rows import article, claim, event
from tests.support.serving import web_server
from timeline.web.login import MAX_ATTEMPTS

pytestmark = [pytest.mark.timeout(300), pytest.mark.any_database]

DEPLOY = ROOT / "deploy"
NAME = "news.example.org"
PASSWORD = "a word of the tests"
TEXT = "英国将于今年年底前举行大选。"
THREADS = 8  # of the web server, in all its processes
SLOW = 25  # sockets of each kind of slow client: more than threads
OTHERS_SECONDS = 30.0  # for an answer to another reader, on a busy machine
# Around deploy/nginx.conf, what Debian's /etc/nginx/nginx.conf has around the files of conf.d.
NGINX = """
daemon off;
{user}
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/newsdesk.conf;
}}
"""


class Front:
    """A reverse proxy on two ports of 127.0.0.1; it is asked as `NAME`, from whichever address of this machine."""

    def __init__(self, plain: int, tls: int) -> None:
        self.plain, self.tls = plain, tls

    def connect(self, source: str = "127.0.0.1", seconds: float = 60) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", self.tls), seconds, (source, 0))
        return context.wrap_socket(plain, server_hostname=NAME)

    def ask(
        self, path: str, form: Mapping[str, str] | None = None, source: str = "127.0.0.1", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(NAME)
        connection.sock = self.connect(source)
        given = {"Host": NAME, "Connection": "close", **headers}
        if form is not None:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if form is None else "POST", path, None if form is None else urlencode(form), given)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def filled(name: str, values: Mapping[str, str]) -> str:
    """A file of deploy/ with ports, certificate and prefix of the test; each word that is replaced must be there."""
    text = (DEPLOY / name).read_text("utf-8")
    for word, value in values.items():
        assert word in text, f"deploy/{name} no longer has {word!r}"
        text = text.replace(word, value)
    return text


def nginx(folder: Path, web: int, front: Front, prefix: str) -> list[str]:
    values = {
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "listen 80;": f"listen 127.0.0.1:{front.plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{front.tls} ssl;",
        f"/etc/letsencrypt/live/{NAME}": str(folder),
        "    location / {": f"    location {prefix}/ {{",
    }
    (folder / "newsdesk.conf").write_text(filled("nginx.conf", values), "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user), "utf-8")
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, web: int, front: Front, prefix: str) -> list[str]:
    values = {
        "\n{\n": f"\n{{\n\tadmin off\n\thttp_port {front.plain}\n\thttps_port {front.tls}\n\tdefault_bind 127.0.0.1\n",
        "# tls /etc/newsdesk": f"tls {folder}",
        " /etc/newsdesk/privkey.pem": f" {folder}/privkey.pem",
        "\treverse_proxy 127.0.0.1:8000": f"\treverse_proxy {prefix}/* 127.0.0.1:{web}",
    }
    (folder / "Caddyfile").write_text(filled("Caddyfile", values), "utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


COMMANDS: Mapping[str, Callable[[Path, int, Front, str], list[str]]] = {"nginx": nginx, "caddy": caddy}


@contextmanager
def running(name: str, folder: Path, web: int, prefix: str) -> Iterator[Front]:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(folder / "privkey.pem")]
    certificate = ["-x509", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    command = ["openssl", "req", *key, *certificate, "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)
    front = Front(free_port(), free_port())
    homes = {variable: str(folder) for variable in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    homes["PATH"] = f"{os.environ['PATH']}:/usr/sbin"  # where Debian's nginx is
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            COMMANDS[name](folder, web, front, prefix),
            env={**os.environ, **homes},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: process.poll() is not None or _listens(front.tls), f"{name} listens")
        assert process.poll() is None, (folder / f"{name}.log").read_text("utf-8", "replace")
        yield front
    finally:
        process.terminate()
        process.wait(60)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=COMMANDS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    for program in (found, "openssl"):
        if shutil.which(program) is None and not Path("/usr/sbin", program).exists():
            pytest.skip(f"needs Debian's {program}: apt-get install {program}")
    return found


@pytest.fixture
def front(name: str, transactional_db: None, broker: Path, tmp_path: Path) -> Iterator[Front]:
    """newsdesk below /news, as deploy/README.md sets it up."""
    row = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(row, article(TEXT, pk=1), TEXT)
    settings = {
        "NEWSDESK_PREFIX": "/news",
        "NEWSDESK_HTTPS": "on",
        "NEWSDESK_ALLOWED_HOSTS": NAME,
        "NEWSDESK_TRUSTED_PROXIES": "127.0.0.1",
        "NEWSDESK_LOG_FORMAT": "json",
    }
    with web_server(tmp_path / "web.log", **settings) as web, running(name, tmp_path, web, "/news") as found:
        yield found


def test_a_site_after_a_proxy_is_whole(front: Front, tmp_path: Path) -> None:
    status, headers, body = front.ask("/news/")
    assert status == 200 and "max-age" in headers["Strict-Transport-Security"]
    files = re.findall(r'(?:src|href)="(/news/static/[^"]+)"', body.decode())
    assert files and all(front.ask(file)[0] == 200 for file in files)
    feed = json.loads(front.ask("/news/feed.json")[2])
    assert feed["items"][0]["url"] == f"https://{NAME}/news/events/gb1/"
    assert f"https://{NAME}/news/".encode() in front.ask("/news/feed.atom")[2]
    assert front.ask("/news/api/v1/events?country=" + "GB&country=" * 5)[0] in (200, 400)
    assert front.ask("/news/", SCRIPT_NAME="/news/desk", Script_Name="/x")[2] == body
    plain = http.client.HTTPConnection("127.0.0.1", front.plain, timeout=60)
    plain.request("GET", "/news/desk/", headers={"Host": NAME})
    answer = plain.getresponse()
    assert answer.status in (301, 308) and answer.headers["Location"].startswith(f"https://{NAME}")
    check_admin(front)
    check_clients(front, tmp_path / "web.log")


def check_admin(front: Front) -> None:
    """Sign in, and change something by a form; without its token nothing is changed."""
    User.objects.create_superuser("chief", password=PASSWORD)
    jar: SimpleCookie = SimpleCookie()

    def ask(path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
        more = {"Cookie": cookies, "Referer": f"https://{NAME}{path}", "Origin": f"https://{NAME}"}
        status, headers, body = front.ask(path, form, **more)
        for cookie in headers.get_all("Set-Cookie") or []:
            assert "Path=/news" in cookie and "Secure" in cookie
            jar.load(cookie)
        return status, body.decode()

    def token(page: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found is not None, page
        return found[1]

    sign_in = "/news/admin/login/?next=/news/admin/"
    login = {"username": "chief", "password": PASSWORD, "csrfmiddlewaretoken": token(ask(sign_in)[1])}
    assert ask(sign_in, login)[0] == 302
    add = "/news/admin/auth/group/add/"
    assert ask(add, {"name": "forged"})[0] == 403
    assert ask(add, {"name": "made", "csrfmiddlewaretoken": token(ask(add)[1])})[0] == 302
    assert "made" in ask("/news/admin/auth/group/")[1]


def check_clients(front: Front, log: Path) -> None:
    """The address that counts is the one that the proxy saw, whatever the client wrote."""
    with ThreadPoolExecutor(THREADS) as many:  # soon enough that they lie in two minutes at most
        found = list(
            many.map(lambda n: try_password(front, "127.0.0.3", f"203.0.113.{n}"), range(2 * MAX_ATTEMPTS + 1))
        )
    assert set(found) == {200, 429} and found.count(200) <= 2 * MAX_ATTEMPTS
    assert try_password(front, "127.0.0.4", "127.0.0.3") == 200
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines() if '"request answered"' in line]
    seen = {line["client"] for line in lines}
    assert {"127.0.0.3", "127.0.0.4"} <= seen and not any(client.startswith("203.") for client in seen)


def try_password(front: Front, source: str, forged: str) -> int:
    _, headers, body = front.ask("/news/login/", source=source)
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', body)
    assert found is not None
    form = {"username": f"nobody at {forged}", "password": "wrong", "csrfmiddlewaretoken": found[1].decode()}
    cookie = headers["Set-Cookie"].partition(";")[0]
    more = {"Cookie": cookie, "Referer": f"https://{NAME}/news/login/", "X-Forwarded-For": forged}
    return front.ask("/news/login/", form, source, **more)[0]


def test_slow_clients_stop_nobody_else(front: Front) -> None:
    """Each kind alone holds more connections than the web server has threads."""
    assert SLOW > THREADS
    head = f"Host: {NAME}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with ExitStack() as open_sockets:
        dripping: list[ssl.SSLSocket] = []
        for _ in range(SLOW):
            for begun in (
                f"GET /news/ HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ",
                f"POST /news/try/ HTTP/1.1\r\n{head}Content-Length: 100000\r\n\r\ntext=",
                f"GET /news/static/timeline/timeline.css HTTP/1.1\r\nHost: {NAME}\r\n\r\n",  # never read
            ):
                slow = open_sockets.enter_context(front.connect("127.0.0.5"))
                slow.sendall(begun.encode())
                dripping.append(slow)
        for _ in range(5):
            for slow in dripping:
                try:
                    slow.sendall(b"x")
                except OSError:
                    pass  # given up by the proxy, which it may
            began = time.monotonic()
            assert front.ask("/news/")[0] == 200
            assert front.ask("/news/feed.json")[0] == 200
            assert time.monotonic() - began < OTHERS_SECONDS
