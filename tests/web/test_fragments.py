"""The card of a mark and the event beside the timeline: what they tell, what they refuse, what they cost."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows
from timeline.models import Event
from timeline.query.filter import EventFilter
from timeline.query.form import Look, parse_page
from timeline.query.parser import FilterError
from timeline.web.fragments import event_summary

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SENTENCE = "澳大利亚将于2025年5月举行大选。"


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def australia() -> Event:
    """First expected for 2026, since 1 September 2024 for May 2025, by seven articles."""
    event = rows.event("australia1", ["AU"], "2026-01-01", "2026-12-31")
    for n in range(7):
        text = f"消息{n}。{SENTENCE}"
        expression = rows.expression(text, "2025年5月", "2025-05-01", "2025-05-31")
        said = rows.article(text, on=f"2024-09-0{n + 1}", of=f"paper{n}", expressions=[expression])
        rows.claim(event, said, SENTENCE, trigger="大选", mentions={"澳大利亚": "AU"}, expressions=[0])
    rows.believe(event, "2024-09-01", "2025-05-01", "2025-05-31")
    return event


@pytest.mark.parametrize("part", ["card", "beside"])
def test_a_fragment_is_no_page_and_may_be_cached_for_a_minute(english: Client, australia: Event, part: str) -> None:
    response = english.get(f"/events/australia1/{part}/")
    assert response.status_code == 200
    assert "<html" not in response.text
    assert response["Cache-Control"] == "public, max-age=60"
    assert {"Cookie", "Accept-Language"} <= set(response["Vary"].replace(" ", "").split(","))
    assert "Set-Cookie" not in response.headers


def test_a_card_tells_the_newest_evidence_and_its_source(english: Client, australia: Event) -> None:
    tree = HTMLParser(english.get("/events/australia1/card/").text)
    quotes = tree.css("blockquote")
    assert [quote.text() for quote in quotes] == [SENTENCE]
    assert [mark.text() for mark in quotes[0].css("mark.date")] == ["2025年5月"]
    words = tree.text()
    assert "Newsroom paper6 Simplified Chinese · 7 September 2024" in words
    assert "7 reports from 7 sources" in words
    assert "May 2025" in words


def test_beside_the_timeline_stand_the_five_newest_claims(english: Client, australia: Event) -> None:
    tree = HTMLParser(english.get("/events/australia1/beside/").text)
    days = [time.attributes["datetime"] for time in tree.css("ol.claims time")]
    assert days == [f"2024-09-0{n}" for n in (7, 6, 5, 4, 3)]
    links = [a.attributes["href"] for a in tree.css(".beside-more a")]
    assert links == ["/events/australia1/", "/api/v1/events/australia1"]


@pytest.mark.parametrize("part", ["card", "beside"])
def test_as_of_tells_what_was_known_then(english: Client, australia: Event, part: str) -> None:
    words = HTMLParser(english.get(f"/events/australia1/{part}/?as_of=2024-08-01").text).text()
    assert "As of 1 August 2024." in words
    assert "2026" in words and "2025" not in words
    assert english.get(f"/events/australia1/{part}/?as_of=2020-01-01").status_code == 404


@pytest.mark.parametrize("part", ["card", "beside"])
def test_what_cannot_be_meant_is_refused_by_name(english: Client, australia: Event, part: str) -> None:
    for query, name in [("page=2", "page"), ("as_of=soon", "as_of"), ("as_of=2024&as_of=2025", "as_of"), ("q=x", "q")]:
        response = english.get(f"/events/australia1/{part}/?{query}")
        assert response.status_code == 400
        assert HTMLParser(response.text).css_first(".problems code").text() == name  # type: ignore[union-attr]
    assert english.post(f"/events/australia1/{part}/").status_code == 405
    assert english.get(f"/events/nothing/{part}/").status_code == 404


def test_a_merged_event_tells_of_the_one_it_went_into_and_a_withdrawn_one_of_nothing(australia: Event) -> None:
    merged = rows.event("merged1", ["AU"], "2025-05-03", merged_into=australia)
    rows.event("gone1", ["AU"], "2025-05-04", retracted=True)
    found = event_summary(merged.pk, None, rows.TODAY)
    assert found and found.event.id == "australia1"
    assert event_summary("gone1", None, rows.TODAY) is None
    Event.objects.filter(pk="australia1").update(merged_into="merged1")
    assert event_summary("merged1", None, rows.TODAY) is None  # a circle leads nowhere
    assert event_summary("australia1", date(2024, 1, 1), rows.TODAY) is None


def test_hostile_words_are_escaped(english: Client) -> None:
    event = rows.event("hostile1", ["FR"], "2025-05-01")
    text = '<script>alert(1)</script>"选举"'
    rows.claim(event, rows.article(text, title="<b>x</b>"), text, reasons=[["as_written", ["<i>why</i>"]]])
    for part in ("card", "beside"):
        body = english.get(f"/events/hostile1/{part}/").text
        assert "<script" not in body and "<b>" not in body and "<i>" not in body
        assert "&lt;script&gt;" in body


def test_an_event_that_is_asked_for_is_an_id() -> None:
    assert parse_page(QueryDict("")) == parse_page(QueryDict("event=")) == (EventFilter(), Look())
    assert parse_page(QueryDict("event=a9"))[1].event == "a9"
    for query in ("event=a&event=b", "event=a/b", "event=" + "x" * 17, "event=%00", "event=é"):
        with pytest.raises(FilterError) as caught:
            parse_page(QueryDict(query))
        assert [name for name, _, _ in caught.value.problems] == ["event"]


def test_an_address_with_an_event_shows_it_beside_the_timeline(english: Client, australia: Event) -> None:
    tree = HTMLParser(english.get("/?from=2025&to=2025&event=australia1").text)
    close = tree.css_first("#beside a.beside-close")
    assert close is not None and close.attributes["href"] == "/?from=2025-01-01&to=2025-12-31"
    assert len(tree.css("#beside ol.claims > li")) == 5
    absent = HTMLParser(english.get("/?from=2025&to=2025&event=nothing").text).css_first("#beside")
    assert absent is not None and absent.text(strip=True) == "" and "hidden" in absent.attributes
    assert english.get("/?event=a/b").status_code == 400


@pytest.mark.parametrize("part", ["card", "beside"])
def test_a_fragment_costs_the_same_however_many_claims_there_are(english: Client, australia: Event, part: str) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        english.get(f"/events/australia1/{part}/")
    for n in range(20):
        rows.claim(australia, rows.article(f"又{n}。{SENTENCE}", of=f"more{n}"), SENTENCE)
    with CaptureQueriesContext(connection) as many:
        english.get(f"/events/australia1/{part}/")
    assert len(many) == len(few) <= 8
