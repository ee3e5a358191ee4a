"""Feeds polled from a real server into the database: what is taken in once, what is learnt, what failures tell."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.support.feed_server import FAULTS, PNG, Server, item, rss, server
from tests.support.polling import QUICK, feed, loopback, poll
from tests.support.processes import WorkerProcess, wait_until
from timeline import tasks
from timeline.fetching.http import FetchOptions
from timeline.fetching.reach import Reach
from timeline.ingest import clock
from timeline.ingest import poll as polling
from timeline.ingest.entries import MAX_PAGES
from timeline.ingest.host_lock import lock_host
from timeline.ingest.store import digest
from timeline.models import Article, ArticleVersion, Claim, Event, Feed, FeedEntry, FeedHost, Source
from timeline.operations import doctor
from timeline.pipeline.process import process

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db
LONG = "英国政府表示，大选将于今年年底前举行，各政党已经开始准备，选举委员会将公布日程。" * 12


def titles() -> list[str]:
    return sorted(Article.objects.values_list("title", flat=True))


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


def test_a_machine_whose_clock_is_ahead_polls_by_that_of_the_database(server: Server, monkeypatch: Any) -> None:
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


# --- Full texts ---------------------------------------------------------------------------------


def page(text: str = LONG) -> str:
    return f"<html><body><nav>首页</nav><article><h1>题</h1><p>{text}</p><p>{text}</p></article></body></html>"


def test_the_page_of_a_summary_is_read_where_the_feed_may(server: Server) -> None:
    link = server.serve("/article", page(), headers={"Content-Type": "text/html"})
    url = server.serve("/feed", rss(item(1, link=link), item(2, link=link + "2", text=f"<p>{LONG}</p>")))
    row = feed(url, full_text=True)
    poll(row)
    assert LONG in Article.objects.get(url=link).text
    assert server.asked("/article2") == []  # it has its text
    poll(row)
    assert len(server.asked("/article")) == 1


def test_without_leave_no_page_is_asked(server: Server) -> None:
    poll(feed(server.serve("/feed", rss(item(1, link=server.serve("/article", page()))))))
    assert server.asked("/article") == [] and Article.objects.get().text.startswith("英国")


def test_a_page_that_cannot_be_read_is_tried_three_times_and_the_summary_is_there_meanwhile(server: Server) -> None:
    link = server.serve("/article", status=503)
    row = feed(server.serve("/feed", rss(item(1, link=link)), etag='"1"'), full_text=True)
    for _ in range(5):
        poll(row)
    assert len(server.asked("/article")) == 3
    assert Article.objects.get().version == 1 and row.etag == '"1"'


def test_a_page_that_comes_later_replaces_the_summary(server: Server) -> None:
    link = server.serve("/article", status=503)
    row = feed(server.serve("/feed", rss(item(1, link=link)), etag='"1"'), full_text=True)
    poll(row)
    server.serve("/article", page(), headers={"Content-Type": "text/html"})
    assert len(poll(row).changed) == 1
    assert LONG in Article.objects.get().text
    assert poll(row).outcome in ("new", "unchanged") and poll(row).outcome == "unchanged"


def test_a_feed_of_many_summaries_is_read_in_several_polls(server: Server) -> None:
    many = MAX_PAGES + 5
    for n in range(many):
        server.serve(f"/{n}", page(f"第{n}篇。{LONG}"), headers={"Content-Type": "text/html"})
    row = feed(server.serve("/feed", rss(*(item(n, link=f"{server.url}/{n}") for n in range(many))), etag='"1"'))
    row.full_text = True
    row.save()
    assert "5 wait for their pages" in poll(row).message
    assert row.next_at is not None and row.next_at < timezone.now() + timedelta(minutes=2)
    poll(row)
    assert Article.objects.count() == many and row.etag == '"1"'


def test_a_page_behind_a_redirect_to_this_machine_is_not_read(server: Server) -> None:
    """The feed may be asked (it is the only permitted address); what it leads to may not."""
    link = server.url.replace("127.0.0.1", "127.0.0.9") + "/article"
    reach = Reach(also=(ip_network("127.0.0.1/32"),), public=False)
    row = feed(server.serve("/feed", rss(item(1, link=link))), full_text=True)
    poll(row, FetchOptions(reach=reach))
    assert server.asked("/article") == [] and Article.objects.count() == 1


# --- What is learnt -----------------------------------------------------------------------------


@pytest.mark.parametrize("validator", [{"etag": '"1"'}, {"last_modified": "Wed, 20 Mar 2024 12:00:00 GMT"}])
def test_an_unchanged_feed_is_not_sent_again(server: Server, validator: dict[str, str]) -> None:
    row = feed(server.serve("/feed", rss(item(1)), **validator))  # type: ignore[arg-type]
    poll(row)
    assert poll(row).outcome == "unchanged" and poll(row).outcome == "unchanged"
    assert row.failures == 0 and row.last_success is not None


def test_a_permanent_move_is_learnt_and_a_temporary_one_is_not(server: Server) -> None:
    new = server.serve("/new", rss(item(1)))
    row = feed(server.serve("/old", status=301, headers={"Location": "/new"}))
    old = row.url
    poll(row)
    assert (row.url, row.url_digest, row.moves[0]["from"]) == (new, digest(new), old)
    server.serve("/new", status=302, headers={"Location": "/elsewhere"})
    server.serve("/elsewhere", rss(item(1), item(2)))
    assert len(poll(row).changed) == 1 and row.url == new


def test_a_move_to_what_is_no_feed_is_not_learnt(server: Server) -> None:
    row = feed(server.serve("/old", status=308, headers={"Location": "/page"}))
    assert poll(row).outcome == "failed"
    assert row.url.endswith("/old") and "web page" in row.failure


def test_a_feed_that_moves_to_another_one_is_retired(server: Server) -> None:
    other = feed(server.serve("/new", rss(item(1))))
    row = feed(server.serve("/old", status=301, headers={"Location": "/new"}))
    poll(row)
    assert row.state == Feed.State.RETIRED and f"feed {other.pk}" in row.failure


def test_a_feed_that_is_gone_is_retired(server: Server) -> None:
    row = feed(server.url + "/gone")
    poll(row)
    assert row.state == Feed.State.RETIRED and "410" in row.failure
    assert polling.claim_due() == []
    polling.resume(Feed.objects.all())
    assert [pk for pk, _ in polling.claim_due()] == [row.pk]


def test_what_the_server_asks_to_wait_is_waited(server: Server) -> None:
    row = feed(server.url + "/too-often", interval=1)
    poll(row)
    assert row.next_at is not None and row.next_at >= timezone.now() + timedelta(minutes=9)
    calm = feed(server.serve("/feed", rss(item(1)), headers={"Cache-Control": "max-age=7200"}), interval=1)
    poll(calm)
    assert calm.next_at is not None and calm.next_at >= timezone.now() + timedelta(minutes=119)


def test_failures_are_waited_out_longer_and_longer_up_to_a_day_and_forgotten_with_success(server: Server) -> None:
    row = feed(server.url + "/broken", interval=15)
    waits = []
    for _ in range(10):
        poll(row)
        assert row.next_at is not None and row.last_failure is not None
        waits.append((row.next_at - row.last_failure) / timedelta(minutes=15))
    assert row.failures == 10 and row.state == Feed.State.FAILING
    for n, wait in enumerate(waits):
        expected = min(2**n, 96)
        assert expected <= wait <= expected * 1.1
    assert len(set(waits[-3:])) > 1  # shaken
    server.serve("/broken", rss(item(1)))
    poll(row)
    assert (row.failures, row.state) == (0, Feed.State.WELL) and "500" in row.failure


def test_every_poll_is_sent_before_the_next_is_due(settings: Settings) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["poll"]
    assert entry["options"]["expires"] < entry["schedule"]


REFUSED = sorted(set(FAULTS) - {f"/hop-{n}" for n in range(1, 30)})


@pytest.mark.parametrize("path", REFUSED)
def test_every_fault_is_survived_with_its_reason_on_the_feed(server: Server, path: str) -> None:
    row = feed(server.url + path)
    told = poll(row)
    assert told.outcome in ("failed", "refused", "later", "gone"), told
    assert row.failure == told.message and len(row.failure.split()) > 1
    assert row.failures == 1 and row.last_failure is not None and row.last_success is None
    assert not Article.objects.exists() and row.claimed_until is None


def test_truncated_and_image_feeds_give_what_can_be_read(server: Server) -> None:
    whole = rss(item(1), item(2), item(3))
    row = feed(server.serve("/feed", whole[: whole.index("第3篇")]))
    poll(row)
    assert {"标题1", "标题2"} <= set(titles())
    server.serve("/feed", PNG, headers={"Content-Type": "application/rss+xml"})
    poll(row)
    assert row.failure == "is an image, not a feed"


def test_what_is_not_foreseen_stands_on_the_feed_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("broken rule")

    monkeypatch.setattr(polling, "find_changes", breaks)
    row = feed(server.serve("/feed", rss(item(1))))
    assert poll(row).outcome == "failed"
    assert row.failure == "RuntimeError: broken rule" and row.claimed_until is None and row.next_at is not None


# --- One worker at a time -----------------------------------------------------------------------


def test_two_beats_send_a_feed_once() -> None:
    rows = [feed(f"https://one.example/{n}") for n in range(5)]
    assert {pk for pk, _ in polling.claim_due()} == {row.pk for row in rows}
    assert polling.claim_due() == []


def test_a_message_that_comes_twice_fetches_once(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1))))
    ((pk, claim),) = polling.claim_due()
    assert polling.poll_feed(pk, claim, asking=QUICK).outcome == "new"
    assert polling.poll_feed(pk, claim, asking=QUICK).outcome == "skipped"
    assert len(server.asked("/feed")) == 1 and row.pk == pk


def test_paused_feeds_and_those_not_due_are_left_alone() -> None:
    feed("https://one.example/1", paused=True)
    feed("https://one.example/2", next_at=timezone.now() + timedelta(hours=1))
    feed("https://one.example/3", retired_at=timezone.now())
    late = feed("https://one.example/4", next_at=timezone.now() - timedelta(hours=1))
    assert [pk for pk, _ in polling.claim_due()] == [late.pk]


def test_a_worker_that_died_and_a_clock_that_jumped_hold_no_feed_for_ever() -> None:
    died = feed("https://one.example/1", claimed_until=timezone.now() - timedelta(seconds=1))
    jumped = feed("https://one.example/2", next_at=timezone.now() + timedelta(days=4000))
    held = feed("https://one.example/3", claimed_until=timezone.now() + timedelta(days=4000))
    assert {pk for pk, _ in polling.claim_due()} == {died.pk, jumped.pk, held.pk}


def test_a_pause_while_a_feed_is_polled_stays(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    row = feed(server.serve("/feed", rss(item(1))))
    ((pk, claim),) = polling.claim_due()
    polling.pause(Feed.objects.all())
    assert polling.poll_feed(pk, claim, asking=QUICK).outcome == "skipped"
    row.refresh_from_db()
    assert row.paused and server.requests == []


def test_the_tasks_poll_fetch_and_have_read_what_is_new(
    server: Server, eager: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = feed(server.serve("/feed", rss(item(1, text="<p>英国将于今年年底前举行大选。</p>"))))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.poll()
    row.refresh_from_db()
    assert row.result.startswith("1 entries, 1 new")
    assert Article.objects.get().state == Article.State.DONE


@pytest.mark.django_db(transaction=True)
def test_workers_that_poll_at_once_ask_a_host_one_request_at_a_time_and_each_feed_once(
    server: Server, settings: Settings
) -> None:
    settings.FETCH_PAUSE = 0.05
    rows = [feed(server.serve(f"/{n}", rss(item(n)))) for n in range(8)]

    def work() -> None:
        for pk, claim in polling.claim_due(limit=3):
            polling.poll_feed(pk, claim)
        for row in rows:
            polling.poll_feed(row.pk, timezone.now())  # a claim that nobody made
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(request.path for request in server.requests) == [f"/{n}" for n in range(8)]
    assert server.most == 1
    assert Article.objects.count() == 8
    spans = sorted((request.begun, request.ended) for request in server.requests)
    assert all(later[0] - earlier[1] >= 0.04 for earlier, later in pairwise(spans))


def test_a_host_without_a_turn_costs_no_failure(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timeline.ingest.host_lock.MAX_WAIT_SECONDS", 0.0)
    row = feed(server.serve("/feed", rss(item(1))))
    with lock_host("127.0.0.1"):
        told = polling.poll_feed(row.pk)
    row.refresh_from_db()
    assert told.outcome == "busy" and row.failures == 0 and server.requests == []
    assert row.next_at is not None and row.next_at < timezone.now() + timedelta(minutes=2)
    assert polling.poll_feed(row.pk).outcome == "new"


def test_the_turn_of_a_worker_that_died_ends_by_itself(server: Server) -> None:
    FeedHost.objects.create(name="127.0.0.1", busy_until=timezone.now() - timedelta(seconds=1))
    FeedHost.objects.create(name="127.0.0.2", free_from=timezone.now() + timedelta(days=4000))
    for host in ("127.0.0.1", "127.0.0.2"):
        with lock_host(host):
            assert FeedHost.objects.get(name=host).busy_until is not None


@pytest.fixture
def worker_asks_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting of a worker that is started later."""
    monkeypatch.setenv("NEWSDESK_FETCH_NETWORKS", "127.0.0.0/8")


def test_a_real_worker_polls_a_feed_and_reads_what_came(
    server: Server, worker_asks_loopback: None, celery_worker_process: WorkerProcess
) -> None:
    row = feed(server.serve("/feed", rss(item(1), item(2))))
    tasks.poll()
    wait_until(lambda: Article.objects.filter(state=Article.State.DONE).count() == 2, 40, "both articles are done")
    row.refresh_from_db()
    assert row.result.startswith("2 entries, 2 new") and row.claimed_until is None


# --- Trust --------------------------------------------------------------------------------------


def test_what_others_must_confirm_stands_on_no_timeline_until_they_do(server: Server) -> None:
    text = "<p>英国将于2024年7月4日举行大选。</p>"
    one = feed(server.serve("/one", rss(item(1, text=text))))
    Source.objects.update(trust=Source.Trust.CAREFUL)
    process(poll(one).changed)
    assert not Event.objects.filter(retracted=False).exists()
    assert Claim.objects.get().doubts == ["single_source"]
    two = feed(server.serve("/two", rss(item(2, link="https://two.example/2", text=text))), slug="two")
    process(poll(two).changed)
    assert Event.objects.filter(retracted=False).count() == 1


# --- Commands -----------------------------------------------------------------------------------


def run(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_a_feed_is_looked_at_before_it_is_added(server: Server, broker: object) -> None:
    url = server.serve("/feed", rss(item(1), item(2, date="Wed, 20 Mar 2024 15:00:00")))
    said = run("add_source", url, "--look")
    for words in ("一号通讯社", "RSS", "2024-03-20 15:00 UTC", "1 without a zone", "zh-Hans", "summaries"):
        assert words in said
    assert not Feed.objects.exists() and not Source.objects.exists()
    said = run("add_source", url, "--yes", "--zone", "Asia/Singapore", "--source", "mine", "--interval", "60")
    row = Feed.objects.select_related("source").get()
    assert f"Added feed {row.pk}" in said
    assert (row.source.slug, row.source.zone, row.interval, row.kind) == ("mine", "Asia/Singapore", 60, "rss")


def test_the_feed_of_a_page_is_found(server: Server, broker: object) -> None:
    server.serve("/world.xml", rss(item(1)))
    url = server.serve(
        "/", '<html><head><link rel=alternate type="application/rss+xml" href="/world.xml"></head></html>'
    )
    run("add_source", url, "--yes")
    assert Feed.objects.get().url == server.url + "/world.xml"


def test_a_page_with_several_feeds_lets_one_choose(server: Server) -> None:
    links = "".join(f'<link rel=alternate type="application/rss+xml" title="t{n}" href="/{n}">' for n in range(2))
    out = io.StringIO()
    with pytest.raises(CommandError, match="several feeds"):
        call_command("add_source", server.serve("/", f"<html><head>{links}</head></html>"), stdout=out)
    assert "/0  t0" in out.getvalue() and "/1  t1" in out.getvalue()


def test_a_clock_is_suggested_and_set(server: Server, broker: object) -> None:
    ahead = timezone.now() + timedelta(hours=7)
    url = server.serve("/feed", rss(item(1, date=f"{ahead:%a, %d %b %Y %H:%M:%S} GMT")))
    assert "would lie in the future" in run("add_source", url, "--yes", "--zone", "Asia/Singapore")
    assert Feed.objects.get().clock == "local"


def test_the_order_of_dates_in_figures_is_suggested_and_set(server: Server, broker: object) -> None:
    url = server.serve("/feed", rss(item(1, text="The hearing of 25/12/2024 was moved.")))
    assert "dmy: 1 dates" in run("add_source", url, "--look")
    run("add_source", url, "--yes")
    assert Source.objects.get().numeric_order == "dmy"
    other = server.serve("/other", rss(item(1)))
    run("add_source", other, "--yes", "--source", "mine", "--order", "mdy")
    assert Source.objects.get(slug="mine").numeric_order == "mdy"


@pytest.mark.parametrize(
    ("path", "words"),
    [("/gone", "410"), ("/image", "is an image"), ("/to-metadata", "169.254.169.254"), ("/page", "names no feed")],
)
def test_what_cannot_be_added_is_told(server: Server, path: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("add_source", server.url + path, "--yes")
    assert not Feed.objects.exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["not an address", "--yes"], "address"),
        (["ftp://one.example/"], "http"),
        (["https://one.example/", "--zone", "Mars/Base"], "no such zone"),
        (["https://one.example/", "--interval", "0"], "--interval"),
    ],
)
def test_add_source_refuses_what_it_does_not_understand(args: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run("add_source", *args)


def test_nothing_is_added_unasked_or_twice(server: Server, broker: object) -> None:
    url = server.serve("/feed", rss(item(1)))
    with pytest.raises(CommandError, match="--yes"):
        run("add_source", url)
    run("add_source", url, "--yes")
    with pytest.raises(CommandError, match="polled already"):
        run("add_source", url, "--yes")
    assert Feed.objects.count() == 1


def test_poll_says_what_came_of_each_feed(server: Server, broker: object) -> None:
    assert "add_source" in run("poll")
    well = feed(server.serve("/feed", rss(item(1))))
    assert "1 entries, 1 new, 0 changed" in run("poll")
    assert "No feed is due" in run("poll")
    assert "new: 1 entries, 0 new" in run("poll", "--feed", well.pk)
    bad = feed(server.url + "/gone")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 2 feeds failed"):
        call_command("poll", "--all", "--quiet", stdout=out)
    assert "gone: is gone for good (410)" in out.getvalue() and bad.url in out.getvalue()
    with pytest.raises(CommandError, match="no such feed"):
        run("poll", "--feed", 999999)


# --- Admin --------------------------------------------------------------------------------------


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.mark.parametrize("model", ["feed", "source"])
def test_the_lists_ask_as_much_for_fifty_rows_as_for_five(chief: Client, model: str) -> None:
    def queries(ask: Callable[[str], Any]) -> int:
        with CaptureQueriesContext(connection) as context:
            assert ask(f"/admin/timeline/{model}/").status_code == 200
        return len(context)

    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            feed(f"https://one.example/{n}", slug=f"s{n}", failure="answers 500", failures=n % 2)

    fill(0, 5)
    few = queries(chief.get)
    fill(5, 50)
    assert queries(chief.get) == few


@pytest.mark.parametrize("state", [*Feed.State.values, "nonsense"])
def test_feeds_are_found_by_their_state(chief: Client, state: str) -> None:
    now = timezone.now()
    rows = {
        "new": feed("https://one.example/1"),
        "well": feed("https://one.example/2", last_success=now),
        "failing": feed("https://one.example/3", last_success=now, failures=1),
        "paused": feed("https://one.example/4", paused=True),
        "retired": feed("https://one.example/5", retired_at=now, failures=3),
    }
    for name, row in rows.items():
        assert row.state == name
    shown = chief.get(f"/admin/timeline/feed/?state={state}").content.decode()
    for name, row in rows.items():
        assert (row.url in shown) == (state in (name, "nonsense"))


def test_an_editor_pauses_resumes_and_polls(chief: Client, server: Server, broker: object) -> None:
    row = feed(server.serve("/feed", rss(item(1))), failures=4, next_at=timezone.now() + timedelta(days=1))

    def act(name: str) -> Feed:
        chief.post("/admin/timeline/feed/", {"action": name, "_selected_action": [row.pk]})
        row.refresh_from_db()
        return row

    assert act("pause").paused
    assert act("poll_now").claimed_until is None
    assert not act("resume").paused and row.failures == 0 and row.next_at is None
    assert act("poll_now").claimed_until is not None


def test_a_feed_is_made_and_changed_with_checks(chief: Client) -> None:
    source = feed("https://one.example/1").source
    data = {
        "source": source.pk,
        "url": "HTTPS://Two.example/x#top",
        "interval": 30,
        "clock": "stated",
        "identity": "id",
    }
    assert chief.post("/admin/timeline/feed/add/", data).status_code == 302
    made = Feed.objects.get(interval=30)
    assert made.url == "https://two.example/x" and made.url_digest == digest(made.url)
    again = chief.post("/admin/timeline/feed/add/", data)
    assert again.status_code == 200 and Feed.objects.count() == 2
    assert chief.post("/admin/timeline/feed/add/", {**data, "url": "file:///etc/passwd"}).status_code == 200
    Feed.objects.filter(pk=made.pk).update(etag='"1"', next_at=timezone.now() + timedelta(days=1))
    chief.post(f"/admin/timeline/feed/{made.pk}/change/", {**data, "url": "https://two.example/y"})
    made.refresh_from_db()
    assert (made.url, made.etag, made.next_at) == ("https://two.example/y", "", None)


def test_a_zone_that_is_none_is_refused(chief: Client) -> None:
    data = {"name": "N", "slug": "n", "zone": "Mars/Base", "trust": "full"}
    assert chief.post("/admin/timeline/source/add/", data).status_code == 200 and not Source.objects.exists()
    assert chief.post("/admin/timeline/source/add/", {**data, "zone": "Asia/Taipei"}).status_code == 302


def test_a_page_of_a_source_shows_its_feeds_and_their_reasons(chief: Client) -> None:
    row = feed("https://one.example/1", failure="answers 500 <b>x</b>", failures=2, last_failure=timezone.now())
    shown = chief.get(f"/admin/timeline/source/{row.source.pk}/change/").content.decode()
    assert "answers 500 &lt;b&gt;x&lt;/b&gt;" in shown
    shown = chief.get(f"/admin/timeline/feed/{row.pk}/change/").content.decode()
    assert "answers 500 &lt;b&gt;x&lt;/b&gt;" in shown


def test_who_may_only_look_acts_on_no_feed(server: Server) -> None:
    row = feed(server.url + "/feed")
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_feed", "view_source"]))
    onlooker = Client()
    onlooker.force_login(user)
    assert onlooker.get("/admin/timeline/feed/").status_code == 200
    onlooker.post("/admin/timeline/feed/", {"action": "pause", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.paused
