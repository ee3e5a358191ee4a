"""Feeds of the test server, polled at once and without pauses."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from tests.support.feed_server import LOOPBACK
from timeline.fetching.http import FetchOptions, Limits
from timeline.ingest import poll as polling
from timeline.ingest.store import digest
from timeline.models import Article, Feed, Source

QUICK = FetchOptions(reach=LOOPBACK, limits=Limits(seconds=4, silence=3, received=300_000, unpacked=500_000))
LONG = "英国政府表示，大选将于今年年底前举行，各政党已经开始准备，选举委员会将公布日程。" * 12


@pytest.fixture(autouse=True)
def loopback(settings: Settings) -> None:
    """Let feeds be fetched from this machine, without pauses between requests."""
    settings.FETCH_REACH = LOOPBACK
    settings.FETCH_PAUSE = 0


def feed(url: str, *, zone: str = "Asia/Shanghai", slug: str = "one", **more: Any) -> Feed:
    source = Source.objects.get_or_create(slug=slug, defaults={"name": slug, "zone": zone})[0]
    return Feed.objects.create(source=source, url=url, url_digest=digest(url), **more)


def poll(row: Feed, options: FetchOptions = QUICK) -> polling.PollResult:
    told = polling.poll_feed(row.pk, options=options)
    row.refresh_from_db()
    return told


def titles() -> list[str]:
    return sorted(Article.objects.values_list("title", flat=True))
