"""A request that carries a key counts once: sent again it gives the same answer and does nothing.

The key is taken before anything is done, in a transaction of its own, so that others see that it is in use; the answer
is kept in the same transaction as what was done, so that there is either both or neither.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from timeline.models import ApiToken, IdempotentRequest

KEPT = timedelta(days=7)
GIVEN_UP = timedelta(minutes=1)  # whoever holds a key longer without an answer was killed
IN_WORK = 0  # the status of a request that has no answer yet


class InUse(Exception):
    """Another request with this key is being answered."""


class Reused(Exception):
    """The key stands for another body."""


class Answer(NamedTuple):
    """`again`: it was given before, and nothing was done now."""

    status: int
    body: Any
    again: bool


def once(token: ApiToken, key: str, digest: str, act: Callable[[], tuple[int, Any]]) -> Answer:
    """Do `act` in a transaction if this key is new, or give the answer that it gave then.

    `digest` is of the request's body. Raises InUse and Reused. Where `act` raises, the key is free again.
    """
    row = _taken(token, key, digest)
    if row.status != IN_WORK:
        return Answer(row.status, row.answer, again=True)
    try:
        with transaction.atomic():
            status, body = act()
            mine = IdempotentRequest.objects.filter(pk=row.pk, status=IN_WORK, made_at=row.made_at)
            if not mine.update(status=status, answer=body):
                raise InUse
    except BaseException:
        IdempotentRequest.objects.filter(pk=row.pk, status=IN_WORK, made_at=row.made_at).delete()
        raise
    return Answer(status, body, again=False)


def _taken(token: ApiToken, key: str, digest: str) -> IdempotentRequest:
    """The row of this key: answered before, or in work and ours."""
    now = timezone.now()
    IdempotentRequest.objects.filter(made_at__lt=now - KEPT).delete()
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(token=token, key=key, digest=digest, status=IN_WORK, answer={})
    except IntegrityError:
        row = IdempotentRequest.objects.filter(token=token, key=key).first()
    if row is None:  # whoever had it failed just now
        raise InUse
    if row.digest != digest:
        raise Reused
    if row.status == IN_WORK:
        lost = IdempotentRequest.objects.filter(pk=row.pk, status=IN_WORK, made_at__lt=now - GIVEN_UP)
        if not lost.update(made_at=now):
            raise InUse
        row.made_at = now
    return row
