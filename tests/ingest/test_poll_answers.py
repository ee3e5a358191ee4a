"""What a poll learns from the answers of a feed and of its pages, and what it does about failures."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.support.feed_server import FAULTS, PNG, Server, item, rss, server
from tests.support.polling import LONG, feed, loopback, poll, titles
from timeline.fetching.http import FetchOptions
from timeline.fetching.reach import Reach
from timeline.ingest import poll as polling
from timeline.ingest.entries import MAX_PAGES
from timeline.ingest.store import digest
from timeline.models import Article, Feed

__all__ = ["loopback", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


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


def test_a_page_behind_a_redirect_to_localhost_is_not_read(server: Server) -> None:
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
