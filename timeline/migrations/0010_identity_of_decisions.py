import uuid

from django.db import migrations, models


def identify(apps, schema_editor):
    """Each decision that is there already gets an identity of its own."""
    corrections = apps.get_model("timeline", "Correction")
    for pk in list(corrections.objects.order_by("pk").values_list("pk", flat=True)):
        corrections.objects.filter(pk=pk).update(identity=uuid.uuid4())


def remember(apps, schema_editor):
    """Decisions made before their history was kept: that they were made, and by whom some of them were undone."""
    corrections = apps.get_model("timeline", "Correction")
    history = apps.get_model("timeline", "HistoricalCorrection")
    known = set(history.objects.values_list("id", flat=True))
    for row in corrections.objects.exclude(pk__in=known).order_by("pk"):
        plain = {"id": row.pk, "reason": row.reason, "waits": False}
        history.objects.create(**plain, history_date=row.made_at, history_user_id=row.editor_id, history_type="+")
        if row.undone_at:
            history.objects.create(
                **plain,
                undone_at=row.undone_at,
                undone_by_id=row.undone_by_id,
                history_date=row.undone_at,
                history_user_id=row.undone_by_id,
                history_type="~",
            )


class Migration(migrations.Migration):
    dependencies = [("timeline", "0009_attention")]

    operations = [
        migrations.AddField(
            model_name="correction", name="identity", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.RunPython(identify, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(remember, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="correction",
            name="identity",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
