"""What nobody was told of: articles whose message got lost, events without claims. Part of `pipeline`."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from timeline.machine.leasing import held
from timeline.models import Article, Event
from timeline.resolving import DIGITS

LOST_AFTER = timedelta(seconds=20)  # a waiting article older than this has lost its message
FEW = 5_000  # events that can all be looked at
TURN, TURNS = timedelta(minutes=1), 256  # of more, one part after the other, in the order of their ids


def waiting() -> Q:
    """Articles that are not finished: to be read, or read and not yet resolved."""
    return Q(state__in=(Article.State.NEW, Article.State.READ))


def lost(limit: int = 2000, after: timedelta = LOST_AFTER) -> list[int]:
    """Articles whose message got lost, oldest first; they count as asked for again from now.

    None that somebody reads just now; but those that wait since a moment ahead: a clock went wrong.
    """
    long = Q(state_since__lt=Now() - after) | Q(state_since__gt=Now() + after)
    rows = Article.objects.filter(waiting(), long).exclude(Q(begun__isnull=False) & held())
    ids = list(rows.order_by("state_since").values_list("pk", flat=True)[:limit])
    Article.objects.filter(waiting(), pk__in=ids).update(state_since=Now())
    return ids


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
