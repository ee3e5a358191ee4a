import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("timeline", "0011_order_of_decisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedHost",
            fields=[
                ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("busy_until", models.DateTimeField(null=True)),
                ("free_from", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="article",
            name="published_from",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "the article, with its zone"),
                    ("zone", "the article, without a zone: in that of the source"),
                    ("clock", "the article, in the time of the source, labelled UTC"),
                    ("missing", "when it was first seen: it has no date"),
                    ("future", "when it was first seen: its date lay in the future"),
                ],
                max_length=8,
                verbose_name="publication told by",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="trust",
            field=models.CharField(
                choices=[("full", "its word is enough"), ("careful", "others must tell it too")],
                default="full",
                help_text="What only a source says that others must confirm stands on no timeline until another newsroom tells it plainly, or three say the same. Holds for what is read from now on; `manage.py reread` mends the rest.",
                max_length=8,
                verbose_name="trust",
            ),
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "url",
                    models.CharField(
                        help_text="http or https",
                        max_length=2000,
                        validators=[django.core.validators.URLValidator(["http", "https"])],
                        verbose_name="address",
                    ),
                ),
                ("url_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("title", models.CharField(blank=True, max_length=500, verbose_name="title")),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not read yet"),
                            ("rss", "RSS"),
                            ("rdf", "RDF (RSS 1.0)"),
                            ("atom", "Atom"),
                            ("json", "JSON Feed"),
                        ],
                        editable=False,
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "interval",
                    models.PositiveIntegerField(
                        default=15,
                        help_text="Minutes. A server that asks for longer gets longer.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="polling interval",
                    ),
                ),
                ("paused", models.BooleanField(default=False, verbose_name="paused")),
                (
                    "clock",
                    models.CharField(
                        choices=[("stated", "UTC means UTC"), ("local", "UTC means the time of the source")],
                        default="stated",
                        help_text="What its dates mean where they say UTC or GMT. Dates without a zone are the source's time anyway.",
                        max_length=8,
                        verbose_name="clock",
                    ),
                ),
                (
                    "full_text",
                    models.BooleanField(
                        default=False,
                        help_text="Where the feed has only a summary, the article's page is read. Ask the newsroom first.",
                        verbose_name="fetch full texts",
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        choices=[("id", "by their ids"), ("link", "by their links: the ids change")],
                        default="id",
                        max_length=8,
                        verbose_name="entries are known",
                    ),
                ),
                ("etag", models.CharField(blank=True, editable=False, max_length=500)),
                ("last_modified", models.CharField(blank=True, editable=False, max_length=500)),
                (
                    "next_at",
                    models.DateTimeField(
                        blank=True, db_index=True, editable=False, null=True, verbose_name="next poll"
                    ),
                ),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "last_success",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last success"),
                ),
                ("result", models.CharField(blank=True, editable=False, max_length=300, verbose_name="what came")),
                (
                    "last_failure",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last failure"),
                ),
                ("failure", models.CharField(blank=True, editable=False, max_length=500, verbose_name="why it failed")),
                ("failures", models.PositiveIntegerField(default=0, editable=False, verbose_name="failures in a row")),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retired")),
                ("moves", models.JSONField(blank=True, default=list, editable=False, verbose_name="permanent moves")),
                (
                    "clock_hint",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="evidence about its clock"
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feeds",
                        to="timeline.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "feed",
                "verbose_name_plural": "feeds",
                "ordering": ["source", "url"],
            },
        ),
        migrations.CreateModel(
            name="FeedEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("id_key", models.CharField(blank=True, max_length=64)),
                ("link_key", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("wanted", models.BooleanField(default=False)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("seen_at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="feed_entries", to="timeline.article"
                    ),
                ),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="timeline.feed"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["feed", "id_key"], name="feed_entry_id"),
                    models.Index(fields=["feed", "link_key"], name="feed_entry_link"),
                    models.Index(fields=["feed", "seen_at"], name="feed_entry_seen"),
                ],
            },
        ),
    ]
