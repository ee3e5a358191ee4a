"""Run by faults.py on a database: print claims, events, beliefs and counts as JSON, without database keys."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.db.models import QuerySet, Sum  # noqa: E402

from timeline.models import (  # noqa: E402
    Article,
    Claim,
    Contradiction,
    Event,
    EventBelief,
    EventParticipant,
    EventSource,
    Source,
    Tally,
)
from timeline.pipeline.tallies import Cell  # noqa: E402

OF_EVENT = [
    *("id", "key", "kind", "type", "stage", "place", "day", "start", "end", "granularity", "modifier", "extent"),
    *("status", "alternatives", "by_law", "believed_since", "first_reported", "claim_count", "source_count"),
    *("precision", "reach", "curated", "weight"),
]
WHICH = ("article__url", "evidence_start", "trigger", "key", "start", "end", "type", "participants")  # claim it is


def dump() -> dict[str, list[str]]:
    live = Event.objects.filter(merged_into=None, retracted=False)
    of_live = {"event__merged_into": None, "event__retracted": False}
    claims = {row[0]: json.dumps(row[1:], default=str) for row in Claim.objects.values_list("pk", *WHICH)}
    beliefs = EventBelief.objects.filter(**of_live)
    columns = ("event", "since", "until", "start", "end", "granularity", "modifier", "extent", "status", "change")
    return {
        "articles": _lines(Article.objects.values_list("url", "state", "text", "pending_keys")),
        "articles by address": _lines(_often(Article.objects.values_list("url", flat=True))),
        "events": _lines(live.values_list(*OF_EVENT)),
        "participants": _lines(
            EventParticipant.objects.filter(**of_live).values_list("event", "actor", "position", "kind", "day", "end")
        ),
        "sources": _lines(EventSource.objects.filter(**of_live).values_list("event", "source__slug", "day", "end")),
        "beliefs": _lines(
            [(*row, claims.get(of)) for *row, of in beliefs.values_list(*columns, "by_law", "alternatives", "claim")]
        ),
        "contradictions": _lines(
            [
                (event, claims[first], claims[second])
                for event, first, second in Contradiction.objects.values_list("event", "first", "second")
            ]
        ),
        "claims": _lines(Claim.objects.values_list(*WHICH, "status", "evidence", "reasons", "event", "doubts")),
        "reprints": _lines(
            [
                (claims[pk], claims[of])
                for pk, of in Claim.objects.exclude(reprint_of=None).values_list("pk", "reprint_of")
            ]
        ),
        "counts": _lines(_counts()),
    }


def _counts() -> list[list[Any]]:
    """Return the tallies, those of a source under its slug: its key differs between databases."""
    slugs = {f"@{pk}": f"@{slug}" for pk, slug in Source.objects.values_list("pk", "slug")}
    rows = Tally.objects.values_list(*Cell._fields).annotate(n=Sum("n")).exclude(n=0).order_by()
    return [[slugs.get(value, value) if isinstance(value, str) else value for value in row] for row in rows]


def _often(urls: QuerySet[Article, str]) -> list[tuple[str, int]]:
    return list(Counter(urls).items())


def _lines(rows: Any) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False, default=str) for row in rows)


if __name__ == "__main__":
    print(json.dumps(dump(), ensure_ascii=False))
