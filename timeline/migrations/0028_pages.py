"""What all spellings of an address have in common, beside the address of an article."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0027_removed")]

    operations = [
        migrations.AddField(
            model_name="article",
            name="page_digest",
            field=models.CharField(db_default="", db_index=True, default="", editable=False, max_length=64),
        ),
        migrations.CreateModel(
            name="MergedArticle",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="timeline.article"
                    ),
                ),
            ],
        ),
    ]
