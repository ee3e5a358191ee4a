"""No answer is kept for a request that would be answered otherwise: a server that keeps, against one that does not."""

from __future__ import annotations

import gzip
import http.client
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.rows import article, claim, event
from tests.support.serving import web_server

pytestmark = pytest.mark.any_database

REQUESTS = 300
SEED = 7
# They differ, or are compared on their own; Django pads what it compresses by random bytes, and so may leave it plain.
OTHERWISE = {"date", "age", "x-request-id", "vary", "content-length", "content-encoding"}
TEXT = "英国将于今年年底前举行大选。"
PATHS = (
    *("/", "/desk/", "/facets/", "/events/gb1/", "/events/gb1/card/", "/events/gb1.jsonld", "/feed.json", "/feed.atom"),
    *("/feed.ics", "/api/v1/events", "/changes.json", "/export/timelinejs.json", "/desk/silent.json", "/articles/1/"),
    *("/desk//", "//desk/", "/%64esk/", "/events/absent/"),
)
QUERIES = (
    *(
        "",
        "kind=election&country=GB",
        "country=GB&kind=election",
        "country=gb",
        "lang=en",
        "q=%C3%A4",
        "q=\xe4",
        "q=%E4",
    ),
    *("q=%2B", "q=+", "q=%20", "country=FR", "?", "&"),
)
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Host": ("localhost", "LOCALHOST", "127.0.0.1", "localhost:81", "localhost.", "evil.example"),
    "Accept-Language": ("en", "zh-TW", "zh-CN,en;q=0.5", "xx", "*"),
    "Cookie": (
        "django_language=en",
        "django_language=zh-hant",
        "sessionid=x",
        "csrftoken=y",
        "a=b; django_language=en",
    ),
    "HX-Request": ("true", "false"),
    "HX-Target": ("results",),
    "HX-Boosted": ("true",),
    "HX-Current-URL": ("http://localhost/desk/",),
    "X-Forwarded-Host": ("evil.example",),
    "X-Forwarded-Proto": ("https", "http", "ftp", "https, http"),
    "X-Forwarded-For": ("203.0.113.9", "127.0.0.1"),
    "X-Forwarded-Prefix": ("/evil",),
    "X-Forwarded-Ssl": ("on",),
    "X-Forwarded-Port": ("8443",),
    "X_Forwarded_Proto": ("https",),
    "Forwarded": ("host=evil.example;proto=https",),
    "Script-Name": ("/desk", "/evil"),
    "SCRIPT_NAME": ("/desk", "/evil", "/"),
    "Script_Name": ("/desk",),
    "Path-Info": ("/desk/",),
    "PATH_INFO": ("/desk/",),
    "Remote_User": ("chief",),
    "REMOTE_ADDR": ("203.0.113.9",),
    "X-Original-URL": ("/desk/",),
    "X-Rewrite-URL": ("/desk/",),
    "X-HTTP-Method-Override": ("POST",),
    "Accept": ("application/json", "text/html", "*/*"),
    "Accept-Encoding": ("gzip", "br, gzip", "identity"),
    "Authorization": ("Bearer nothing",),
    "If-None-Match": ("*", 'W/"x"'),
    "If-Modified-Since": ("Wed, 21 Oct 2015 07:28:00 GMT",),
    "Range": ("bytes=0-10",),
    "User-Agent": ("curl", "Mozilla/5.0 (iPhone)"),
    "Origin": ("https://evil.example",),
    "Sec-Fetch-Mode": ("cors",),
    "Save-Data": ("on",),
    "Time-Zone": ("Asia/Tokyo",),
}
Request = tuple[str, str, dict[str, str]]  # method, address, headers


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    vary: frozenset[str]
    body: bytes
    age: str | None


def requests() -> list[Request]:
    """Those that once spoilt what others were given, each with the plain one after it; then random ones."""
    plain = {"Host": "localhost"}
    found: list[Request] = []
    for name in ("SCRIPT_NAME", "Script-Name", "Script_Name", "PATH_INFO", "X-Forwarded-Prefix"):
        for path, value in (("/desk/", "/desk"), ("/events/gb1/", "/events")):
            found += [("GET", path, {**plain, name: value}), ("GET", path, plain)]
    found += [("GET", f"/feed.json?{query}", plain) for query in QUERIES]
    chance = random.Random(SEED)
    while len(found) < REQUESTS:
        query = chance.choice(QUERIES)
        address = chance.choice(PATHS) + (f"?{query}" if query and chance.random() < 0.5 else "")
        names = chance.sample(sorted(set(HEADERS) - {"Host"}), chance.choice((0, 0, 1, 1, 2, 4)))
        host = chance.choice(HEADERS["Host"]) if chance.random() < 0.2 else "localhost"
        headers = {"Host": host, **{name: chance.choice(HEADERS[name]) for name in names}}
        found.append((chance.choice(("GET", "GET", "GET", "HEAD")), address, headers))
    return found


def ask(connection: http.client.HTTPConnection, request: Request) -> Answer:
    method, address, headers = request
    connection._validate_path = lambda url: None  # type: ignore[attr-defined]  # bytes that no client should send
    connection._encode_request = lambda line: line.encode("latin-1")  # type: ignore[attr-defined]
    connection.putrequest(method, address, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    told = {name.lower(): value for name, value in answer.getheaders()}
    if told.get("content-encoding") == "gzip" and body:
        body = gzip.decompress(body)  # Django adds random bytes to its head
    vary = frozenset(told.get("vary", "").lower().replace(" ", "").split(","))
    kept = {name: value for name, value in told.items() if name not in OTHERWISE}
    if "set-cookie" in kept:
        kept["set-cookie"] = kept["set-cookie"].partition("=")[0]  # Django's token is another one each time
    if policy := kept.get("content-security-policy"):
        kept["content-security-policy"] = "; ".join(sorted(policy.split("; ")))  # a set of directives
    return Answer(answer.status, kept, vary, body, told.get("age"))


def ask_all(port: int, asked: list[Request]) -> list[Answer]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    return [ask(connection, request) for request in asked]


@pytest.mark.timeout(600)
def test_cached_responses_equal_fresh_ones(transactional_db: None, tmp_path: Path) -> None:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(vote, article(TEXT, pk=1), TEXT)
    asked = requests()
    alike = {"NEWSDESK_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        web_server(tmp_path / "keeping.log", NEWSDESK_PAGES_KEPT="1000", **alike) as keeping,
        web_server(tmp_path / "fresh.log", NEWSDESK_PAGES_KEPT="0", **alike) as fresh,
        ThreadPoolExecutor(2) as both,
    ):
        first = both.submit(ask_all, keeping, asked)
        other = both.submit(ask_all, fresh, asked)
        answers = list(zip(asked, first.result(), other.result(), strict=True))
    for request, kept, made in answers:
        assert dict(kept.headers.items() ^ made.headers.items()) == {}, request
        assert kept._replace(age=None) == made, request
    assert sum(kept.age is not None for _, kept, _ in answers) > REQUESTS / 10
    assert {200, 400, 404} <= {made.status for _, _, made in answers}
    assert not any(made.status >= 500 for _, _, made in answers)
