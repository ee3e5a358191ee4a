"""Feeds in the administration: found, paused, resumed, polled, made and changed."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu.exceptions import OperationalError

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import feed, loopback
from timeline.ingest import poll as polling
from timeline.ingest.store import digest
from timeline.models import Feed, Source

__all__ = ["loopback", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HTML = {"Content-Type": "text/html"}
ENGLISH = {"accept-language": "en"}


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
        "unseen": "on",
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


def test_a_feed_is_added_only_after_it_was_looked_at(chief: Client, server: Server) -> None:
    source = feed("https://one.example/1").source
    data = {"source": source.pk, "interval": 30, "clock": "stated", "identity": "id"}

    def add(url: str) -> str:
        answer = chief.post("/admin/timeline/feed/add/", {**data, "url": url}, follow=True, headers=ENGLISH)
        return html.unescape(answer.content.decode())

    assert "nothing was added" in add(server.serve("/page", "<html><p>x</p></html>", headers=HTML))
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/a", "/b"))
    assert f"{server.url}/b" in add(server.serve("/several", f"<html><head>{links}</head></html>", headers=HTML))
    assert "nothing was added" in add(server.url + "/nothing-here")
    assert Feed.objects.count() == 1
    shown = add(server.serve("/feed", rss(item(1), item(2))))
    made = Feed.objects.get(interval=30)
    assert (made.kind, made.title) == ("rss", "一号通讯社")
    assert "Found: RSS, 2 entries" in shown
    assert "already exists" in add(made.url) and Feed.objects.count() == 2


def test_polling_without_a_queue_does_not_keep_the_next_poll_from_coming(
    chief: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = feed("https://one.example/1")

    def refuse(claims: object) -> None:
        raise OperationalError("no queue")

    monkeypatch.setattr("timeline.tasks.send_polls", refuse)
    chief.post("/admin/timeline/feed/", {"action": "poll_now", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.claimed_until is None
    assert [pk for pk, _ in polling.claim_due()] == [row.pk]


def test_a_source_is_made_with_a_zone_of_the_list_and_a_slug_of_its_name(chief: Client) -> None:
    data = {"name": "海港日报", "slug": "", "zone": "Asia/Taipei", "trust": "full"}
    form = chief.get("/admin/timeline/source/add/").content.decode()
    assert '<option value="Asia/Taipei">' in form and '<optgroup label="Europe">' in form
    assert chief.post("/admin/timeline/source/add/", data).status_code == 302
    assert Source.objects.get().slug == "haigang-ribao"
    again = chief.post("/admin/timeline/source/add/", data, headers=ENGLISH)
    assert again.status_code == 200 and "haigang-ribao exists already" in again.content.decode()


def test_an_older_name_of_a_zone_is_kept(chief: Client) -> None:
    source = Source.objects.create(name="N", slug="n", zone="Asia/Chongqing")
    data = {
        "name": "M",
        "slug": "n",
        "zone": "Asia/Chongqing",
        "trust": "full",
        "feeds-TOTAL_FORMS": 0,
        "feeds-INITIAL_FORMS": 0,
    }
    assert chief.post(f"/admin/timeline/source/{source.pk}/change/", data).status_code == 302
    source.refresh_from_db()
    assert (source.name, source.zone) == ("M", "Asia/Chongqing")


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
