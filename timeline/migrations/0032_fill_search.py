"""Fill the full-text index; by itself, since PostgreSQL changes no table whose rows wait to be checked."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from timeline.extraction.search import event_words, index_text
from timeline.models.search import search_key

TOGETHER = 1000
SEARCHED_CLAIMS = 5


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    Event, Search = apps.get_model("timeline", "Event"), apps.get_model("timeline", "EventSearch")
    live = Event.objects.filter(merged_into=None, retracted=False).order_by("pk")
    columns = ("pk", "kind", "type", "stage", "day", "end", "reach")
    last = ""
    while batch := list(live.filter(pk__gt=last).values_list(*columns)[:TOGETHER]):
        last = batch[-1][0]
        codes, texts = _participants(apps, batch[0][0], last), _reports(apps, batch[0][0], last)
        Search.objects.bulk_create(
            [
                Search(
                    id=search_key(day, pk),
                    event_id=pk,
                    kind=kind,
                    day=day,
                    end=end,
                    reach=reach,
                    about=index_text(event_words(kind, type, stage, codes.get(pk, ()))),
                    reports=index_text(texts.get(pk, ())),
                )
                for pk, kind, type, stage, day, end, reach in batch
            ],
            ignore_conflicts=True,
        )


def _participants(apps: Apps, first: str, last: str) -> dict[str, list[str]]:
    rows = apps.get_model("timeline", "EventParticipant").objects.filter(event__gte=first, event__lte=last)
    found: dict[str, list[str]] = {}
    for event, code in rows.order_by("event", "position").values_list("event_id", "actor_id"):
        found.setdefault(event, []).append(code)
    return found


def _reports(apps: Apps, first: str, last: str) -> dict[str, list[str]]:
    rows = apps.get_model("timeline", "Claim").objects.filter(event__gte=first, event__lte=last)
    found: dict[str, list[str]] = {}
    for event, evidence, title in rows.order_by("event", "-reported", "-pk").values_list(
        "event_id", "evidence", "article__title"
    ):
        texts = found.setdefault(event, [])
        if len(texts) < 2 * SEARCHED_CLAIMS:
            texts += [evidence, title]
    return found


class Migration(migrations.Migration):
    dependencies = [("timeline", "0031_search")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
