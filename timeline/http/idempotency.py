"""A request that carries a key counts once: sent again it gives the same answer and does nothing.

The key is stored in the same transaction as what is done and its answer, so that there are either all or none: whatever
goes wrong, the key is free again. Whoever comes with the same key meanwhile waits for the end of that transaction.
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

IN_WORK = 0  # the status of a request that has no answer yet; versions up to 0.5 let others see it
ABANDONED_AFTER = timedelta(minutes=1)  # whoever holds a key longer without an answer was killed


class KeyInUseError(Exception):
    """Another request with this key is being answered."""


class KeyReusedError(Exception):
    """The key stands for another body."""


class Answer(NamedTuple):
    """`again`: it was given before, and nothing was done now."""

    status: int
    body: Any
    again: bool


@retry_on_contention
def once(token: ApiToken, key: str, digest: str, act: Callable[[], tuple[int, Any]]) -> Answer:
    """Do `act` in a transaction if this key is new, or give the answer that it gave then.

    `digest` is of the request's body. Raises KeyInUseError and Reused. Where `act` raises, the key is free again.
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
    """Free this key if its time is over, or whoever held it was killed; `operations.cleanup` deletes the others."""
    old, lost = Q(made_at__lt=now - IdempotentRequest.KEPT), Q(status=IN_WORK, made_at__lt=now - ABANDONED_AFTER)
    IdempotentRequest.objects.filter(old | lost, token=token, key=key).delete()


def _claim_key(token: ApiToken, key: str, digest: str) -> IdempotentRequest | None:
    """The row of this key, if it is new."""
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(token=token, key=key, digest=digest, status=IN_WORK, answer={})
    except IntegrityError:
        return None


def _previous_answer(token: ApiToken, key: str, digest: str) -> Answer:
    """What was answered to the request that had this key."""
    row = IdempotentRequest.objects.filter(token=token, key=key).first()
    if row is None:  # it was forgotten just now
        raise KeyInUseError
    if row.digest != digest:
        raise KeyReusedError
    if row.status == IN_WORK:
        raise KeyInUseError
    return Answer(row.status, row.answer, again=True)
