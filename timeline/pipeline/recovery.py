"""Recover articles whose message was lost and events without claims."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from timeline.models import Article, Event
from timeline.pipeline.leases import leased, lock_in_order
from timeline.resolution.keys import ID_DIGITS

LOST_AFTER = timedelta(seconds=20)  # a waiting article older than this has lost its message
MAX_FULL_SCAN = 5_000  # events that are all looked at in one run
SLICE_DURATION, SLICES = timedelta(minutes=1), 256  # of more events, one slice of the ids after the other


def unfinished() -> Q:
    """Match articles that are not finished: to be read, or read and not yet resolved."""
    return Q(state__in=(Article.State.NEW, Article.State.READ))


@transaction.atomic
def lost_articles(limit: int = 2000, after: timedelta = LOST_AFTER) -> list[int]:
    """Return articles whose message was lost, oldest first, and restart the wait of those to be read.

    Leased articles are left out. A wait that began in the future was written by a wrong clock and counts as over. Of
    the read articles one is enough, since all are resolved with it.
    """
    long = Article.objects.filter(Q(state_since__lt=Now() - after) | Q(state_since__gt=Now() + after))
    new = long.filter(state=Article.State.NEW).exclude(Q(begun__isnull=False) & leased())
    ids = list(new.order_by("state_since").values_list("pk", flat=True)[:limit])
    lock_in_order(Article.objects.filter(state=Article.State.NEW, pk__in=ids)).update(state_since=Now())
    read = long.filter(state=Article.State.READ).order_by("state_since")
    return [*ids, *read.values_list("pk", flat=True)[:1]]


def orphaned_keys() -> list[str]:
    """Return the keys of live events without claims (rows of articles were deleted by hand).

    Of more than MAX_FULL_SCAN events only one slice of ids is looked at, by the clock, so that all have their turn
    within some hours.
    """
    rows = Event.objects.filter(claims=None, retracted=False, merged_into=None)
    if Event.objects.order_by("pk").values("pk")[MAX_FULL_SCAN:].exists():
        begins = sorted(a + b for a in ID_DIGITS for b in ID_DIGITS)
        turn = int(timezone.now().timestamp() / SLICE_DURATION.total_seconds()) % SLICES
        first, *after = begins[turn * len(begins) // SLICES :: len(begins) // SLICES][:2]
        rows = rows.filter(pk__gte=first, **({"pk__lt": after[0]} if after else {}))
    return sorted(set(rows.values_list("key", flat=True)))
