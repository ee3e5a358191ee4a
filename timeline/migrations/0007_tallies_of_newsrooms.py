"""Tallies also count what each newsroom tells of; what is stored already is counted."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count
from django.db.models.functions import TruncMonth

NEWSROOM = "@"
TOGETHER = 2000
SORT = ["month", "reach", "kind", "type", "status", "precision", "curated", "n"]


def count(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    told, tally = apps.get_model("timeline", "EventSource"), apps.get_model("timeline", "Tally")
    rows = told.objects.order_by().annotate(month=TruncMonth("day")).values_list("month", "source", "kind", "reach")
    tallied = (
        tally(month=month, of=f"{NEWSROOM}{source}", kind=kind, reach=reach, curated=False, n=n)
        for month, source, kind, reach, n in rows.annotate(n=Count("pk"))
    )
    tally.objects.bulk_create(tallied, batch_size=TOGETHER)


def forget(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("timeline", "Tally").objects.filter(of__startswith=NEWSROOM).delete()


class Migration(migrations.Migration):
    dependencies = [("timeline", "0006_count_what_is_there")]
    operations = [
        migrations.RemoveIndex("tally", "tally_sort"),
        migrations.RemoveIndex("tally", "tally_month"),
        migrations.RenameField("tally", "actor", "of"),
        migrations.AddIndex("tally", models.Index(fields=["of", *SORT], name="tally_sort")),
        migrations.AddIndex("tally", models.Index(fields=["month", "of", "reach", "kind", "n"], name="tally_month")),
        migrations.RunPython(count, forget),
    ]
