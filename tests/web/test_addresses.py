"""Addresses as others lengthen and write them: trackers, languages, colours, codes in any case, and what is wrong."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows
from tests.support.readings import one
from timeline.feeds.csv import guarded
from timeline.http.trackers import without_trackers

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TRACKED = "utm_source=letter&UTM_Medium=email&fbclid=a%20b&gclid=x&mc_cid=1&_hsenc=y&msclkid=z&igshid=q&gad_source=1"


@pytest.fixture
def reader() -> Client:
    rows.event("japan1", ["JP"], "2025-07-20")
    rows.event("nato1", ["nato"], "2025-06-24", kind="alliance", type="summit")
    return Client(headers={"accept-language": "en"})


PAGES = "/ /facets/ /events/japan1/ /events/japan1/card/ /desk/ /try/".split()
FEEDS = "/feed.json /feed.atom /feed.ics /export.csv /changes.json /events/japan1.ics /events/japan1.jsonld".split()


@pytest.mark.parametrize("path", [*PAGES, *FEEDS])
def test_what_newsletters_and_networks_append_means_nothing(reader: Client, path: str) -> None:
    assert reader.get(f"{path}?{TRACKED}").status_code == 200


def test_trackers_are_in_no_link_of_the_page_and_all_else_stays(reader: Client) -> None:
    page = reader.get(f"/?{TRACKED}&country=JP&window=all").content.decode()
    assert "utm_" not in page.lower() and "clid" not in page and "country=JP" in page
    assert without_trackers("q=utm_source&a=%26&utm_x=1&b") == "q=utm_source&a=%26&b"
    assert without_trackers("fbclid") == "fbclid"  # no parameter: a word


def test_the_api_takes_its_own_parameters_alone(reader: Client) -> None:
    assert reader.get("/api/v1/events?utm_source=x").status_code == 400
    assert reader.get("/api/v1/events?lang=zh-Hant").status_code == 200


@pytest.mark.parametrize("tag", ["zh-Hans", "ZH-HANS", "zh-hans", "zh-CN", "zh"])
@pytest.mark.parametrize("path", ["/", "/events/japan1/", "/desk/", "/try/", "/feed.json", "/events/japan1.jsonld"])
def test_a_language_is_named_in_any_case(reader: Client, path: str, tag: str) -> None:
    answer = reader.get(f"{path}?lang={tag}")
    assert answer.status_code == 200
    assert answer["Content-Language"].lower() == "zh-hans"


def test_a_page_in_another_language_keeps_it_for_the_next(reader: Client) -> None:
    assert 'lang="zh-Hant"' in reader.get("/?lang=zh-TW").content.decode()
    assert 'lang="zh-Hant"' in reader.get("/desk/").content.decode()
    assert 'lang="en"' in reader.get("/desk/?lang=EN").content.decode()


def test_colours_are_chosen_by_address_and_by_a_switch(reader: Client) -> None:
    assert "data-theme" not in reader.get("/").content.decode()
    assert 'data-theme="dark"' in reader.get("/?theme=dark").content.decode()
    assert 'data-theme="dark"' in reader.get("/desk/").content.decode()
    back = reader.post("/theme/", {"theme": "light", "next": "/desk/?as_of=2025"})
    assert (back.status_code, back["Location"]) == (302, "/desk/?as_of=2025")
    assert 'data-theme="light"' in reader.get("/").content.decode()
    reader.post("/theme/", {"theme": "", "next": "//elsewhere.example/"})
    assert "data-theme" not in reader.get("/").content.decode()


def test_search_engines_are_told_of_all_languages(reader: Client) -> None:
    tree = HTMLParser(reader.get("/?country=JP&lang=en&theme=dark").content.decode())
    links = {link.attributes["hreflang"]: link.attributes["href"] for link in tree.css("link[hreflang]")}
    base = "http://testserver/?country=JP"
    assert links == {
        "en": f"{base}&lang=en",
        "zh-Hans": f"{base}&lang=zh-Hans",
        "zh-Hant": f"{base}&lang=zh-Hant",
        "x-default": base,
    }


def test_robots_and_site_maps(reader: Client) -> None:
    robots = reader.get("/robots.txt").content.decode()
    assert "Disallow: /admin/" in robots and "Sitemap: http://testserver/sitemap.xml" in robots
    assert "sitemaps/events.xml" in reader.get("/sitemap.xml").content.decode()
    assert "http://testserver/events/japan1/" in reader.get("/sitemaps/events.xml").content.decode()
    assert "http://testserver/desk/" in reader.get("/sitemaps/pages.xml").content.decode()


def test_codes_are_taken_in_any_case_and_written_in_one(reader: Client) -> None:
    tree = HTMLParser(reader.get("/?country=jp&bloc=NATO&window=all").content.decode())
    links = "".join(link.attributes["href"] or "" for link in tree.css("#timeline a[href]"))
    assert "country=JP" in links and "bloc=nato" in links and "country=jp" not in links


@pytest.mark.parametrize("query", ["lang=fr", "theme=pink", "kind=war", "from=soon", "colour=red"])
def test_what_is_wrong_is_named_beside_a_form_with_all_that_is_right(reader: Client, query: str) -> None:
    answer = reader.get(f"/?{query}&country=JP&q=vote")
    assert answer.status_code == 400
    tree = HTMLParser(answer.content.decode())
    assert [name.text() for name in tree.css(".problems code")] == [query.partition("=")[0]]
    assert one(tree, "form.filter input[name=q]").attributes["value"] == "vote"
    assert one(tree, "form.filter input[name=country]").attributes["value"] == "JP"


def test_days_in_the_wrong_order_still_give_a_form(reader: Client) -> None:
    answer = reader.get("/?from=2026&to=2025")
    assert answer.status_code == 400 and "<form" in answer.content.decode()


@pytest.mark.parametrize(
    "cell",
    ["\x00=1+1", "\u202a=1+1", "\u2066=HYPERLINK(1)", "＝HYPERLINK(1)", "＋1", "－1", "\ufeff=1", "\u200b=1", " =1"],
)
def test_no_cell_of_a_table_begins_as_a_formula(cell: str) -> None:
    assert guarded(cell).startswith("'")


def card(page: str) -> dict[str | None, str | None]:
    tags = HTMLParser(page).css("meta[property^='og:'], meta[name^='twitter:'], meta[name='description']")
    return {tag.attributes.get("property") or tag.attributes.get("name"): tag.attributes["content"] for tag in tags}


def test_a_link_that_is_sent_on_has_a_card(reader: Client) -> None:
    first = card(reader.get("/?country=JP&window=all&lang=en").content.decode())
    assert (first["og:site_name"], first["og:title"], first["og:type"]) == ("newsdesk", "Timeline", "website")
    assert first["og:url"] == "http://testserver/?country=JP&window=all"
    assert first["og:description"] and first["og:description"] == first["description"]
    assert (first["twitter:card"], "og:image" in first) == ("summary", False)
    page = reader.get("/events/japan1/?as_of=2999-01-01").content.decode()
    event, heading = card(page), HTMLParser(page).css_first("h1")
    assert heading is not None and event["og:title"] and event["og:title"] in heading.text()
    assert str(event["og:url"]).startswith("http://testserver/events/japan1/") and event["og:description"]


@pytest.mark.parametrize(("path", "at"), [("/", "/news/"), ("/events/japan1/", "/news/events/japan1/")])
def test_a_card_leads_to_the_page_under_a_path(reader: Client, path: str, at: str) -> None:
    set_script_prefix("/news/")
    try:
        page = reader.get(path, SCRIPT_NAME="/news").content.decode()
    finally:
        clear_script_prefix()
    assert card(page)["og:url"] == f"http://testserver{at}"


def test_a_card_escapes_what_readers_typed(reader: Client) -> None:
    page = reader.get("/", {"q": '"><script>alert(1)</script>', "window": "all"}).content.decode()
    assert "<script>alert" not in page
    assert "script" in str(card(page)["og:url"])
