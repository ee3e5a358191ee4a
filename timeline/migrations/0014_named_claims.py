"""What editors decided names the claims that they saw.

A merge or a split kept its claims as `article-sentence` digests, and all else but the id of the event. Each gets rows
that name a claim with all that tells it from others of its sentence, taken from the claims that stand now: those of a
merge or a split by their digests, of several in one sentence the one that is most like the event that was decided
about; those of other decisions by the event. What is not found keeps its digests, and nothing where there were none.
Articles that a merge or a split names are resolved again by the next sweep.

Backwards the digests are written where they stood.
"""

import hashlib
from collections import defaultdict

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

SHORT = 16
MERGED, SPLIT = "merged", "split"
EVENT, OTHER, BESIDE = "event", "other", "beside"
SAID = ("key", "type", "stage", "place", "participants", "start", "end")
FIRST = 500
HOPS = 20


def words_of(claim):
    text = f"{claim.kind}\n{claim.evidence}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:SHORT]


class Old:
    """What stands of claims, events and decisions when their references are turned."""

    def __init__(self, apps):
        self.claims = apps.get_model("timeline", "Claim")
        self.events = apps.get_model("timeline", "Event")
        self.corrections = apps.get_model("timeline", "Correction")
        self.named = apps.get_model("timeline", "NamedClaim")
        self.articles = {}
        self.merged = defaultdict(list)  # the event that was merged → digests
        self.apart = {}  # the event that was told apart → digests
        self.brought = set()  # claims that a merge in force brought into another event
        self.touched = set()  # articles that merges and splits name

    def of_article(self, digest):
        if digest not in self.articles:
            rows = self.claims.objects.select_related("article").order_by("pk")
            found = rows.filter(article__url_digest__gte=digest, article__url_digest__lt=f"{digest}g")
            self.articles[digest] = list(found)
        return self.articles[digest]

    def claim(self, ref, event):
        """The claim of this sentence that is most like the event; None where none is, or two are alike."""
        article, _, words = ref.partition("-")
        found = [c for c in self.of_article(article[:SHORT]) if words_of(c) == words]
        scored = sorted(((like(c, event), -c.pk, c) for c in found), key=lambda row: row[:2], reverse=True)
        if len(scored) > 1 and scored[0][0] == scored[1][0]:
            return None
        return scored[0][2] if scored else None

    def of_event(self, pk):
        """The claims that the event has now without those that a merge brought; where it was merged, none."""
        for _ in range(HOPS):
            into = self.events.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
            if not into:
                break
            pk = into
        rows = list(self.claims.objects.filter(event=pk).select_related("article").order_by("reported", "pk"))
        own = [claim for claim in rows if claim.pk not in self.brought]
        return (own or rows)[:FIRST]


def like(claim, event):
    low = max(str(claim.start or ""), str(event.start or ""))
    meet = low <= min(str(claim.end or "9999"), str(event.end or "9999"))
    days = (claim.start, claim.end) == (event.start, event.end)
    return claim.key == event.key, meet, days, claim.type == event.type, claim.stage == event.stage


def turn(apps, schema_editor):
    old = Old(apps)
    rows = list(old.corrections.objects.select_related("event", "other").order_by("made_at", "pk"))
    for row in rows:
        if row.field == MERGED and isinstance(row.value, list):
            in_force = row.undone_at is None and not row.waits
            if in_force:
                old.merged[row.event_id] = row.value
                old.brought |= {c.pk for ref in row.value if (c := old.claim(ref, row.event))}
        elif row.field == SPLIT and isinstance(row.value, list):
            old.apart[row.other_id] = row.value
    for row in rows:
        turn_one(old, row)
    resolve_again(apps, old)


def turn_one(old, row):
    made, taken, bare = [], set(), []

    def take(side, claims):
        for claim in claims:
            if claim.pk not in taken:
                taken.add(claim.pk)
                made.append(naming(old, row, side, claim))

    def refs(side, digests, event):
        for ref in digests:
            claim = old.claim(ref, event)
            if claim is not None:
                take(side, [claim])
            else:
                article, _, words = ref.partition("-")
                bare.append(old.named(correction=row, side=side, article=article, words=words))

    if row.field == MERGED and isinstance(row.value, list):
        refs(EVENT, row.value, row.event)
        take(OTHER, side_of(old, row.other))
    elif row.field == SPLIT and isinstance(row.value, list):
        refs(OTHER, row.value, row.other)
        take(EVENT, side_of(old, row.event))
    elif row.event_id in old.merged:
        refs(EVENT, old.merged[row.event_id], row.event)
    elif row.event_id in old.apart:
        refs(EVENT, old.apart[row.event_id], row.event)
    else:
        take(EVENT, old.of_event(row.event_id))
    take(BESIDE, close_to(old, made))
    old.named.objects.bulk_create([*made, *bare])
    if row.field in (MERGED, SPLIT) and isinstance(row.value, list):
        old.touched |= {named.article for named in made}
        old.corrections.objects.filter(pk=row.pk).update(value=True)


def side_of(old, event):
    """The claims by which an event on the other side of a merge or a split is named."""
    digests = old.merged.get(event.pk) or old.apart.get(event.pk)
    if digests is None:
        return old.of_event(event.pk)
    return [claim for ref in digests if (claim := old.claim(ref, event))]


def naming(old, row, side, claim):
    said = {name: getattr(claim, name) for name in SAID}
    at = claim.trigger[0] - claim.evidence_start if claim.trigger else None
    article = claim.article.url_digest
    return old.named(correction=row, side=side, article=article, words=words_of(claim), at=at, claim=claim, **said)


def close_to(old, made):
    """The claims beside those named in their articles: of the same sentence or the same key."""
    known = {(named.article, word) for named in made for word in (named.words, named.key)}
    for article in sorted({named.article for named in made}):
        for claim in old.of_article(article[:SHORT]):
            if {(article, words_of(claim)), (article, claim.key)} & known:
                yield claim


def resolve_again(apps, old):
    articles = apps.get_model("timeline", "Article").objects
    for digest in sorted(old.touched):
        keys = sorted({claim.key for claim in old.of_article(digest[:SHORT])})
        articles.filter(url_digest=digest, state="done").update(
            state="read", pending_keys=keys, state_since=timezone.now(), tries=0, begun=None
        )


def turn_back(apps, schema_editor):
    named = apps.get_model("timeline", "NamedClaim").objects
    corrections = apps.get_model("timeline", "Correction").objects
    for pk, field in list(corrections.filter(field__in=(MERGED, SPLIT)).values_list("pk", "field")):
        rows = named.filter(correction=pk, side=EVENT if field == MERGED else OTHER)
        digests = {f"{article[:SHORT]}-{words}" for article, words in rows.values_list("article", "words")}
        corrections.filter(pk=pk).update(value=sorted(digests))


class Migration(migrations.Migration):
    dependencies = [
        ("timeline", "0013_begun"),
    ]

    operations = [
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
                "verbose_name": "named claim",
                "verbose_name_plural": "named claims",
                "ordering": ["correction", "pk"],
            },
        ),
        migrations.RunPython(turn, turn_back),
    ]
