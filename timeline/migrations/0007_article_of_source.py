"""The newest articles of one source from an index: how long it is silent."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0006_count_what_is_there")]

    operations = [
        migrations.AddIndex(
            model_name="article", index=models.Index(fields=["source", "-published"], name="article_of_source")
        ),
    ]
