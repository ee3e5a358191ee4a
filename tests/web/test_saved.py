"""Filters that readers keep: each his own, under names of their own, and nothing changes by looking."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import rows
from timeline.models import SavedFilter
from timeline.query import cursors
from timeline.web.login import MAX_ATTEMPTS
from timeline.web.saved import MAX_SAVED_FILTERS

pytestmark = pytest.mark.django_db

JAPAN = "kind=election&country=JP"


@pytest.fixture(autouse=True)
def japan() -> None:
    cache.clear()
    rows.event("japan1", ["JP"], "2024-10-27")


def reader(name: str = "lin", *, strict: bool = False) -> Client:
    client = Client(headers={"accept-language": "en"}, enforce_csrf_checks=strict)
    client.force_login(User.objects.get_or_create(username=name)[0])
    return client


def kept(name: str = "lin") -> dict[str, str]:
    return dict(SavedFilter.objects.filter(user__username=name).values_list("name", "query"))


def page(client: Client, url: str) -> HTMLParser:
    response = client.get(url)
    assert response.status_code == 200
    return HTMLParser(response.content.decode())


# --- keeping ------------------------------------------------------------------------------------


def test_a_filter_is_saved_as_its_canonical_query_with_its_lanes_but_without_the_page() -> None:
    place = cursors.encode(date(2024, 10, 27), "aa")
    query = f"group=bloc&country=JP&kind=election&after={place}&event=japan1&q="
    response = reader().post("/saved/new/", {"name": "  Japan \n votes ", "query": query})
    assert response["Location"] == f"/?{JAPAN}&group=bloc"
    assert kept() == {"Japan votes": f"{JAPAN}&group=bloc"}


def test_the_timeline_lists_saved_filters_and_marks_the_current_one() -> None:
    lin = reader()
    lin.post("/saved/new/", {"name": "Japan votes", "query": f"{JAPAN}&group=bloc"})
    tree = page(lin, f"/?{JAPAN}&group=bloc")
    assert [node.text() for node in tree.css(".shelf .here")] == ["Japan votes"]
    links = {node.text(): node.attributes["href"] for node in tree.css(".shelf li a")}
    assert links["Japan votes"] == f"/?{JAPAN}&group=bloc"
    assert links["JSON"] == f"/feed.json?{JAPAN}"
    assert lin.get(links["JSON"]).json()["items"][0]["id"] == "urn:newsdesk:event:japan1"
    elsewhere = page(lin, "/?country=JP")
    assert elsewhere.css(".shelf .here") == []
    assert [node.attributes["value"] for node in elsewhere.css('.shelf form [name="query"]')] == ["country=JP"]


def test_a_taken_name_is_replaced_only_after_confirmation() -> None:
    lin = reader()
    lin.post("/saved/new/", {"name": "Japan", "query": JAPAN})
    asked = lin.post("/saved/new/", {"name": "Japan", "query": "country=JP"})
    assert asked.status_code == 409
    assert "Nothing was changed yet" in asked.content.decode()
    assert kept() == {"Japan": JAPAN}
    form = HTMLParser(asked.content.decode()).css("form.choice")[0]
    fields = {str(f.attributes["name"]): f.attributes["value"] or "" for f in form.css('input[type="hidden"]')}
    assert lin.post("/saved/new/", fields).status_code == 302
    assert kept() == {"Japan": "country=JP"}


def test_the_same_filter_under_the_same_name_is_no_question() -> None:
    lin = reader()
    assert [lin.post("/saved/new/", {"name": "Japan", "query": JAPAN}).status_code for _ in "12"] == [302, 302]
    assert kept() == {"Japan": JAPAN}


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\x7fb"])
def test_what_is_no_name_is_refused_in_words(name: str) -> None:
    lin = reader()
    response = lin.post("/saved/new/", {"name": name, "query": JAPAN})
    assert response.status_code == 400
    assert HTMLParser(response.content.decode()).css('[role="alert"]')
    assert kept() == {}


def test_a_query_that_cannot_be_meant_is_refused_and_named() -> None:
    response = reader().post("/saved/new/", {"name": "Odd", "query": "country=XX&colour=red&after=%00"})
    assert response.status_code == 400
    assert "colour" in response.content.decode()
    assert kept() == {}


def test_a_reader_keeps_no_more_than_a_hundred() -> None:
    lin = reader()
    user = User.objects.get(username="lin")
    SavedFilter.objects.bulk_create(SavedFilter(user=user, name=f"n{i}", query=JAPAN) for i in range(MAX_SAVED_FILTERS))
    response = lin.post("/saved/new/", {"name": "one more", "query": JAPAN})
    assert response.status_code == 400
    assert f"{MAX_SAVED_FILTERS} filters" in response.content.decode()
    assert lin.post("/saved/new/", {"name": "n1", "query": "country=JP", "replace": "1"}).status_code == 302
    assert len(kept()) == MAX_SAVED_FILTERS


# --- renaming, deleting -------------------------------------------------------------------------


def saved_as(name: str, of: Client) -> SavedFilter:
    of.post("/saved/new/", {"name": name, "query": JAPAN})
    return SavedFilter.objects.get(name=name)


def test_a_filter_is_renamed_but_not_to_a_name_that_is_taken() -> None:
    lin = reader()
    first, _ = saved_as("one", lin), saved_as("two", lin)
    taken = lin.post(f"/saved/{first.pk}/rename/", {"name": "two"})
    assert taken.status_code == 409
    assert "already have a filter called “two”" in taken.content.decode()
    assert lin.post(f"/saved/{first.pk}/rename/", {"name": "three"}).status_code == 302
    assert lin.post(f"/saved/{first.pk}/rename/", {"name": "x" * 81}).status_code == 400
    assert set(kept()) == {"two", "three"}


def test_what_was_deleted_is_brought_back() -> None:
    lin = reader()
    row = saved_as("Japan <b>", lin)
    lin.post(f"/saved/{row.pk}/delete/")
    assert kept() == {}
    form = page(lin, "/saved/").css("form.undo")[0]
    assert "“Japan <b>” was deleted." in form.text()
    fields = {str(f.attributes["name"]): f.attributes["value"] or "" for f in form.css('input[type="hidden"]')}
    assert lin.post("/saved/new/", fields)["Location"] == "/saved/"
    assert kept() == {"Japan <b>": JAPAN}
    assert page(lin, "/saved/").css("form.undo") == []


def test_the_filters_of_another_reader_do_not_exist() -> None:
    lin, chen = reader("lin"), reader("chen")
    row = saved_as("Japan", lin)
    assert chen.post(f"/saved/{row.pk}/rename/", {"name": "mine"}).status_code == 404
    assert chen.post(f"/saved/{row.pk}/delete/").status_code == 404
    assert "Japan" not in "".join(node.text() for node in page(chen, "/saved/").css(".kept"))
    assert kept("lin") == {"Japan": JAPAN}
    chen.post("/saved/new/", {"name": "Japan", "query": "country=JP"})  # a name is one's own
    assert kept("chen") == {"Japan": "country=JP"}


def test_no_get_changes_anything() -> None:
    lin = reader()
    row = saved_as("Japan", lin)
    for path in ("/saved/new/", f"/saved/{row.pk}/rename/", f"/saved/{row.pk}/delete/", "/logout/"):
        assert lin.get(path, {"name": "other", "query": ""}).status_code == 405
    lin.post(f"/saved/{row.pk}/delete/")
    with CaptureQueriesContext(connection) as queries:
        page(lin, "/saved/")
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []
    assert page(lin, "/saved/").css("form.undo")


def test_a_post_without_a_token_is_refused() -> None:
    lin = reader(strict=True)
    assert lin.post("/saved/new/", {"name": "Japan", "query": JAPAN}).status_code == 403
    assert kept() == {}


# --- who is signed in ---------------------------------------------------------------------------


def test_who_is_not_signed_in_gets_a_quiet_link_and_no_token_or_cookie() -> None:
    response = Client(headers={"accept-language": "en"}).get(f"/?{JAPAN}")
    tree = HTMLParser(response.content.decode())
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert tree.css(".shelf") == []
    link = str(tree.css(".sign-in-hint a")[0].attributes["href"])
    assert urlsplit(link).path == "/login/"
    assert parse_qs(urlsplit(link).query) == {"next": [f"/?{JAPAN}"]}


def test_who_is_not_signed_in_can_neither_see_nor_change() -> None:
    assert Client().get("/saved/")["Location"] == "/login/?next=/saved/"
    assert Client().post("/saved/new/", {"name": "a", "query": ""})["Location"].startswith("/login/")
    assert SavedFilter.objects.count() == 0


def test_pages_of_a_signed_in_reader_are_private() -> None:
    lin = reader()
    row = saved_as("Japan", lin)
    for response in (lin.get("/saved/"), lin.post(f"/saved/{row.pk}/rename/", {"name": ""}), Client().get("/login/")):
        assert "private" in response["Cache-Control"]


def test_one_signs_in_and_comes_back_but_to_no_other_site() -> None:
    User.objects.create_user("wang", password="a-long-password")
    form = {"username": "wang", "password": "a-long-password"}
    assert Client().post("/login/", {**form, "next": f"/?{JAPAN}"})["Location"] == f"/?{JAPAN}"
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        assert Client().post("/login/", {**form, "next": elsewhere})["Location"] == "/"
    wrong = Client(headers={"accept-language": "en"}).post("/login/", {**form, "password": "wrong"})
    assert HTMLParser(wrong.content.decode()).css('[role="alert"]')


@pytest.mark.usefixtures("minute")
def test_passwords_cannot_be_tried_without_end() -> None:
    answers = [Client().post("/login/", {"username": "wang", "password": str(i)}) for i in range(MAX_ATTEMPTS + 1)]
    assert [answer.status_code for answer in answers] == [200] * MAX_ATTEMPTS + [429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_the_list_costs_the_same_queries_however_many_are_saved() -> None:
    lin = reader()
    counts = []
    for names in ("ab", "cdefgh"):
        for name in names:
            saved_as(name, lin)
        with CaptureQueriesContext(connection) as queries:
            page(lin, "/saved/")
        counts.append(len(queries))
    assert counts == [3, 3]  # session, reader, filters


# --- in a browser -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_filter_is_saved_opened_and_deleted_by_hand(page: Page, live_server: object) -> None:
    User.objects.create_user("wang", password="a-long-password")
    page.goto(f"{live_server}/?{JAPAN}&window=all")
    page.locator(".sign-in-hint a").click()
    page.fill("[name=username]", "wang")
    page.fill("[name=password]", "a-long-password")
    page.locator(".sign-in button").click()
    page.locator(".shelf summary").click()
    page.fill(".shelf [name=name]", "日本选举")
    page.locator(".shelf form button").click()
    assert page.locator(".shelf .here").inner_text() == "日本选举"
    page.goto(f"{live_server}/saved/")
    page.locator("form[action$='/delete/'] button").click()
    page.locator("form.undo button").click()
    page.locator(".kept h2 a").click()
    assert page.locator(".events .event").count() == 1
    assert kept("wang") == {"日本选举": f"{JAPAN}&window=all"}
