"""Delete expired rows; the task `clear` does so on a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from timeline.models import Delivery, FeedHost, IdempotentRequest

BATCH_SIZE = 2_000  # rows of one statement, so that its locks are short
MAX_ROWS = 200_000  # of one kind in one run; the next run goes on
HOST_LIFETIME = timedelta(days=30)
DELIVERY_LIFETIME = timedelta(days=90)  # of what was sent
Rows = QuerySet[Session] | QuerySet[IdempotentRequest] | QuerySet[FeedHost] | QuerySet[Delivery]


def delete_expired() -> Mapping[str, int]:
    """Delete expired rows and return how many of each kind."""
    now = timezone.now()
    past: dict[str, Rows] = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "idempotency keys": IdempotentRequest.objects.filter(made_at__lt=now - IdempotentRequest.KEPT),
        "hosts": FeedHost.objects.filter(
            Q(busy_until=None) | Q(busy_until__lt=now - HOST_LIFETIME), free_from__lt=now - HOST_LIFETIME
        ),
        "alerts sent": Delivery.objects.filter(sent_at__lt=now - DELIVERY_LIFETIME),
    }
    return {name: _delete(rows) for name, rows in past.items()}


def _delete(rows: Rows) -> int:
    deleted = 0
    while deleted < MAX_ROWS:
        keys: list[Any] = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
        if not keys:
            break
        rows.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
