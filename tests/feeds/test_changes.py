"""The stream of changes: whoever follows it misses nothing and gets nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.rows import event
from timeline.feeds import changes as stream
from timeline.models import Change, Event

pytestmark = pytest.mark.django_db

STATE = {"start": "2024-05-05", "end": "2024-05-05", "status": "scheduled", "type": "general", "participants": ["GB"]}


def note(what: str = "moved", pk: str = "gb1", **more: Any) -> Change:
    return Change.objects.create(event_id=pk, what=what, before=STATE, after=more.pop("after", STATE), **more)


def get(client: Client, url: str = "/changes.json") -> dict[str, Any]:
    response = client.get(url)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    assert set(body) == {"changes", "next", "latest"}
    return body


@pytest.fixture
def vote() -> Event:
    return event("gb1", ["GB"], "2024-05-05")


def test_a_change_says_what_happened_to_which_event(client: Client, vote: Event) -> None:
    event("gb2", ["GB"], "2024-05-06")
    Event.objects.filter(pk="gb1").update(merged_into="gb2")
    vote.participants.all().delete()
    change = note("merged", after={}, merged_into_id="gb2")
    (told,) = get(client, "/changes.json?lang=en")["changes"]
    assert told["at"] == change.at.replace(microsecond=0).isoformat()
    assert {name: told[name] for name in told if name != "at"} == {
        "id": change.pk,
        "what": "merged",
        "event": "gb1",
        "url": "http://testserver/events/gb1/",
        "title": "United Kingdom: general election",
        "before": STATE,
        "after": None,
        "merged_into": "gb2",
    }


def test_who_follows_next_and_then_polls_latest_gets_every_change_once(
    client: Client, vote: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_CHANGES", 3)
    written = [note().pk for _ in range(8)]
    seen: list[int] = []
    url = "/changes.json?after=0"
    for step in range(12):
        body = get(client, url)
        seen += [change["id"] for change in body["changes"]]
        if step in (1, 4, 6):  # more comes while somebody reads, also just behind the last page
            written += [note().pk for _ in range(step)]
        url = body["next"] or body["latest"]
    assert seen == written
    assert get(client, url) == {"changes": [], "next": None, "latest": url}


def test_latest_leads_to_the_end_at_once(client: Client, vote: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_CHANGES", 2)
    for _ in range(5):
        note()
    latest = get(client)["latest"]
    assert get(client, latest)["changes"] == []
    newest = note()
    assert [change["id"] for change in get(client, latest)["changes"]] == [newest.pk]


def test_an_empty_stream_can_be_followed(client: Client, vote: Event) -> None:
    body = get(client)
    assert (body["changes"], body["next"]) == ([], None)
    change = note()
    assert [c["id"] for c in get(client, body["latest"])["changes"]] == [change.pk]


def test_some_kinds_of_change_can_be_chosen_and_stay_chosen(
    client: Client, vote: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_CHANGES", 1)
    for what in ("added", "moved", "cancelled", "moved", "retracted"):
        note(what)
    url, seen = "/changes.json?what=moved&what=cancelled&lang=en", []
    while url:
        body = get(client, url)
        seen += [change["what"] for change in body["changes"]]
        url = body["next"]
    assert seen == ["moved", "cancelled", "moved"]
    assert "what=moved&what=cancelled&lang=en" in body["latest"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("after=1", "after"),
        ("after=", "after"),
        ("after=0&after=0", "after"),
        ("after=Yy0x", "after"),  # c-1
        ("after=" + "9" * 500, "after"),
        ("after=Yzk5OTk5OTk5OTk5OTk5OTk5OTk5", "after"),  # c and twenty digits
        ("what=painted", "what"),
        ("colour=red", "colour"),
        ("lang=tlh", "lang"),
    ],
)
def test_what_is_wrong_is_named(client: Client, query: str, name: str) -> None:
    response = client.get(f"/changes.json?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [p["name"] for p in response.json()["invalid-params"]] == [name]


def test_a_page_costs_three_queries(client: Client, vote: Event) -> None:
    for _ in range(30):
        note()
    with CaptureQueriesContext(connection) as queries:
        get(client)
    assert len(queries) <= 3


# --- of a filter --------------------------------------------------------------------------------

ELSEWHERE = {**STATE, "start": "2026-01-01", "end": "2026-01-01"}


def followed(client: Client, url: str) -> list[int]:
    seen: list[int] = []
    for _ in range(40):
        body = get(client, url)
        seen += [change["id"] for change in body["changes"]]
        if body["next"] is None:
            assert get(client, body["latest"])["changes"] == []
            return seen
        url = body["next"]
    raise AssertionError("the stream has no end")


def test_a_filter_keeps_what_matches_before_or_after_and_stays_on_all_pages(
    client: Client, vote: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_CHANGES", 2)
    event("fr1", ["FR"], "2024-05-05")
    french = {**STATE, "participants": ["FR"]}
    wanted = []
    for n in range(9):
        if n % 4 == 1:
            wanted.append(note().pk)
        Change.objects.create(event_id="fr1", what="moved", before=french, after=french)
    assert followed(client, "/changes.json?country=GB") == wanted
    body = get(client, "/changes.json?country=GB&type=general&lang=en&what=moved")
    for url in (body["next"], body["latest"]):
        assert all(part in url for part in ("country=GB", "type=general", "lang=en", "what=moved"))


def test_an_event_that_moves_out_is_told_as_much_as_one_that_moves_in(client: Client, vote: Event) -> None:
    out, still = note(after=ELSEWHERE), note()
    note(what="status", after=STATE)
    Change.objects.filter(pk=still.pk).update(before=ELSEWHERE, after=ELSEWHERE)
    window = "from=2024-05-01&to=2024-05-31&what=moved"
    assert followed(client, f"/changes.json?{window}") == [out.pk]
    assert followed(client, "/changes.json?from=2026-01-01&to=2026-01-31") == [out.pk, still.pk]


def test_whoever_follows_words_learns_that_an_event_is_gone(client: Client, vote: Event) -> None:
    event("fr1", ["FR"], "2024-05-05")
    Event.objects.filter(pk="gb1").update(retracted=True)
    gone = note("retracted", after={})
    assert followed(client, "/changes.json?q=nothing") == [gone.pk]
    assert followed(client, "/changes.json?q=nothing&country=FR") == []


@pytest.mark.parametrize("query", ["kind=nothing", "country=XX1", "as_of=2024-05-05", "from=2024-99-01"])
def test_a_wrong_filter_is_named(client: Client, query: str) -> None:
    for url in ("/changes.json", "/api/v1/changes"):
        response = client.get(f"{url}?{query}")
        assert response.status_code == 400, url
        assert [p["name"] for p in response.json()["invalid-params"]] == [query.partition("=")[0]]


def test_the_api_takes_the_same_filter(client: Client, vote: Event) -> None:
    event("fr1", ["FR"], "2024-05-05")
    for _ in range(3):
        note()
    url = "/api/v1/changes?country=FR&limit=2"
    first = client.get(url).json()
    assert first["changes"] == [] and "country=FR" in first["next"]
    assert client.get(first["next"]).json()["next"] is None
    assert len(client.get("/api/v1/changes?country=GB&kind=election").json()["changes"]) == 3
