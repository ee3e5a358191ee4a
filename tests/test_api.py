"""API v1: the same events by the same filter, honest errors, and a description that lists it all."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client
from rows import article, believe, claim, event

from timeline.models import Event

pytestmark = pytest.mark.django_db


def test_events_come_in_order_of_day_with_their_structure(client: Client) -> None:
    event("us1", ["US"], "2024-11-05", type="presidential")
    event(
        "jp1", ["JP", "CA", "aukus"], "2024-10-01", "2025-03-31", kind="alliance", type="accession", status="expected"
    )
    response = client.get("/api/v1/events")
    body = response.json()
    assert [e["id"] for e in body["events"]] == ["jp1", "us1"]
    assert body["next"] is None
    assert body["events"][0]["participants"] == [
        *({"code": "JP", "name": "日本"}, {"code": "CA", "name": "加拿大"}, {"code": "aukus", "name": "奥库斯"}),
    ]
    assert "日本" in response.content.decode()


def test_paging_gives_every_event_exactly_once_over_ties(client: Client) -> None:
    for n in range(250):
        event(f"e{n:03}", ["GB"], "2024-05-05")
    seen, url = [], "/api/v1/events?limit=70&kind=election"
    while url:
        body = client.get(url).json()
        seen += [e["id"] for e in body["events"]]
        following = urlsplit(body["next"] or "")
        url = f"{following.path}?{following.query}" if following.path else ""
    assert seen == sorted(Event.objects.values_list("pk", flat=True))


def test_an_event_tells_its_claims_and_what_was_believed_when(client: Client) -> None:
    text = "英国将于今年年底前举行大选。"
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31")
    claim(vote, article(text), text, why="published 2024-03-20 → 2024-12-31")
    believe(vote, "2024-05-23", "2024-07-04", "2024-07-04")
    body = client.get("/api/v1/events/gb1").json()
    assert (body["event"]["start"], body["claims"][0]["evidence"]) == ("2024-07-04", text)
    assert [(b["since"], b["until"], b["start"]) for b in body["beliefs"]] == [
        ("2024-03-20", "2024-05-23", "2024-03-20"),
        ("2024-05-23", None, "2024-07-04"),
    ]
    before = client.get("/api/v1/events/gb1?as_of=2024-04-01").json()
    assert (before["event"]["end"], len(before["beliefs"])) == ("2024-12-31", 1)


def test_a_merged_id_redirects_and_a_retracted_one_is_gone(client: Client) -> None:
    new = event("new1", ["GB"], "2024-07-04")
    Event.objects.filter(pk=event("old1", ["GB"], "2024-07-05").pk).update(merged_into=new)
    Event.objects.filter(pk=event("gone1", ["GB"], "2024-07-06").pk).update(retracted=True)
    moved = client.get("/api/v1/events/old1")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/api/v1/events/new1")
    assert client.get("/api/v1/events/gone1").status_code == 410
    assert [e["id"] for e in client.get("/api/v1/events").json()["events"]] == ["new1"]


def test_an_article_gives_its_text_and_expressions(client: Client) -> None:
    row = article("英国将于今年年底前举行大选。", expressions=[{"text": "今年年底前", "start_char": 4, "end_char": 9}])
    body = client.get(f"/api/v1/articles/{row.pk}").json()
    one = body["expressions"][0]
    assert body["text"][one["start_char"] : one["end_char"]] == "今年年底前"


def test_actors_are_those_that_occur(client: Client) -> None:
    event("us1", ["US"], "2024-11-05")
    assert [a["code"] for a in client.get("/api/v1/actors").json()["actors"]] == ["US"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("events?colour=red", 400),
        ("events?limit=0", 400),
        ("events?limit=201", 400),
        ("events?cursor=%00", 400),
        ("events?from=2025&to=2024", 400),
        ("events?as_of=yesterday", 400),
        ("events/none1", 404),
        ("events/x?kind=election", 400),
        ("articles/99999", 404),
        ("actors?q=x", 400),
    ],
)
def test_errors_are_problem_details(client: Client, path: str, status: int) -> None:
    response = client.get(f"/api/v1/{path}")
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


def test_the_description_lists_every_operation(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        *("/api/v1/events", "/api/v1/events/{event_id}", "/api/v1/articles/{article_id}", "/api/v1/actors"),
    }
    names = {p["name"] for p in described["paths"]["/api/v1/events"]["get"]["parameters"]}
    assert {"kind", "country", "bloc", "status", "from", "to", "q", "as_of", "cursor", "limit"} <= names
    assert client.get("/api/v1/docs").status_code == 200


def test_nothing_can_be_written(client: Client) -> None:
    for method in (client.post, client.put, client.delete, client.patch):
        assert method("/api/v1/events").status_code == 405
