"""Run by alerts.py against a fresh database: tell many watchers of many changes, and check that each is told once."""

from __future__ import annotations

import json
import os
import time
from datetime import date, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.support import alert_servers  # noqa: E402
from timeline.alerts import deliver, outbox  # noqa: E402
from timeline.extraction.gazetteer import actors  # noqa: E402
from timeline.models import Change, DeliveredChange, Delivery, Event, Watch  # noqa: E402
from timeline.pipeline import actors as actor_rows  # noqa: E402
from timeline.pipeline import changelog  # noqa: E402

WATCHERS, CHANGES = 10_000, 1_000
DAY = date(2027, 3, 1)


def main() -> None:
    countries = sorted(code for code, actor in actors().items() if actor.kind == "country")
    actor_rows.names_of(countries)
    reader = User.objects.create_user("reader")
    watch = {"user": reader, "channel": "webhook", "target": "http://127.0.0.1/", "language": "en"}
    queries = [f"kind=election&country={code}&from=2027-01-01" for code in countries]
    Watch.objects.bulk_create(Watch(name=str(n), query=queries[n % len(queries)], **watch) for n in range(WATCHERS))
    _change(countries)
    began = time.monotonic()
    while outbox.collect(timezone.now()):
        pass
    collected = time.monotonic() - began
    told = DeliveredChange.objects.count()
    expected = sum(WATCHERS // len(queries) + (n % len(queries) < WATCHERS % len(queries)) for n in range(CHANGES))
    with alert_servers.webhook() as hook:
        Watch.objects.update(target=hook.url)
        began = time.monotonic()
        while ids := outbox.due_deliveries(timezone.now(), 2_000):
            deliver.deliver(ids, 3600)
        sent = time.monotonic() - began
        data = [got.json["data"] for got in hook.received]
        pairs = [(one["alert"], change["id"]) for one in data for change in one["changes"]]
    assert len(pairs) == len(set(pairs)) == told == expected, (len(pairs), len(set(pairs)), told, expected)
    assert not Delivery.objects.filter(sent_at=None).exists()
    print(json.dumps({"told": told, "collect": collected, "messages": Delivery.objects.count(), "send": sent}))


def _change(countries: list[str]) -> None:
    rows = []
    for n in range(CHANGES):
        code = countries[n % len(countries)]
        day = DAY + timedelta(days=n % 300)
        event = Event.objects.create(
            id=f"bench{n:05}",
            key=f"election:{code}",
            kind="election",
            type="general",
            day=day,
            start=day,
            end=day,
            granularity="day",
            status="scheduled",
            believed_since=DAY,
            first_reported=DAY,
        )
        states = [
            {"start": str(d), "end": str(d), "granularity": "day", "modifier": "", "extent": "within"}
            | {"status": "scheduled", "type": "general", "participants": [code]}
            for d in (day, day + timedelta(days=7))
        ]
        rows.append(Change(event=event, what="moved", before=states[0], after=states[1]))
    changelog.append(rows)


if __name__ == "__main__":
    assert any(str(network).startswith("127.") for network in settings.WEBHOOK_REACH.also)
    main()
