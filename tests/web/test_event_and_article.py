"""The pages of one event and of one article."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.support import rows
from tests.support.reading import SENTENCE, TEXT, YEARS, australia, english, reader
from tests.support.readings import one, page, texts
from timeline.display.markup import Highlight, mark_up
from timeline.models import Article, Event

__all__ = ["australia", "english", "reader"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


# --- one event ----------------------------------------------------------------------------------


def test_the_page_of_an_event_shows_the_sentence_and_what_was_read_in_it(reader: Client, australia: Event) -> None:
    tree = page(reader, "/events/australia1/")
    assert one(tree, "h1").text() == "澳大利亚大选"
    assert one(tree, ".sentence").text() == "澳大利亚大选应在2025年5月，此后的报道尚未证实。"
    quote = one(tree, "blockquote")
    assert quote.text() == SENTENCE
    assert texts(quote, "mark.actor") == ["澳大利亚"]
    assert texts(quote, "mark.date") == ["2025年5月"]
    assert texts(quote, "mark.trigger") == ["大选"]
    assert "原文写明" in one(tree, ".why").text()
    claim = australia.claims.get()
    link = one(tree, ".claims .meta a").attributes["href"]
    assert link == f"/articles/{claim.article_id}/#claim-{claim.pk}"
    assert page(reader, link or "").css_first(f"#claim-{claim.pk}") is not None


def test_the_history_of_beliefs_is_newest_first(english: Client, australia: Event) -> None:
    rows.believe(australia, "2024-08-01", "2025-05-03", "2025-05-03", change="narrowed")
    tree = page(english, "/events/australia1/")
    assert [texts(row, "th, td")[:4] for row in tree.css("tbody tr")] == [
        ["1 August 2024", "3 May 2025", "scheduled", "date made more precise"],
        ["20 March 2024", "May 2025", "scheduled", "first reported"],
    ]


def test_as_of_an_event_is_what_it_was_believed_to_be(english: Client, australia: Event) -> None:
    rows.believe(australia, "2024-08-01", "2025-05-03", "2025-05-03", change="narrowed")
    later = rows.article("大选在五月三日。", on="2024-08-01", of="two")
    rows.claim(australia, later, "大选在五月三日。")
    tree = page(english, "/events/australia1/?as_of=2024-04-01")
    assert one(tree, ".sentence").text() == "Australia: general election, scheduled: May 2025."
    assert len(tree.css(".claims > li")) == len(tree.css("tbody tr")) == 1
    assert "1 report from 1 source" in texts(tree, ".facts dd")
    assert len(page(english, "/events/australia1/").css(".claims > li")) == 2
    page(english, "/events/australia1/?as_of=2024-03-19", 404)
    page(english, "/events/australia1/?kind=election", 400)


def test_a_merged_event_leads_for_ever_to_where_it_went(reader: Client, australia: Event) -> None:
    middle = rows.event("middle", ["AU"], "2025-05-02", merged_into=australia)
    rows.event("oldest", ["AU"], "2025-05-02", merged_into=middle)
    response = reader.get("/events/oldest/")
    assert (response.status_code, response.headers["Location"]) == (301, "/events/australia1/")


def test_events_merged_in_a_circle_do_not_hang_the_page(reader: Client) -> None:
    first = rows.event("first", ["AU"], "2025-05-02")
    second = rows.event("second", ["AU"], "2025-05-02", merged_into=first)
    Event.objects.filter(pk=first.pk).update(merged_into=second)
    page(reader, "/events/first/", 404)


def test_a_retracted_event_is_gone_and_says_so(english: Client) -> None:
    rows.event("gone", ["AU"], "2025-05-02", retracted=True)
    assert "withdrawn" in one(page(english, "/events/gone/", 410), "h1").text()


# --- one article --------------------------------------------------------------------------------


def test_an_article_shows_its_dates_and_links_its_events(english: Client, australia: Event) -> None:
    article = australia.claims.get().article
    tree = page(english, article.get_absolute_url())
    text = one(tree, ".text")
    assert SENTENCE in text.text()
    marked = one(text, "mark.date")
    assert marked.text() == "2025年5月"
    assert (marked.attributes["title"] or "").startswith("2025-05-01/2025-05-31")
    assert one(text, ".note a").attributes["href"] == "/events/australia1/"
    assert "2024-03-20 12:00 (UTC)" in texts(tree, ".facts dd")
    original = one(tree, "a[rel~=noopener]")
    assert original.attributes["href"] == article.url
    assert set((original.attributes["rel"] or "").split()) >= {"noopener", "nofollow"}


def test_hostile_text_and_addresses_stay_text(reader: Client) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    expression = rows.expression(f"{evil}大选", evil, "2025-01-01", None, [["as_written", [f'why "{evil}']]])
    article = rows.article(f"{evil}大选", title=evil, url="javascript:alert(3)", expressions=[expression])
    event = rows.event("evil", ["AU"], "2025-01-01")
    rows.claim(
        event, article, f"{evil}大选", trigger="大选", said_by=evil, reasons=[["as_written", [evil]]], expressions=[0]
    )
    Article.objects.update(state=Article.State.FAILED, failure=evil)
    for url in (f"/?{YEARS}", "/events/evil/", article.get_absolute_url()):
        tree = page(reader, url)
        assert not tree.css("img, a[href^='javascript:'], [onerror]")
        assert all("alert" not in script.text() for script in tree.css("script"))
        assert "alert(1)" in one(tree, "main").text()


def test_what_was_read_in_an_older_text_is_not_marked_in_the_new_one(reader: Client, australia: Event) -> None:
    article = australia.claims.get().article
    Article.objects.filter(pk=article.pk).update(text="全新的一句话，" + TEXT, state=Article.State.NEW)
    tree = page(reader, article.get_absolute_url())
    assert not one(tree, ".text").css("mark, sup")
    assert one(tree, ".notice")


def test_a_failed_reading_says_why(english: Client) -> None:
    article = rows.article(TEXT)
    Article.objects.update(state=Article.State.FAILED, failure="ValueError: no such day")
    assert "ValueError: no such day" in one(page(english, article.get_absolute_url()), ".notice").text()


@pytest.mark.parametrize("zone", ["Nowhere/Else", "../../etc/passwd", ""])
def test_a_wrong_zone_of_a_source_falls_back_to_utc(english: Client, zone: str) -> None:
    article = rows.article(TEXT)
    article.source.zone = zone
    article.source.save()
    assert "2024-03-20 12:00 (UTC)" in texts(page(english, article.get_absolute_url()), ".facts dd")


@pytest.mark.parametrize("stored", [None, "x", {"a": 1}, [1], [None], [["a", "b", "c"]], [[-5, 10**9, "AU"]], [7, 8]])
def test_broken_stored_offsets_never_break_a_page(reader: Client, australia: Event, stored: Any) -> None:
    claim = australia.claims.get()
    claim.article.expressions = stored if stored is not None else []
    claim.article.save()
    for name in ("trigger", "mentions", "expressions"):
        setattr(claim, name, stored if stored is not None else [])
    claim.save()
    assert one(page(reader, "/events/australia1/"), "blockquote").text() == SENTENCE
    page(reader, claim.article.get_absolute_url())


SPANS = st.lists(st.tuples(st.integers(-3, 25), st.integers(-3, 25), st.sampled_from(["a", "b", "c"])), max_size=6)


@given(text=st.text(alphabet="ab<>&\"' 大选𠮷\n", max_size=20), spans=SPANS)
def test_marked_text_is_the_text_with_every_sign_marked_by_what_covers_it(
    text: str, spans: list[tuple[int, int, str]]
) -> None:
    html = mark_up(text, [Highlight(a, b, css) for a, b, css in spans])
    found: list[tuple[str, frozenset[str]]] = []
    for css, marked, plain in re.findall(r'<mark class="([^"]*)">(.*?)</mark>|([^<]+)', html, re.S):
        inner = marked or plain
        for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")):
            inner = inner.replace(entity, sign)
        found += [(sign, frozenset(css.split())) for sign in inner]
    assert found == [(s, frozenset(c for a, b, c in spans if a <= i < b)) for i, s in enumerate(text)]


@pytest.mark.parametrize(("language", "between"), [("en", ", 1 ("), ("zh-Hans", "、1 ("), ("zh-Hant", "、1 (")])
def test_earlier_versions_are_joined_as_the_language_does(language: str, between: str) -> None:
    article = rows.article("大选定于2025年5月3日举行。", on="2025-04-01")
    for n in (1, 2):
        article.versions.create(version=n, title="旧", published=article.published, markup="", text="")
    assert between in page(Client(), f"/articles/{article.pk}/?lang={language}").text()
