"""Watches and changes for tests of alerts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from timeline.alerts import outbox
from timeline.alerts.deliver import deliver
from timeline.models import Change, Event, Watch
from timeline.pipeline import changelog
from timeline.query.changes import last_change

NOON = datetime(2024, 9, 2, 12, tzinfo=UTC)  # a Monday


def reader(name: str = "lin", email: str = "lin@example.org") -> User:
    return User.objects.get_or_create(username=name, defaults={"email": email})[0]


def watch(**fields: Any) -> Watch:
    """A watch that began now, by e-mail to its reader."""
    defaults = {"channel": "email", "target": "lin@example.org", "language": "en", "name": "my alert"}
    fields.setdefault("user", reader())
    return Watch.objects.create(**(defaults | {"since": last_change()} | fields))


def state(start: str, end: str | None = None, *codes: str, status: str = "scheduled", type: str = "general") -> Any:
    days = {"start": start, "end": end or start, "granularity": "day", "modifier": "", "extent": "within"}
    return days | {"status": status, "type": type, "participants": list(codes)}


def change(event: Event, what: str, before: Any = None, after: Any = None, **more: Any) -> Change:
    row = Change(event=event, what=what, before=before or {}, after=after or {}, **more)
    changelog.append([row])
    return Change.objects.order_by("-pk").first() or row


def moved(event: Event, *codes: str, before: str = "2024-10-27", after: str = "2024-11-03") -> Change:
    return change(event, "moved", state(before, None, *codes), state(after, None, *codes))


def collect_all(now: datetime | None = None) -> None:
    while outbox.collect(now or timezone.now()):
        pass


def send_all(now: datetime | None = None) -> dict[str, int]:
    """Collect and send everything that is due, in as many rounds as order needs."""
    collect_all(now)
    total = {"sent": 0, "failed": 0}
    while ids := outbox.due_deliveries(now or timezone.now() + timedelta(seconds=1), 1_000):
        for name, n in deliver(ids, 60).items():
            total[name] += n
    return total
