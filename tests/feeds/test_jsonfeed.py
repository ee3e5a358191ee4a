"""The JSON Feed: valid by its specification, complete by its pages, and the same events as the page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.support.rows import article, claim, event
from timeline.models import Event
from timeline.query.filter import EventFilter

pytestmark = pytest.mark.django_db


def fill() -> None:
    text = "英国将于今年年底前举行大选。"
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by")
    claim(vote, article(text), text, trigger="大选")
    event("au1", ["AU"], "2025-05-01", "2025-05-31", granularity="month", since="2024-03-21")
    event("jp1", ["JP", "CA", "aukus"], "2024-10-01", "2025-03-31", kind="alliance", type="accession")


def valid(feed: dict[str, Any]) -> None:
    """The rules of https://jsonfeed.org/version/1.1/: required fields, their types, unique ids, moments."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str) and feed["title"]
    for name in ("home_page_url", "feed_url", "next_url"):
        assert urlsplit(feed.get(name, "http://x.example/")).scheme in ("http", "https")
    assert all(isinstance(author["name"], str) for author in feed["authors"])
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item["content_text"], str)
        assert urlsplit(item["url"]).netloc
        for name in ("date_published", "date_modified"):
            assert datetime.fromisoformat(item[name]).tzinfo is not None
        assert all("." not in name for name in item if name.startswith("_"))


def test_the_feed_is_valid_and_holds_every_event(client: Client) -> None:
    fill()
    response = client.get("/feed.json")
    assert response.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    feed = response.json()
    valid(feed)
    assert [item["id"] for item in feed["items"]] == [f"urn:newsdesk:event:{pk}" for pk in ("au1", "gb1", "jp1")]
    assert "next_url" not in feed
    assert "大选" in response.content.decode(), "Chinese is not escaped"


def test_the_days_of_an_event_stand_in_the_extension_and_never_in_date_published(client: Client) -> None:
    fill()
    item = next(i for i in client.get("/feed.json").json()["items"] if i["id"].endswith("gb1"))
    own = item["_newsdesk"]
    assert (own["start"], own["end"], own["edtf"]) == ("2024-03-20", "2024-12-31", "[2024-03-20..2024-12-31]")
    assert (own["status"], own["modifier"], own["claims"], own["sources"]) == ("scheduled", "by", 1, 1)
    assert own["participants"] == [{"code": "GB", "name": "United Kingdom"}]
    assert item["date_published"] == "2024-03-20T12:00:00+00:00"


def test_pages_give_every_event_exactly_once_however_many_share_a_day(client: Client) -> None:
    for n in range(250):
        event(f"e{n:03}", ["GB"], "2024-05-05")
    seen, url, urls = [], "/feed.json?kind=election", set()
    while url:
        assert url not in urls
        urls.add(url)
        feed = client.get(url).json()
        valid(feed)
        seen += [item["id"].rpartition(":")[2] for item in feed["items"]]
        following = urlsplit(feed.get("next_url", ""))
        url = f"{following.path}?{following.query}" if following.path else ""
    assert sorted(seen) == sorted(Event.objects.values_list("pk", flat=True))
    assert len(urls) == 3


@pytest.mark.parametrize(
    "query", ["", "kind=alliance", "country=AU", "bloc=aukus", "from=2025-01", "q=英国", "as_of=2024-03-20"]
)
def test_the_same_query_gives_the_same_events_as_the_filter(client: Client, query: str) -> None:
    fill()
    request = client.get(f"/feed.json?{query}").wsgi_request
    wanted = EventFilter.parse(request.GET).events(date(2024, 9, 1), newest=True)
    items = client.get(f"/feed.json?{query}").json()["items"]
    assert [i["id"].rpartition(":")[2] for i in items] == [e.id for e in wanted]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("colour=red", "colour"),
        ("from=2024-13", "from"),
        ("cursor=xx", "cursor"),
        ("cursor=", "cursor"),
        ("lang=tlh", "lang"),
        ("country=ZZ", "country"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(client: Client, query: str, name: str) -> None:
    response = client.get(f"/feed.json?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [p["name"] for p in response.json()["invalid-params"]] == [name]


def test_the_language_is_chosen_by_parameter_or_by_header(client: Client) -> None:
    fill()
    english = client.get("/feed.json?lang=en&country=GB").json()
    assert english["language"] == "en" and english["items"][0]["title"].startswith("United Kingdom: general election")
    by_header = client.get("/feed.json?country=GB", headers={"Accept-Language": "en"})
    assert by_header.json()["items"][0]["title"] == english["items"][0]["title"]
    assert "Accept-Language" in by_header.headers["Vary"]


def test_what_is_unchanged_is_not_sent_again(client: Client) -> None:
    fill()
    first = client.get("/feed.json")
    again = client.get("/feed.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    event("us1", ["US"], "2024-11-05")
    assert client.get("/feed.json", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_feed_is_read_only(client: Client) -> None:
    assert client.post("/feed.json").status_code == 405
    assert client.head("/feed.json").status_code == 200
