"""Hubs announce what is new (WebSub): subscribed to where declared, confirmed, renewed, and believed by signature."""

from __future__ import annotations

import hmac
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.support.feed_server import Answer, Server, item, rss, server
from tests.support.polling import QUICK, feed, loopback, poll
from timeline import tasks
from timeline.fetching.http import FetchOptions
from timeline.fetching.reach import PUBLIC
from timeline.ingest import websub
from timeline.models import Article, Feed, HubSubscription

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db
State = HubSubscription.State


@pytest.fixture(autouse=True)
def public(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://desk.example"


def with_hub(server: Server, *items: str) -> str:
    links = f'<atom:link rel="hub" href="/hub"/><atom:link rel="self" href="{server.url}/rss"/>'
    return rss(*items).replace("<language>", f"{links}<language>")


def subscribed(server: Server) -> Feed:
    """A feed whose hub was asked, and has accepted."""
    server.serve("/hub", b"", status=202)
    row = feed(server.serve("/rss", with_hub(server, item(1))))
    poll(row)
    assert websub.request_due(QUICK) == 1
    return row


def asked(server: Server) -> dict[str, str]:
    """The form that the hub was sent last."""
    return {name: values[0] for name, values in parse_qs(server.asked("/hub")[-1].body.decode()).items()}


def path(said: dict[str, str]) -> str:
    return urlsplit(said["hub.callback"]).path


def confirm(server: Server, **other: str) -> Any:
    said = asked(server)
    form = {
        "hub.mode": "subscribe",
        "hub.topic": said["hub.topic"],
        "hub.challenge": "c-1",
        "hub.lease_seconds": "3600",
    }
    return Client().get(path(said), form | {f"hub.{name}": value for name, value in other.items()})


def announce(server: Server, body: bytes, secret: str = "", method: str = "sha256") -> Any:
    said = asked(server)
    signature = hmac.new((secret or said["hub.secret"]).encode(), body, method).hexdigest()
    header = {"X-Hub-Signature": f"{method}={signature}"}
    return Client(enforce_csrf_checks=True).post(path(said), body, content_type="application/rss+xml", headers=header)


@pytest.fixture
def polled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The feeds that are sent to be polled."""
    sent: list[int] = []
    monkeypatch.setattr(tasks, "send_polls", lambda claims: sent.extend(pk for pk, _ in claims))
    return sent


def test_a_declared_hub_is_asked_and_its_question_is_answered(server: Server) -> None:
    row = subscribed(server)
    said = asked(server)
    assert said["hub.mode"] == "subscribe" and said["hub.topic"] == f"{server.url}/rss"
    assert said["hub.callback"].startswith("https://desk.example/websub/") and len(said["hub.secret"]) == 64
    answer = confirm(server)
    assert (answer.status_code, answer.content) == (200, b"c-1")
    found = HubSubscription.objects.get(feed=row)
    assert found.state == State.ACTIVE and found.lease_until is not None
    assert timedelta(minutes=55) < found.lease_until - timezone.now() < timedelta(minutes=65)
    assert websub.request_due(QUICK) == 0


@pytest.mark.parametrize("other", [{"topic": "https://one.example/x"}, {"mode": "unsubscribe"}, {"mode": "odd"}])
def test_what_was_not_asked_for_is_not_confirmed(server: Server, other: dict[str, str]) -> None:
    subscribed(server)
    answer = confirm(server, **other)
    assert answer.status_code == (200 if other == {"mode": "unsubscribe", "topic": "x"} else 404)
    assert HubSubscription.objects.get().state == State.REQUESTED
    assert Client().get("/websub/nothing/", {"hub.mode": "subscribe", "hub.topic": "x"}).status_code == 404


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_what_is_signed_polls_the_feed_at_once(server: Server, polled: list[int], method: str) -> None:
    row = subscribed(server)
    confirm(server)
    assert announce(server, rss(item(2)).encode(), method=method).status_code == 202
    assert polled == [row.pk]
    assert HubSubscription.objects.get().announced_at is not None
    assert Article.objects.count() == 1  # what is sent is not stored itself


def test_what_is_not_signed_with_our_secret_does_nothing(server: Server, polled: list[int]) -> None:
    subscribed(server)
    confirm(server)
    assert announce(server, b"<rss/>", secret="guessed").status_code == 202
    assert announce(server, b"<rss/>", method="md5").status_code == 202
    for signature in ("", "sha256", "sha256=", "sha256=é", "=x"):
        assert (
            Client()
            .post(path(asked(server)), b"x", content_type="a/b", headers={"X-Hub-Signature": signature})
            .status_code
            == 202
        )
    assert polled == [] and HubSubscription.objects.get().announced_at is None


def test_a_lease_is_renewed_before_it_ends(server: Server) -> None:
    subscribed(server)
    confirm(server)
    HubSubscription.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    assert websub.request_due(QUICK) == 1 and len(server.asked("/hub")) == 2
    assert HubSubscription.objects.get().state == State.ACTIVE  # while the old lease lasts
    assert confirm(server).status_code == 200
    assert HubSubscription.objects.get().failures == 0


def test_a_hub_that_fails_or_denies_is_asked_again_later_each_time(server: Server) -> None:
    subscribed(server)
    server.serve("/hub", b"", status=500)
    waits = []
    for _ in range(3):
        HubSubscription.objects.update(next_at=None)
        websub.request_due(QUICK)
        found = HubSubscription.objects.get()
        assert "500" in found.failure and found.next_at is not None
        waits.append(found.next_at - timezone.now())
    assert waits == sorted(waits) and waits[2] > 1.5 * waits[0]
    assert confirm(server, mode="denied").status_code == 200
    assert HubSubscription.objects.get().state == State.DENIED


def test_a_hub_is_asked_through_the_guard(server: Server) -> None:
    row = feed(server.serve("/rss", with_hub(server, item(1))))
    poll(row)
    websub.request_due(FetchOptions(reach=PUBLIC))
    assert "this machine" in HubSubscription.objects.get().failure
    assert server.asked("/hub") == []


def test_a_paused_feed_wants_no_calls(server: Server, polled: list[int]) -> None:
    row = subscribed(server)
    confirm(server)
    Feed.objects.update(paused=True)
    assert announce(server, b"<rss/>").status_code == 410
    assert confirm(server).status_code == 404
    HubSubscription.objects.update(next_at=None)
    assert websub.request_due(QUICK) == 0 and polled == [] and row.pk
    assert Client().post("/websub/nothing/", b"", content_type="a/b").status_code == 410


def test_nothing_is_asked_without_a_public_address_or_a_hub(server: Server, settings: Settings) -> None:
    row = subscribed(server)
    server.serve("/rss", rss(item(2)))
    poll(row)
    assert not HubSubscription.objects.exists()
    settings.PUBLIC_URL = ""
    server.serve("/rss", with_hub(server, item(3)))
    poll(row)
    assert not HubSubscription.objects.exists()


def test_headers_and_json_feeds_declare_hubs_too(server: Server) -> None:
    link = f'<{server.url}/hub>; rel="hub", <{server.url}/topic>; rel=self; type="a,b"'
    row = feed(server.serve("/rss", rss(item(1)), headers={"Link": link}))
    poll(row)
    found = HubSubscription.objects.get()
    assert (found.hub, found.topic) == (f"{server.url}/hub", f"{server.url}/topic")
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T"}]}
    document |= {"hubs": [{"type": "WebSub", "url": "https://hub.example/"}], "feed_url": "https://one.example/f"}
    server.answers["/rss"] = Answer(body=json.dumps(document).encode())
    poll(row)
    before, found = found, HubSubscription.objects.get()
    assert (found.hub, found.topic, found.state) == ("https://hub.example/", "https://one.example/f", State.WANTED)
    assert (found.token, found.secret) != (before.token, before.secret)


def test_the_administration_says_what_the_hub_does(server: Server, settings: Settings) -> None:
    desk, english = Client(), {"accept-language": "en"}
    desk.force_login(User.objects.create_superuser("desk"))
    row = subscribed(server)

    def said() -> str:
        pages = [desk.get(f"/admin/timeline/{path}/change/", headers=english).content.decode() for path in paths]
        assert all(row.subscription.secret not in page and row.subscription.token not in page for page in pages)
        (first, second) = [
            re.findall(r"[^<>]*hub: [^<>]*|none declared|off: NEWSDESK_URL[^<>]*", page) for page in pages
        ]
        assert [words.strip() for words in first] == [words.strip() for words in second]
        return str(first[0]).strip()

    paths = [f"feed/{row.pk}", f"source/{row.source_id}"]
    assert said().startswith(f"requested, not confirmed yet · hub: {server.url}/hub")
    confirm(server)
    assert said().startswith("subscribed until ")
    announce(server, b"x")
    assert "last announcement" in said()
    HubSubscription.objects.update(lease_until=timezone.now() - timedelta(hours=1), failure="answered 500")
    assert said().startswith("subscription ended") and "last failure: answered 500" in said()
    confirm(server, mode="denied")
    assert said().startswith("denied by the hub")
    HubSubscription.objects.all().delete()
    pages = [desk.get(f"/admin/timeline/{path}/change/", headers=english).content.decode() for path in paths]
    assert all("none declared" in page for page in pages)
    settings.PUBLIC_URL = ""
    pages = [desk.get(f"/admin/timeline/{path}/change/", headers=english).content.decode() for path in paths]
    assert all("NEWSDESK_URL is not set" in page for page in pages)
