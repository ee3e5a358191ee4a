from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0012_feeds")]

    operations = [
        migrations.AddField("article", "begun", models.DateTimeField(editable=False, null=True)),
    ]
