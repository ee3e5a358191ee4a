"""The dashboard of a morning: what is next, what moved, what is new, what lapsed, who differs, who is silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node

from tests.support import rows
from timeline.models import Article, Contradiction, Event
from timeline.web.dashboard_lists import MAX_ROWS
from timeline.web.silent_sources import silent_sources

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = ("next-7", "next-30", "next-90", "yesterday", "week", "new", "contradicted", "lapsed")


def on(days: int) -> str:
    """The day so many days from today."""
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture
def reader() -> Client:
    return Client(headers={"accept-language": "en"})


def dashboard(reader: Client, as_of: str = "") -> HTMLParser:
    response = reader.get("/desk/", {"as_of": as_of} if as_of else {})
    assert response.status_code == 200
    return HTMLParser(response.content.decode())


def section(tree: HTMLParser, name: str) -> Node:
    found = tree.css(f'section[aria-labelledby="dashboard-{name}"]')
    assert len(found) == 1, name
    return found[0]


def listed(tree: HTMLParser, name: str) -> list[str]:
    """The ids of the events of a list, in its order."""
    links = section(tree, name).css(".line .what > a")
    return [str(link.attributes["href"]).split("/")[2] for link in links]


def text(node: Node, selector: str) -> list[str]:
    return [" ".join(found.text().split()) for found in node.css(selector)]


def fed(reader: Client, tree: HTMLParser, name: str) -> set[str]:
    """The ids of the events that the feed beside a list gives."""
    address = section(tree, name).css('.foot a[type="application/feed+json"]')[0].attributes["href"]
    items = reader.get(str(address)).json()["items"]
    return {item["id"].rpartition(":")[2] for item in items}


def contradiction(event: Event, *days: str) -> None:
    """Two newsrooms give these two days."""
    claims = []
    for slug, day in zip(("one", "two"), days, strict=True):
        article = rows.article(f"日本于{day}举行大选。", on=on(-3), of=slug)
        given = {"start": rows.day(day), "end": rows.day(day)}
        claims.append(rows.claim(event, article, article.text, trigger="大选", **given))
    Contradiction.objects.create(event=event, first=claims[0], second=claims[1])


@pytest.fixture
def morning() -> None:
    """Something in every list."""
    old = on(-60)
    rows.event("near", ["AU"], on(3), since=old)
    rows.event("later", ["NZ"], on(20), on(40), since=old)
    rows.event("far", ["CA"], on(70), since=old, status="conditional")
    rows.event("vague", ["FR"], on(-30), on(300), since=old)
    rows.believe(rows.event("moved1", ["JP"], on(100), since=old), on(0), on(200), on(200))
    rows.believe(rows.event("calledoff", ["KR"], on(100), since=old), on(-1), on(100), on(100), **CALLED_OFF)
    rows.believe(rows.event("moved5", ["BR"], on(110), since=old), on(-5), on(120), on(120), change="revised")
    rows.believe(rows.event("moved9", ["IN"], on(110), since=old), on(-9), on(130), on(130))
    rows.event("new1", ["GB"], on(400), since=on(0))
    rows.event("new7", ["DE"], on(400), since=on(-7))
    rows.event("new8", ["PL"], on(400), since=on(-8))
    rows.event("lapsed1", ["MX"], on(-4), since=old)
    rows.event("lapsed2", ["CL"], on(-40), on(-20), since=old, status="postponed")
    rows.event("lapsed93", ["PE"], on(-93), since=on(-120))
    rows.event("held", ["ZA"], on(-2), since=old, status="occurred")
    contradiction(rows.event("differ", ["TR"], on(150), since=old), on(150), on(157))


CALLED_OFF = {"status": "cancelled", "change": "status"}


# --- the lists ----------------------------------------------------------------------------------


def test_each_list_answers_its_question(reader: Client, morning: None) -> None:
    tree = dashboard(reader)
    assert {name: listed(tree, name) for name in LISTS} == {
        "next-7": ["near"],
        "next-30": ["later"],
        "next-90": ["far"],
        "yesterday": ["moved1", "calledoff"],
        "week": ["moved5"],
        "new": ["new1", "new7"],
        "contradicted": ["differ"],
        "lapsed": ["lapsed1", "lapsed2"],
    }


def test_every_list_is_one_filter_so_its_feed_gives_the_same_events(reader: Client, morning: None) -> None:
    tree, told = dashboard(reader), set[str]()
    for name in LISTS:
        shown = set(listed(tree, name))
        if name.startswith("next"):
            told |= shown  # what stands in a nearer list is not told again
            shown = told
        if name == "week":
            shown |= set(listed(tree, "yesterday"))
        assert fed(reader, tree, name) == shown != set(), name


def test_the_same_holds_of_a_day_before(reader: Client, morning: None) -> None:
    tree = dashboard(reader, on(-5))
    assert listed(tree, "yesterday") == ["moved5"]
    assert listed(tree, "week") == ["moved9"]
    assert listed(tree, "lapsed") == ["lapsed2", "lapsed93"]
    assert listed(tree, "new") == ["new7", "new8"]
    assert listed(tree, "contradicted") == []  # their reports came two days later
    assert "moved1" not in "".join(link.attributes["href"] or "" for link in tree.css("a"))
    for name in ("yesterday", "lapsed", "new"):
        assert fed(reader, tree, name) == set(listed(tree, name))


def test_what_is_next_as_of_a_day_is_what_was_believed_then(reader: Client, morning: None) -> None:
    tree = dashboard(reader, on(-1))
    assert {name: listed(tree, name) for name in ("next-7", "next-30", "next-90")} == {
        "next-7": ["near"],
        "next-30": ["later"],
        "next-90": ["far"],
    }
    assert listed(dashboard(reader, on(-61)), "next-7") == []
    assert fed(reader, tree, "next-90") == {"near", "later", "far"}


def test_of_many_events_those_of_most_weight_are_listed_by_day(reader: Client) -> None:
    for i in range(MAX_ROWS + 5):
        rows.event(f"w{i:02}", ["JP"], on(i % 6), since=on(-2), weight=i)
    told = listed(dashboard(reader), "next-7")
    assert set(told) == {f"w{i:02}" for i in range(5, MAX_ROWS + 5)}
    assert told == sorted(told, key=lambda pk: (int(pk[1:]) % 6, pk))


def test_the_link_of_a_list_leads_to_all_its_events_on_the_timeline(reader: Client, morning: None) -> None:
    tree = dashboard(reader)
    for name in ("yesterday", "lapsed", "new", "contradicted"):
        address = str(section(tree, name).css(".foot .all")[0].attributes["href"])
        page = HTMLParser(reader.get(address).content.decode())
        found = {str(link.attributes["href"]).split("/")[2] for link in page.css(".events h3 a")}
        assert found == set(listed(tree, name)), name


def test_what_is_too_vague_for_a_list_is_one_step_away(reader: Client, morning: None) -> None:
    link = section(dashboard(reader), "next-7").css(".foot .vaguer")[0]
    page = HTMLParser(reader.get(str(link.attributes["href"])).content.decode())
    assert {str(a.attributes["href"]) for a in page.css(".events h3 a")} == {"/events/near/", "/events/vague/"}


def test_a_move_is_shown_from_the_old_date_to_the_new_one(reader: Client, morning: None) -> None:
    row = section(dashboard(reader), "week").css(".line")[0]
    before, after = (" ".join(row.css(tag)[0].text().split()) for tag in ("del", "ins"))
    assert before == f"before: {(TODAY + timedelta(110)):%-d %B %Y}"
    assert after == f"now: {(TODAY + timedelta(120)):%-d %B %Y}"
    assert text(row, ".change") == [f"{(TODAY - timedelta(5)):%-d %B %Y} · date revised"]


def test_several_moves_of_a_week_are_shown_as_one(reader: Client) -> None:
    event = rows.event("aa", ["JP"], on(50), since=on(-30))
    rows.believe(event, on(-6), on(60), on(60))
    rows.believe(event, on(-3), on(80), on(80))
    row = section(dashboard(reader), "week").css(".line")[0]
    assert f"{(TODAY + timedelta(50)):%-d %B %Y}" in row.css("del")[0].text()
    assert f"{(TODAY + timedelta(80)):%-d %B %Y}" in row.css("ins")[0].text()


def test_what_was_called_off_on_the_same_days_shows_its_status(reader: Client, morning: None) -> None:
    row = section(dashboard(reader), "yesterday").css(".line.cancelled")[0]
    assert "scheduled" in row.css("del")[0].text()
    assert "cancelled" in row.css("ins")[0].text()


def test_a_date_that_moved_and_came_back_is_not_shown_as_moved(reader: Client) -> None:
    event = rows.event("aa", ["JP"], on(50), since=on(-30))
    rows.believe(event, on(-6), on(60), on(60))
    rows.believe(event, on(-3), on(50), on(50))
    row = section(dashboard(reader), "week").css(".line")[0]
    assert row.css("del") == []
    assert f"{(TODAY + timedelta(50)):%-d %B %Y}" in row.css(".when")[0].text()


def test_both_sides_of_a_contradiction_are_named_with_their_days(reader: Client, morning: None) -> None:
    sides = text(section(dashboard(reader), "contradicted"), ".sides li")
    assert [side.split(" 20")[0] for side in sides] == [
        f"Newsroom one {(TODAY + timedelta(150)):%-d %B}",
        f"Newsroom two {(TODAY + timedelta(157)):%-d %B}",
    ]


def test_merged_and_retracted_events_never_come(reader: Client, morning: None) -> None:
    Event.objects.update(retracted=True)
    tree = dashboard(reader)
    assert {name: listed(tree, name) for name in LISTS} == {name: [] for name in LISTS}


def test_a_list_is_short_and_says_how_many_there_are(reader: Client) -> None:
    for i in range(MAX_ROWS + 3):
        rows.event(f"n{i:02}", ["JP"], on(2), since=on(-2))
        rows.event(f"l{i:02}", ["JP"], on(-i - 4), since=on(-100))
    tree = dashboard(reader)
    assert len(listed(tree, "next-7")) == MAX_ROWS
    assert text(section(tree, "next-7"), ".foot .all") == [f"All {MAX_ROWS + 3}…"]
    assert listed(tree, "lapsed") == [f"l{i:02}" for i in range(MAX_ROWS)]  # what lapsed last stands first
    assert text(section(tree, "lapsed"), ".foot .all") == ["More…"]


def test_an_empty_list_says_what_that_means(reader: Client) -> None:
    rows.event("aa", ["JP"], on(500), since=on(-50))
    tree = dashboard(reader)
    for name in (*LISTS, "silent"):
        assert len(text(section(tree, name), ".none")) == 1, name


# --- as it was, and old data --------------------------------------------------------------------


def test_an_archive_is_offered_as_of_its_newest_report(reader: Client) -> None:
    article = rows.article("日本将于10月27日举行大选。", on="2020-10-20")
    rows.claim(rows.event("aa", ["JP"], "2020-10-27", since="2020-10-20"), article, article.text, trigger="大选")
    notice = dashboard(reader).css(".notice")[0]
    assert "20 October 2020" in notice.text()
    assert notice.css("a")[0].attributes["href"] == "?as_of=2020-10-20"
    then = dashboard(reader, "2020-10-20")
    assert listed(then, "next-7") == ["aa"]
    assert listed(then, "new") == ["aa"]
    assert then.css(".notice") == []


def test_what_was_reported_within_a_year_is_not_called_old(reader: Client, morning: None) -> None:
    assert dashboard(reader).css(".notice") == []


def test_without_any_event_the_dashboard_says_how_to_begin(reader: Client) -> None:
    assert "manage.py import" in dashboard(reader).css(".empty")[0].text()


@pytest.mark.parametrize("query", ["kind=election", "as_of=tomorrow", "as_of=2024&as_of=2025", "x=%00", "window=all"])
def test_the_dashboard_takes_a_day_and_nothing_else(reader: Client, query: str) -> None:
    for path in ("/desk/", "/desk/silent.json", "/desk/silent.atom"):
        assert reader.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("as_of", ["1000", "2999", "1000-01-01", on(1), on(400)])
def test_any_day_may_be_asked_for(reader: Client, morning: None, as_of: str) -> None:
    dashboard(reader, as_of)


def test_the_dashboard_and_the_timeline_lead_to_each_other(reader: Client, morning: None) -> None:
    for path in ("/desk/", "/"):
        links = HTMLParser(reader.get(path).content.decode()).css(".places a")
        assert {"/", "/desk/"} <= {str(link.attributes["href"]) for link in links}


def test_a_dashboard_costs_the_same_queries_however_many_events_there_are(reader: Client, morning: None) -> None:
    dashboard(reader)
    counts = []
    for more in range(2):
        for i in range(20 * more):
            event = rows.event(f"m{i}", ["JP"], on(i), since=on(-2))
            rows.believe(event, on(-i % 7), on(i + 1), on(i + 1))
        with CaptureQueriesContext(connection) as queries:
            dashboard(reader)
        counts.append(len(queries))
    assert counts[0] <= counts[1] <= 62


# --- who is silent ------------------------------------------------------------------------------


def articles(of: str, *hours: float) -> None:
    """Articles of a source, so many hours before now."""
    now = timezone.now()
    for i, before in enumerate(hours):
        row = rows.article(f"第{i}篇。", of=of, title=f"{of} {i}", url=f"https://{of}.example/{i}")
        Article.objects.filter(pk=row.pk).update(published=now - timedelta(hours=before))


def test_a_source_is_silent_after_two_days_and_thrice_its_usual_gap(reader: Client, morning: None) -> None:
    articles("hourly", *(49 + i for i in range(10)))
    articles("lively", *(47 + i for i in range(10)))
    articles("weekly", *(24 * (20 + 7 * i) for i in range(10)))
    articles("monthly", *(24 * (29 + 30 * i) for i in range(10)))
    articles("late", *(24 * (22 + 7 * i) for i in range(10)))
    articles("unknown", 9000, 9001, 9002, 9003)
    assert [silence.source.slug for silence in silent_sources(timezone.now())] == ["hourly", "late"]
    rows_of = section(dashboard(reader), "silent")
    assert text(rows_of, ".line strong") == ["Newsroom hourly", "Newsroom late"]
    assert text(rows_of, ".line .when") == ["for 2 days", "for 22 days"]
    assert text(rows_of, ".line .last a") == ["hourly 0", "late 0"]


def test_only_the_newest_thirty_gaps_say_what_is_usual() -> None:
    articles("slowed", *(24 * 20 * i + 24 * 50 for i in range(31)), *(24 * 700 + i for i in range(60)))
    assert silent_sources(timezone.now()) == []
    assert [s.usual for s in silent_sources(timezone.now() + timedelta(days=11))] == [timedelta(days=20)]


def test_silence_on_an_earlier_day_counts_what_was_published_by_then(reader: Client, morning: None) -> None:
    articles("back", 1, *(24 * 9 + i for i in range(10)))
    assert silent_sources(timezone.now()) == []
    assert text(section(dashboard(reader, on(-3)), "silent"), "strong") == ["Newsroom back"]


def test_silent_sources_have_a_json_feed_and_an_atom_feed(reader: Client) -> None:
    articles("hourly", *(49.5 + i for i in range(10)))
    last = Article.objects.get(title="hourly 0")
    document = reader.get("/desk/silent.json?lang=en")
    assert document["Content-Type"] == "application/feed+json; charset=utf-8"
    feed: dict[str, Any] = document.json()
    assert (feed["version"], feed["language"]) == ("https://jsonfeed.org/version/1.1", "en")
    assert feed["feed_url"] == "http://testserver/desk/silent.json?lang=en"
    [item] = feed["items"]
    assert item["id"] == f"urn:newsdesk:silent:hourly:{last.pk}"
    assert item["url"] == f"http://testserver/articles/{last.pk}/"
    assert item["title"].startswith("Newsroom hourly: no article since ")
    assert "hourly 0" in item["content_text"]
    assert "1 hour" in item["content_text"]
    unusual = last.published + timedelta(days=2)
    assert datetime.fromisoformat(item["date_published"]) == unusual.replace(microsecond=0)
    atom = ElementTree.fromstring(reader.get("/desk/silent.atom?lang=en").content)
    [entry] = atom.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}{name}") for name in ("id", "title")] == [item["id"], item["title"]]
    assert [link.get("href") for link in entry.findall(f"{ATOM}link")] == [item["url"]]
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "") == unusual


def test_the_feeds_of_silence_speak_the_language_asked_for(reader: Client) -> None:
    articles("hourly", *(49 + i for i in range(10)))
    assert "沒有文章" in reader.get("/desk/silent.json?lang=zh-hant").json()["items"][0]["title"]
    assert reader.get("/desk/silent.json?lang=xx").status_code == 400


def test_who_is_silent_is_found_in_two_queries_however_many_sources_there_are() -> None:
    for slug in ("a", "b", "c", "d"):
        articles(slug, *(60 + i for i in range(6)))
    with CaptureQueriesContext(connection) as queries:
        assert len(silent_sources(timezone.now())) == 4
    assert len(queries) == 2
