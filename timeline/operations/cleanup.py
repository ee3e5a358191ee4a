"""Rows that serve nobody any more and that nothing else takes away: cleared on a schedule by `tasks.clear`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from timeline.models import FeedHost, IdempotentRequest

AT_ONCE = 2_000  # rows of one statement: nobody waits long for its locks
MOST = 200_000  # rows of one kind in one run; the next run goes on
HOST_UNUSED = timedelta(days=30)


def clear() -> Mapping[str, int]:
    """Delete what is past its time: how many rows of each kind."""
    now = timezone.now()
    past: dict[str, QuerySet[Session] | QuerySet[IdempotentRequest] | QuerySet[FeedHost]] = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "idempotency keys": IdempotentRequest.objects.filter(made_at__lt=now - IdempotentRequest.KEPT),
        "hosts": FeedHost.objects.filter(
            Q(busy_until=None) | Q(busy_until__lt=now - HOST_UNUSED), free_from__lt=now - HOST_UNUSED
        ),
    }
    return {name: _delete(rows) for name, rows in past.items()}


def _delete(rows: QuerySet[Session] | QuerySet[IdempotentRequest] | QuerySet[FeedHost]) -> int:
    deleted = 0
    while deleted < MOST:
        keys: list[Any] = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not keys:
            break
        rows.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted
