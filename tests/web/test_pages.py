"""The pages as a reader gets them: what they say, what they refuse, where they lead, and that they change nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows
from tests.support.reading import SENTENCE, YEARS, australia, english, reader
from tests.support.readings import one, page, texts
from timeline.charts.timeline.packing import SHARED_ROWS
from timeline.extraction.dates.calendar import add_months
from timeline.models import Event, EventParticipant
from timeline.query import cursors

__all__ = ["australia", "english", "reader"]
pytestmark = pytest.mark.django_db

YEARS_IN_FULL = "from=2024-01-01&to=2026-12-31"


# --- the timeline -------------------------------------------------------------------------------


def test_an_event_stands_in_the_picture_and_in_the_list(reader: Client, australia: Event) -> None:
    tree = page(reader, f"/?{YEARS}")
    mark = one(tree, "svg.picture a.mark")
    assert mark.attributes["href"] == "/events/australia1/"
    assert mark.attributes["aria-label"] == "澳大利亚大选，2025年5月，待证实"
    row = one(tree, "ol.events > li")
    assert one(row, "h3 a").text() == "澳大利亚大选"
    assert one(row, ".when").text() == "2025年5月"
    assert one(row, ".quote").text() == SENTENCE
    assert one(row, ".counts").text().strip() == "1 个来源的 1 条报道"


def test_the_page_speaks_the_language_of_the_reader(english: Client, australia: Event) -> None:
    tree = page(english, f"/?{YEARS}")
    assert one(tree, "html").attributes["lang"] == "en"
    assert (
        one(tree, "svg.picture a.mark").attributes["aria-label"] == "Australia: general election, May 2025, unconfirmed"
    )


def test_the_choice_of_language_is_remembered_and_leads_back_to_the_same_address(
    reader: Client, australia: Event
) -> None:
    form = one(page(reader, f"/?{YEARS}"), "form.languages")
    fields = {f.attributes["name"]: f.attributes["value"] for f in form.css("input")}
    sent = {name or "": value or "" for name, value in fields.items()} | {"language": "en"}
    response = reader.post(form.attributes["action"] or "", sent)
    assert response.headers["Location"] == f"/?{YEARS}"
    assert one(page(reader, f"/?{YEARS}"), "html").attributes["lang"] == "en"


def test_the_page_opens_on_the_next_14_months_where_they_hold_events(english: Client) -> None:
    today = timezone.localdate()
    ahead = rows.event("ahead", ["JP"], str(today + timedelta(days=100)), since=str(today))
    rows.event("behind", ["FR"], str(today - timedelta(days=100)), since=str(today))
    tree = page(english, "/")
    assert one(tree, ".reason").text() == "1 election in the next 14 months, as newsrooms report them."
    assert [a.attributes["href"] for a in tree.css("ol.events h3 a")] == [f"/events/{ahead.pk}/"]


def test_where_nothing_lies_ahead_it_opens_on_the_newest_claims_and_says_so(english: Client, australia: Event) -> None:
    Event.objects.update(start=date(2024, 5, 1), end=date(2024, 5, 31), day=date(2024, 5, 1))
    tree = page(english, "/")
    assert one(tree, "#stage-heading").text() == "20 March 2024 to 20 May 2025"
    assert "latest report" in one(tree, ".reason").text()
    assert len(tree.css("ol.events > li")) == 1


def test_a_form_full_of_empty_fields_leads_to_the_short_address(reader: Client) -> None:
    response = reader.get("/?q=&kind=election&country=&from=2024-01-01&to=&group=type")
    assert response.status_code == 302
    assert response.headers["Location"] == "/?kind=election&from=2024-01-01&group=type"


def test_the_form_shows_what_is_set_and_each_condition_can_be_removed(english: Client, australia: Event) -> None:
    rows.event("japan", ["JP"], "2025-06-01")
    tree = page(english, "/?country=AU&country=JP&status=scheduled&from=2024-01-01&to=2026-12-31&q=2025")
    kept = [field.attributes["value"] for field in tree.css("input[type=hidden][name=country]")]
    assert kept == ["AU", "JP"]  # choosing another country adds it
    assert texts(tree, "select[name=country] option") == ["add…"]
    assert one(tree, "input[name=status][checked]").attributes["value"] == "scheduled"
    assert one(tree, "input[name=from]").attributes["value"] == "2024-01-01"
    without = {texts(chip, "a")[0]: one(chip, "a").attributes["href"] for chip in tree.css(".chips li")[:-1]}
    rest = "status=scheduled&from=2024-01-01&to=2026-12-31&q=2025"
    assert without["Country Australia ×Remove"] == f"/?country=JP&{rest}"
    assert without["Words 2025 ×Remove"] == f"/?country=AU&country=JP&{rest.removesuffix('&q=2025')}"


def test_only_actors_that_occur_in_events_can_be_chosen(english: Client, australia: Event) -> None:
    rows.event("aukus1", ["JP", "aukus"], "2025-01-01", kind="alliance", type="accession")
    tree = page(english, f"/?{YEARS}")
    assert texts(tree, "select[name=country] option") == ["all", "Australia", "Japan"]
    assert len(tree.css("select[name=bloc] option")) == 2


def test_feed_and_api_are_linked_with_the_same_filter_and_window(reader: Client, australia: Event) -> None:
    rows.claim(australia, rows.article("澳大利亚大选"), "澳大利亚大选")
    query = "country=AU&from=2024-01-01&to=2026-12-31"
    links = [a.attributes["href"] or "" for a in page(reader, f"/?{query}").css(".exports a")]
    (calendar,) = [link for link in links if link.startswith("webcal:")]
    assert calendar == f"webcal://testserver/feed.ics?{query}"
    links.remove(calendar)
    tables = ("export.csv", "export/claims.csv", "export/claims.jsonl")
    names = ("feed.json", "feed.atom", "feed.ics", *tables, "export/timelinejs.json", "api/v1/events")
    assert links == [f"/{name}?{query}" for name in names]
    for link in links:
        response = reader.get((link or "") + ("&windows=1" if "ics" in (link or "") else ""))
        assert "australia1" in b"".join(response).decode()


def test_ways_lead_to_earlier_later_nearer_and_farther_days(english: Client, australia: Event) -> None:
    tree = page(english, "/?kind=election&from=2025-01-01&to=2025-12-31")
    ways = {texts(a, "a")[0]: a.attributes["href"] for a in tree.css(".ways a")}
    assert ways == {
        "← Earlier": "/?kind=election&from=2024-07-03&to=2025-07-02",
        "＋ Zoom in": "/?kind=election&from=2025-04-02&to=2025-10-01",
        "－ Zoom out": "/?kind=election&from=2024-07-03&to=2026-07-01",
        "Later →": "/?kind=election&from=2025-07-02&to=2026-07-01",
    }


def test_as_of_draws_a_second_line_and_leads_to_events_as_known_then(english: Client, australia: Event) -> None:
    today = timezone.localdate()
    tree = page(english, f"/?from=2024-01-01&to={today.year + 1}&as_of=2024-04-01")
    assert len(tree.css("svg.picture path.today")) == len(tree.css("svg.picture path.as-of")) == 1
    assert texts(tree, ".line-label") == ["As of 2024-04-01", "Today"]
    assert one(tree, "ol.events h3 a").attributes["href"] == "/events/australia1/?as_of=2024-04-01"


def test_an_empty_database_says_how_to_begin(english: Client) -> None:
    assert "manage.py import" in one(page(english, "/"), ".empty").text()


def test_where_nothing_matches_the_page_says_what_to_do(english: Client, australia: Event) -> None:
    tree = page(english, "/?kind=alliance")
    assert "Remove a filter" in one(tree, ".empty").text()
    assert not tree.css("svg.picture")
    assert one(page(english, one(tree, ".empty a").attributes["href"] or ""), ".empty")


def test_a_bad_filter_names_each_parameter_and_what_is_allowed(english: Client) -> None:
    tree = page(english, "/?kind=war&from=2024-13&colour=red&page=0", 400)
    named = dict(zip(texts(tree, "dt"), texts(tree, "dd"), strict=True))
    assert set(named) == {"kind", "from", "colour", "page"}
    assert "election, alliance" in named["kind"]
    assert "2024-03-20" in named["from"]
    assert "as_of" in named["colour"]
    assert texts(page(english, "/?after=x&before=y", 400), "dt") == ["after", "before"]
    place = cursors.encode(date(2024, 3, 20), "a1")
    both = page(english, f"/?after={place}&before={place}", 400)
    assert (texts(both, "dt"), texts(both, "dd strong")) == (["after"], ["It cannot be combined with before."])
    assert texts(page(english, "/?group=red", 400), "dt") == ["group"]


@pytest.mark.parametrize("url", ["/nowhere/", "/events/unknown/", "/articles/99999999999999999999999/"])
def test_what_is_not_there_is_a_page_that_leads_back(reader: Client, url: str) -> None:
    assert one(page(reader, url, 404), "main a").attributes["href"] == "/"


def test_the_list_is_paged_by_fifty_and_the_picture_shows_all(english: Client) -> None:
    for n in range(55):
        rows.event(f"e{n:03}", ["JP"], str(date(2025, 1, 1) + timedelta(days=n)))
    first = page(english, f"/?{YEARS}")
    second = page(english, one(first, ".pages a[rel=next]").attributes["href"] or "")
    back = page(english, one(second, ".pages a[rel=prev]").attributes["href"] or "")
    ids = [[a.attributes["href"] for a in tree.css("ol.events h3 a")] for tree in (first, second, back)]
    assert [len(found) for found in ids] == [50, 5, 50] and ids[0] == ids[2] and not {*ids[0]} & {*ids[1]}
    assert not first.css(".pages a[rel=prev]") and not second.css(".pages a[rel=next]")
    assert one(second, "#events").text() == "55 events"


def test_what_has_no_room_in_the_picture_is_counted_in_words(english: Client) -> None:
    for n in range(403):
        rows.event(f"e{n:03}", ["JP"], "2025-01-01")
    tree = page(english, f"/?{YEARS}")
    assert len(tree.css("a.mark")) == SHARED_ROWS  # on one day no two stand side by side
    assert one(tree, ".left-out").text().startswith(f"{403 - SHARED_ROWS} more events")
    (more,) = tree.css("a.bin")
    assert one(more, "title").text() == f"Q1 2025: {403 - SHARED_ROWS} more events"


def test_the_queries_do_not_grow_with_the_events(reader: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(reader, f"/?{YEARS}")
        return len(captured)

    rows.event("a0", ["JP", "aukus"], "2025-01-01", kind="alliance", type="accession")
    few = queries()
    for n in range(1, 30):
        rows.event(f"a{n}", ["JP", "aukus"], "2025-01-01", kind="alliance", type="accession")
    assert queries() == few <= 40


def test_each_choice_of_a_facet_shows_its_count_and_leads_to_it(english: Client, australia: Event) -> None:
    rows.event("japan", ["JP"], "2025-06-01")
    rows.event("nato1", ["nato", "JP"], "2025-06-02", kind="alliance", type="summit")
    tree = page(english, f"/facets/?country=JP&{YEARS}&group=type")
    lines = [(one(li, "a"), one(li, ".n").text()) for li in tree.css(".facets li")]
    found = {a.text(): (n, a.attributes["href"]) for a, n in lines}
    assert found["Australia"] == ("1", f"/?country=JP&country=AU&{YEARS_IN_FULL}&group=type")
    assert found["Japan"] == ("2", f"/?{YEARS_IN_FULL}&group=type")
    assert found["summit"][0] == "1"
    assert found["alliance"] == ("1", f"/?kind=alliance&country=JP&{YEARS_IN_FULL}&group=type")
    alone = english.get(f"/facets/?{YEARS}", headers={"hx-request": "true"}).content.decode()
    assert alone.startswith('<div class="facets"') and "<html" not in alone
    assert page(english, "/facets/?colour=red", 400)


def test_days_can_be_chosen_by_word_and_by_an_interval_in_one_word(english: Client, australia: Event) -> None:
    tree = page(english, "/?window=2025-05/P2M")
    assert one(tree, "#stage-heading").text() == "1 May 2025 to 30 June 2025"
    everything = page(english, "/?window=all&kind=election")
    assert one(everything, ".presets a[aria-current]").text() == "All dates"
    assert len(everything.css("ol.events > li")) == 1
    assert texts(page(english, "/?window=next-7&from=2024", 400), "dt") == ["window"]
    assert texts(page(english, "/?window=soon", 400), "dt") == ["window"]


# --- all of them --------------------------------------------------------------------------------


@pytest.fixture
def urls(australia: Event) -> list[str]:
    return [f"/?{YEARS}", "/events/australia1/", australia.claims.get().article.get_absolute_url(), "/?kind=x", "/no/"]


def test_no_page_carries_inline_styles_scripts_or_handlers(reader: Client, urls: list[str]) -> None:
    for url in urls:
        tree = HTMLParser(reader.get(url).content.decode())
        assert not tree.css("[style], style")
        assert all(s.attributes.get("src") for s in tree.css("script:not([type='application/ld+json'])"))
        for node in tree.css("*"):
            assert not [name for name in node.attributes if name.startswith("on")]


def test_reading_changes_nothing_and_writing_is_refused(reader: Client, urls: list[str]) -> None:
    for url in urls[:3]:
        with CaptureQueriesContext(connection) as captured:
            reader.get(url)
        assert [q["sql"] for q in captured if not q["sql"].lstrip(" (").upper().startswith("SELECT")] == []
        assert reader.post(url).status_code == 405
        assert reader.head(url).status_code == 200


def test_every_page_has_a_language_a_title_a_heading_and_a_way_past_the_header(reader: Client, urls: list[str]) -> None:
    for url in urls:
        tree = HTMLParser(reader.get(url).content.decode())
        assert one(tree, "html").attributes["lang"] == "zh-Hans"
        assert len(tree.css("h1")) == 1
        assert one(tree, "head title").text().endswith("newsdesk")
        assert one(tree, "a.skip").attributes["href"] == "#main"
        ids = [node.attributes["id"] for node in tree.css("[id]")]
        assert len(ids) == len(set(ids))


def test_a_place_is_named_and_its_country_stands_beside_it(english: Client) -> None:
    rows.event("kaohsiung", ["TW"], "2025-03-01", type="by_election", place="TW-KHH")
    assert EventParticipant.objects.count() == 2
    tree = page(english, f"/?{YEARS}")
    assert one(tree, "ol.events h3 a").text() == "Kaohsiung: by-election"
    assert texts(tree, "ol.events .who") == ["Taiwan"]


def test_the_window_ahead_is_fourteen_months(english: Client) -> None:
    today = timezone.localdate()
    last = add_months(today, 14)
    rows.event("within", ["JP"], str(last), since=str(today))
    rows.event("beyond", ["FR"], str(last + timedelta(days=1)), since=str(today))
    assert [a.text() for a in page(english, "/").css("ol.events h3 a")] == ["Japan: general election"]
