"""All reports of the events of a filter, as CSV and as JSON lines, streamed in constant memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db.models import Count, Max, Q
from django.http import HttpResponseBase
from django.utils import translation

from timeline.display.claims import doubts_of
from timeline.display.event import known_claims
from timeline.feeds.base import FeedRequest, feed
from timeline.feeds.csv import BOM, CSV, Echo, guarded
from timeline.feeds.metadata import plain
from timeline.feeds.streaming import Lines, streamed
from timeline.models import Actor, Article, Claim

EVENTS = 200  # whose reports are looked up at a time
BATCH = 500  # reports in memory
JSON_LINES = "application/x-ndjson"
COLUMNS = (
    *("event", "claim", "reprint_of", "article_url", "article_title", "article_language", "newsroom", "reported"),
    *("evidence", "trigger", "said_by", "kind", "type", "stage", "status", "start", "end", "edtf", "granularity"),
    *("modifier", "extent", "place", "participants", "participant_names", "doubts", "doubts_in_words", "probability"),
    "reader",
)
OWN = ("reprint_of_id", "evidence", "said_by", "kind", "type", "stage", "status", "granularity", "modifier", "extent")
Key = tuple[date, str]


@feed()
def claims_csv(request: FeedRequest) -> HttpResponseBase:
    """`/export/claims.csv`: the page's filter and `lang`; by event in order of (day, id), then by day of the report."""
    return streamed(request, _table, "newsdesk-claims.csv", CSV, *_state())


@feed()
def claims_jsonl(request: FeedRequest) -> HttpResponseBase:
    """`/export/claims.jsonl`: the same with an object in each line."""
    return streamed(request, _objects, "newsdesk-claims.jsonl", JSON_LINES, *_state())


def _state() -> tuple[object, ...]:
    """Return what changes when an article is read again, even where no event does. Two queries."""
    read = Article.objects.filter(state__in=(Article.State.READ, Article.State.DONE, Article.State.HAND))
    return Claim.objects.aggregate(Max("pk"))["pk__max"], read.aggregate(Max("state_since"))["state_since__max"]


def _table(request: FeedRequest) -> Lines:
    writer = csv.writer(Echo(), lineterminator="\r\n")
    yield (BOM + writer.writerow(COLUMNS)).encode()
    for rows in _batches(request):
        yield "".join(writer.writerow([_cell(row[name]) for name in COLUMNS]) for row in rows).encode()


def _objects(request: FeedRequest) -> Lines:
    for rows in _batches(request):
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return guarded("; ".join(value))
    return guarded(value) if isinstance(value, str) else value


def _batches(request: FeedRequest) -> Iterator[list[dict[str, Any]]]:
    for ids in _events(request):
        for claims in _claims(ids, request.chosen.as_of):
            with translation.override(request.language):
                actors = Actor.objects.in_bulk({code for claim in claims for code in claim.participants})
                rows = [_row(claim, actors) for claim in claims]
            yield rows


def _events(request: FeedRequest) -> Iterator[list[str]]:
    """Yield the ids of the filter's events, some at a time."""
    after: Key | None = None
    while True:
        if request.chosen.as_of is None:
            keys = request.chosen.keys(request.today, after=after, limit=EVENTS)
        else:
            events = request.chosen.events(request.today, after=after, limit=EVENTS)
            keys = [(event.day, event.id) for event in events]
        if keys:
            yield [pk for _, pk in keys]
        if len(keys) < EVENTS:
            return
        after = keys[-1]


def _claims(ids: Sequence[str], as_of: date | None) -> Iterator[list[Claim]]:
    """Yield the reports of these events, at most BATCH at a time; `as_of`: those reported up to that day."""
    rows = known_claims(as_of).select_related("article__source")
    rows = rows.defer("article__markup", "article__text", "article__expressions", "article__title_expressions")
    places = {pk: place for place, pk in enumerate(ids)}
    for some in _runs(ids, as_of):
        behind = Q()
        while True:
            found = list(rows.filter(behind, event__in=some).order_by("reported", "pk")[:BATCH])
            if found:
                yield sorted(found, key=lambda claim: places[claim.event_id or ""])
            if len(found) < BATCH:
                break
            day, pk = found[-1].reported, found[-1].pk
            behind = Q(reported__gte=day) & (Q(reported__gt=day) | Q(pk__gt=pk))


def _runs(ids: Sequence[str], as_of: date | None) -> Iterator[list[str]]:
    """Split these events so that each part has less than BATCH reports, or is one event. One query."""
    counted = known_claims(as_of).filter(event__in=ids).order_by().values_list("event").annotate(total=Count("pk"))
    totals = dict(counted)
    run: list[str] = []
    size = 0
    for pk in ids:
        total = totals.get(pk, 0)
        if run and size + total >= BATCH:
            yield run
            run, size = [], 0
        if total:
            run.append(pk)
            size += total
    if run:
        yield run


def _row(claim: Claim, actors: Mapping[str, Actor]) -> dict[str, Any]:
    """Return a report as values of COLUMNS, its texts plain."""
    article, when = claim.article, claim.when
    named = [actors[code].name if code in actors else code for code in claim.participants]
    row = {name.removesuffix("_id"): getattr(claim, name) for name in OWN} | {
        "event": claim.event_id,
        "claim": claim.pk,
        "article_url": article.url,
        "article_title": article.title,
        "article_language": article.language,
        "newsroom": article.source.name,
        "reported": claim.reported.isoformat(),
        "trigger": _trigger(claim),
        "start": when.start.isoformat() if when.start else None,
        "end": when.end.isoformat() if when.end else None,
        "edtf": when.edtf,
        "place": claim.place,
        "participants": list(claim.participants),
        "participant_names": [plain(name) for name in named],
        "doubts": list(claim.doubts),
        "doubts_in_words": [plain(words) for words in doubts_of(claim)],
        "probability": claim.probability,
        "reader": claim.reader,
    }
    return {name: plain(value) if isinstance(value := row[name], str) else value for name in COLUMNS}


def _trigger(claim: Claim) -> str:
    """Return the words in the sentence that say what happens; "" where they are not in it."""
    if len(claim.trigger) != 2:
        return ""
    start, end = (place - claim.evidence_start for place in claim.trigger)
    return claim.evidence[start:end] if 0 <= start < end <= len(claim.evidence) else ""
