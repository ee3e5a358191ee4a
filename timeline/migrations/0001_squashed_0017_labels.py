import uuid

import django.core.validators
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """All tables at once, for a new database; one that began with an earlier version goes through what this replaces."""

    replaces = [
        ("timeline", "0001_initial"),
        ("timeline", "0002_reprints_and_contradictions"),
        ("timeline", "0003_day_by_law"),
        ("timeline", "0004_doubts"),
        ("timeline", "0005_counting"),
        ("timeline", "0006_count_what_is_there"),
        ("timeline", "0007_tallies_of_newsrooms"),
        ("timeline", "0008_decisions"),
        ("timeline", "0009_attention"),
        ("timeline", "0010_identity_of_decisions"),
        ("timeline", "0011_order_of_decisions"),
        ("timeline", "0012_feeds"),
        ("timeline", "0013_begun"),
        ("timeline", "0014_named_claims"),
        ("timeline", "0015_feeds_without_ids"),
        ("timeline", "0016_reasons_as_codes"),
        ("timeline", "0017_labels"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Actor",
            fields=[
                ("code", models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[("country", "country"), ("bloc", "bloc"), ("place", "place")],
                        db_index=True,
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("name_zh_hans", models.CharField(max_length=120, verbose_name="name in Simplified Chinese")),
                ("name_zh_hant", models.CharField(max_length=120, verbose_name="name in Traditional Chinese")),
                ("name_en", models.CharField(max_length=120, verbose_name="name in English")),
            ],
            options={
                "verbose_name": "actor",
                "verbose_name_plural": "actors",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(max_length=2000, verbose_name="address")),
                ("url_digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("title", models.CharField(max_length=500, verbose_name="title")),
                ("published", models.DateTimeField(db_index=True, verbose_name="published")),
                (
                    "published_from",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "the article, with its zone"),
                            ("zone", "the article, without a zone: in that of the source"),
                            ("clock", "the article, in the time of the source, labelled UTC"),
                            ("missing", "when it was first seen: it has no date"),
                            ("future", "when it was first seen: its date lay in the future"),
                        ],
                        max_length=8,
                        verbose_name="publication date from",
                    ),
                ),
                ("markup", models.TextField(editable=False, verbose_name="as received")),
                ("text", models.TextField(verbose_name="text")),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "waiting to be processed"),
                            ("read", "processed, waiting to be resolved"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("hand", "added manually"),
                        ],
                        default="new",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("state_since", models.DateTimeField(verbose_name="in this state since")),
                ("begun", models.DateTimeField(editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("failure", models.TextField(blank=True, verbose_name="why it failed")),
                ("pending_keys", models.JSONField(default=list, editable=False)),
                ("anchor", models.DateField(blank=True, null=True, verbose_name="reference date")),
                ("anchor_from", models.CharField(blank=True, max_length=16, verbose_name="reference date from")),
                ("expressions", models.JSONField(blank=True, default=list, verbose_name="date expressions")),
                (
                    "title_expressions",
                    models.JSONField(blank=True, default=list, verbose_name="date expressions of the title"),
                ),
                ("first_seen", models.DateTimeField(auto_now_add=True, verbose_name="first seen")),
            ],
            options={
                "verbose_name": "article",
                "verbose_name_plural": "articles",
                "ordering": ["-published", "-id"],
            },
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
                            ("", "not processed yet"),
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
                        help_text="Minutes. Longer if the server asks for it.",
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
                        help_text="What UTC or GMT means in its dates. Dates without a zone are in the source's time.",
                        max_length=8,
                        verbose_name="time zone of UTC dates",
                    ),
                ),
                (
                    "full_text",
                    models.BooleanField(
                        default=False,
                        help_text="If the feed has only a summary, fetch the article's page. Ask the newsroom first.",
                        verbose_name="fetch full texts",
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        choices=[
                            ("id", "by ID"),
                            ("link", "by link (IDs change)"),
                            ("words", "by text (IDs and links change)"),
                        ],
                        default="id",
                        max_length=8,
                        verbose_name="identify entries",
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
                ("result", models.CharField(blank=True, editable=False, max_length=300, verbose_name="last result")),
                (
                    "last_failure",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last failure"),
                ),
                ("failure", models.CharField(blank=True, editable=False, max_length=500, verbose_name="why it failed")),
                ("failures", models.PositiveIntegerField(default=0, editable=False, verbose_name="failures in a row")),
                ("new_in_a_row", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ("retired_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retired")),
                (
                    "moves",
                    models.JSONField(blank=True, default=list, editable=False, verbose_name="permanent redirects"),
                ),
                (
                    "clock_hint",
                    models.CharField(
                        blank=True, editable=False, max_length=300, verbose_name="evidence about its time zone"
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
            ],
            options={
                "verbose_name": "feed",
                "verbose_name_plural": "feeds",
                "ordering": ["source", "url"],
            },
        ),
        migrations.CreateModel(
            name="FeedHost",
            fields=[
                ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("busy_until", models.DateTimeField(null=True)),
                ("free_from", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Followed",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("moment", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="slug")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "zone",
                    models.CharField(
                        default="UTC",
                        help_text="IANA name, e.g. Europe/Paris: the day of an article is the day there.",
                        max_length=64,
                        verbose_name="time zone",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                (
                    "trust",
                    models.CharField(
                        choices=[("full", "trusted alone"), ("careful", "needs confirmation")],
                        default="full",
                        help_text="Reports that need confirmation are not shown until another newsroom says the same plainly, or three newsrooms agree. Applies to new articles; run `manage.py reread` for the rest.",
                        max_length=8,
                        verbose_name="trust",
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
            ],
            options={
                "verbose_name": "source",
                "verbose_name_plural": "sources",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list, verbose_name="scopes")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
                "verbose_name_plural": "API tokens",
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("end", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("granularity", models.CharField(default="day", max_length=12, verbose_name="precision")),
                ("modifier", models.CharField(blank=True, max_length=8, verbose_name="modifier")),
                (
                    "extent",
                    models.CharField(
                        choices=[("within", "exact day not known"), ("throughout", "whole period")],
                        default="within",
                        max_length=10,
                        verbose_name="extent",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("expected", "expected"),
                            ("conditional", "conditional"),
                            ("occurred", "occurred"),
                            ("postponed", "postponed"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("alternatives", models.JSONField(blank=True, default=list, verbose_name="alternatives")),
                ("key", models.CharField(db_index=True, max_length=160, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[("election", "election"), ("alliance", "alliance")], max_length=8, verbose_name="kind"
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("presidential", "presidential election"),
                            ("legislative", "legislative election"),
                            ("general", "general election"),
                            ("local", "local elections"),
                            ("supranational", "supranational election"),
                            ("referendum", "referendum"),
                            ("leadership", "party leadership election"),
                            ("by_election", "by-election"),
                            ("accession", "accession"),
                            ("withdrawal", "withdrawal"),
                            ("agreement", "agreement"),
                            ("summit", "summit"),
                            ("meeting", "meeting"),
                            ("exercise", "joint exercise"),
                        ],
                        max_length=16,
                        verbose_name="type",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("vote", "vote"),
                            ("runoff", "runoff"),
                            ("call", "call"),
                            ("result", "result"),
                            ("postponement", "postponement"),
                        ],
                        max_length=12,
                        verbose_name="stage",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=32, verbose_name="place")),
                ("participants", models.JSONField(default=list, verbose_name="participants")),
                ("reported", models.DateField(db_index=True, verbose_name="reported on")),
                ("evidence", models.TextField(verbose_name="evidence")),
                ("evidence_start", models.PositiveIntegerField()),
                ("evidence_end", models.PositiveIntegerField()),
                ("expressions", models.JSONField(default=list, verbose_name="date expressions")),
                ("trigger", models.JSONField(default=list, verbose_name="trigger")),
                ("mentions", models.JSONField(default=list, verbose_name="mentions")),
                ("said_by", models.CharField(blank=True, max_length=120, verbose_name="said by")),
                ("reasons", models.JSONField(db_default=[], blank=True, default=list, verbose_name="why this date")),
                ("doubts", models.JSONField(blank=True, default=list, verbose_name="doubts")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="claims",
                        to="timeline.article",
                        verbose_name="article",
                    ),
                ),
                (
                    "reprint_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reprints",
                        to="timeline.claim",
                        verbose_name="reprint of",
                    ),
                ),
            ],
            options={
                "verbose_name": "claim",
                "verbose_name_plural": "claims",
                "ordering": ["-reported", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("start", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("end", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("granularity", models.CharField(default="day", max_length=12, verbose_name="precision")),
                ("modifier", models.CharField(blank=True, max_length=8, verbose_name="modifier")),
                (
                    "extent",
                    models.CharField(
                        choices=[("within", "exact day not known"), ("throughout", "whole period")],
                        default="within",
                        max_length=10,
                        verbose_name="extent",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("expected", "expected"),
                            ("conditional", "conditional"),
                            ("occurred", "occurred"),
                            ("postponed", "postponed"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("alternatives", models.JSONField(blank=True, default=list, verbose_name="alternatives")),
                ("id", models.CharField(max_length=16, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(db_index=True, max_length=160, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[("election", "election"), ("alliance", "alliance")], max_length=8, verbose_name="kind"
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("presidential", "presidential election"),
                            ("legislative", "legislative election"),
                            ("general", "general election"),
                            ("local", "local elections"),
                            ("supranational", "supranational election"),
                            ("referendum", "referendum"),
                            ("leadership", "party leadership election"),
                            ("by_election", "by-election"),
                            ("accession", "accession"),
                            ("withdrawal", "withdrawal"),
                            ("agreement", "agreement"),
                            ("summit", "summit"),
                            ("meeting", "meeting"),
                            ("exercise", "joint exercise"),
                        ],
                        max_length=16,
                        verbose_name="type",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("vote", "vote"),
                            ("runoff", "runoff"),
                            ("call", "call"),
                            ("result", "result"),
                            ("postponement", "postponement"),
                        ],
                        max_length=12,
                        verbose_name="stage",
                    ),
                ),
                ("day", models.DateField(verbose_name="ordering day")),
                ("believed_since", models.DateField(verbose_name="current since")),
                ("first_reported", models.DateField(verbose_name="first reported on")),
                ("claim_count", models.PositiveIntegerField(default=0, verbose_name="claims")),
                ("source_count", models.PositiveIntegerField(default=0, verbose_name="independent sources")),
                ("words", models.TextField(blank=True, verbose_name="words to search")),
                ("by_law", models.BooleanField(default=False, verbose_name="day by law")),
                ("retracted", models.BooleanField(default=False, verbose_name="retracted")),
                (
                    "precision",
                    models.CharField(
                        choices=[
                            ("day", "one day"),
                            ("week", "up to a week"),
                            ("month", "up to a month"),
                            ("quarter", "up to a quarter"),
                            ("year", "up to a year"),
                            ("longer", "longer than a year"),
                            ("open", "open"),
                        ],
                        default="day",
                        max_length=8,
                        verbose_name="length",
                    ),
                ),
                ("reach", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("curated", models.BooleanField(default=False, verbose_name="decided by an editor")),
                ("weight", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("note", models.TextField(blank=True, verbose_name="why it matters")),
                ("importance", models.PositiveSmallIntegerField(default=0, verbose_name="importance")),
                ("proposals", models.JSONField(blank=True, default=dict, verbose_name="machine value now")),
                ("revision", models.PositiveIntegerField(default=0, verbose_name="revision")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="timeline.event",
                        verbose_name="merged into",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="timeline.actor",
                        verbose_name="place",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "ordering": ["day", "id"],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("dates", "dates"),
                            ("status", "status"),
                            ("type", "type"),
                            ("participants", "participants"),
                            ("rejected", "not an event"),
                            ("accepted", "read correctly"),
                            ("note", "why it matters"),
                            ("importance", "importance"),
                            ("merged", "merged into"),
                            ("split", "split"),
                        ],
                        max_length=16,
                        verbose_name="field",
                    ),
                ),
                ("value", models.JSONField(verbose_name="value")),
                ("basis", models.JSONField(blank=True, null=True, verbose_name="machine value at that time")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                ("waits", models.BooleanField(db_index=True, default=False, verbose_name="awaiting a second editor")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "editor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="editor",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="timeline.event",
                        verbose_name="the other event",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction",
                "verbose_name_plural": "corrections",
                "ordering": ["-made_at", "-id"],
                "permissions": [
                    ("approve_correction", "Can approve the corrections of others"),
                    ("undo_any_correction", "Can undo the corrections of others"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contradiction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="timeline.claim",
                        verbose_name="one report",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="timeline.claim",
                        verbose_name="the other report",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contradictions",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "contradiction",
                "verbose_name_plural": "contradictions",
                "ordering": ["event", "pk"],
            },
        ),
        migrations.AddField(
            model_name="claim",
            name="event",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="claims",
                to="timeline.event",
                verbose_name="event",
            ),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("added", "added"),
                            ("moved", "date moved"),
                            ("cancelled", "cancelled"),
                            ("status", "status changed"),
                            ("revised", "type or participants changed"),
                            ("merged", "merged"),
                            ("retracted", "retracted"),
                            ("restored", "restored"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="at")),
                ("before", models.JSONField(default=dict, verbose_name="before")),
                ("after", models.JSONField(default=dict, verbose_name="after")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="timeline.event",
                        verbose_name="merged into",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of an event",
                "verbose_name_plural": "changes of events",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Attention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reasons", models.JSONField(default=list, verbose_name="reasons")),
                ("unsure", models.PositiveSmallIntegerField(default=0)),
                ("weight", models.PositiveSmallIntegerField(default=0)),
                ("day", models.DateField(verbose_name="ordering day")),
                ("settled", models.JSONField(default=dict)),
                ("decision", models.BigIntegerField(default=0)),
                ("noticed_at", models.DateTimeField(auto_now=True, verbose_name="noticed at")),
                (
                    "claim",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attention",
                        to="timeline.claim",
                        verbose_name="claim",
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attention",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "inbox",
                "verbose_name_plural": "Inbox",
            },
        ),
        migrations.CreateModel(
            name="EventBelief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("end", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("granularity", models.CharField(default="day", max_length=12, verbose_name="precision")),
                ("modifier", models.CharField(blank=True, max_length=8, verbose_name="modifier")),
                (
                    "extent",
                    models.CharField(
                        choices=[("within", "exact day not known"), ("throughout", "whole period")],
                        default="within",
                        max_length=10,
                        verbose_name="extent",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("scheduled", "scheduled"),
                            ("expected", "expected"),
                            ("conditional", "conditional"),
                            ("occurred", "occurred"),
                            ("postponed", "postponed"),
                            ("cancelled", "cancelled"),
                        ],
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                ("alternatives", models.JSONField(blank=True, default=list, verbose_name="alternatives")),
                ("since", models.DateField(verbose_name="current since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="current until")),
                ("change", models.CharField(max_length=12, verbose_name="change")),
                ("by_law", models.BooleanField(default=False, verbose_name="day by law")),
                (
                    "claim",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="decided",
                        to="timeline.claim",
                        verbose_name="decisive report",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="beliefs",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "accepted date",
                "verbose_name_plural": "date history",
                "ordering": ["event", "since"],
            },
        ),
        migrations.CreateModel(
            name="EventParticipant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("election", "election"), ("alliance", "alliance")], max_length=8)),
                ("day", models.DateField()),
                ("end", models.DateField(null=True)),
                ("reach", models.PositiveSmallIntegerField(default=0)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="timeline.actor",
                        verbose_name="actor",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
            ],
            options={
                "verbose_name": "participant",
                "verbose_name_plural": "participants",
                "ordering": ["event", "position"],
            },
        ),
        migrations.AddField(
            model_name="event",
            name="actors",
            field=models.ManyToManyField(
                related_name="events",
                through="timeline.EventParticipant",
                to="timeline.actor",
                verbose_name="participants",
            ),
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
        ),
        migrations.CreateModel(
            name="HistoricalCorrection",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("waits", models.BooleanField(db_index=True, default=False, verbose_name="awaiting a second editor")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                ("history_change_reason", models.TextField(null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical correction",
                "verbose_name_plural": "historical corrections",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.JSONField()),
                ("made_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="timeline.apitoken"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InboxView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="inbox_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField(blank=True, null=True, verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "bloc",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="timeline.actor",
                        verbose_name="bloc",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocs",
                        to="timeline.actor",
                        verbose_name="member",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "ordering": ["bloc", "member", "since"],
            },
        ),
        migrations.CreateModel(
            name="NamedClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "side",
                    models.CharField(
                        choices=[("event", "event"), ("other", "the other event"), ("beside", "beside it")],
                        max_length=8,
                    ),
                ),
                ("article", models.CharField(db_index=True, max_length=64)),
                ("words", models.CharField(max_length=16)),
                ("key", models.CharField(blank=True, db_index=True, max_length=160)),
                ("type", models.CharField(blank=True, max_length=16)),
                ("stage", models.CharField(blank=True, max_length=12)),
                ("place", models.CharField(blank=True, max_length=32)),
                ("participants", models.JSONField(blank=True, default=list)),
                ("start", models.DateField(null=True)),
                ("end", models.DateField(null=True)),
                ("at", models.IntegerField(null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="timeline.claim"
                    ),
                ),
                (
                    "correction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named",
                        to="timeline.correction",
                        verbose_name="correction",
                    ),
                ),
            ],
            options={
                "verbose_name": "named report",
                "verbose_name_plural": "named reports",
                "ordering": ["correction", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("query", models.TextField(blank=True, verbose_name="query")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made at")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reader",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="feed",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="feeds",
                to="timeline.source",
                verbose_name="source",
            ),
        ),
        migrations.CreateModel(
            name="EventSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("election", "election"), ("alliance", "alliance")], max_length=8)),
                ("day", models.DateField()),
                ("end", models.DateField(null=True)),
                ("reach", models.PositiveSmallIntegerField(default=0)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="told_by",
                        to="timeline.event",
                        verbose_name="event",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="timeline.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "source of an event",
                "verbose_name_plural": "sources of an event",
                "ordering": ["event", "source"],
            },
        ),
        migrations.AddField(
            model_name="article",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="articles",
                to="timeline.source",
                verbose_name="source",
            ),
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("of", models.CharField(blank=True, max_length=32)),
                ("kind", models.CharField(max_length=8)),
                ("type", models.CharField(blank=True, max_length=16)),
                ("status", models.CharField(blank=True, max_length=12)),
                ("precision", models.CharField(blank=True, max_length=8)),
                ("reach", models.PositiveSmallIntegerField()),
                ("curated", models.BooleanField()),
                ("n", models.IntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["of", "month", "reach", "kind", "type", "status", "precision", "curated", "n"],
                        name="tally_sort",
                    ),
                    models.Index(fields=["month", "of", "reach", "kind", "n"], name="tally_month"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("title", models.CharField(max_length=500, verbose_name="title")),
                ("published", models.DateTimeField(verbose_name="published")),
                ("markup", models.TextField(verbose_name="as received")),
                ("text", models.TextField(verbose_name="text")),
                ("replaced_at", models.DateTimeField(auto_now_add=True, verbose_name="replaced at")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="timeline.article",
                        verbose_name="article",
                    ),
                ),
            ],
            options={
                "verbose_name": "earlier version",
                "verbose_name_plural": "earlier versions",
                "ordering": ["article", "-version"],
                "constraints": [models.UniqueConstraint(fields=("article", "version"), name="version_once")],
            },
        ),
        migrations.CreateModel(
            name="AttentionMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=48)),
                ("day", models.DateField()),
                (
                    "attention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="marks", to="timeline.attention"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["mark", "day", "attention"], name="attention_mark")],
                "constraints": [models.UniqueConstraint(fields=("attention", "mark"), name="attention_mark_once")],
            },
        ),
        migrations.AddIndex(
            model_name="correction",
            index=models.Index(fields=["-made_at", "-id"], name="correction_made"),
        ),
        migrations.AddConstraint(
            model_name="attention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claim__isnull", False), ("event", None)),
                    models.Q(("claim", None), ("event__isnull", False)),
                    _connector="OR",
                ),
                name="attention_of_one",
            ),
        ),
        migrations.AddIndex(
            model_name="eventbelief",
            index=models.Index(fields=["since", "until"], name="belief_known"),
        ),
        migrations.AddIndex(
            model_name="eventbelief",
            index=models.Index(fields=["change", "-since", "event"], name="belief_change"),
        ),
        migrations.AddIndex(
            model_name="eventbelief",
            index=models.Index(fields=["start"], name="belief_start"),
        ),
        migrations.AddIndex(
            model_name="eventbelief",
            index=models.Index(fields=["end"], name="belief_end"),
        ),
        migrations.AddConstraint(
            model_name="eventbelief",
            constraint=models.UniqueConstraint(fields=("event", "since"), name="belief_once"),
        ),
        migrations.AddIndex(
            model_name="eventparticipant",
            index=models.Index(fields=["actor", "reach", "day", "event", "end", "kind"], name="participant_window"),
        ),
        migrations.AddIndex(
            model_name="eventparticipant",
            index=models.Index(fields=["reach", "day", "end", "actor", "kind"], name="participant_facet"),
        ),
        migrations.AddConstraint(
            model_name="eventparticipant",
            constraint=models.UniqueConstraint(fields=("event", "actor"), name="participant_once"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["day", "id"], name="event_keyset"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=[
                    "reach",
                    "day",
                    "id",
                    "end",
                    "kind",
                    "type",
                    "status",
                    "precision",
                    "curated",
                    "retracted",
                    "merged_into",
                ],
                name="event_window",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["-weight", "day", "id", "end", "reach", "kind", "retracted", "merged_into"], name="event_weight"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["-believed_since", "id"], name="event_believed"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["-first_reported", "id"], name="event_reported"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["end"], name="event_end"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["changed_at", "id"], name="event_changed"),
        ),
        migrations.AddIndex(
            model_name="feedentry",
            index=models.Index(fields=["feed", "id_key"], name="feed_entry_id"),
        ),
        migrations.AddIndex(
            model_name="feedentry",
            index=models.Index(fields=["feed", "link_key"], name="feed_entry_link"),
        ),
        migrations.AddIndex(
            model_name="feedentry",
            index=models.Index(fields=["feed", "seen_at"], name="feed_entry_seen"),
        ),
        migrations.AddConstraint(
            model_name="idempotentrequest",
            constraint=models.UniqueConstraint(fields=("token", "key"), name="idempotency_key_once"),
        ),
        migrations.AddConstraint(
            model_name="inboxview",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="inbox_view_once"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("bloc", "member", "since"), name="membership_once"),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="saved_filter_once"),
        ),
        migrations.AddIndex(
            model_name="eventsource",
            index=models.Index(fields=["source", "reach", "day", "event", "end", "kind"], name="source_window"),
        ),
        migrations.AddIndex(
            model_name="eventsource",
            index=models.Index(fields=["reach", "day", "end", "source", "kind"], name="source_facet"),
        ),
        migrations.AddConstraint(
            model_name="eventsource",
            constraint=models.UniqueConstraint(fields=("event", "source"), name="source_once"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["state", "state_since"], name="article_state"),
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(fields=["source", "-published"], name="article_of_source"),
        ),
    ]
