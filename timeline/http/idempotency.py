"""Idempotency keys: a request sent again with its key gets the same answer and changes nothing.

The key is stored in one transaction with the change and the answer, so that all are stored or none: after any failure
the key is free again. A concurrent request with the same key waits for the end of that transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from timeline.models import ApiToken, IdempotentRequest
from timeline.resilience.retry import retry_on_contention

IN_WORK = 0  # the status of a request without an answer; other transactions see it only in rows of versions up to 0.5
ABANDONED_AFTER = timedelta(minutes=1)  # a key held longer without an answer belongs to a killed process


class KeyInUseError(Exception):
    """Another request with this key is being answered."""


class KeyReusedError(Exception):
    """The key was used for another body."""


class Answer(NamedTuple):
    """`again`: the answer was given before, and nothing was done now."""

    status: int
    body: Any
    again: bool


@retry_on_contention
def once(token: ApiToken, key: str, digest: str, act: Callable[[], tuple[int, Any]]) -> Answer:
    """Run `act` in a transaction if this key is new, else return its earlier answer.

    `digest` is of the request's body. Raises KeyInUseError and KeyReusedError. Where `act` raises, the key is free
    again.
    """
    _release_expired(token, key, timezone.now())
    with transaction.atomic():
        row = _claim_key(token, key, digest)
        if row is None:
            return _previous_answer(token, key, digest)
        status, body = act()
        IdempotentRequest.objects.filter(pk=row.pk).update(status=status, answer=body)
    return Answer(status, body, again=False)


def _release_expired(token: ApiToken, key: str, now: datetime) -> None:
    """Delete this key if it is expired or its holder was killed; `operations.cleanup` deletes the others."""
    old, lost = Q(made_at__lt=now - IdempotentRequest.KEPT), Q(status=IN_WORK, made_at__lt=now - ABANDONED_AFTER)
    IdempotentRequest.objects.filter(old | lost, token=token, key=key).delete()


def _claim_key(token: ApiToken, key: str, digest: str) -> IdempotentRequest | None:
    """Create the row of this key; None where it exists."""
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(token=token, key=key, digest=digest, status=IN_WORK, answer={})
    except IntegrityError:
        return None


def _previous_answer(token: ApiToken, key: str, digest: str) -> Answer:
    """Return the answer to the request that had this key. Raises KeyInUseError and KeyReusedError."""
    row = IdempotentRequest.objects.filter(token=token, key=key).first()
    if row is None:  # deleted just now
        raise KeyInUseError
    if row.digest != digest:
        raise KeyReusedError
    if row.status == IN_WORK:
        raise KeyInUseError
    return Answer(row.status, row.answer, again=True)
