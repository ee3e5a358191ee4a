"""Why a date means its days, and what is doubtful, was stored in sentences and is stored in codes.

A sentence becomes the only step of its reasons, `as_written`. Doubts were few sentences, and each has a code; one that
is not known stays as it is. Backwards, `as_written` is the sentence again; codes are written as JSON, and found again
on the way forward.
"""

import json

from django.db import migrations, models

TOGETHER = 500
AS_WRITTEN = "as_written"
JSON = '[["'  # what no sentence began with
DOUBTS = {
    "who votes is told elsewhere in the text": "voter_elsewhere",
    "who votes is only the topic of the article": "voter_is_topic",
    "who takes part is told in another clause": "participant_elsewhere",
    "who takes part does something else first": "participant_does_other",
    "only one of those who agree is told": "one_party",
    "who is meant by a word such as 双方 is told elsewhere": "reference_elsewhere",
    "its day stands in another clause": "date_in_other_clause",
    "its year is that of a date before": "year_of_other_date",
    "its day has no year, and nothing says that it lies ahead": "not_ahead",
    "its day has no month and may be that of another": "month_unsure",
    "others must tell what this source says": "single_source",
}
SENTENCES = {code: sentence for sentence, code in DOUBTS.items()}
LISTS = ("expressions", "title_expressions")


def to_codes(apps, schema_editor):
    def claim(row):
        row.reasons = steps_of(row.why)
        row.doubts = [DOUBTS.get(doubt, doubt) for doubt in row.doubts]

    def expression(row):
        return {name: value for name, value in row.items() if name != "why"} | {"reasons": steps_of(row.get("why"))}

    turn(apps, claim, expression)


def to_sentences(apps, schema_editor):
    def claim(row):
        row.why = sentence_of(row.reasons)
        row.doubts = [SENTENCES.get(doubt, doubt) for doubt in row.doubts]

    def expression(row):
        rest = {name: value for name, value in row.items() if name != "reasons"}
        return rest | {"why": sentence_of(row.get("reasons"))}

    turn(apps, claim, expression)


def steps_of(why):
    if why and why.startswith(JSON):
        return json.loads(why)
    return [[AS_WRITTEN, [why]]] if why else []


def sentence_of(reasons):
    if not reasons:
        return ""
    code, args = reasons[0]
    return args[0] if code == AS_WRITTEN else json.dumps(reasons, ensure_ascii=False)


def turn(apps, claim, expression):
    claims, articles = apps.get_model("timeline", "Claim"), apps.get_model("timeline", "Article")
    for rows in batches(claims.objects.only("why", "reasons", "doubts")):
        for row in rows:
            claim(row)
        claims.objects.bulk_update(rows, ["why", "reasons", "doubts"])
    dated = articles.objects.exclude(expressions=[], title_expressions=[]).only(*LISTS)
    for rows in batches(dated):
        for row in rows:
            for name in LISTS:
                setattr(row, name, [expression(e) if isinstance(e, dict) else e for e in getattr(row, name)])
        articles.objects.bulk_update(rows, LISTS)


def batches(queryset):
    """Rows in order of their keys, so many at a time; none is met twice."""
    last = 0
    while rows := list(queryset.filter(pk__gt=last).order_by("pk")[:TOGETHER]):
        yield rows
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("timeline", "0015_feeds_without_ids")]

    operations = [
        migrations.AddField(
            "claim", "reasons", models.JSONField(blank=True, db_default=[], default=list, verbose_name="why this date")
        ),
        migrations.RunPython(to_codes, to_sentences),
        migrations.RemoveField("claim", "why"),
    ]
