"""Fills what 0005 added from the events that are stored already."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from timeline.models.dated import precision_of, reach_of

TOGETHER = 2000


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    Event, Source = apps.get_model("timeline", "Event"), apps.get_model("timeline", "EventSource")
    Participant, Tally = apps.get_model("timeline", "EventParticipant"), apps.get_model("timeline", "Tally")
    Claim, Correction = apps.get_model("timeline", "Claim"), apps.get_model("timeline", "Correction")
    corrected = set(Correction.objects.filter(undone_at=None).values_list("event_id", flat=True))
    tallied: Counter[Any] = Counter()
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    for at in range(0, len(ids), TOGETHER):
        events = Event.objects.in_bulk(ids[at : at + TOGETHER])
        for event in events.values():
            event.precision = precision_of(event.start, event.end)
            event.reach = reach_of(event.start, event.end)
            event.curated = event.pk in corrected
            event.weight = min(event.source_count, 99) + 100 * event.curated
            if event.merged_into_id is None and not event.retracted:
                month, rest = event.day.replace(day=1), (event.type, event.status, event.precision)
                tallied[(month, "", event.kind, *rest, event.reach, event.curated)] += 1
                tallied[(month, "*", event.kind, "", "", "", event.reach, False)] += 1
        Event.objects.bulk_update(events.values(), ["precision", "reach", "curated", "weight"])
        live = {pk: e for pk, e in events.items() if e.merged_into_id is None and not e.retracted}
        Participant.objects.filter(event__in=events.keys() - live.keys()).delete()
        participants = list(Participant.objects.filter(event__in=live))
        for row in participants:
            event = live[row.event_id]
            tallied[(event.day.replace(day=1), row.actor_id, event.kind, "", "", "", event.reach, False)] += 1
            row.day, row.end, row.reach = event.day, event.end, event.reach
        Participant.objects.bulk_update(participants, ["day", "end", "reach"])
        told = Claim.objects.filter(event__in=live, reprint_of=None).order_by()
        for event_id, source_id in told.values_list("event", "article__source").distinct():
            e = live[event_id]
            Source.objects.create(
                event_id=event_id, source_id=source_id, kind=e.kind, day=e.day, end=e.end, reach=e.reach
            )
    names = ("month", "actor", "kind", "type", "status", "precision", "reach", "curated")
    Tally.objects.bulk_create(Tally(**dict(zip(names, cell, strict=True)), n=n) for cell, n in tallied.items())


class Migration(migrations.Migration):
    dependencies = [("timeline", "0005_counting")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
