"""Names of the field for two private ones. Nothing changes in the database: an older version may run beside this one."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("timeline", "0038_translation")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("ToldChange", "DeliveredChange"),
                migrations.AlterModelTable("deliveredchange", "timeline_toldchange"),
                migrations.AlterField(
                    "deliveredchange",
                    "watch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="delivered", to="timeline.watch"
                    ),
                ),
                migrations.AlterField(
                    "deliveredchange",
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="delivered", to="timeline.delivery"
                    ),
                ),
                migrations.RenameField("secondreading", "asking_until", "leased_until"),
                migrations.AlterField(
                    "secondreading",
                    "leased_until",
                    models.DateTimeField(blank=True, db_column="asking_until", editable=False, null=True),
                ),
            ]
        )
    ]
