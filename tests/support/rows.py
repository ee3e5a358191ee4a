"""Rows for tests of pages, filters, feeds and API: events as the pipeline stores them, without reading articles."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from timeline.extraction.search import index_text
from timeline.models import Article, Claim, Event, EventBelief, EventParticipant, EventSearch, EventSource, Source
from timeline.models.dated import precision_of, reach_of
from timeline.models.search import search_key
from timeline.pipeline import actors, search, tallies
from timeline.pipeline.store import weight_of

TODAY = date(2024, 9, 1)
Day = str | None


def day(iso: str) -> date:
    return date.fromisoformat(iso)


def open_day(iso: Day) -> date | None:
    """A day, or None for an open end."""
    return day(iso) if iso else None


def source(slug: str = "one", zone: str = "UTC") -> Source:
    return Source.objects.get_or_create(slug=slug, defaults={"name": f"Newsroom {slug}", "zone": zone})[0]


def article(text: str, *, on: str = "2024-03-20", title: str = "标题", of: str = "one", **more: Any) -> Article:
    """An article already read, with the fields given (`expressions`, `url`, …)."""
    url = more.pop("url", f"https://{of}.example/{hashlib.sha256((text + on + title).encode()).hexdigest()[:12]}")
    moment = datetime.fromisoformat(f"{on}T12:00:00").replace(tzinfo=UTC)
    return Article.objects.create(
        source=source(of),
        url=url,
        url_digest=hashlib.sha256(url.encode()).hexdigest(),
        title=title,
        published=moment,
        text=text,
        state=Article.State.DONE,
        state_since=timezone.now(),
        anchor=moment.date(),
        anchor_from=more.pop("anchor_from", "published"),
        language=more.pop("language", "zh-Hans"),
        **more,
    )


def expression(text: str, words: str, start: Day, end: Day, reasons: Sequence[Any] = ()) -> dict[str, Any]:
    """A date expression as `Article.expressions` keeps it: `words` where they first stand in `text`."""
    at = text.index(words)
    return {
        "text": words,
        "start_char": at,
        "end_char": at + len(words),
        "start": start,
        "end": end,
        "vague": False,
        "reasons": list(reasons),
    }


def event(
    pk: str,
    codes: Sequence[str],
    start: Day,
    end: Day = "same",
    *,
    kind: str = "election",
    type: str = "general",
    since: str = "2024-03-20",
    **more: Any,
) -> Event:
    """An event with its participants and the one belief it began with; `end` is the first day where not given."""
    first, last = open_day(start), open_day(start if end == "same" else end)
    place = more.pop("place", "")
    actors.names_of([*codes, *([place] if place else [])])
    when = {"granularity": "day", "modifier": "", "extent": "within", "status": "scheduled", "alternatives": []}
    words = more.pop("words", "")
    when |= {name: more.pop(name) for name in list(more) if name in when}
    dated: dict[str, Any] = {"start": first, "end": last, **when}
    precision = precision_of(first, last)
    row = Event.objects.create(
        id=pk,
        precision=precision,
        reach=reach_of(first, last),
        key=more.pop("key", f"{kind}:{type}:{'+'.join(codes)}"),
        kind=kind,
        type=type,
        place_id=place or None,
        day=first or last or day(since),
        believed_since=day(since),
        first_reported=day(since),
        **dated,
        **more,
    )
    for position, code in enumerate([*codes, *([place] if place else [])]):
        EventParticipant.objects.create(event=row, actor_id=code, position=position, **_copied(row))
    participants = [*codes, *([place] if place else [])]
    EventSearch.objects.create(event=row, **search.columns(row, participants, [words]), **_copied(row))
    _count(row, 1)
    EventBelief.objects.create(event=row, since=day(since), change="first", **dated)
    return row


def believe(row: Event, since: str, start: Day, end: Day, *, status: str = "scheduled", change: str = "moved") -> None:
    """From `since` on something else is believed of the event, as the pipeline would store it."""
    day_since = day(since)
    row.beliefs.filter(until=None).update(until=day_since)
    dated: dict[str, Any] = {"start": open_day(start), "end": open_day(end), "status": status}
    EventBelief.objects.create(event=row, since=day_since, change=change, **dated)
    _count(row, -1)
    precision = precision_of(dated["start"], dated["end"])
    more = {"precision": precision, "reach": reach_of(dated["start"], dated["end"]), "believed_since": day_since}
    Event.objects.filter(pk=row.pk).update(**dated, **more, day=open_day(start or end))
    row.refresh_from_db()
    _count(row, 1)
    EventSearch.objects.filter(event=row).update(id=search_key(row.day, row.pk))
    for rows in (row.participants, row.event_sources, EventSearch.objects.filter(event=row)):
        rows.update(**_copied(row))


def _copied(row: Event) -> dict[str, Any]:
    return {"kind": row.kind, "day": row.day, "end": row.end, "reach": row.reach}


def _count(row: Event, n: int) -> None:
    codes = row.participants.values_list("actor", flat=True)
    newsrooms = row.event_sources.values_list("source", flat=True)
    tallies.add(Counter(dict.fromkeys(tallies.cells_of(row, codes, newsrooms), n)))


def claim(row: Event, of: Article, evidence: str, **more: Any) -> Claim:
    """A claim of an article on an event; its evidence is found in the article's text."""
    at = of.text.index(evidence)
    trigger = more.pop("trigger", "")
    mentions = [
        [of.text.index(words, at), of.text.index(words, at) + len(words), code]
        for words, code in more.pop("mentions", {}).items()
    ]
    stored = Claim.objects.create(
        article=of,
        event=row,
        key=row.key,
        kind=row.kind,
        type=row.type,
        stage=row.stage,
        participants=[p.actor_id for p in row.participants.all()],
        reported=of.anchor or row.first_reported,
        evidence=evidence,
        evidence_start=at,
        evidence_end=at + len(evidence),
        trigger=[of.text.index(trigger, at), of.text.index(trigger, at) + len(trigger)] if trigger else [],
        mentions=mentions,
        **{"start": row.start, "end": row.end, "granularity": row.granularity, "status": row.status, **more},
    )
    claims = Claim.objects.filter(event=row)
    _count(row, -1)
    EventSource.objects.get_or_create(event=row, source=of.source, defaults=_copied(row))
    sources = claims.values("article__source").distinct().count()
    said = Value(" " + index_text([evidence, of.title]))
    EventSearch.objects.filter(event=row).update(reports=Concat("reports", said))
    counts = {"claim_count": claims.count(), "source_count": sources, "weight": weight_of(sources, row.curated)}
    Event.objects.filter(pk=row.pk).update(**counts)
    row.refresh_from_db()
    _count(row, 1)
    return stored
