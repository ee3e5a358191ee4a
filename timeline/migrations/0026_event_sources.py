"""The rows of an event's newsrooms get a plain name in Python; the database stays as it is."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0025_second_reading")]

    operations = [
        migrations.AlterField(
            model_name="eventsource",
            name="event",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="event_sources",
                to="timeline.event",
                verbose_name="event",
            ),
        ),
    ]
