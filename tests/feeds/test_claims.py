"""The reports of the events of a filter as CSV and JSON lines: whole, in order, guarded, in parts."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.formulas import PAYLOADS
from tests.support.rows import article, claim, event
from timeline.feeds import claims as exports
from timeline.feeds import streaming
from timeline.feeds.metadata import plain
from timeline.models import Actor, Article, Claim, Source

pytestmark = pytest.mark.django_db

TEXT = "英国将于今年年底前举行大选。"
TAGGED = 4  # queries for the state that a tag names
BOTH = ["/export/claims.csv", "/export/claims.jsonl"]


def table(client: Client, query: str = "lang=en") -> list[dict[str, str]]:
    response = client.get(f"/export/claims.csv?{query}")
    assert isinstance(response, StreamingHttpResponse) and response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    data = response.getvalue()
    assert data.startswith(b"\xef\xbb\xbfevent,claim,")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows), "no row is longer or shorter"
    return rows


def objects(client: Client, query: str = "lang=en") -> list[dict[str, Any]]:
    response = client.get(f"/export/claims.jsonl?{query}")
    assert response.headers["Content-Type"] == "application/x-ndjson"
    data = response.getvalue()
    assert not data or data.endswith(b"\n")
    rows = [json.loads(line) for line in data.split(b"\n")[:-1]]
    assert all(tuple(row) == exports.COLUMNS for row in rows)
    return rows


def fill() -> Claim:
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31", modifier="by", granularity="year", status="expected")
    told = article(TEXT, title="大选")
    said = claim(vote, told, TEXT, doubts=["unsure"], probability=0.81, reader="both")
    Claim.objects.filter(pk=said.pk).update(
        trigger=[said.evidence_start + TEXT.index("大选"), said.evidence_start + TEXT.index("大选") + 2]
    )
    return said


def test_a_row_holds_what_one_article_says(client: Client) -> None:
    said = fill()
    (row,) = objects(client)
    expected = {
        "event": "gb1",
        "claim": said.pk,
        "reprint_of": None,
        "article_url": said.article.url,
        "article_title": "大选",
        "newsroom": said.article.source.name,
        "reported": said.reported.isoformat(),
        "evidence": TEXT,
        "trigger": "大选",
        "type": "general",
        "participants": ["GB"],
        "participant_names": ["United Kingdom"],
        "doubts": ["unsure"],
        "doubts_in_words": ["the reader is 81 % sure that the text says so"],
        "probability": 0.81,
        "reader": "both",
        "status": said.status,
        "start": said.start.isoformat() if said.start else None,
        "end": said.end.isoformat() if said.end else None,
    }
    assert {name: row[name] for name in expected} == expected
    (cells,) = table(client)
    for name, value in expected.items():
        words = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        assert cells[name] == words, name


@pytest.mark.parametrize(
    ("language", "name", "doubt"),
    [("en", "United Kingdom", "sure that"), ("zh-Hans", "英国", "把握"), ("zh-Hant", "英國", "把握")],
)
def test_words_are_in_the_language_of_the_reader(client: Client, language: str, name: str, doubt: str) -> None:
    fill()
    for row in (*table(client, f"lang={language}"), *objects(client, f"lang={language}")):
        assert name in row["participant_names"]
        assert doubt in str(row["doubts_in_words"])


@pytest.mark.parametrize(("events", "batch"), [(7, 500), (200, 5), (3, 3), (200, 500), (1, 1)])
def test_all_reports_come_once_and_in_order(
    client: Client, monkeypatch: pytest.MonkeyPatch, events: int, batch: int
) -> None:
    monkeypatch.setattr(exports, "EVENTS", events)
    monkeypatch.setattr(exports, "BATCH", batch)
    told = [article(TEXT, of=name, on=day) for name, day in (("one", "2024-03-20"), ("two", "2024-03-19"))]
    written = []
    for n, many in enumerate((1, 0, 9, 2, 5, 1, 4)):
        vote = event(f"e{9 - n}", ["GB"], f"2024-05-{n + 1:02}")
        said = [claim(vote, told[k % 2], TEXT) for k in range(many)]
        written += [(c.event_id, c.pk) for c in sorted(said, key=lambda c: (c.reported, c.pk))]
    other = event("fr1", ["FR"], "2024-05-05")
    claim(other, told[0], TEXT)
    assert [(row["event"], row["claim"]) for row in objects(client, "country=GB")] == written
    assert [(row["event"], int(row["claim"])) for row in table(client, "country=GB")] == written


def test_what_is_read_at_a_time_does_not_grow_with_the_reports(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 10)
    vote, told = event("gb1", ["GB"], "2024-05-05"), article(TEXT)
    for _ in range(35):
        claim(vote, told, TEXT)
    parts = [part.count(b"\n") for part in client.get("/export/claims.jsonl")]
    assert sum(parts) == 35 and max(parts) <= 10


def test_only_reports_known_on_that_day_are_in_an_earlier_state(client: Client) -> None:
    vote = event("gb1", ["GB"], "2024-05-05")
    early = claim(vote, article(TEXT, on="2024-03-20"), TEXT)
    claim(vote, article(TEXT + "x", on="2024-04-20"), TEXT)
    assert [row["claim"] for row in objects(client, "as_of=2024-04-01")] == [early.pk]
    assert len(objects(client)) == 2


def test_nothing_found_is_a_table_without_rows(client: Client) -> None:
    event("gb1", ["GB"], "2024-05-05")
    event("fr1", ["FR"], "2024-05-05")
    assert (table(client), objects(client)) == ([], [])
    assert (table(client, "country=FR"), objects(client, "country=FR")) == ([], [])


@pytest.mark.parametrize("url", BOTH)
@pytest.mark.parametrize(
    "query", ["country=XX1", "kind=nothing", "colour=red", "from=2024-13-01", "lang=tlh", "after=0"]
)
def test_what_is_wrong_is_named(client: Client, url: str, query: str) -> None:
    response = client.get(f"{url}?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [p["name"] for p in response.json()["invalid-params"]] == [query.partition("=")[0]]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_begins_like_a_formula(client: Client, payload: str) -> None:
    claim(event("gb1", ["GB"], "2024-05-05"), article(payload, title=payload), payload, said_by=payload)
    Actor.objects.filter(pk="GB").update(name_en=payload)
    Source.objects.update(name=payload)
    Article.objects.update(url=f"{payload}://x")
    (row,) = table(client)
    for name in ("evidence", "article_title", "article_url", "newsroom", "said_by", "participant_names"):
        assert row[name].startswith("'"), name
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "\t", "\r")) for cell in row.values())
    assert objects(client)[0]["evidence"] == plain(payload), "JSON runs nothing and keeps what was said"


@pytest.mark.parametrize("trigger", [[], [5], [9, 3], [-4, 2], [0, 10_000_000]])
def test_a_trigger_outside_its_sentence_is_left_out(client: Client, trigger: list[int]) -> None:
    said = fill()
    Claim.objects.filter(pk=said.pk).update(trigger=trigger, participants=["GB", "no-such"])
    (row,) = objects(client)
    assert row["trigger"] == ""
    assert row["participant_names"] == ["United Kingdom", "no-such"]


@pytest.mark.parametrize("url", BOTH)
def test_a_client_with_the_current_state_gets_304(client: Client, url: str) -> None:
    said = fill()
    first = client.get(url)
    assert first.getvalue()
    assert said.event is not None
    known = {"If-None-Match": first.headers["ETag"]}
    with CaptureQueriesContext(connection) as queries:
        assert (client.get(url, headers=known).status_code, len(queries)) == (304, TAGGED)
    for other in (f"{url}?kind=election", *(one for one in BOTH if one != url)):
        assert client.get(other, headers=known).getvalue(), other
    claim(said.event, said.article, TEXT)
    assert client.get(url, headers=known).status_code == 200


def test_the_places_are_those_of_all_exports(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PLACES", streaming.Places(at_work=1, waiting=1))
    monkeypatch.setattr(streaming, "WAIT_SECONDS", 0.05)
    fill()
    first = client.get("/export/claims.csv")
    next(iter(first))
    for url in (*BOTH, "/export.csv"):
        refused = client.get(url)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(streaming.RETRY_SECONDS))
    for close in vars(first)["_resource_closers"]:  # as the server does; close() would end the test's connection, too
        close()
    assert len(table(client)) == 1 and len(objects(client)) == 1
