"""The words of events are in the full-text index alone."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("timeline", "0032_fill_search")]
    operations = [migrations.RemoveField(model_name="event", name="words")]
