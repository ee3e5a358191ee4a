"""Which entry is which article: spellings of an address, several ids, edits, and what was stored twice before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.test import Client

from tests.support.articles import raw, read_all, take
from tests.support.feed_server import Server, item, rss, server
from tests.support.migrations import one_by_one
from tests.support.polling import LONG, feed, loopback, poll
from tests.support.users import with_permissions
from timeline.curation import decide
from timeline.fetching.feeds import Entry
from timeline.fetching.identity import identify, page_of
from timeline.models import Article, ArticleVersion, Claim, Event, MergedArticle, NamedClaim
from timeline.pipeline.process import process, resolve_waiting

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db
HOME = "https://one.example/"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://one.example/a/b?x=1&y=2",
        "https://www.one.example/a/b?x=1&y=2",
        "https://one.example:443/a/b/?y=2&x=1",
        "https://ONE.example./a//b?x=1&y=2&utm_source=rss",
        "https://one.example/a/c/../%62?x=1&y=2&from=rss",
    ],
)
def test_an_address_has_many_spellings(spelling: str) -> None:
    assert page_of(spelling) == page_of("https://one.example/a/b?x=1&y=2")


@pytest.mark.parametrize(
    "other",
    ["https://one.example/a/B?x=1&y=2", "https://one.example/a/b?x=2&y=1", "https://one.example/a%2Fb?x=1&y=2",
     "https://m.one.example/a/b?x=1&y=2", "https://one.example:8080/a/b?x=1&y=2", "https://one.example/a/b?x=1&y=2&from=5"],
)  # fmt: skip
def test_other_addresses_stay_others(other: str) -> None:
    assert page_of(other) != page_of("https://one.example/a/b?x=1&y=2")


def entries(*rows: tuple[str, str, str, str]) -> list[Entry]:
    return [Entry(id, link, title, "", "", markup) for id, link, title, markup in rows]


def test_one_article_under_several_ids_is_one_and_a_live_page_is_several() -> None:
    link = "https://one.example/a"
    (one,) = identify(entries(("1", link, "T", "x"), ("2", link + "?utm_source=rss", "T", "x")), HOME)
    assert one.url == link
    assert len(identify(entries(("1", link, "T", "x"), ("2", link, "T", "y"), ("3", link, "U", "x")), HOME)) == 3
    assert len(identify(entries(("1", "", "T", "x"), ("2", "", "T", "x")), HOME)) == 2  # nothing says that they are one


def test_a_feed_that_changes_the_spelling_of_its_links_doubles_nothing(server: Server) -> None:
    row = feed(server.serve("/rss", rss(item(1, link="http://one.example/中?from=rss", guid=""))))
    poll(row)
    server.serve("/rss", rss(item(1, link="https://www.one.example/%E4%B8%AD/", guid="")))
    assert "0 new" in poll(row).message
    assert Article.objects.get().url == "http://one.example/中?from=rss".replace("?from=rss", "")


def test_the_same_article_of_another_feed_or_an_import_is_found() -> None:
    (first,) = take([raw("a", "2024-01-18", "甲国将于5月举行大选。")])
    moved = replace(raw("a", "2024-01-18", "甲国将于5月举行大选。"), url="http://www.one.example/a/")
    assert take([moved]) == [first]
    assert Article.objects.count() == 1


def test_an_edit_that_moves_the_date_moves_no_tomorrow(server: Server) -> None:
    text = "国家选举委员会表示，英国大选将于明天举行，各地投票站已经准备就绪。"
    row = feed(server.serve("/rss", rss(item(1, date="Wed, 20 Mar 2024 02:00:00 +0000", text=text))))
    poll(row)
    server.serve("/rss", rss(item(1, date="Thu, 28 Mar 2024 02:00:00 +0000", text=text.replace("已经", "都已经"))))
    assert "1 changed" in poll(row).message
    assert str(Article.objects.get().published)[:10] == "2024-03-20"
    server.serve("/rss", rss(item(1, date="Fri, 29 Mar 2024 02:00:00 +0000", text=LONG)))  # another text
    poll(row)
    assert Article.objects.get().later_sentences == {}
    assert str(Article.objects.get().published)[:10] == "2024-03-29"


def test_a_sentence_that_an_edit_brings_counts_from_the_edit(server: Server) -> None:
    text = "国家选举委员会表示，英国大选将于明天举行，各地投票站已经准备就绪。候选人结束了竞选活动。"
    added = "日本首相将于明天访问法国，与总统会谈。"
    row = feed(server.serve("/rss", rss(item(1, date="Wed, 20 Mar 2024 02:00:00 +0000", text=text))))
    poll(row)
    server.serve("/rss", rss(item(1, date="Thu, 28 Mar 2024 02:00:00 +0000", text=text + added)))
    poll(row)
    process(Article.objects.values_list("pk", flat=True))
    told = {claim.type: (str(claim.start), str(claim.reported)) for claim in Claim.objects.all()}
    assert told == {"general": ("2024-03-21", "2024-03-20"), "meeting": ("2024-03-29", "2024-03-28")}
    article = Article.objects.get()
    found = {e["text"]: e["start"] for e in article.expressions}
    assert str(article.published)[:10] == "2024-03-20" and len(article.expressions) == 2
    assert found["明天"] == "2024-03-29" and article.expressions[0]["start"] == "2024-03-21"
    for claim in Claim.objects.all():  # each points at the day in its own sentence
        (number,) = claim.expressions
        expression = article.expressions[number]
        assert claim.evidence_start <= expression["start_char"] < claim.evidence_end
    last = "德国大选将于后天举行。"
    server.serve("/rss", rss(item(1, date="Mon, 01 Apr 2024 02:00:00 +0000", text=text + added + last)))
    poll(row)
    process(Article.objects.values_list("pk", flat=True))
    assert {(claim.type, str(claim.start)) for claim in Claim.objects.all()} == {
        ("general", "2024-03-21"),
        ("meeting", "2024-03-29"),
        ("general", "2024-04-03"),
    }


# --- what was stored twice before ---------------------------------------------------------------


@pytest.fixture
def migrations() -> Iterator[None]:
    yield
    call_command("migrate", "timeline", verbosity=0)


def stored_twice() -> tuple[Article, Article]:
    """One article under two spellings, as former versions stored it, the second of them edited."""
    one = raw("a", "2024-01-18", "英国大选将于2024年7月4日举行。")
    read_all([one, raw("x", "2024-01-18", "英国大选将于2024年7月4日举行，首相宣布。", "two.example")])
    read_all([replace(one, url="https://one.example/b", markup=one.markup + "<p>投票站七点开门。</p>")])
    Article.objects.filter(url="https://one.example/b").update(url="http://www.one.example/a/")
    return Article.objects.get(url=one.url), Article.objects.get(url="http://www.one.example/a/")


@pytest.mark.django_db(transaction=True)
def test_doubles_are_merged_and_what_editors_decided_stays(migrations: None) -> None:
    kept, double = stored_twice()
    editor = with_permissions("editor", "add_correction")
    event = Event.objects.get()
    decide.correct_field(event, "note", "the first in five years", editor)
    NamedClaim.objects.exclude(article=double.url_digest).delete()  # it names the double alone
    Claim.objects.update(probability=None)
    one_by_one().migrate([("timeline", "0027_removed")])
    call_command("migrate", "timeline", verbosity=0)
    while resolve_waiting():
        pass
    assert set(Article.objects.values_list("pk", flat=True)) == {kept.pk, Article.objects.get(url__contains="two").pk}
    assert MergedArticle.objects.get().pk == double.pk
    assert ArticleVersion.objects.filter(article=kept, text__contains="投票站").exists()
    event.refresh_from_db()
    assert (event.note, event.claims.count(), event.retracted) == ("the first in five years", 2, False)
    assert NamedClaim.objects.filter(article=kept.url_digest, claim__article=kept).exists()
    answer = Client().get(f"/articles/{double.pk}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/articles/{kept.pk}/")
    assert Client().get("/articles/987654/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_entries_of_one_link_are_merged_where_they_say_the_same(migrations: None) -> None:
    rows = [raw("p", "2024-01-18", f"甲国将于{month}月举行大选。") for month in (5, 5, 6)]
    for n, one in enumerate(rows):
        take([replace(one, url=f"https://one.example/p#{n}")])
    take([raw("q", "2024-01-18", "乙国将于5月举行大选。")])
    one_by_one().migrate([("timeline", "0027_removed")])
    call_command("migrate", "timeline", verbosity=0)
    assert sorted(Article.objects.values_list("url", flat=True)) == [
        "https://one.example/p#0",
        "https://one.example/p#2",
        "https://one.example/q",
    ]
