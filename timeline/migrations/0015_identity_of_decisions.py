import uuid

from django.db import migrations, models


def identify(apps, schema_editor):
    """Each decision that is there already gets an identity of its own."""
    corrections = apps.get_model("timeline", "Correction")
    for pk in list(corrections.objects.order_by("pk").values_list("pk", flat=True)):
        corrections.objects.filter(pk=pk).update(identity=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("timeline", "0010_decisions")]

    operations = [
        migrations.AddField(
            model_name="correction", name="identity", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.RunPython(identify, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="correction",
            name="identity",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
