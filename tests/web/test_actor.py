"""The pages of countries and blocs: what comes, what took place, what moved, laws, and members with their days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.support import rows
from tests.support.reading import english
from tests.support.readings import one, page, texts
from timeline.models import Membership
from timeline.pipeline import actors

__all__ = ["english"]
pytestmark = pytest.mark.django_db


TODAY = timezone.localdate()


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def gazetteer() -> None:
    actors.load_gazetteer()


def test_a_country_has_what_comes_what_is_over_and_what_moved(english: Client) -> None:
    rows.event("past1", ["US"], ago(400), kind="alliance", type="summit", status="occurred")
    rows.event("past2", ["US"], ago(90), kind="alliance", type="meeting", status="occurred")
    rows.event("lasts", ["US"], ago(30), ago(-30), kind="alliance", type="exercise")
    coming = rows.event("vote", ["US"], ago(-50), type="presidential", since=ago(200))
    rows.event("other", ["GB"], ago(-60))
    rows.believe(coming, ago(20), ago(-70), ago(-70))
    tree = page(english, "/countries/US/")
    assert one(tree, "h1").text().startswith("United States")
    links = {
        name: [a.attributes["href"] for a in tree.css(f"section[aria-labelledby={name}] li > a")] for name in SECTIONS
    }
    assert links["coming"] == ["/events/lasts/", "/events/vote/"]
    assert links["moved"] == ["/events/vote/"] and len(tree.css("section[aria-labelledby=moved] del")) == 1
    assert links["past"] == ["/events/past2/", "/events/past1/"]
    assert "/blocs/nato/" in links["members"]
    assert "/?country=US&window=all" in [a.attributes["href"] for a in tree.css("main a")]


SECTIONS = ("coming", "moved", "past", "members")


def test_votes_that_a_law_fixes_stand_with_their_next_day(english: Client) -> None:
    block = one(page(english, "/countries/US/"), "section[aria-labelledby=by-law]")
    lines = texts(block, "li")
    assert any("presidential election" in line.lower() and "3 U.S.C." in line for line in lines)
    days = [t.attributes["datetime"] or "" for t in block.css("time")]
    assert days == sorted(days) and min(days) >= TODAY.isoformat()


def test_a_bloc_has_its_members_with_since_and_until(english: Client) -> None:
    tree = page(english, "/blocs/eu/")
    now = texts(one(tree, "section[aria-labelledby=members]"), "li")
    assert "Croatia since 1 July 2013" in now and not any("United Kingdom" in line for line in now)
    before = one(tree, "section[aria-labelledby=former]")
    assert texts(before, "li") == ["United Kingdom 1 January 1973 to 31 January 2020"]
    assert one(before, "a").attributes["href"] == "/countries/GB/"
    assert len(now) == Membership.objects.filter(bloc="eu", until=None).count()


def test_an_address_has_one_form_and_an_unknown_one_is_404(english: Client) -> None:
    answer = english.get("/countries/gb/?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/countries/GB/?lang=en")
    assert english.get("/blocs/NATO/").headers["Location"] == "/blocs/nato/"
    for path in ("/countries/ZZ/", "/blocs/gb/", "/countries/NATO/"):
        assert english.get(path).status_code == 404


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "欧盟"), ("zh-hant", "歐盟"), ("en", "EU")])
def test_the_page_is_in_the_readers_language_and_names_the_others(language: str, name: str) -> None:
    tree = page(Client(headers={"accept-language": language}), "/blocs/eu/")
    assert one(tree, "h1").text().startswith(name)
    assert len(tree.css("link[hreflang]")) == 4


def test_events_and_the_site_map_lead_there(english: Client) -> None:
    rows.event("summit", ["US", "nato"], "2024-07-09", kind="alliance", type="summit")
    hrefs = [a.attributes["href"] for a in page(english, "/events/summit/").css(".facts a")]
    assert {"/countries/US/", "/blocs/nato/"} <= set(hrefs)
    site = english.get("/sitemaps/actors.xml").content.decode()
    assert "/countries/US/" in site and "/blocs/nato/" in site and "/countries/GB/" not in site
