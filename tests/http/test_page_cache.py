"""What is kept for the next reader, and what never is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.rows import article, claim, event
from timeline.models import Change, Claim, Event
from timeline.pipeline import changelog

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TEXT = "英国将于今年年底前举行大选。"
READS = ["/", "/events/gb1/", "/feed.json", "/feed.ics", "/api/v1/events", "/desk/", "/facets/"]


@pytest.fixture(autouse=True)
def kept(settings: Any) -> None:
    settings.PAGES_KEPT = 4


@pytest.fixture(autouse=True)
def vote() -> Event:
    row = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(row, article(TEXT, pk=1), TEXT)
    return row


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("url", READS)
def test_the_second_reader_is_given_the_same_words(client: Client, url: str) -> None:
    first, second = client.get(url), client.get(url)
    assert "Age" not in first.headers and second.headers["Age"] == "0"
    assert second.content == first.content and second.status_code == 200
    for name in ("ETag", "Content-Type", "Cache-Control"):
        assert second.headers[name] == first.headers[name], name
    assert set(second.headers["Vary"].split(", ")) == set(first.headers["Vary"].split(", "))
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_change_of_any_event_makes_all_be_drawn_anew(client: Client, vote: Event) -> None:
    client.get("/feed.json")
    Event.objects.filter(pk="gb1").update(status="cancelled")
    changelog.append([Change(event=vote, what=Change.What.CANCELLED)])
    answer = client.get("/feed.json")
    assert "Age" not in answer.headers and answer.json()["items"][0]["_newsdesk"]["status"] == "cancelled"


def test_it_is_cached_for_a_minute_at_most(client: Client, clock: list[float]) -> None:
    client.get("/")
    clock[0] += 59
    assert client.get("/").headers["Age"] == "59"
    Claim.objects.update(evidence="changed")
    clock[0] += 1
    answer = client.get("/")
    assert "Age" not in answer.headers and b"changed" in answer.content


def test_languages_fragments_and_addresses_are_cached_separately(client: Client) -> None:
    client.get("/facets/", headers={"Accept-Language": "zh-CN"})
    for url, headers in [
        ("/facets/", {"Accept-Language": "en"}),
        ("/facets/", {"Accept-Language": "zh-CN", "HX-Request": "true"}),
        ("/facets/?kind=election", {"Accept-Language": "zh-CN"}),
    ]:
        assert "Age" not in client.get(url, headers=headers).headers
    assert "Age" in client.get("/facets/", headers={"Accept-Language": "zh-CN"}).headers


def test_nothing_is_cached_from_or_for_those_who_are_signed_in(client: Client) -> None:
    mine = Client()
    mine.force_login(User.objects.create_user("ed"))
    assert "private" in mine.get("/").headers["Cache-Control"]
    assert "Age" not in client.get("/").headers
    answer = mine.get("/")
    assert "Age" not in answer.headers and b'href="/saved/"' in answer.content


@pytest.mark.parametrize("url", ["/try/", "/login/", "/export.csv", "/?kind=nothing", "/events/absent/"])
def test_forms_streams_and_errors_are_not_cached(client: Client, url: str) -> None:
    for reader in (client, Client()):
        answer = reader.get(url)
        assert answer.getvalue()  # to its end: the next table is not made before
        assert "Age" not in answer.headers and answer.status_code != 503


def test_only_so_many_are_cached(client: Client) -> None:
    for url in ("/", "/feed.json", "/feed.ics", "/feed.atom", "/desk/"):
        client.get(url)
    assert "Age" in client.get("/feed.json").headers
    assert "Age" not in client.get("/").headers


def test_none_are_cached_where_the_setting_says_so(client: Client, settings: Any) -> None:
    settings.PAGES_KEPT = 0
    client.get("/")
    assert "Age" not in client.get("/").headers
