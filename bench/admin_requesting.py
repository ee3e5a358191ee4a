"""Run by admin.py on one database: request pages of the admin as a superuser and print milliseconds as JSON."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from timeline.models import Change, Correction, Event  # noqa: E402

ROUNDS, WARMING = 5, 1
DECISIONS, CHANGES = 100_000, 200_000  # made where there are none
LIST = "/admin/timeline/{}/"
PAGES = {
    "first page of the admin": "/admin/",
    "events": LIST.format("event"),
    "events, last page": LIST.format("event") + "?p=200",
    "events, a common word": LIST.format("event") + "?q=英国",
    "events, a word of none": LIST.format("event") + "?q=不存在的词",
    "events, by id": LIST.format("event") + "?q={event}",
    "events, retracted": LIST.format("event") + "?retracted__exact=1",
    "events, kind and status": LIST.format("event") + "?kind__exact=election&status__exact=cancelled",
    "events, from a day on": LIST.format("event") + "?day__gte=2024-06-01&day__lte=2024-06-30",
    "events, by first day": LIST.format("event") + "?o=-4",
    "claims": LIST.format("claim"),
    "claims, a word of none": LIST.format("claim") + "?q=不存在的词",
    "claims, type and status": LIST.format("claim") + "?type__exact=referendum&status__exact=cancelled",
    "articles": LIST.format("article"),
    "articles, a word of none": LIST.format("article") + "?q=不存在的词",
    "articles, failed": LIST.format("article") + "?state__exact=failed",
    "articles of a source": LIST.format("article") + "?source={source}",
    "beliefs": LIST.format("eventbelief"),
    "beliefs, a word of none": LIST.format("eventbelief") + "?q=不存在的词",
    "beliefs, moved": LIST.format("eventbelief") + "?change__exact=moved",
    "participants": LIST.format("eventparticipant"),
    "participants, a country": LIST.format("eventparticipant") + "?q=FR",
    "changes": LIST.format("change"),
    "changes, cancelled": LIST.format("change") + "?what__exact=cancelled",
    "changes of an event": LIST.format("change") + "?q={event}",
    "corrections": LIST.format("correction"),
    "corrections that wait": LIST.format("correction") + "?state=waiting",
    "corrections, undone, of one": LIST.format("correction") + "?state=undone&by=bench",
    "corrections, a word of none": LIST.format("correction") + "?q=不存在的词",
    "actors": LIST.format("actor"),
    "sources": LIST.format("source"),
    "an event": LIST.format("event") + "{event}/change/",
    "history of an event": LIST.format("event") + "{event}/history/",
    "choosing an event": "/admin/autocomplete/?app_label=timeline&model_name=correction&field_name=event&term=英国",
    "reliability": "/admin/timeline/correction/reliability/",
}


def main() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _fill()
            cursor.execute("ANALYZE")
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    event = Event.objects.filter(retracted=False, merged_into=None).order_by("-weight", "day")[:1].get()
    source = event.event_sources.all()[:1].get().source.slug
    wanted = {name: path.format(event=event.pk, source=source) for name, path in PAGES.items()}
    sys.stdout.write(json.dumps({name: _measured(client, path) for name, path in wanted.items()}))


def _fill() -> None:
    """Add decisions and changes to the first events, where there are none."""
    user, _ = User.objects.get_or_create(username="bench", defaults={"is_staff": True, "is_superuser": True})
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True)[:CHANGES])
    if not Correction.objects.exists():
        many = min(DECISIONS, len(ids) // 2)
        Correction.objects.bulk_create(
            [
                Correction(
                    event_id=pk, field="status", value="expected", editor=user, waits=n % 1000 == 0, reason="为何"
                )
                for n, pk in enumerate(ids[:many])
            ],
            batch_size=5_000,
        )
    if not Change.objects.exists():
        Change.objects.bulk_create([Change(event_id=pk, what="added") for pk in ids], batch_size=5_000)


def _measured(client: Client, path: str) -> dict[str, Any]:
    queries = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, params, many, context)

    for _ in range(WARMING):
        answer = client.get(path)
    with connection.execute_wrapper(count):
        client.get(path)
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - begun) * 1000)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    found = {"p50": statistics.median(times), "worst": max(times), "queries": queries, "bytes": len(answer.content)}
    return {"path": path, **found}


if __name__ == "__main__":
    main()
