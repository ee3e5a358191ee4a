"""The page of one event: its chart, its claims by day, what stands beside it, and what it says when it is gone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows
from tests.support.readings import one, page, texts
from timeline.charts.beliefs.axes import SMALL
from timeline.charts.text import text_width
from timeline.models import Change, Claim, Contradiction, Correction, Event, EventBelief

pytestmark = pytest.mark.django_db

COURSE = [  # reported, first day, last day, grain, status, change
    ("2024-06-10", "2025-01-01", "2025-12-31", "year", "expected", "first"),
    ("2024-09-20", "2025-03-01", "2025-05-31", "season", "expected", "narrowed"),
    ("2024-12-05", "2025-05-01", "2025-05-31", "month", "scheduled", "narrowed"),
    ("2025-02-11", "2025-05-03", "2025-05-03", "day", "scheduled", "narrowed"),
    ("2025-04-08", "2025-09-01", "2025-09-30", "month", "postponed", "moved"),
    ("2025-06-12", "2025-09-01", "2025-09-30", "month", "cancelled", "status"),
]


@pytest.fixture
def english() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def slipping() -> Event:
    """An election that was narrowed, put off and cancelled within a year."""
    event = rows.event("slipping", ["NZ"], "2025-01-01", "2025-12-31", since="2024-06-10")
    event.beliefs.all().delete()
    for on, start, end, grain, status, change in COURSE:
        claim = said(event, on, start, end, granularity=grain, status=status)
        event.beliefs.filter(until=None).update(until=rows.day(on))
        dated: dict[str, Any] = {"start": rows.day(start), "end": rows.day(end), "granularity": grain, "status": status}
        EventBelief.objects.create(event=event, since=rows.day(on), change=change, claim=claim, **dated)
        Event.objects.filter(pk=event.pk).update(believed_since=rows.day(on), day=rows.day(start), **dated)
    event.refresh_from_db()
    return event


def said(
    event: Event, on: str, start: str, end: str | None = None, *, of: str = "one", n: int = 0, **more: Any
) -> Claim:
    text = f"大选第{n}次报道，{on}。"
    days = {"start": rows.day(start), "end": rows.day(end or start)}
    return rows.claim(event, rows.article(text, on=on, of=of), text, **days, **more)


# --- what is believed ---------------------------------------------------------------------------


def test_the_head_says_in_one_sentence_what_is_believed(english: Client, slipping: Event) -> None:
    head = one(page(english, "/events/slipping/"), "header.believed")
    sentence = "New Zealand: general election, cancelled. Planned date: September 2025."
    assert one(head, ".sentence").text() == sentence
    assert one(head, ".status").text().strip() == "cancelled"
    assert one(head, "code").text() == "[2025-09-01..2025-09-30]"
    assert "12 June 2025" in texts(head, "dd")


def test_the_chart_shows_how_the_date_narrowed_slipped_and_was_cancelled(english: Client, slipping: Event) -> None:
    tree = page(english, "/events/slipping/")
    assert (
        one(tree, ".course-words").text()
        == "First reported on 10 June 2024, last on 12 June 2025; the date changed 4 times."
    )
    for chart in (one(tree, "svg.belief-chart.wide"), one(tree, "svg.belief-chart.narrow")):
        assert len(chart.css("a.mark")) == 6
        assert len(chart.css(".step")) == 6 and len(chart.css("path.ended")) == 1
    notes = texts(one(tree, "svg.belief-chart.wide"), ".note-label")
    assert {"2025", "spring 2025", "3 May 2025", "moved to September 2025", "cancelled"} <= set(notes)


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_no_text_of_the_chart_is_cut_by_its_left_edge(language: str) -> None:
    event = rows.event("vote", ["US"], "2024-09-25")
    said(event, "2024-04-09", "2024-09-25")
    said(event, "2024-06-28", "2024-09-25")
    tree = page(Client(headers={"accept-language": language}), "/events/vote/")
    for chart in (one(tree, "svg.belief-chart.wide"), one(tree, "svg.belief-chart.narrow")):
        ends = [text for text in chart.css("text") if text.attributes.get("text-anchor") == "end"]
        assert any("2024" in text.text() for text in ends)
        assert [text.text() for text in ends if float(text.attributes["x"] or 0) < text_width(text.text(), SMALL)] == []


def test_every_mark_names_its_source_and_sentence_and_leads_to_its_claim(english: Client, slipping: Event) -> None:
    tree = page(english, "/events/slipping/")
    marks = one(tree, "svg.belief-chart.wide").css("a.mark")
    claims = {f"#{li.attributes['id']}" for li in tree.css(".claims > li")}
    assert {mark.attributes["href"] for mark in marks} == claims
    first = "10 June 2024, Newsroom one: 2025, expected. “大选第0次报道，2024-06-10。”"
    assert marks[0].attributes["aria-label"] == first == one(marks[0], "title").text()


def test_one_claim_is_a_sentence_instead_of_a_chart(english: Client) -> None:
    event = rows.event("lonely", ["AU"], "2025-05-03")
    said(event, "2024-03-20", "2025-05-03")
    tree = page(english, "/events/lonely/")
    assert not tree.css("svg.belief-chart")
    assert one(tree, ".course-words").text().startswith("All reports are from 20 March 2024")


def test_an_event_without_any_claim_or_day_still_has_a_page(english: Client) -> None:
    rows.event("bare", ["AU"], None, None)
    assert not page(english, "/events/bare/").css("svg.belief-chart")


def test_marks_lead_to_the_page_of_the_list_that_holds_their_claim(english: Client) -> None:
    event = rows.event("often", ["AU"], "2025-05-03")
    for n in range(60):
        said(event, str(date(2024, 3, 20) + timedelta(days=5 * n)), "2025-05-03", n=n)
    first, second = page(english, "/events/often/"), page(english, "/events/often/?page=2")
    hrefs = [mark.attributes["href"] or "" for mark in first.css("svg.wide a.mark")]
    assert hrefs[0].startswith("/events/often/?page=2#claim-") and hrefs[-1].startswith("#claim-")
    for tree, own in ((first, hrefs), (second, [m.attributes["href"] or "" for m in second.css("svg.wide a.mark")])):
        ids = {li.attributes["id"] for li in tree.css(".claims > li")}
        assert {href[1:] for href in own if href.startswith("#")} <= ids
    assert any(href.startswith("/events/often/#claim-") for href in own)


def test_what_was_said_later_is_not_in_a_chart_as_known_before(english: Client, slipping: Event) -> None:
    tree = page(english, "/events/slipping/?as_of=2025-03-01")
    assert one(tree, ".sentence").text() == "New Zealand: general election, scheduled: 3 May 2025."
    assert len(tree.css("svg.wide a.mark")) == len(tree.css("svg.wide .step")) == 4
    assert "2025-09" not in one(tree, "main").html  # type: ignore[operator]
    assert not tree.css(".neighbours, .formats")
    assert "As of 2025-03-01" in texts(tree, "svg.wide .line-label")


# --- what was said ------------------------------------------------------------------------------


def test_claims_stand_under_the_day_of_their_report_and_reprints_are_folded(english: Client) -> None:
    event = rows.event("told", ["AU"], "2025-05-03")
    first = said(event, "2024-03-20", "2025-05-03", n=1)
    said(event, "2024-03-20", "2025-05-03", of="two", n=2)
    said(event, "2024-04-02", "2025-05-03", n=3)
    said(event, "2024-03-21", "2025-05-03", of="three", n=4, reprint_of=first)
    tree = page(english, "/events/told/")
    assert texts(tree, ".said-on h3") == ["2 April 2024", "20 March 2024"]
    assert [len(day.css(".claims > li")) for day in tree.css(".said-on")] == [1, 2]
    folded = one(one(tree, f"#claim-{first.pk}"), "details.reprints")
    assert texts(folded, "summary") == ["The same words in 1 more article"]
    assert texts(folded, "li") == ["Newsroom three 21 March 2024"]
    assert len(tree.css("svg.wide a.mark")) == 2  # two of one day say the same, the reprint is not drawn


def test_contradictions_stand_above_the_chart(english: Client, slipping: Event) -> None:
    a, b = slipping.claims.order_by("reported")[3:5]
    Contradiction.objects.create(event=slipping, first=a, second=b)
    tree = page(english, "/events/slipping/")
    block = one(tree, ".differ")
    assert texts(block, "strong") == ["3 May 2025", "September 2025"]
    html = tree.html or ""
    assert html.index('class="differ"') < html.index("belief-chart")
    assert not page(english, "/events/slipping/?as_of=2025-03-01").css(".differ")


def test_a_day_on_which_newsrooms_differ_is_one_line_with_their_number(english: Client, slipping: Event) -> None:
    may = [said(slipping, "2025-03-01", "2025-05-03", of=f"may{n}", n=n) for n in range(7)]
    june = [said(slipping, "2025-03-01", "2025-06-07", of=f"june{n}", n=n) for n in range(2)]
    for a in may:
        for b in june:
            Contradiction.objects.create(event=slipping, first=a, second=b)
    block = one(page(english, "/events/slipping/"), ".differ")
    line = one(block, "li")
    assert one(line, "time").attributes["datetime"] == "2025-03-01"
    assert texts(line, ".side") == [
        "3 May 2025 7 newsrooms: Newsroom may0, Newsroom may1, Newsroom may2, Newsroom may3, Newsroom may4 and 2 more",
        "7 June 2025 2 newsrooms: Newsroom june0, Newsroom june1",
    ]
    assert line.css(".side a")[0].attributes["href"] == f"/articles/{may[0].article_id}/#claim-{may[0].pk}"


@pytest.mark.parametrize(("language", "between"), [("en", ", "), ("zh-Hans", "、"), ("zh-Hant", "、")])
def test_names_of_newsrooms_are_joined_as_the_language_does(slipping: Event, language: str, between: str) -> None:
    may = [said(slipping, "2025-03-01", "2025-05-03", of=f"may{n}", n=n) for n in range(3)]
    for n, a in enumerate(may):
        june = said(slipping, "2025-03-01", "2025-06-07", of=f"june{n}", n=n)
        Contradiction.objects.create(event=slipping, first=a, second=june)
    sides = texts(one(page(Client(), f"/events/slipping/?lang={language}"), ".differ"), ".side")
    assert between.join(f"Newsroom may{n}" for n in range(3)) in sides[0]
    assert between.join(f"Newsroom june{n}" for n in range(3)) in sides[1]


def test_what_one_claim_says_against_many_is_folded(english: Client, slipping: Event) -> None:
    many = [said(slipping, "2025-03-01", "2025-05-03", of=f"may{n}", n=n) for n in range(10)]
    lone = said(slipping, "2025-03-01", "2025-06-07", of="june")
    Contradiction.objects.create(event=slipping, first=many[0], second=lone)
    block = one(page(english, "/events/slipping/"), ".differ")
    folded = one(block, "details.lone")
    assert "open" not in folded.attributes and len(block.css("li")) == 1 == len(folded.css("li"))
    assert one(folded, "summary").text() == "On 1 day a single report differs from all others"
    said(slipping, "2025-03-02", "2025-06-07", of="july")
    assert not page(english, "/events/slipping/").css("details.lone")


def test_evidence_says_in_which_language_it_is(english: Client, slipping: Event) -> None:
    tree = page(english, "/events/slipping/")
    assert set(texts(tree, ".claims .language")) == {"Simplified Chinese"}
    assert {q.attributes["lang"] for q in tree.css(".claims blockquote")} == {"zh-Hans"}
    quote = one(page(english, "/?window=all"), ".event .quote")
    assert one(quote, "span[lang]").attributes["lang"] == "zh-Hans"
    assert texts(quote, ".language") == ["Simplified Chinese"]
    assert texts(page(english, "/events/slipping/card/"), ".language") == ["Simplified Chinese"]
    chinese = page(Client(headers={"accept-language": "zh-Hant"}), "/?window=all")
    assert not one(chinese, ".event .quote").css(".language")


# --- beside it ----------------------------------------------------------------------------------


def test_neighbours_are_the_same_actors_events_just_before_and_after(english: Client, slipping: Event) -> None:
    for n in range(1, 6):
        rows.event(f"before{n}", ["NZ"], f"2025-0{n}-10")
        rows.event(f"after{n}", ["NZ"], f"20{n + 25}-01-10")
    rows.event("gone", ["NZ"], "2025-09-02", retracted=True).participants.all().delete()
    rows.event("elsewhere", ["JP"], "2025-09-20")
    rows.event("another", ["FR"], "2025-10-20")
    tree = page(english, "/events/slipping/")
    hrefs = [a.attributes["href"] for a in tree.css(".neighbours a")]
    near = [f"/events/before{n}/" for n in (3, 4, 5)] + [f"/events/after{n}/" for n in (1, 2, 3)]
    assert hrefs == [*near, "/events/elsewhere/"]
    assert texts(tree, ".neighbours h3") == ["Just before", "Just after", "In the same month"]
    assert texts(tree, ".neighbours .fine")[0] == "10 March 2025 · unconfirmed"


def test_neighbours_share_most_actors_before_they_are_near(english: Client) -> None:
    rows.event("summit", ["US", "nato"], "2024-07-09", kind="alliance", type="summit")
    for n in range(3):
        rows.event(f"last{n}", ["US", "nato"], f"202{n + 1}-07-09", kind="alliance", type="summit")
        rows.event(f"talks{n}", ["US", "CN"], f"2024-07-0{n + 1}", kind="alliance", type="meeting")
    tree = page(english, "/events/summit/")
    assert [a.attributes["href"] for a in tree.css(".neighbours a")] == [f"/events/last{n}/" for n in range(3)]


def test_all_formats_are_linked_and_a_line_to_cite_is_given(english: Client, slipping: Event) -> None:
    tree = page(english, "/events/slipping/")
    assert [a.attributes["href"] for a in tree.css(".formats a")] == [
        "/events/slipping.json",
        "/events/slipping.jsonld",
        "/events/slipping.ics",
    ]
    assert one(tree, ".citation").text() == (
        "New Zealand: general election: September 2025 (cancelled), as of 12 June 2025. "
        "newsdesk, http://testserver/events/slipping/"
    )


def test_the_log_tells_what_was_stored_from_what_to_what(english: Client, slipping: Event) -> None:
    may = {"start": "2025-05-03", "end": "2025-05-03", "granularity": "day", "status": "scheduled", "type": "general"}
    september = {**may, "start": "2025-09-01", "end": "2025-09-30", "granularity": "month", "status": "postponed"}
    Change.objects.create(event=slipping, what="added", after={**may, "participants": ["NZ"]})
    Change.objects.create(event=slipping, what="moved", before=may, after=september)
    log = texts(one(page(english, "/events/slipping/"), "details.log"), "li")
    assert log[0].endswith("date moved: 3 May 2025 · scheduled → September 2025 · postponed")
    assert log[1].endswith("added: 3 May 2025 · scheduled · general election · New Zealand")


# --- what is gone -------------------------------------------------------------------------------


def test_a_withdrawn_event_says_what_it_was_and_why_it_is_gone(english: Client) -> None:
    event = rows.event("gone", ["AU"], "2025-05-03", retracted=True)
    before = {"start": "2025-05-03", "end": "2025-05-03", "status": "scheduled"}
    Change.objects.create(event=event, what="retracted", before=before)
    main = one(page(english, "/events/gone/", 410), "main").text()
    assert "Australia: general election" in main and "Last known: 3 May 2025 (scheduled)." in main
    assert "No article mentions it any more." in main
    editor = User.objects.create_user("editor")
    Correction.objects.create(event=event, field="rejected", value=True, editor=editor, reason="a secret note")
    main = one(page(english, "/events/gone/", 410), "main").text()
    assert "an editor marked it as not an event" in main and "secret" not in main


# --- what it costs ------------------------------------------------------------------------------


def test_the_queries_do_not_grow_with_claims_beliefs_or_neighbours(english: Client, slipping: Event) -> None:
    rows.event("before", ["NZ"], "2025-03-10")
    with CaptureQueriesContext(connection) as few:
        page(english, "/events/slipping/")
    for n in range(30):
        said(slipping, str(date(2024, 7, 1) + timedelta(days=9 * n)), f"2025-0{n % 9 + 1}-11", of=f"s{n % 4}", n=n)
        rows.event(f"more{n}", ["NZ"], str(date(2025, 1, 1) + timedelta(days=15 * n)))
        Change.objects.create(event=slipping, what="moved", before={}, after={"participants": ["NZ"]})
    with CaptureQueriesContext(connection) as many:
        page(english, "/events/slipping/")
    assert len(few) <= 21 and len(many) <= 21, [q["sql"] for q in many]


def test_a_page_of_thousands_of_claims_stays_small(english: Client) -> None:
    event = rows.event("busy", ["AU"], "2025-05-03")
    claim = said(event, "2024-03-20", "2025-05-03")
    Claim.objects.bulk_create(
        Claim(
            **{
                **plain(claim),
                "reported": date(2020, 1, 1) + timedelta(days=n),
                "start": date(2025, 1, 1) + timedelta(days=n % 300),
                "end": None if n % 7 == 0 else date(2025, 12, 31),
            }
        )
        for n in range(2000)
    )
    response = english.get("/events/busy/")
    assert len(response.content) < 260_000
    tree = HTMLParser(response.content.decode())
    assert len(tree.css("svg.wide a.mark")) == 200 and len(tree.css("svg.narrow a.mark")) == 60
    assert "more reports are in the list" in one(tree, "figcaption").text()


def plain(claim: Claim) -> dict[str, Any]:
    """The columns of a claim, to make more of its kind."""
    return {f.attname: getattr(claim, f.attname) for f in Claim._meta.concrete_fields if not f.primary_key}
