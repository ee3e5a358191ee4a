"""What takes for ever costs its share: one article of a batch, one entry of a feed, and nothing beside them."""

from __future__ import annotations

import os
import time
from contextlib import closing

import psutil
import pytest
from pytest_django import Settings

from bench.going_wrong import go_wrong
from tests.support.articles import CAST, picture, raw, read_all, take
from tests.support.feed_server import LOOPBACK, Server, item, rss, server
from tests.support.polling import feed, loopback, poll
from timeline.extraction import Article as CleanArticle
from timeline.extraction import Reading, read_article
from timeline.fetching.feeds import ParsedFeed, parse_feed
from timeline.fetching.http import FetchOptions
from timeline.fetching.sanitize import sanitize
from timeline.ingest import entries
from timeline.ingest import poll as polling
from timeline.models import Article, Event, Feed
from timeline.pipeline import claims
from timeline.pipeline.batch import READ_TIME_SHARE
from timeline.pipeline.process import process, read_waiting
from timeline.resilience.cpu_limit import CpuLimitError, cpu_limit
from timeline.resilience.forked import WorkError, run_isolated, run_isolated_one
from timeline.sandbox.jobs import extract

__all__ = ["loopback", "server"]


# --- A block of code ----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["SPIN", "MATCH"])
def test_a_block_ends_with_its_processor_time(way: str) -> None:
    began = time.process_time()
    with pytest.raises(CpuLimitError), cpu_limit(0.2):
        go_wrong(way)
    assert 0.1 < time.process_time() - began < 5  # the kernel counts in ticks


def test_no_handler_of_errors_on_the_way_keeps_it() -> None:
    def keeps_errors() -> None:
        try:
            go_wrong("SPIN")
        except Exception:
            pass

    with pytest.raises(CpuLimitError), cpu_limit(0.2):
        keeps_errors()


def test_waiting_is_no_work_and_what_is_done_in_time_is_not_ended_later() -> None:
    with cpu_limit(0.2):
        time.sleep(0.5)
    until = time.process_time() + 0.4
    while time.process_time() < until:
        pass


# --- Work in a process of its own ---------------------------------------------------------------


def work(text: str) -> str:
    go_wrong(text)
    return text.lower()


@pytest.mark.parametrize("way", ["SPIN", "MATCH", "COMPUTE", "DIE"])
def test_one_item_that_goes_wrong_is_left_out_and_the_others_come_in_order(way: str) -> None:
    assert list(run_isolated(work, ["A", way, "B", "C", way], 1)) == ["a", None, "b", "c", None]


def test_an_item_may_be_larger_than_a_pipe() -> None:
    assert list(run_isolated(work, ["A" * 3_000_000, "B"], 10)) == ["a" * 3_000_000, "b"]
    assert list(run_isolated(work, [], 10)) == []


def test_an_exception_is_reported() -> None:
    with pytest.raises(WorkError, match="ValueError: a broken rule"):
        run_isolated_one(work, "FAIL", 10)


def test_what_waits_for_something_is_given_up_and_is_no_fault_of_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timeline.resilience.forked.MAX_ANSWER_SECONDS", 0.3)
    with pytest.raises(WorkError, match="in time"):
        list(run_isolated(time.sleep, [30], 3))


def test_who_wants_no_more_leaves_no_process() -> None:
    me = psutil.Process(os.getpid())
    before = me.children()
    with closing(run_isolated(work, ["A", "SPIN"], 100)) as answers:
        assert next(answers) == "a"
        assert len(me.children()) == len(before) + 1
    assert me.children() == before


# --- Articles of a batch ------------------------------------------------------------------------


def reads(article: CleanArticle) -> Reading:
    go_wrong(article.text)
    return read_article(article)


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """No article pays for the loading of the rules; in a worker it is done before the first one comes."""
    extract("", "英国大选将于2024年7月4日举行。", "", None, "UTC", "", "2024-01-01", "en")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(claims, "read_article", reads)
    settings.ARTICLE_SECONDS = 0.5


@pytest.mark.django_db
def test_articles_that_take_too_long_are_set_aside_at_once_and_the_others_stored_in_the_same_round(slow: None) -> None:
    ids = take([*CAST[:3], raw("spin", "2024-01-18", "SPIN"), raw("match", "2024-01-18", "MATCH"), *CAST[3:]])
    process(ids)
    failed = Article.objects.filter(state=Article.State.FAILED)
    assert sorted(url.rpartition("/")[2] for url in failed.values_list("url", flat=True)) == ["match", "spin"]
    assert set(failed.values_list("tries", "begun", "failure")) == {
        (1, None, "reading it takes more than 0.5 seconds of processor time")
    }
    assert set(Article.objects.exclude(state=Article.State.FAILED).values_list("state", "tries")) == {("done", 0)}
    after = picture(ids=False)
    Article.objects.all().delete()
    Event.objects.all().delete()
    read_all(CAST)
    assert picture(ids=False) == after


@pytest.mark.django_db
def test_a_busy_computer_sets_no_article_aside(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """It takes long, and little of it is the processor's time."""

    def waits(article: CleanArticle) -> Reading:
        time.sleep(0.7)
        return read_article(article)

    settings.ARTICLE_SECONDS = 0.5
    monkeypatch.setattr(claims, "read_article", waits)
    process(take(CAST[:1]))
    assert Article.objects.get().state == Article.State.DONE


@pytest.mark.django_db
def test_what_was_read_in_time_is_stored_and_the_rest_is_left_to_others(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def waits(article: CleanArticle) -> Reading:
        time.sleep(0.3)
        return read_article(article)

    monkeypatch.setattr(claims, "read_article", waits)
    settings.READ_SECONDS = 1
    ids = take(CAST)
    read_waiting(ids, settings.READ_SECONDS * READ_TIME_SHARE)
    done = Article.objects.exclude(state=Article.State.NEW).count()
    assert 0 < done < len(CAST)
    assert set(Article.objects.filter(state=Article.State.NEW).values_list("tries", "begun")) == {(0, None)}
    process(ids)
    assert set(Article.objects.values_list("state", "tries", "begun")) == {(Article.State.DONE, 0, None)}


# --- Entries of a feed --------------------------------------------------------------------------

HUGE = "<p>COMPUTE" + "x" * 4_500_000 + "</p>"


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A parser that hangs in compiled code at an entry with the word COMPUTE, and at no feed before."""

    def hangs(markup: str) -> str:
        go_wrong(markup)
        return sanitize(markup)

    monkeypatch.setattr(entries, "sanitize", hangs)
    settings.ARTICLE_SECONDS = 1


@pytest.mark.django_db
def test_an_entry_that_cannot_be_read_costs_one_try_and_the_others_are_taken_in(
    hostile: None, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = FetchOptions(reach=LOOPBACK)
    row = feed(server.serve("/feed", rss(item(1), item(2, text=HUGE), item(3))))
    told = poll(row, options)
    assert (told.outcome, row.state, row.failures) == ("new", Feed.State.WELL, 0)
    assert row.result == "3 entries, 3 new, 0 changed, 1 too costly to read: of these the title alone"
    texts = dict(Article.objects.values_list("title", "text"))
    assert texts.pop("标题2") == "" and len(texts) == 2 and all(texts.values())
    monkeypatch.setattr(entries, "sanitize", sanitize)  # the same entry is not read again
    told = poll(row, options)
    assert told.changed == [] and "1 too costly" in row.result
    server.serve("/feed", rss(item(1), item(2), item(3)))
    assert len(poll(row, options).changed) == 1 and "costly" not in row.result
    assert Article.objects.get(title="标题2").text != ""


@pytest.mark.django_db
def test_a_feed_that_cannot_be_read_fails_with_the_reason(
    server: Server, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def hangs(data: bytes, content_type: str, url: str) -> ParsedFeed:
        go_wrong(data.decode())
        return parse_feed(data, content_type, url)

    monkeypatch.setattr(polling, "parse_feed", hangs)
    settings.ARTICLE_SECONDS = 1
    row = feed(server.serve("/feed", rss(item(1, text="COMPUTE"))))
    assert poll(row).outcome == "failed"
    assert "of processor time to read" in row.failure and row.failures == 1
    assert row.next_at is not None and row.claimed_until is None


@pytest.mark.django_db
def test_markup_that_swells_when_it_is_sanitised_is_not_stored(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_SANITISED_CHARS", 200)
    row = feed(server.serve("/feed", rss(item(1, text="<p>长</p>" * 100), item(2))))
    poll(row)
    assert "2 new" in row.result and "1 too costly" in row.result
    assert Article.objects.get(title="标题1").markup == ""
