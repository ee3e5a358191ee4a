"""Feeds in the administration: found, paused, resumed, polled, made and changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import feed, loopback
from timeline.ingest.store import digest
from timeline.models import Feed, Source

__all__ = ["loopback", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


# --- Admin --------------------------------------------------------------------------------------


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.mark.parametrize("model", ["feed", "source"])
def test_the_lists_ask_as_much_for_fifty_rows_as_for_five(chief: Client, model: str) -> None:
    def queries(ask: Callable[[str], Any]) -> int:
        with CaptureQueriesContext(connection) as context:
            assert ask(f"/admin/timeline/{model}/").status_code == 200
        return len(context)

    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            feed(f"https://one.example/{n}", slug=f"s{n}", failure="answers 500", failures=n % 2)

    fill(0, 5)
    few = queries(chief.get)
    fill(5, 50)
    assert queries(chief.get) == few


@pytest.mark.parametrize("state", [*Feed.State.values, "nonsense"])
def test_feeds_are_found_by_their_state(chief: Client, state: str) -> None:
    now = timezone.now()
    rows = {
        "new": feed("https://one.example/1"),
        "well": feed("https://one.example/2", last_success=now),
        "failing": feed("https://one.example/3", last_success=now, failures=1),
        "paused": feed("https://one.example/4", paused=True),
        "retired": feed("https://one.example/5", retired_at=now, failures=3),
    }
    for name, row in rows.items():
        assert row.state == name
    shown = chief.get(f"/admin/timeline/feed/?state={state}").content.decode()
    for name, row in rows.items():
        assert (row.url in shown) == (state in (name, "nonsense"))


def test_an_editor_pauses_resumes_and_polls(chief: Client, server: Server, broker: object) -> None:
    row = feed(server.serve("/feed", rss(item(1))), failures=4, next_at=timezone.now() + timedelta(days=1))

    def act(name: str) -> Feed:
        chief.post("/admin/timeline/feed/", {"action": name, "_selected_action": [row.pk]})
        row.refresh_from_db()
        return row

    assert act("pause").paused
    assert act("poll_now").claimed_until is None
    assert not act("resume").paused and row.failures == 0 and row.next_at is None
    assert act("poll_now").claimed_until is not None


def test_a_feed_is_made_and_changed_with_checks(chief: Client) -> None:
    source = feed("https://one.example/1").source
    data = {
        "source": source.pk,
        "url": "HTTPS://Two.example/x#top",
        "interval": 30,
        "clock": "stated",
        "identity": "id",
    }
    assert chief.post("/admin/timeline/feed/add/", data).status_code == 302
    made = Feed.objects.get(interval=30)
    assert made.url == "https://two.example/x" and made.url_digest == digest(made.url)
    again = chief.post("/admin/timeline/feed/add/", data)
    assert again.status_code == 200 and Feed.objects.count() == 2
    assert chief.post("/admin/timeline/feed/add/", {**data, "url": "file:///etc/passwd"}).status_code == 200
    Feed.objects.filter(pk=made.pk).update(etag='"1"', next_at=timezone.now() + timedelta(days=1))
    chief.post(f"/admin/timeline/feed/{made.pk}/change/", {**data, "url": "https://two.example/y"})
    made.refresh_from_db()
    assert (made.url, made.etag, made.next_at) == ("https://two.example/y", "", None)


def test_a_zone_that_is_none_is_refused(chief: Client) -> None:
    data = {"name": "N", "slug": "n", "zone": "Mars/Base", "trust": "full"}
    assert chief.post("/admin/timeline/source/add/", data).status_code == 200 and not Source.objects.exists()
    assert chief.post("/admin/timeline/source/add/", {**data, "zone": "Asia/Taipei"}).status_code == 302


def test_a_page_of_a_source_shows_its_feeds_and_their_reasons(chief: Client) -> None:
    row = feed("https://one.example/1", failure="answers 500 <b>x</b>", failures=2, last_failure=timezone.now())
    shown = chief.get(f"/admin/timeline/source/{row.source.pk}/change/").content.decode()
    assert "answers 500 &lt;b&gt;x&lt;/b&gt;" in shown
    shown = chief.get(f"/admin/timeline/feed/{row.pk}/change/").content.decode()
    assert "answers 500 &lt;b&gt;x&lt;/b&gt;" in shown


def test_who_may_only_look_acts_on_no_feed(server: Server) -> None:
    row = feed(server.url + "/feed")
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_feed", "view_source"]))
    onlooker = Client()
    onlooker.force_login(user)
    assert onlooker.get("/admin/timeline/feed/").status_code == 200
    onlooker.post("/admin/timeline/feed/", {"action": "pause", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.paused
