"""From an article to a webhook, through a real queue and a real worker, which may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.support import alert_servers, alerts, articles
from tests.support.alert_servers import Webhook
from tests.support.processes import WorkerProcess, wait_until
from timeline import tasks
from timeline.models import Change, Delivery

WATCHERS = 20


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with alert_servers.webhook() as receiver:
        yield receiver


@pytest.fixture
def worker(transactional_db: None, broker: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    monkeypatch.setenv("NEWSDESK_WEBHOOK_NETWORKS", "127.0.0.0/8")
    found = WorkerProcess()
    try:
        found.start()
        yield found
    finally:
        found.kill()


def test_every_watcher_is_told_once_though_the_worker_is_killed_meanwhile(worker: WorkerProcess, hook: Webhook) -> None:
    for n in range(WATCHERS):
        alerts.watch(name=f"watch {n}", channel="webhook", target=hook.url)
    hook.delay = 0.3
    articles.read_all(articles.CAST)
    assert Change.objects.exists()
    tasks.alert()
    wait_until(lambda: len(hook.received) >= 3, "some are told")
    worker.kill()
    worker.start()
    for _ in range(3):  # its deliveries come back after a while, which passes at once here
        Delivery.objects.filter(sent_at=None).update(sending_until=timezone.now() - timedelta(seconds=1))
        tasks.alert()
    wait_until(lambda: not Delivery.objects.filter(sent_at=None).exists(), "all are told", seconds=120)
    told = {got.headers["webhook-id"]: got.json["data"]["alert"] for got in hook.received}
    assert sorted(told) == sorted(Delivery.objects.values_list("id_of_message", flat=True))
    assert set(told.values()) == {f"watch {n}" for n in range(WATCHERS)}
    assert Delivery.objects.count() == WATCHERS
