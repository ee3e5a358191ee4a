"""`add_source` and `poll`: a feed is looked at, added and polled by hand."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import feed, loopback
from timeline.models import Feed, Source

__all__ = ["loopback", "server"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


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
def test_what_cannot_be_added_is_reported(server: Server, path: str, words: str) -> None:
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
