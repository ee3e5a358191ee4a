from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0006_count_what_is_there")]

    operations = [
        migrations.AddField("article", "begun", models.DateTimeField(editable=False, null=True)),
    ]
