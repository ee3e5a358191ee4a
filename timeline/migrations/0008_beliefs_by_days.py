"""Beliefs by their first and last day: the desk as it was on a day reads only those near it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0007_article_of_source")]

    operations = [
        migrations.AddIndex(model_name="eventbelief", index=models.Index(fields=["start"], name="belief_start")),
        migrations.AddIndex(model_name="eventbelief", index=models.Index(fields=["end"], name="belief_end")),
    ]
