"""Asking strangers: where no connection is opened, what is broken off, and with which words."""

from __future__ import annotations

import gzip
import ssl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from tests.support.feed_server import LOOPBACK, Answer, LoopbackConnector, Server, addresses, item, rss, server
from timeline.fetching.guard import resolve, tls
from timeline.fetching.http import Fetched, FetchOptions, Limits, fetch
from timeline.fetching.reach import PUBLIC, Reach, literal

__all__ = ["server"]
NOW = datetime(2024, 3, 20, 16, 0, tzinfo=UTC)
SMALL = Limits(seconds=4, silence=3, received=300_000, unpacked=500_000)
FEED = rss(item(1))


def ask(url: str, **more: Any) -> Fetched:
    known = {name: more.pop(name) for name in ("etag", "last_modified") if name in more}
    options = {"reach": LOOPBACK, "limits": SMALL, "connector": LoopbackConnector(), **more}
    return fetch(url, NOW, options=FetchOptions(**options), **known)


# --- Which addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.100.100.200 "
    "169.254.169.254 168.63.129.16 "
    "192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 "
    "255.255.255.255 ::1 :: fe80::1 fe80::1%1 fc00::1 fd00:ec2::254 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 "
    "::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 2002:7f00:1::1 2001:0:53aa:64c::1 2001:db8::1 3fff::1 100::1 "
    "4000::1".split(),
)
def test_addresses_that_are_not_public_are_never_asked(address: str) -> None:
    assert PUBLIC.why_not(literal(address), 443)
    connector = LoopbackConnector()
    resolver = addresses([address])
    told = ask("http://news.example/", reach=PUBLIC, connector=connector, resolver=resolver)
    assert told.kind == "refused" and str(literal(address)) in told.reason
    assert connector.opened == []


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:80b::200e"])
def test_public_addresses_may_be_asked_where_web_servers_listen(address: str) -> None:
    assert PUBLIC.why_not(literal(address), 443) == "" == PUBLIC.why_not(literal(address), 8080)
    for port in (22, 25, 6379, 5432, 11211, 65535):
        assert "port" in PUBLIC.why_not(literal(address), port)


def test_a_network_that_the_operator_permits_may_be_asked_and_its_neighbours_not() -> None:
    reach = Reach(also=(ip_network("10.1.0.0/16"),))
    assert reach.why_not(literal("10.1.2.3"), 9000) == ""
    assert reach.why_not(literal("10.2.2.3"), 80)
    assert reach.why_not(literal("8.8.8.8"), 80) == ""


def test_one_forbidden_address_of_a_name_forbids_it() -> None:
    connector = LoopbackConnector()
    told = ask("http://news.example/", reach=PUBLIC, connector=connector, resolver=addresses(["8.8.8.8", "10.0.0.1"]))
    assert told.kind == "refused" and "10.0.0.1" in told.reason and connector.opened == []


@pytest.mark.parametrize(
    "path", ["/to-loopback", "/to-loopback-v6", "/to-metadata", "/to-number", "/to-mapped", "/to-private"]
)
def test_a_redirect_is_checked_like_the_first_address(server: Server, path: str) -> None:
    """The server stands for one of the internet: nothing else of this machine may be asked."""
    reach = Reach(also=(ip_network("127.0.0.2/32"),))
    resolver = lambda host, port: ["127.0.0.2"] if host == "news.example" else resolve(host, port)  # noqa: E731
    with Server("127.0.0.2") as outside:
        connector = LoopbackConnector()
        port = outside.server_address[1]
        told = ask(f"http://news.example:{port}{path}", reach=reach, resolver=resolver, connector=connector)
    assert told.kind == "refused" and told.reason.startswith("leads to ")
    assert connector.opened == ["127.0.0.2"] and told.moved_to == ""


def test_a_name_that_changes_its_address_wins_nothing() -> None:
    """First it leads outside, then, when it is asked again, to a machine inside."""
    reach = Reach(also=(ip_network("127.0.0.2/32"),))
    with Server("127.0.0.2") as outside, Server("127.0.0.3") as inside:
        port = outside.server_address[1]
        outside.serve("/feed", FEED)
        connector = LoopbackConnector()
        resolver = addresses(["127.0.0.2"], ["127.0.0.3"])
        told = ask(f"http://news.example:{port}/feed", reach=reach, resolver=resolver, connector=connector)
        assert told.kind == "new"  # the address that was checked is the one that was asked
        outside.serve("/turn", status=302, headers={"Location": f"http://news.example:{inside.server_address[1]}/"})
        resolver = addresses(["127.0.0.2"], ["127.0.0.3"])
        told = ask(f"http://news.example:{port}/turn", reach=reach, resolver=resolver, connector=connector)
        assert told.kind == "refused" and "127.0.0.3" in told.reason
        assert set(connector.opened) == {"127.0.0.2"} and inside.requests == []


def test_a_proxy_of_the_environment_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(server.serve("/feed", FEED)).kind == "new"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "//x", "", "http://", "x" * 3000]
)
def test_only_http_and_https_are_asked(url: str) -> None:
    connector = LoopbackConnector()
    assert ask(url, connector=connector).kind == "refused" and connector.opened == []


def test_certificates_are_checked(server: Server) -> None:
    told = ask(server.url.replace("http:", "https:") + "/feed")
    assert told.kind == "failed" and "cannot be reached" in told.reason
    assert tls().verify_mode == ssl.CERT_REQUIRED and tls().check_hostname


# --- What is broken off -------------------------------------------------------------------------

BROKEN_OFF = {
    "/slow-body": ("refused|failed", "seconds"),
    "/slow-head": ("refused|failed", "seconds"),
    "/silent": ("failed", "silent"),
    "/endless": ("refused", "sends more than 300,000 bytes"),
    "/endless-head": ("failed|refused", "HTTP|bytes"),
    "/endless-line": ("failed|refused", "HTTP|bytes"),
    "/endless-chunks": ("refused", "sends more than 300,000 bytes"),
    "/gzip-bomb": ("refused", "unpacks to more than 500,000 bytes"),
    "/deflate-bomb": ("refused", "unpacks to more than 500,000 bytes"),
    "/brotli": ("refused", "not asked for: 'br'"),
    "/packed-wrongly": ("refused", "packed wrongly"),
    "/packed-short": ("refused", "cut off"),
    "/loop": ("refused", "in a circle"),
    "/circle": ("refused", "in a circle"),
    "/hop-0": ("refused", "redirects more than 5 times"),
    "/to-file": ("refused", "not http or https"),
    "/to-gopher": ("refused", "not http or https"),
    "/to-password": ("refused", "password"),
    "/to-nonsense": ("refused", "cannot be read"),
    "/to-nowhere": ("failed", "302"),
    "/cut-off": ("failed", "HTTP"),
    "/not-http": ("failed", "HTTP"),
    "/two-lengths": ("failed", "HTTP"),
    "/hangs-up": ("failed", "HTTP|reached"),
    "/gone": ("gone", "410"),
    "/forbidden": ("failed", "403"),
    "/broken": ("failed", "500"),
    "/nothing-here": ("failed", "404"),
}


@pytest.mark.parametrize("path", BROKEN_OFF)
def test_a_fault_is_a_plain_value_with_its_reason(server: Server, path: str) -> None:
    kind, words = BROKEN_OFF[path]
    told = ask(server.url + path)
    assert told.kind in kind.split("|"), told
    assert any(word in told.reason for word in words.split("|")), told.reason
    assert told.body == b""


def test_a_server_that_is_not_there_and_a_name_that_is_not_known(server: Server) -> None:
    with Server() as other:
        away = other.url
    assert ask(away).kind == "failed"

    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    told = ask("http://news.example/", resolver=unknown)
    assert told.kind == "failed" and "name is not known" in told.reason


def test_a_resolver_that_does_not_answer_costs_no_more_than_the_time_allowed(server: Server) -> None:
    told = ask("http://news.example/", resolver=lambda host, port: (server.stopping.wait(60), [])[1])
    assert told.kind == "failed" and "not resolved in time" in told.reason


def test_the_limit_of_bytes_holds_over_all_hops(server: Server) -> None:
    for n in range(4):
        server.serve(f"/{n}", b"x" * 100_000, status=302, headers={"Location": f"/{n + 1}"})
    server.serve("/4", b"x" * 200_000)
    assert ask(server.url + "/0").kind in ("new", "refused")
    server.serve("/4", b"x" * 299_000)
    assert ask(server.url + "/4").kind == "new"
    server.serve("/4", b"x" * 301_000)
    assert ask(server.url + "/4").kind == "refused"


# --- What is asked and learnt -------------------------------------------------------------------


def test_packed_answers_are_unpacked(server: Server) -> None:
    body = FEED.encode()
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = {
        "gzip": gzip.compress(body),
        "x-gzip": gzip.compress(body[:50]) + gzip.compress(body[50:]),
        "deflate": zlib.compress(body),
        "Deflate": raw.compress(body) + raw.flush(),
    }
    for encoding, data in packed.items():
        told = ask(server.serve("/feed", data, headers={"Content-Encoding": encoding}))
        assert told.body == body, encoding


@pytest.mark.parametrize(("name", "header"), [("etag", "if-none-match"), ("last_modified", "if-modified-since")])
def test_a_server_with_only_one_of_the_two_validators_is_asked_by_that_one(
    server: Server, name: str, header: str
) -> None:
    value = '"abc"' if name == "etag" else "Wed, 20 Mar 2024 12:00:00 GMT"
    url = server.serve("/feed", FEED)
    setattr(server.answers["/feed"], name, value)
    first = ask(url)
    assert first.kind == "new" and (first.etag or first.last_modified) == value
    again = ask(url, etag=first.etag, last_modified=first.last_modified)
    assert again.kind == "unchanged" and again.body == b""
    asked = server.asked("/feed")[-1].headers
    assert asked[header] == value
    assert len({"if-none-match", "if-modified-since"} & asked.keys()) == 1


def test_both_validators_are_stored_separately(server: Server) -> None:
    url = server.serve("/feed", FEED, etag='W/"1"', last_modified="Wed, 20 Mar 2024 12:00:00 GMT")
    ask(url, etag='W/"0"', last_modified="Tue, 19 Mar 2024 12:00:00 GMT")
    asked = server.asked("/feed")[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"0"', "Tue, 19 Mar 2024 12:00:00 GMT")


@pytest.mark.parametrize(
    ("path", "wait"),
    [
        ("/too-often", timedelta(minutes=10)),
        ("/unavailable", timedelta(hours=2)),
        ("/forever", timedelta(days=1)),
        ("/odd-retry", timedelta()),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date_and_bounded(server: Server, path: str, wait: timedelta) -> None:
    told = ask(server.url + path)
    assert (told.kind, told.wait) == ("later", wait)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Cache-Control": "public, max-age=900"}, 900),
        ({"Cache-Control": "s-maxage=9, max-age=0"}, 0),
        ({"Cache-Control": "max-age=900", "Retry-After": "60"}, 60),
        ({}, 0),
    ],
)
def test_the_response_says_how_long_it_is_fresh(server: Server, headers: dict[str, str], wait: int) -> None:
    assert ask(server.serve("/feed", FEED, headers=headers)).wait == timedelta(seconds=wait)


@pytest.mark.parametrize("status", [301, 308])
def test_permanent_moves_are_learnt_up_to_the_first_that_is_not(server: Server, status: int) -> None:
    server.serve("/old", status=status, headers={"Location": "/mid"})
    server.serve("/mid", status=302, headers={"Location": "/feed"})
    server.serve("/feed", FEED)
    told = ask(server.url + "/old")
    assert (told.kind, told.moved_to, told.url) == ("new", server.url + "/mid", server.url + "/feed")
    server.serve("/mid", status=308, headers={"Location": "/feed#top"})
    assert ask(server.url + "/old").moved_to == server.url + "/feed"
    server.serve("/feed", status=500)
    assert ask(server.url + "/old").moved_to == ""


@pytest.mark.parametrize("status", [302, 303, 307])
def test_other_redirects_are_followed_and_not_learnt(server: Server, status: int) -> None:
    server.serve("/old", status=status, headers={"Location": "/feed"})
    server.serve("/feed", FEED)
    told = ask(server.url + "/old")
    assert (told.kind, told.moved_to) == ("new", "")


def test_every_hop_waits_for_the_turn_of_its_host(server: Server) -> None:
    turns: list[str] = []

    @contextmanager
    def turn(host: str) -> Iterator[None]:
        turns.append(f"+{host}")
        yield
        turns.append(f"-{host}")

    with Server("127.0.0.2") as other:
        server.serve("/old", status=302, headers={"Location": other.serve("/feed", FEED)})
        assert ask(server.url + "/old", turn=turn).kind == "new"
    assert turns == ["+127.0.0.1", "-127.0.0.1", "+127.0.0.2", "-127.0.0.2"]


def test_a_head_that_would_carry_a_second_request_is_not_sent(server: Server) -> None:
    told = ask(server.serve("/feed", FEED), etag='"a"\r\nX-Evil: 1')
    assert told.kind in ("failed", "refused") and server.requests == []


def test_invalid_validators_are_not_stored(server: Server) -> None:
    server.answers["/feed"] = Answer(body=FEED.encode(), headers={"ETag": '"' + "x" * 600 + '"', "Last-Modified": "é"})
    told = ask(server.url + "/feed")
    assert (told.kind, told.etag, told.last_modified) == ("new", "", "")
