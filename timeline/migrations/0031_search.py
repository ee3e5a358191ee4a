"""A table with a full-text index for the words of events, which every search read through in a column."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from timeline.models.search import FULL_TEXT_TABLE as FTS

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


class Migration(migrations.Migration):
    dependencies = [("timeline", "0030_websub")]
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
    ]
