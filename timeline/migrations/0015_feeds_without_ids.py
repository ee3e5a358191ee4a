from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0014_named_claims")]

    operations = [
        migrations.AddField(
            "feed", "new_in_a_row", models.PositiveIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.AlterField(
            "feed",
            "identity",
            models.CharField(
                choices=[
                    ("id", "by their ids"),
                    ("link", "by their links: the ids change"),
                    ("words", "by their words: ids and links change"),
                ],
                default="id",
                max_length=8,
                verbose_name="entries are known",
            ),
        ),
    ]
