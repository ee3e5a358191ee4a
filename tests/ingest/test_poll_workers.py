"""Several workers poll: each feed once, each host by one request at a time."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import QUICK, feed, loopback, poll
from tests.support.processes import WorkerProcess, wait_until
from timeline import tasks
from timeline.ingest import poll as polling
from timeline.ingest.host_lock import lock_host
from timeline.models import Article, Claim, Event, Feed, FeedHost, Source
from timeline.pipeline.process import process

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db


# --- One worker at a time -----------------------------------------------------------------------


def test_two_beats_send_a_feed_once() -> None:
    rows = [feed(f"https://one.example/{n}") for n in range(5)]
    assert {pk for pk, _ in polling.claim_due()} == {row.pk for row in rows}
    assert polling.claim_due() == []


def test_a_message_that_comes_twice_fetches_once(server: Server) -> None:
    row = feed(server.serve("/feed", rss(item(1))))
    ((pk, claim),) = polling.claim_due()
    assert polling.poll_feed(pk, claim, options=QUICK).outcome == "new"
    assert polling.poll_feed(pk, claim, options=QUICK).outcome == "skipped"
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
    assert polling.poll_feed(pk, claim, options=QUICK).outcome == "skipped"
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
    wait_until(lambda: Article.objects.filter(state=Article.State.DONE).count() == 2, "both articles are done")
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
