"""Feeds polled from a real server into the database: what is stored once, and with which date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import LONG, feed, loopback, poll, titles
from timeline.ingest import clock
from timeline.ingest import poll as polling
from timeline.models import Article, ArticleVersion, Feed, FeedEntry
from timeline.operations import doctor

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db


# --- What is taken in ---------------------------------------------------------------------------


def test_what_is_new_is_taken_in_once(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1), item(2))))
    told = poll(row)
    assert told.outcome == "new" and len(told.changed) == 2
    assert titles() == ["标题1", "标题2"]
    assert {a.source.slug for a in Article.objects.all()} == {"one"}
    again = poll(row)
    assert (again.outcome, again.changed) == ("new", [])
    assert row.result == "2 entries, 0 new, 0 changed"
    server.serve("/feed", rss(item(3), item(1), item(2)))
    assert len(poll(row).changed) == 1
    assert Article.objects.count() == FeedEntry.objects.count() == 3
    assert (row.title, row.kind, row.state) == ("一号通讯社", "rss", Feed.State.WELL)


def test_an_edited_entry_is_a_new_version_and_an_edited_title_no_second_article(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1))))
    poll(row)
    server.serve("/feed", rss(item(1, title="标题1（更新）", text="<p>改为明年举行。</p>")))
    (pk,) = poll(row).changed
    article = Article.objects.get()
    assert (article.pk, article.version, article.title) == (pk, 2, "标题1（更新）")
    assert ArticleVersion.objects.get().title == "标题1"


def test_an_entry_whose_link_moves_stays_its_article(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1))))
    poll(row)
    server.serve("/feed", rss(item(1, link="https://one.example/moved/1")))
    assert poll(row).changed == []
    server.serve("/feed", rss(item(1, link="https://one.example/moved/1", text="<p>改为明年举行。</p>")))
    assert len(poll(row).changed) == 1
    assert Article.objects.get().url == "https://one.example/1"


def test_ids_that_change_with_every_fetch_double_nothing(server: Server) -> None:
    row = feed(server.serve("/feed"))
    for turn_ in range(4):
        server.serve("/feed", rss(*(item(n, guid=f"{turn_}-{n}") for n in range(5))))
        poll(row)
        assert Article.objects.count() == FeedEntry.objects.count() == 5
    assert row.identity == Feed.Identity.LINK
    assert not ArticleVersion.objects.exists()


def test_ids_and_links_that_change_with_every_fetch_double_nothing(server: Server) -> None:
    """Also where the fetch that shows it brings something new; and an edited entry is taken in."""
    row = feed(server.serve("/feed"))
    for turn_ in range(4):
        old = [item(n, guid=f"{turn_}-{n}", link=f"https://one.example/{turn_}/{n}") for n in range(5)]
        server.serve("/feed", rss(item(f"new{turn_}", title=f"新{turn_}"), *old))
        poll(row)
        assert Article.objects.count() == FeedEntry.objects.count() == 6 + turn_
    assert row.identity == Feed.Identity.WORDS and row.retired_at is None
    assert not ArticleVersion.objects.exists()
    assert ("feeds", doctor.ODD) in {(one.about, one.state) for one in doctor.check_feeds()}


def test_entries_in_the_same_words_are_as_many_as_they_were(server: Server) -> None:
    row = feed(server.serve("/feed"))
    for turn_ in range(3):
        same = [
            item(n, title="快讯", guid=f"{turn_}-{n}", link=f"https://one.example/{turn_}/{n}", text="<p>快讯</p>")
            for n in range(4)
        ]
        server.serve("/feed", rss(*same))
        poll(row)
    assert Article.objects.count() == 4


def test_a_feed_of_which_nothing_is_ever_known_again_is_bounded(server: Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(polling, "MAX_NEW_IN_A_ROW", 12)
    row = feed(server.serve("/feed"))
    for turn_ in range(6):
        server.serve("/feed", rss(*(item(f"{turn_}-{n}", text=f"<p>{turn_} {n} 大选</p>") for n in range(5))))
        told = poll(row)
    assert Article.objects.count() == 15  # what was taken in before it was too many, and no more
    assert told.outcome == "failed" and row.state == Feed.State.RETIRED
    assert "15 articles in a row" in row.failure and "resume" in row.failure
    assert any("15 articles in a row" in one.what for one in doctor.check_feeds() if one.state == doctor.ODD)
    polling.resume(Feed.objects.all())
    assert poll(row).outcome == "new" and row.new_in_a_row == 5


def test_a_busy_feed_that_is_known_in_part_is_never_too_busy(server: Server, monkeypatch: Any) -> None:
    monkeypatch.setattr(polling, "MAX_NEW_IN_A_ROW", 12)
    row = feed(server.serve("/feed"))
    for turn_ in range(6):
        server.serve("/feed", rss(*(item(n) for n in range(turn_ * 4, turn_ * 4 + 5))))
        poll(row)
    assert Article.objects.count() == 25 and row.retired_at is None and row.new_in_a_row == 0


# --- Clocks that are wrong ----------------------------------------------------------------------


def test_a_clock_a_day_ahead_for_one_poll_silences_no_feed(server: Server, monkeypatch: Any) -> None:
    """It is the one clock of all here: that of the database, or of the only machine."""
    row = feed(server.serve("/feed", rss(item(1))))
    real = clock.database_now
    for url, ahead in (("/feed", timedelta(days=1)), ("/nothing", timedelta(hours=3))):
        Feed.objects.update(url=server.url + url, last_success=None, last_failure=None)
        row.refresh_from_db()
        monkeypatch.setattr(clock, "database_now", lambda: real() + ahead)  # noqa: B023
        poll(row)
        monkeypatch.setattr(clock, "database_now", real)
        assert row.next_at is not None and row.next_at > real() + ahead
        assert [one.state for one in doctor._check_future_times()] == [doctor.ODD]
        assert [pk for pk, _ in polling.claim_due()] == [row.pk]
        Feed.objects.update(claimed_until=None)
    Feed.objects.update(url=server.url + "/feed")
    row.refresh_from_db()
    poll(row)
    Feed.objects.update(last_failure=None)
    assert list(doctor._check_future_times()) == [] and polling.claim_due() == []


def test_a_computer_whose_clock_is_ahead_polls_by_that_of_the_database(server: Server, monkeypatch: Any) -> None:
    """SQLite has no other clock than the machine's."""
    row = feed(server.serve("/feed", rss(item(1))))
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(hours=1))
    poll(row)
    ahead = row.next_at is not None and row.next_at > real() + timedelta(minutes=50)
    assert ahead is (connection.vendor == "sqlite")


def test_one_new_id_does_not_make_all_ids_bad(server: Server) -> None:
    row = feed(server.serve("/feed", rss(*(item(n) for n in range(6)))))
    poll(row)
    server.serve("/feed", rss(*(item(n, guid="other" if n == 0 else None) for n in range(6))))
    assert poll(row).changed == []
    assert row.identity == Feed.Identity.ID and FeedEntry.objects.count() == 6


def test_duplicate_ids_lose_no_entry(server: Server) -> None:
    row = feed(server.serve("/feed", rss(*(item(n, guid="0") for n in range(4)))))
    poll(row)
    poll(row)
    assert Article.objects.count() == FeedEntry.objects.count() == 4


def test_two_feeds_that_tell_one_article_differently_do_not_make_versions_of_it(server: Server) -> None:
    short, whole = feed(server.serve("/short", rss(item(1)))), feed(server.serve("/long", rss(item(1, text=LONG))))
    for _ in range(3):
        poll(short)
        poll(whole)
    assert (Article.objects.get().version, ArticleVersion.objects.count()) == (2, 1)


def test_tracking_is_no_part_of_an_address(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1, link="https://one.example/1?utm_source=rss&amp;id=1"))))
    poll(row)
    assert Article.objects.get().url == "https://one.example/1?id=1"


def test_what_an_entry_would_do_is_not_stored(server: Server) -> None:
    bad = "<p onclick=alert(1)>大选<script>alert(1)</script><img src=x onerror=alert(1)></p>"
    poll(feed(server.serve("/feed", rss(item(1, title="&lt;script&gt;alert(1)&lt;/script&gt;大选", text=bad)))))
    article = Article.objects.get()
    assert article.title == "alert(1)大选" and article.text == "大选"
    assert "script" not in article.markup and "onerror" not in article.markup and "onclick" not in article.markup


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "clock", "moment", "told"),
    [
        ("Wed, 20 Mar 2024 23:00:00", "stated", "2024-03-20T15:00", "zone"),
        ("Wed, 20 Mar 2024 23:00:00 GMT", "stated", "2024-03-20T23:00", ""),
        ("Wed, 20 Mar 2024 23:00:00 GMT", "local", "2024-03-20T15:00", "clock"),
    ],
)
def test_dates_are_read_by_the_zone_and_clock_of_the_feed(
    server: Server, date: str, clock: str, moment: str, told: str
) -> None:
    poll(feed(server.serve("/feed", rss(item(1, date=date))), clock=clock))
    article = Article.objects.get()
    assert article.published == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert article.published_from == told


@pytest.mark.parametrize("date", ["none", "Wed, 20 Mar 2090 23:00:00 GMT"])
def test_what_has_no_date_or_one_ahead_is_dated_by_the_first_fetch_and_flagged(server: Server, date: str) -> None:
    before = timezone.now()
    row = feed(server.serve("/feed", rss(item(1, date=date))))
    poll(row)
    article = Article.objects.get()
    assert before <= article.published <= timezone.now()
    assert article.published_from == ("missing" if date == "none" else "future")
    assert (", 1 dated in the future" in row.result) == (date != "none")
    server.serve("/feed", rss(item(1, date=date, text="<p>改为明年举行。</p>")))
    assert len(poll(row).changed) == 1
    assert Article.objects.get().published == article.published  # an edit does not make it newer
    server.serve("/feed", rss(item(1, text="<p>改为明年举行。</p>")))
    poll(row)
    assert Article.objects.get().published_from == ""  # the date was put right


def test_a_wrong_clock_is_hinted_at_and_mended_by_its_setting(server: Server) -> None:
    ahead = timezone.now() + timedelta(hours=7)
    row = feed(server.serve("/feed", rss(item(1, date=f"{ahead:%a, %d %b %Y %H:%M:%S} GMT"))))
    poll(row)
    assert "would lie in the future" in row.clock_hint
    assert Article.objects.get().published_from == "future"
    Feed.objects.update(clock="local")
    poll(Feed.objects.get())
    article = Article.objects.get()
    assert article.published_from == "clock" and article.published == ahead.replace(microsecond=0) - timedelta(hours=8)
    assert Feed.objects.get().clock_hint == ""


def test_an_entry_without_a_date_takes_the_day_of_its_page(server: Server) -> None:
    said = '<meta property="article:published_time" content="2024-03-20T23:30:00+08:00">'
    page = f"<html><head>{said}</head><body><article><h1>标题1</h1><p>{LONG}</p></article></body></html>"
    link = server.serve("/page", page, headers={"Content-Type": "text/html"})
    undated = item(1, link=link, date="none", text="<p>英国政府表示，大选将于今年年底前举行。</p>")
    row = feed(server.serve("/feed", rss(undated)), full_text=True)
    (pk,) = poll(row).changed
    article = Article.objects.get(pk=pk)
    assert (article.published, article.published_from) == (datetime(2024, 3, 20, 4, tzinfo=UTC), "page")
    assert poll(row).changed == []


def test_a_notice_to_subscribers_does_not_replace_a_summary(server: Server) -> None:
    notice = "<p>本文仅供会员阅读。请登录或订阅，即可阅读全部内容，并获得每日要闻。</p>" * 20
    page = f"<html><body><article>{notice}</article></body></html>"
    link = server.serve("/page", page, headers={"Content-Type": "text/html"})
    summary = "英国政府表示，大选将于今年年底前举行。"
    row = feed(server.serve("/feed", rss(item(1, link=link, text=f"<p>{summary}</p>"))), full_text=True)
    poll(row)
    assert Article.objects.get().text == summary
