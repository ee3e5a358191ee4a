"""A full disk, and a source that is deleted while it is needed: no 500, and nothing half-done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.support.locks import client, elsewhere, in_a_moment, met, run, secret
from tests.support.problems import problem_in
from tests.support.requests import TEXT, feed, is_503, post
from tests.support.rows import source
from timeline.fetching.http import Fetched
from timeline.fetching.posts import RawArticle
from timeline.http import tokens
from timeline.ingest import poll
from timeline.ingest.store import UnknownSourceError, store_articles
from timeline.models import Article, Feed, IdempotentRequest, Source

__all__ = ["client", "secret"]
pytestmark = pytest.mark.django_db(transaction=True)

RSS = b"<rss version='2.0'><channel><title>t</title><item><title>a</title><link>https://one.example/1</link></item></channel></rss>"


def raw(url: str, text: str = TEXT, of: str = "") -> RawArticle:
    return RawArticle("", "标题", url, datetime(2024, 3, 20, tzinfo=UTC), "", text, of)


# --- a full disk --------------------------------------------------------------------------------


@contextmanager
def full_disk() -> Iterator[None]:
    """No page more on SQLite; on PostgreSQL what it says when no page more can be written."""
    if connection.vendor == "sqlite":
        run("VACUUM")
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA page_count")
            run(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        yield
        run("PRAGMA max_page_count = 4294967294")
        return
    say = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'"
    run(f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {say}; END $$")
    run("CREATE TRIGGER full_disk BEFORE INSERT ON timeline_article EXECUTE FUNCTION full_disk()")
    yield
    run("DROP FUNCTION full_disk CASCADE")


@pytest.mark.usefixtures("broker")
def test_on_a_full_disk_nothing_is_half_done_and_the_key_is_free_again(client: Client, secret: str) -> None:
    source("full")
    tokens.token_of(secret)
    text = TEXT * 5000
    with full_disk():
        answer = post(client, secret, text=text, source="full")
        assert is_503(answer) and problem_in(answer)["type"] == "/api/v1/problems/unavailable"
    assert not Article.objects.exists() and not IdempotentRequest.objects.exists()
    assert post(client, secret, text=text, source="full").status_code == 201


# --- a source that is deleted -------------------------------------------------------------------


@pytest.mark.usefixtures("broker")
def test_a_newsroom_deleted_while_its_article_comes_is_made_anew(client: Client, secret: str) -> None:
    row = Source.objects.create(slug="new-example", name="x")
    with elsewhere(f"DELETE FROM timeline_source WHERE id = {row.pk}") as commit:
        timer = in_a_moment(commit)
        answer = post(client, secret)
        timer.join()
    assert answer.status_code == 201
    assert Article.objects.get().source.slug == Source.objects.exclude(pk=row.pk).get().slug


def test_a_source_that_was_deleted_meanwhile_is_reported_as_unknown(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source("brief")
    monkeypatch.setattr("timeline.api.texts.refuse_future", lambda raw: Source.objects.filter(slug="brief").delete())
    answer = post(client, secret, source="brief")
    assert answer.status_code == 422
    assert [wrong["name"] for wrong in problem_in(answer)["invalid-params"]] == ["source"]
    with pytest.raises(UnknownSourceError, match="brief"):
        store_articles([raw("https://one.example/2", of="brief")])


def test_a_worker_whose_feed_and_source_are_deleted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    row = feed()

    def fetched(*args: Any, **options: Any) -> Fetched:
        Feed.objects.all().delete()
        Source.objects.all().delete()
        return Fetched("new", row.url, "", 200, body=RSS, content_type="application/rss+xml")

    monkeypatch.setattr(poll, "fetch", fetched)
    assert poll.poll_feed(row.pk).outcome == "failed"
    assert poll.poll_feed(row.pk).outcome == "skipped"
    assert not Source.objects.exists()


def test_a_poll_that_meets_a_lock_is_not_the_feeds_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    row = feed()

    def fetched(*args: Any, **options: Any) -> Fetched:
        raise met(OperationalError, psycopg.errors.DeadlockDetected())

    monkeypatch.setattr(poll, "fetch", fetched)
    with pytest.raises(OperationalError):
        poll.poll_feed(row.pk)
    row.refresh_from_db()
    assert (row.failures, row.failure) == (0, "")


@pytest.mark.parametrize(
    "page", ["/", "/desk/", "/facets/", "/feed.json", "/feed.ics", "/export.csv", "/api/v1/events"]
)
def test_pages_that_ask_for_a_deleted_source_say_so(client: Client, page: str) -> None:
    answer = client.get(page, {"source": "deleted"})
    assert answer.status_code in (200, 400)
