"""Resolve keys: recompute the events of a key from all its claims and corrections, under its lock.

Several keys are resolved in one transaction; where one of them fails, the batch is halved until it is found.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Count

from timeline.models import Claim
from timeline.pipeline.claims import StoredClaim, stored_claims
from timeline.pipeline.corrections import link_keys
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.store import ClaimLink, store_events
from timeline.pipeline.twins import twin_keys
from timeline.resilience.retry import is_database_down, retry_on_contention
from timeline.resolution.arrangement import Arrangement
from timeline.resolution.resolve import ResolvedEvent, resolve
from timeline.resolution.twins import merge_twins

log = logging.getLogger(__name__)

KEY_BATCH_SIZE = 50  # keys that are resolved in one transaction
MAX_BATCH_CLAIMS = 5_000  # of the keys of one transaction, unless one key alone has more


def resolve_key(key: str) -> None:
    """Recompute the events of one key."""
    _resolve([key])


def resolve_keys(keys: Iterable[str]) -> dict[str, str]:
    """Recompute the events of many keys and return the reason for each that failed.

    Raises only where the database is down.
    """
    return {key: reason for batch in resolve_each(sorted(set(keys))) for key, reason in batch.items() if reason}


def resolve_each(keys: Iterable[str]) -> Iterator[dict[str, str]]:
    """Recompute the events of keys in their order and yield each batch: by key why it failed, "" if it did not."""
    for batch in _batches(list(dict.fromkeys(keys))):
        yield dict.fromkeys(batch, "") | _resolve_batch(batch)


def _batches(keys: Sequence[str]) -> Iterator[list[str]]:
    """Yield batches of at most KEY_BATCH_SIZE keys and, unless it is a single key, MAX_BATCH_CLAIMS claims."""
    counts = Claim.objects.filter(key__in=keys).order_by().values_list("key").annotate(Count("pk"))
    claims = dict[str, int](counts)
    batch, size = list[str](), 0
    for key in keys:
        if batch and (len(batch) == KEY_BATCH_SIZE or size + claims.get(key, 0) > MAX_BATCH_CLAIMS):
            yield batch
            batch, size = [], 0
        batch.append(key)
        size += claims.get(key, 0)
    if batch:
        yield batch


def _resolve_batch(keys: Sequence[str]) -> dict[str, str]:
    try:
        _resolve(keys)
        return {}
    except Exception as e:  # one key must not stop the others
        if is_database_down(e):
            raise
        if len(keys) == 1:
            log.exception("resolving %s failed", keys[0], extra={"key": keys[0]})
            return {keys[0]: f"{type(e).__name__}: {e}"}
    half = len(keys) // 2
    return _resolve_batch(keys[:half]) | _resolve_batch(keys[half:])


@retry_on_contention  # the locks of twins are taken after others
@transaction.atomic
def _resolve(keys: Sequence[str]) -> None:
    resolve_locked(lock_keys(keys))


def resolve_locked(keys: Iterable[str]) -> Arrangement:
    """Recompute the events of keys that `lock_keys` gave to this transaction; return how corrections arranged them."""
    held = set(keys)
    linked = link_keys(held)
    if linked.keys - held:  # a correction made meanwhile links further keys
        held = lock_keys(linked.keys)
    of_key = _claims_by_key(held)
    resolved = _resolved(of_key)
    if twins := twin_keys(resolved) - held:
        held = lock_keys(held | twins)
        more = _claims_by_key(held - of_key.keys())
        of_key, resolved = of_key | more, resolved | _resolved(more)
    if held != linked.keys:
        linked = link_keys(held)
    links = {c.value.pk: ClaimLink(c.event, c.reprint_of) for claims in of_key.values() for c in claims}
    arrangement = store_events(merge_twins(resolved), links, linked.corrections)
    linked.store_matches()
    return arrangement


def _claims_by_key(keys: Iterable[str]) -> dict[str, list[StoredClaim]]:
    found: dict[str, list[StoredClaim]] = {key: [] for key in sorted(keys)}
    for claim in stored_claims(Claim.objects.filter(key__in=list(found))):
        found[claim.key].append(claim)
    return found


def _resolved(of_key: Mapping[str, Sequence[StoredClaim]]) -> dict[str, list[ResolvedEvent]]:
    return {key: resolve(c.value for c in claims) for key, claims in of_key.items()}
