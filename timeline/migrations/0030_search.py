"""The words of events move from a column that every search read through into a table with a full-text index."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from timeline.extraction.search import event_words, index_text
from timeline.models.search import FULL_TEXT_TABLE as FTS
from timeline.models.search import search_key

TOGETHER = 1000
SEARCHED_CLAIMS = 5
FACETS = "'r' || {row}.reach || ' k' || {row}.kind"
NEW = f"new.id, new.about, new.reports, {FACETS.format(row='new')}"
OLD = f"old.id, old.about, old.reports, {FACETS.format(row='old')}"
ADD = f"INSERT INTO {FTS} (rowid, about, reports, facets) VALUES ({NEW});"
REMOVE = f"INSERT INTO {FTS} ({FTS}, rowid, about, reports, facets) VALUES ('delete', {OLD});"
ON_SQLITE = (
    f"CREATE VIRTUAL TABLE {FTS} USING fts5(about, reports, facets, content='', columnsize=0, "
    "tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER eventsearch_added AFTER INSERT ON timeline_eventsearch BEGIN {ADD} END",
    f"CREATE TRIGGER eventsearch_removed AFTER DELETE ON timeline_eventsearch BEGIN {REMOVE} END",
    f"CREATE TRIGGER eventsearch_changed AFTER UPDATE ON timeline_eventsearch BEGIN {REMOVE} {ADD} END",
)
ON_POSTGRESQL = (
    "ALTER TABLE timeline_eventsearch ADD COLUMN document tsvector "
    "GENERATED ALWAYS AS (to_tsvector('simple', about || ' ' || reports)) STORED",
    "CREATE INDEX search_document ON timeline_eventsearch USING gin (document)",
)


def make_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in ON_SQLITE if editor.connection.vendor == "sqlite" else ON_POSTGRESQL:
        editor.execute(statement)


def drop_index(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute(f"DROP TABLE {FTS}")


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
    dependencies = [("timeline", "0029_websub")]
    operations = [
        migrations.CreateModel(
            name="EventSearch",
            fields=[
                ("kind", models.CharField(choices=[("election", "election"), ("alliance", "alliance")], max_length=8)),
                ("day", models.DateField()),
                ("end", models.DateField(null=True)),
                ("reach", models.PositiveSmallIntegerField(default=0)),
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("about", models.TextField()),
                ("reports", models.TextField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["reach", "day", "event", "end", "kind"], name="search_window")],
            },
        ),
        migrations.RunPython(make_index, drop_index),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveField(model_name="event", name="words"),
    ]
