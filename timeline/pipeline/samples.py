"""Take events that only invented newsrooms report off the timeline, or put them back, as the setting says."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from timeline.models import Claim, Event
from timeline.models.source import SAMPLE_PREFIX
from timeline.pipeline.resolve import resolve_keys


def apply_sample_setting() -> int:
    """Resolve the keys of all events with a report of an invented newsroom; return how many events changed.

    What editors decided about them stays: an event that comes back has it again. Idempotent.
    """
    samples = Claim.objects.filter(event=OuterRef("pk"), article__source__slug__startswith=SAMPLE_PREFIX)
    rows = Event.objects.filter(Exists(samples), merged_into=None)
    before = dict(rows.values_list("pk", "retracted"))
    resolve_keys(sorted(set(rows.order_by().values_list("key", flat=True))))
    after = dict(Event.objects.filter(pk__in=list(before)).values_list("pk", "retracted"))
    return sum(after.get(pk) != was for pk, was in before.items())
