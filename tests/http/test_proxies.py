"""What a client or a proxy says of where a request comes from, and the path before all addresses."""

from __future__ import annotations

import http.client
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser

from newsdesk import environment as env
from newsdesk.middleware.proxies import Proxies
from tests.support.rows import article, claim, event
from tests.support.serving import web_server
from timeline.http import probes
from timeline.operations import checks

pytestmark = pytest.mark.any_database

TEXT = "英国将于今年年底前举行大选。"
ADDRESS = re.compile(r'\s(?:href|src|action|data-[a-z]+|hx-get|hx-post)="([^"]*)"')
PAGES = ("/", "/desk/", "/facets/", "/events/gb1/", "/articles/1/", "/login/", "/try/", "/feed/about/", "/admin/login/")


# --- X-Forwarded-Proto ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "said", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "http", "http"),
        ("10.0.0.1", "HTTPS", "https"),
        ("10.0.0.1", "http, https", "https"),  # the last one is the proxy's
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("127.0.0.1", "https", "http"),
        ("192.0.2.7", "https", "http"),
        ("", "https", "http"),
    ],
)
def test_https_is_what_a_trusted_proxy_calls_so(settings: Any, seen: str, said: str, scheme: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=seen, headers={"X-Forwarded-Proto": said})
    Proxies(lambda request: None)(request)  # type: ignore[arg-type, return-value]
    assert request.scheme == scheme and request.is_secure() == (scheme == "https")


def test_https_without_a_trusted_proxy_is_warned_of(settings: Any) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = True, []
    assert [found.id for found in checks.https_is_known(None)] == ["newsdesk.W003"]
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    assert checks.https_is_known(None) == []


# --- the host -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/login/", "/admin/", "/api/v1/events", "/feed.json"])
def test_a_host_that_is_none_of_ours_is_no_error_of_the_server(
    db: None, capfd: pytest.CaptureFixture[str], path: str
) -> None:
    assert Client().get(path, headers={"Host": "evil.example"}).status_code == 400
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) <= 1 and "Traceback" not in "".join(lines)
    assert not [line for line in lines if "ERROR" in line or "WARNING" in line]


# --- the prefix -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["news", "/news?x", "/a//b", "/..", "/.hidden", "/ü", "/news/\nx", "//news", "/desk", "/api/x"]
)
def test_a_prefix_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NEWSDESK_TRIED", value)
    with pytest.raises(ImproperlyConfigured, match="NEWSDESK_TRIED"):
        env.path_prefix("NEWSDESK_TRIED")


@pytest.mark.parametrize(
    ("value", "prefix"), [("", ""), ("/", ""), ("/news", "/news"), ("/news/", "/news"), ("/a/b-1", "/a/b-1")]
)
def test_a_prefix_is_a_path_without_its_last_slash(monkeypatch: pytest.MonkeyPatch, value: str, prefix: str) -> None:
    monkeypatch.setenv("NEWSDESK_TRIED", value)
    assert env.path_prefix("NEWSDESK_TRIED") == prefix


def test_no_address_can_be_taken_for_a_prefix() -> None:
    assert set(first_parts(get_resolver().url_patterns)) | {probe[1:] for probe in probes.PROBES} <= env.OWN_PATHS


def first_parts(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if "/" not in path and isinstance(pattern, URLResolver):
            yield from first_parts(pattern.url_patterns, path)
        elif path:
            yield path.partition("/")[0]


class Site:
    """One server, asked by one client that follows no redirects."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {"Host": "localhost", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.fixture
def vote(transactional_db: None) -> None:
    row = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(row, article(TEXT, pk=1), TEXT)


@pytest.fixture
def site(vote: None, tmp_path: Path) -> Iterator[Site]:
    with web_server(tmp_path / "web.log", NEWSDESK_PREFIX="/news") as port:
        yield Site(port)


@pytest.mark.timeout(300)
def test_all_of_a_site_lies_below_its_prefix(site: Site) -> None:
    for path in PAGES:
        status, headers, body = site.get(f"/news{path}")
        assert status == 200, path
        page = body.decode()
        for found in ADDRESS.findall(page):
            if found.startswith("/") or "://localhost" in found:
                assert urlsplit(found).path.startswith("/news/"), (path, found)
        assert all("Path=/news;" in cookie for cookie in headers.get_all("Set-Cookie") or []), path
        if path in ("/", "/login/"):  # two of them pass on what a stripped and a whole path have in common
            assert without_token(site.get(path)[2]) == without_token(body), path
    files = [found for found in ADDRESS.findall(site.get("/news/")[2].decode()) if "/static/" in found]
    assert files and all(site.get(found)[0] == 200 for found in files)
    check_addresses_of_feeds(site)
    check_redirects(site)


def without_token(body: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", body)


def check_addresses_of_feeds(site: Site) -> None:
    feed = json.loads(site.get("/news/feed.json")[2])
    assert feed["feed_url"].startswith("http://localhost/news/feed.json")
    assert feed["items"][0]["url"] == "http://localhost/news/events/gb1/"
    atom = ElementTree.fromstring(site.get("/news/feed.atom")[2])
    links = [link.get("href", "") for link in atom.iter("{http://www.w3.org/2005/Atom}link")]
    assert links and all(link.startswith("http://localhost/news/") for link in links)
    calendar = site.get("/news/feed.ics?windows=1")[2].replace(b"\r\n ", b"")
    assert b"URL:http://localhost/news/events/gb1/" in calendar
    api = json.loads(site.get("/news/api/v1/events?limit=1")[2])
    assert api["events"][0]["url"].startswith("http://localhost/news/")
    _, headers, _ = site.get("/news/api/v1/events", Origin="https://other.example")
    assert headers["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(site.get("/news/api/v1/events?kind=x")[2])
    assert site.get(urljoin("/", problem["type"]))[0] == 200
    assert json.loads(site.get("/news/events/gb1.jsonld")[2])["url"] == "http://localhost/news/events/gb1/"
    description = json.loads(site.get("/news/api/v1/openapi.json")[2])
    for path in description["paths"]:
        assert (description["servers"][0]["url"].rstrip("/") + path).startswith("/news/api/v1/")


def check_redirects(site: Site) -> None:
    for asked, to in [
        ("/news", "/news/"),
        ("/news?kind=election", "/news/?kind=election"),
        ("/news/desk", "/news/desk/"),
        ("/news/saved/", "/news/login/?next=/news/saved/"),
        ("/news/admin/", "/news/admin/login/?next=/news/admin/"),
        ("/news/favicon.ico", "/news/static/timeline/icon.svg"),
    ]:
        status, headers, _ = site.get(asked)
        assert status in (301, 302, 308) and headers["Location"] == to, asked
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = site.get("/news/i18n/setlang/", "POST", "language=en&next=/news/desk/", **form)
    assert (status, headers["Location"]) == (302, "/news/desk/") and headers["Set-Cookie"].endswith("Path=/news")
    assert [site.get(path)[0] for path in ("/healthz", "/news/healthz", "/newsroom/")] == [200, 200, 404]
    assert site.get("/news/desk/", SCRIPT_NAME="/news")[2] == site.get("/news/desk/")[2]


@pytest.mark.timeout(300)
def test_pages_move_below_the_prefix(site: Site, chromium: Browser) -> None:
    """The scripts ask for what the pages name, and for nothing outside."""
    asked: list[tuple[int, str]] = []
    with chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("response", lambda answer: asked.append((answer.status, urlsplit(answer.url).path)))
        page.goto(f"http://localhost:{site.port}/news/?window=all", wait_until="networkidle")
        with page.expect_response(re.compile("/events/gb1/beside/")):
            page.locator("a.mark").first.click()
    assert all(status < 400 and path.startswith("/news/") for status, path in asked), asked


@pytest.mark.timeout(300)
def test_the_admin_lies_below_the_prefix(site: Site, chromium: Browser) -> None:
    chief = User.objects.create_superuser("chief", password="a word of the tests")
    address = f"http://localhost:{site.port}/news/admin/"
    with chromium.new_context(locale="en") as context:
        page = context.new_page()
        page.goto(address)
        page.fill("[name=username]", chief.get_username())
        page.fill("[name=password]", "a word of the tests")
        page.click("[type=submit]")
        assert page.url == address, page.content()
        (session,) = [cookie for cookie in context.cookies() if "session" in str(cookie.get("name"))]
        assert session.get("path") == "/news"
        page.goto(f"{address}timeline/event/")
        assert page.locator("#changelist").count() == 1
