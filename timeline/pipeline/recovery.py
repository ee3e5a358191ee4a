"""What nobody was told of: articles whose message got lost, events without claims. Part of `pipeline`."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from timeline.models import Article, Event
from timeline.pipeline.leases import held, locked_in_order
from timeline.resolution.resolve import DIGITS

LOST_AFTER = timedelta(seconds=20)  # a waiting article older than this has lost its message
FEW = 5_000  # events that can all be looked at
TURN, TURNS = timedelta(minutes=1), 256  # of more, one part after the other, in the order of their ids


def waiting() -> Q:
    """Articles that are not finished: to be read, or read and not yet resolved."""
    return Q(state__in=(Article.State.NEW, Article.State.READ))


@transaction.atomic
def lost(limit: int = 2000, after: timedelta = LOST_AFTER) -> list[int]:
    """Articles whose message got lost, oldest first; those to be read count as asked for again from now.

    None that somebody reads just now; but those that wait since a moment ahead: a clock went wrong. Of those that are
    read one is enough, since all are resolved with it; and it stays as it is: somebody may resolve it just now.
    """
    long = Article.objects.filter(Q(state_since__lt=Now() - after) | Q(state_since__gt=Now() + after))
    new = long.filter(state=Article.State.NEW).exclude(Q(begun__isnull=False) & held())
    ids = list(new.order_by("state_since").values_list("pk", flat=True)[:limit])
    locked_in_order(Article.objects.filter(state=Article.State.NEW, pk__in=ids)).update(state_since=Now())
    read = long.filter(state=Article.State.READ).order_by("state_since")
    return [*ids, *read.values_list("pk", flat=True)[:1]]


def orphans() -> list[str]:
    """Keys of events without any claim left that are not retracted yet (rows of articles were deleted by hand).

    Of many events a part: that whose turn it is by the clock, so that each has its turn within some hours.
    """
    rows = Event.objects.filter(claims=None, retracted=False, merged_into=None)
    if Event.objects.order_by("pk").values("pk")[FEW:].exists():
        begins = sorted(a + b for a in DIGITS for b in DIGITS)
        turn = int(timezone.now().timestamp() / TURN.total_seconds()) % TURNS
        first, *after = begins[turn * len(begins) // TURNS :: len(begins) // TURNS][:2]
        rows = rows.filter(pk__gte=first, **({"pk__lt": after[0]} if after else {}))
    return sorted(set(rows.values_list("key", flat=True)))
