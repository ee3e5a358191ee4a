from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0010_identity_of_decisions")]

    operations = [
        migrations.AddIndex(
            model_name="correction", index=models.Index(fields=["-made_at", "-id"], name="correction_made")
        ),
    ]
