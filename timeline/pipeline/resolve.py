"""Resolving keys: the events of a key are recomputed from all its claims and the editors' decisions, under its lock.

Keys are resolved together, few in one transaction; where one of them goes wrong, they are halved until it is found.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.db.models import Count

from timeline.models import Claim
from timeline.pipeline.claims import Stored, stored
from timeline.pipeline.corrections import linked
from timeline.pipeline.locks import locked
from timeline.pipeline.store import Led, store_happenings
from timeline.resilience.retry import database_away
from timeline.resolution.arrangement import Arranged
from timeline.resolution.resolve import resolve

log = logging.getLogger(__name__)

RESOLVED_TOGETHER = 50  # keys whose events are stored in one transaction, unless they have more claims than
CLAIMS_TOGETHER = 5_000


@transaction.atomic
def resolve_key(key: str) -> None:
    """Recompute the events of one key from its claims and corrections, under a lock on that key."""
    _resolve([key])


def resolve_keys(keys: Iterable[str]) -> dict[str, str]:
    """Recompute the events of many keys; the reason for each with which it went wrong.

    Raises only where the database is away.
    """
    return {key: reason for wrong in resolve_each(sorted(set(keys))) for key, reason in wrong.items() if reason}


def resolve_each(keys: Iterable[str]) -> Iterator[dict[str, str]]:
    """Recompute the events of keys, in their order: those that were resolved together, each with what went wrong."""
    for together in _light(list(dict.fromkeys(keys))):
        yield dict.fromkeys(together, "") | _resolve_together(together)


def _light(keys: Sequence[str]) -> Iterator[list[str]]:
    """Keys to be resolved in one transaction: few, and with few claims unless one alone has many."""
    counts = Claim.objects.filter(key__in=keys).order_by().values_list("key").annotate(Count("pk"))
    claims = dict[str, int](counts)
    together, held = list[str](), 0
    for key in keys:
        if together and (len(together) == RESOLVED_TOGETHER or held + claims.get(key, 0) > CLAIMS_TOGETHER):
            yield together
            together, held = [], 0
        together.append(key)
        held += claims.get(key, 0)
    if together:
        yield together


def _resolve_together(keys: Sequence[str]) -> dict[str, str]:
    try:
        with transaction.atomic():
            _resolve(keys)
        return {}
    except Exception as e:  # one key must not stop the others
        if database_away(e):
            raise
        if len(keys) == 1:
            log.exception("resolving %s failed", keys[0], extra={"key": keys[0]})
            return {keys[0]: f"{type(e).__name__}: {e}"}
    half = len(keys) // 2
    return _resolve_together(keys[:half]) | _resolve_together(keys[half:])


def _resolve(keys: Iterable[str]) -> None:
    resolve_locked(locked(keys))


def resolve_locked(keys: Iterable[str]) -> Arranged:
    """Recompute the events of keys that `locked` gave to this transaction, and say how editors arranged them."""
    held = set(keys)
    together = linked(held)
    if together.keys - held:  # a decision was made about an event about which others with further keys stand
        held = locked(together.keys)
        together = linked(held)
    of_key: dict[str, list[Stored]] = {key: [] for key in sorted(held)}
    for claim in stored(Claim.objects.filter(key__in=held)):
        of_key[claim.key].append(claim)
    told = {key: resolve(c.said for c in claims) for key, claims in of_key.items()}
    was = {c.said.pk: Led(c.event, c.reprint_of) for claims in of_key.values() for c in claims}
    arranged = store_happenings(told, was, together.decisions)
    together.note()
    return arranged
