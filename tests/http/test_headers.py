"""What every address tells the browser, whoever asks and whatever comes of it; and what may be sent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from newsdesk import environment as env
from tests.support.processes import ROOT
from tests.support.rows import article, claim, event
from timeline.http import clients
from timeline.http.rate_limit import MAX_POSTS_A_MINUTE
from timeline.models import SavedFilter

pytestmark = pytest.mark.any_database

TEXT = "英国将于今年年底前举行大选。"
# A value for every converter and group of an address: something that is there, so that the view itself answers.
KNOWN = {"pk": "1", "event_id": "gb1", "article_id": "1", "kind": "gone", "object_id": "1", "app_label": "timeline"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def addresses() -> Iterator[str]:
    """Every address of the URL configuration, so that a new one is covered by itself."""
    for pattern in sorted(set(_walked(get_resolver().url_patterns, ""))):
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: KNOWN.get(found[1], "1"), pattern)
        path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", lambda found: KNOWN.get(found[1], "auth"), path)
        path = "/" + re.sub(r"\.\*|[\^$?]|\\(?=.)", "", path)
        yield path.replace("/events/1", "/events/gb1") if "/admin/" not in path else path


def _walked(patterns: list[Any], before: str) -> Iterator[str]:
    for entry in patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walked(entry.url_patterns, here)
        else:
            assert isinstance(entry, URLPattern)
            yield here


ADDRESSES = list(addresses())


def policy_of(response: Any) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts if name}


def images_of(url: str) -> str:
    """Swagger UI, which shows the API, has its signs in its style sheet."""
    return "'self' data:" if url == "/api/v1/docs" else "'self'"


def hold(response: Any, images: str = "'self'") -> None:
    """What every answer must say; `images`: where they may come from."""
    policy = policy_of(response)
    assert policy == POLICY | {"img-src": images}
    assert not [value for value in policy.values() if "unsafe" in value or "*" in value or "http" in value]
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    for cookie in response.cookies.values():
        assert cookie["samesite"] == "Lax"
        assert cookie["httponly"] or cookie.key == "django_language"


@pytest.fixture
def told(db: None) -> None:
    claim(event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by"), article(TEXT, pk=1), TEXT)


@pytest.fixture
def chief(told: None) -> Client:
    user = User.objects.create_superuser("chief", pk=1)
    SavedFilter.objects.create(pk=1, user=user, name="Japan", query="country=JP")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_the_addresses_are_all_there() -> None:
    assert {"/", "/events/gb1/", "/feed.atom", "/try/", "/login/", "/api/v1/events", "/admin/"} <= set(ADDRESSES)
    assert len(ADDRESSES) > 100


def test_every_address_has_the_headers_for_strangers(told: None, subtests: pytest.Subtests) -> None:
    for number, url in enumerate(ADDRESSES):
        with subtests.test(url):
            client = Client(raise_request_exception=False, REMOTE_ADDR=str(ip_address("192.0.2.0") + number))
            for response in (client.get(url), client.post(url, {"x": "y"}), client.options(url), client.delete(url)):
                assert response.status_code < 500 and response.status_code != 429
                hold(response, images_of(url))


def test_every_address_has_the_headers_for_the_chief(chief: Client, subtests: pytest.Subtests) -> None:
    for url in ADDRESSES:
        with subtests.test(url):
            response = chief.get(url)
            assert response.status_code < 500
            hold(response, images_of(url))
    assert chief.get("/admin/").status_code == 200, "the chief is still known"


def test_the_admin_opens_to_no_stranger(told: None) -> None:
    for url in (url for url in ADDRESSES if url.startswith("/admin/")):
        answer = Client().get(url)
        assert answer.status_code in (302, 301) or url in ("/admin/login/", "/admin/jsi18n/"), url
        if answer.status_code == 302 and url not in ("/admin/logout/",):
            assert "/login/" in answer["Location"], url


@pytest.mark.parametrize("url", ["/static/timeline/timeline.css", "/static/timeline/timeline.js", "/nothing/here"])
def test_files_and_errors_have_them_too(db: None, url: str) -> None:
    hold(Client().get(url))


def test_a_page_that_breaks_has_them_too(told: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timeline.web.timeline.counts.by_month", None)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    hold(response)


PAGES = sorted(p for p in (ROOT / "templates").rglob("*.html") if p.parent.name != "mail")  # no policy holds in e-mails


def test_no_template_holds_what_the_policy_forbids() -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)")
    assert len(PAGES) > 50
    assert [path for path in PAGES if forbidden.search(path.read_text("utf-8"))] == []


# --- what may be sent -----------------------------------------------------------------------------

HOSTILE = ["'", '"><script>alert(1)</script>', "\x00", "％", "../../etc/passwd", "a" * 5000, "9" * 400, "-1", "{{7*7}}"]
NAMES = [
    *("q", "country", "bloc", "kind", "type", "status", "window", "from", "to", "as_of", "source", "group", "after"),
    *("before", "event", "cursor", "limit", "next", "since", "p", "o", "e", "_popup", "_to_field", "day__gte", "id"),
]


@pytest.mark.parametrize("start", range(3))
def test_no_parameter_breaks_a_page(chief: Client, start: int) -> None:
    """Each page with each parameter; the values take turns, and another one begins at the next page."""
    values = islice(cycle(HOSTILE), start, None)
    pages = (
        "/",
        "/facets/",
        "/desk/",
        "/events/gb1/",
        "/feed.json",
        "/feed.atom",
        "/feed.ics",
        "/export.csv",
        "/export/claims.csv",
        "/export/claims.jsonl",
        "/saved/",
    )
    admin = ("/admin/timeline/event/", "/admin/timeline/article/", "/admin/timeline/claim/", "/admin/autocomplete/")
    for url in (*pages, *admin, "/login/", "/changes.json", "/api/v1/events", "/desk/silent.json"):
        for name in NAMES:
            response = chief.get(url, {name: next(values)})
            assert response.status_code < 500, (url, name)
            hold(response)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_address_breaks_a_page(chief: Client, value: str) -> None:
    for url in (
        "/events/{}/",
        "/articles/{}/",
        "/events/{}.ics",
        "/api/v1/events/{}",
        "/admin/timeline/event/{}/change/",
    ):
        assert chief.get(url.format(value.replace("/", "%2F"))).status_code < 500


def test_what_is_sent_is_bounded(db: None) -> None:
    client = Client(raise_request_exception=False)
    assert client.post("/try/", {"text": "今" * 3_000_000}).status_code == 400
    assert client.post("/try/", {f"f{n}": "x" for n in range(2_500)}).status_code == 400
    fields = "&".join(["text=x"] * 3_000)
    form = "application/x-www-form-urlencoded"
    assert client.post("/login/", fields, content_type=form).status_code == 400


@pytest.mark.usefixtures("minute")
def test_nobody_sends_forms_without_end(db: None) -> None:
    one, other = (Client(REMOTE_ADDR=address, headers={"accept-language": "en"}) for address in ("::1", "192.0.2.7"))
    for _ in range(MAX_POSTS_A_MINUTE):
        assert one.post("/i18n/setlang/", {"language": "en"}).status_code == 302
    refused = one.post("/i18n/setlang/", {"language": "en"})
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 60
    hold(refused)
    assert one.get("/login/").status_code == 200, "reading goes on"
    assert one.post("/api/v1/extract", {"text": "x"}, content_type="application/json").status_code == 200
    assert other.post("/i18n/setlang/", {"language": "en"}).status_code == 302


def test_no_form_works_without_its_token(chief: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = chief.cookies
    for url in ("/try/", "/saved/new/", "/saved/1/delete/", "/logout/", "/admin/timeline/correction/add/", "/login/"):
        assert strict.post(url, {"name": "x"}).status_code == 403, url
    assert SavedFilter.objects.count() == 1


def test_who_tries_a_text_gets_a_page_that_nobody_else_may_keep(db: None) -> None:
    response = Client().get("/try/")
    assert "csrftoken" in response.cookies
    assert response["Cache-Control"] == "private, no-cache" and "Cookie" in response["Vary"]


# --- who is asking --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "forwarded", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),  # no proxy of ours: anybody can write that
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what stands before was written by the client
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        ("", "203.0.113.9", ""),
    ],
)
def test_a_client_is_known_behind_our_proxies_alone(
    settings: Any, monkeypatch: pytest.MonkeyPatch, seen: str, forwarded: str, client: str
) -> None:
    monkeypatch.setenv("NEWSDESK_TRIED", "10.0.0.0/8, 2001:db8:ffff::/48")
    settings.TRUSTED_PROXIES = env.networks("NEWSDESK_TRIED")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=seen, headers=headers)
    assert clients.name_of(request) == client


# --- production -----------------------------------------------------------------------------------


def test_the_documented_settings_pass_the_check_of_a_deployment(tmp_path: Path) -> None:
    """deploy/env.example, with the values that are left open there, and nothing else."""
    lines = (ROOT / "deploy" / "env.example").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    given |= {
        "NEWSDESK_SECRET_KEY": "",
        "NEWSDESK_VAR": str(tmp_path),
        "NEWSDESK_STATIC_ROOT": str(tmp_path / "static"),
    }
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("NEWSDESK_", "DJANGO_"))}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env={**plain, **given}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_without_settings_nothing_is_shown_of_the_code() -> None:
    code = "from django.conf import settings as s; print(s.DEBUG, len(s.SECRET_KEY) >= 50, s.ALLOWED_HOSTS)"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK_")}
    command = [sys.executable, "-c", f"import django, os; django.setup(); {code}"]
    more = {"DJANGO_SETTINGS_MODULE": "newsdesk.settings", "NEWSDESK_VAR": os.environ["NEWSDESK_VAR"]}
    done = subprocess.run(command, cwd=ROOT, env={**plain, **more}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False True ['localhost', '127.0.0.1', '[::1]']"


def test_with_https_cookies_are_secure_and_everybody_is_sent_there(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "plain = Client().get('/try/'); safe = Client().get('/try/', secure=True)\n"
        "print(plain.status_code, plain['Location'], safe['Strict-Transport-Security'])\n"
        "print(bool(safe.cookies['csrftoken']['secure']))\n"
        "print(Client().get('/healthz').status_code)\n"
    )
    more = {"NEWSDESK_HTTPS": "on", "NEWSDESK_VAR": str(tmp_path), "NEWSDESK_ALLOWED_HOSTS": "testserver"}
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "newsdesk.settings", **more}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:3] == ["301 https://testserver/try/ max-age=2592000", "True", "200"], done.stderr
