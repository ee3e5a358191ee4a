"""CSV, TimelineJS and schema.org: read back by other parsers, whole, guarded, and honest about days."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support.formulas import PAYLOADS
from tests.support.rows import article, claim, event
from timeline.display.event import view_events
from timeline.feeds import csv as table
from timeline.feeds import streaming, timelinejs
from timeline.feeds.jsonld import event_jsonld, script
from timeline.feeds.metadata import plain
from timeline.models import Actor, Article, Contradiction, Event

pytestmark = pytest.mark.django_db

TAGGED = 2  # queries for the state that a tag names
TEXT = "英国将于今年年底前举行大选。"


def fill() -> None:
    dated = {"modifier": "by", "granularity": "year", "status": "expected"}
    vote = event("gb1", ["GB"], "2024-03-20", "2024-12-31", revision=2, **dated)
    said = claim(vote, article(TEXT), TEXT)
    other = claim(vote, article(TEXT + "x", of="two"), TEXT)
    Contradiction.objects.create(event=vote, first=said, second=other)
    event("us1", ["US"], "2024-11-05", curated=True)
    event("jp1", ["JP", "aukus"], "2024-10-01", "2024-10-03", kind="alliance", type="exercise", extent="throughout")


# --- CSV ----------------------------------------------------------------------------------------


def export(client: Client, query: str = "lang=en") -> list[dict[str, str]]:
    response = client.get(f"/export.csv?{query}")
    assert isinstance(response, StreamingHttpResponse) and response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    data = response.getvalue()
    assert data.startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by this mark alone"
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows), "no row is longer or shorter"
    return rows


def whole(response: HttpResponseBase) -> bytes:
    """All of an answer; a server closes what it has sent."""
    assert response.status_code == 200
    return response.getvalue()


def test_a_row_holds_all_that_is_known_of_an_event(client: Client) -> None:
    fill()
    by_id = {row["id"]: row for row in export(client)}
    gb = by_id["gb1"]
    assert {name: gb[name] for name in ("start", "end", "edtf", "precision", "modifier", "status", "revision")} == {
        "start": "2024-03-20",
        "end": "2024-12-31",
        "edtf": "[2024-03-20..2024-12-31]",
        "precision": "year",
        "modifier": "by",
        "status": "expected",
        "revision": "2",
    }
    assert (gb["claims"], gb["sources"]) == ("2", "2")
    assert (gb["contradicted"], gb["curated"], gb["lapsed"]) == ("yes", "no", "yes")
    assert (gb["believed_since"], gb["url"], gb["evidence"]) == ("2024-03-20", "http://testserver/events/gb1/", TEXT)
    assert by_id["us1"]["curated"] == "yes"
    assert (by_id["jp1"]["participants"], by_id["jp1"]["participant_names"]) == ("JP aukus", "Japan; AUKUS")


def test_the_export_is_the_whole_filter_in_batches(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "BATCH", 7)
    for n in range(49):
        event(f"e{n:03}", ["GB"], "2024-05-05" if n % 3 else "2024-05-06")
    event("fr1", ["FR"], "2024-05-05")
    ids = [row["id"] for row in export(client, "country=GB")]
    assert len(ids) == 49 and ids == list(Event.objects.exclude(pk="fr1").values_list("pk", flat=True))


def test_only_the_tag_is_asked_for_before_the_first_line_is_wanted(client: Client) -> None:
    fill()
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/export.csv")
        assert isinstance(response, StreamingHttpResponse)
        assert len(queries) == TAGGED
        lines = iter(response)
        assert next(lines).startswith(b"\xef\xbb\xbfid,url,title")
        assert len(queries) == TAGGED
        assert list(lines)


def test_a_client_with_the_current_state_gets_304(client: Client) -> None:
    event("gb1", ["GB"], "2024-05-05")
    first = client.get("/export.csv")
    assert whole(first)
    tag = first.headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        again = client.get("/export.csv", headers={"If-None-Match": tag})
        assert (again.status_code, len(queries)) == (304, TAGGED)
    for other in ("/export.csv?kind=election", "/export.csv?lang=en"):
        assert whole(client.get(other, headers={"If-None-Match": tag})), other
    event("gb2", ["GB"], "2024-06-05")
    assert len(export(client)) == 2
    assert whole(client.get("/export.csv", headers={"If-None-Match": tag}))


def test_the_head_of_an_export_makes_none_of_it(client: Client) -> None:
    response = client.head("/export.csv")
    assert response.headers["Content-Type"].startswith("text/csv")
    assert not isinstance(response, StreamingHttpResponse)


def test_few_exports_are_made_at_a_time_and_whoever_is_refused_knows_when_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PLACES", streaming.Places(at_work=1, waiting=1))
    monkeypatch.setattr(streaming, "WAIT_SECONDS", 0.05)
    fill()
    first = client.get("/export.csv")
    next(iter(first))
    refused = client.get("/export.csv")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(streaming.RETRY_SECONDS))
    assert refused.json()["type"].endswith("/busy")
    for close in vars(first)["_resource_closers"]:  # as the server does; close() would end the test's connection, too
        close()
    assert len(export(client)) == Event.objects.count()  # the place is free again, after an export cut short
    assert len(export(client)) == Event.objects.count()  # and after a whole one


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_begins_like_a_formula(client: Client, payload: str) -> None:
    claim(event("gb1", ["GB"], "2024-05-05"), article(payload), payload)
    Actor.objects.filter(pk="GB").update(name_en=payload)
    (row,) = export(client)
    for name in ("evidence", "participant_names", "title"):
        assert row[name].startswith("'"), name
    assert row["evidence"].removeprefix("'") == plain(payload)
    assert not any(cell.startswith(("=", "+", "-", "@", "＝", "＋", "\t", "\r")) for cell in row.values())


@pytest.mark.parametrize("hidden", ["\x00", "\u202a", "\u2066\u2069"])
def test_no_unseen_character_hides_a_formula(hidden: str) -> None:
    assert table.guarded(f"{hidden}=1+1") == "'=1+1"


def test_commas_quotes_and_line_breaks_come_back_as_they_were(client: Client) -> None:
    text = 'a "quoted" word, then\na second line; and ，；“”'
    claim(event("gb1", ["GB"], "2024-05-05"), article(text), text)
    assert export(client)[0]["evidence"] == text


# --- TimelineJS ---------------------------------------------------------------------------------


def story(client: Client, query: str = "lang=en") -> dict[str, Any]:
    response = client.get(f"/export/timelinejs.json?{query}")
    assert response.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    ids = [slide["unique_id"] for slide in (body["title"], *body["events"])]
    assert len(set(ids)) == len(ids)
    for slide in body["events"]:
        for name in {"start_date", "end_date"} & slide.keys():
            assert set(slide[name]) == {"year", "month", "day"}
            assert all(isinstance(number, int) for number in slide[name].values())
        assert slide["start_date"] and slide["display_date"] and slide["text"]["headline"] and slide["group"]
    return body


def test_a_slide_says_its_date_as_sure_as_it_is(client: Client) -> None:
    fill()
    slides = {slide["unique_id"]: slide for slide in story(client)["events"]}
    assert slides["gb1"]["display_date"] == "by the end of 2024"
    assert slides["gb1"]["text"]["headline"].startswith("[some day: by the end of 2024]")
    assert slides["us1"]["display_date"] == "5 November 2024" and "end_date" not in slides["us1"]
    assert slides["jp1"]["end_date"] == {"year": 2024, "month": 10, "day": 3}
    assert slides["jp1"]["group"] == "alliance"


def test_the_title_slide_says_what_was_left_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill()
    assert "left out" not in story(client)["title"]["text"]["text"]
    monkeypatch.setattr(timelinejs, "MAX_SLIDES", 2)
    body = story(client)
    assert len(body["events"]) == 2
    assert "1 less important event is left out." in body["title"]["text"]["text"]


# --- schema.org ---------------------------------------------------------------------------------


def ld(pk: str, language: str = "en") -> dict[str, Any]:
    with translation.override(language):
        view = view_events(Event.objects.filter(pk=pk), timezone.localdate())[0]
        found: dict[str, Any] = json.loads(json.dumps(event_jsonld(view, "https://newsdesk.example")))
    assert (found["@context"], found["@type"]) == ("https://schema.org", "Event")
    return found


def test_search_engines_get_only_known_days() -> None:
    fill()
    us, jp, gb = ld("us1"), ld("jp1"), ld("gb1")
    assert (us["startDate"], us["endDate"]) == ("2024-11-05", "2024-11-05")
    assert (jp["startDate"], jp["endDate"]) == ("2024-10-01", "2024-10-03")
    assert "startDate" not in gb and "endDate" not in gb
    assert {p["name"]: p["value"] for p in gb["additionalProperty"]}["edtf"] == "[2024-03-20..2024-12-31]"
    assert us["identifier"] == "urn:newsdesk:event:us1" and us["url"] == "https://newsdesk.example/events/us1/"
    assert us["location"] == [{"@type": "Country", "name": "United States", "identifier": "US"}]
    assert [party["@type"] for party in jp["organizer"]] == ["Organization"] and "location" not in jp


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("scheduled", "EventScheduled"),
        ("postponed", "EventPostponed"),
        ("cancelled", "EventCancelled"),
        ("expected", ""),
    ],
)
def test_the_status_is_a_word_of_schema_org_or_none(status: str, word: str) -> None:
    event("fr1", ["FR"], (timezone.localdate() + timedelta(days=9)).isoformat(), status=status)
    assert ld("fr1").get("eventStatus", "").rpartition("/")[2] == word


def test_nothing_in_the_data_ends_the_block_that_carries_it() -> None:
    hostile = "</script><script>alert(1)</script><!-- & \u2028 \u2029 ' \" \\"
    fill()
    Actor.objects.filter(pk="US").update(name_en=hostile[:120])
    data = ld("us1")
    block = script({**data, "name": hostile})
    assert "\u2028" not in block and "\u2029" not in block and "&" not in block
    tree = HTMLParser(f"<html><head>{block}</head><body></body></html>")
    (found,) = tree.css("script")
    assert json.loads(found.text())["name"] == hostile


# --- one event ----------------------------------------------------------------------------------


def test_an_event_has_its_formats_beside_its_page(client: Client) -> None:
    fill()
    assert b"UID:event-gb1@newsdesk" in client.get("/events/gb1.ics").content
    found = client.get("/events/gb1.jsonld?lang=en")
    assert found.headers["Content-Type"] == "application/ld+json"
    assert [told["publisher"]["name"] for told in found.json()["subjectOf"]] == ["Newsroom two", "Newsroom one"]
    answer = client.get("/events/gb1.json", follow=True)
    assert answer.json()["event"]["id"] == "gb1"


def test_json_for_pages_cannot_end_what_it_stands_in(client: Client) -> None:
    """Whoever puts the answer into a page, too, as search engines' tools do."""
    fill()
    title = "</script><script>alert(1)</script><!-- &"
    Article.objects.update(title=title)
    found = client.get("/events/gb1.jsonld")
    assert not set("<>&") & set(found.content.decode()) and b"\\u003c/script" in found.content
    assert {told["headline"] for told in found.json()["subjectOf"]} == {title}


@pytest.mark.parametrize("ending", ["ics", "json", "jsonld"])
def test_merged_events_redirect_for_good_and_withdrawn_ones_are_gone(client: Client, ending: str) -> None:
    fill()
    Event.objects.filter(pk="gb1").update(merged_into="jp1")
    Event.objects.filter(pk="jp1").update(merged_into="us1")
    moved = client.get(f"/events/gb1.{ending}?lang=en")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/events/us1.{ending}?lang=en")
    Event.objects.filter(pk="us1").update(retracted=True)
    gone = client.get(f"/events/us1.{ending}")
    assert (gone.status_code, gone.headers["Content-Type"]) == (410, "application/problem+json")
    assert client.get(f"/events/nothing.{ending}").status_code == 404


def test_an_event_can_be_exported_as_of_an_earlier_day(client: Client) -> None:
    fill()
    assert client.get("/events/us1.ics?as_of=2024-03-19").status_code == 404
    assert b"DTSTART;VALUE=DATE:20241105" in client.get("/events/us1.ics?as_of=2024-03-21").content
    wrong = client.get("/events/us1.ics?kind=election")
    assert wrong.status_code == 400 and wrong.json()["invalid-params"]
