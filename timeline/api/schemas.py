"""The schemas of responses. They are for the description alone; tests check the responses against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from timeline.extraction.reason import Code, Doubt
from timeline.models import Actor, Article, Change
from timeline.models.dated import Extent, Kind, Stage, Status, Type

Days = list[date | None]


class ActorOut(Schema):
    """A country, place or bloc; `name` in the language of the request."""

    code: str
    name: str


class SourceNameOut(Schema):
    """The newsroom of an article."""

    slug: str
    name: str


class EventOut(Schema):
    """An event as believed now, or on the day `as_of`. Days are inclusive, null is open."""

    id: str = Field(description="Stable; never reused.")
    url: str = Field(description="Its page.")
    kind: Kind
    type: Type
    stage: Stage | str
    place: ActorOut | None = Field(description="What votes, where that is no country.")
    participants: list[ActorOut]
    start: date | None
    end: date | None
    granularity: str = Field(description="The grain that the sources gave: day, week, month, quarter, year, span …")
    modifier: str = Field(description="by: a deadline; from, after, since, until, about, or nothing.")
    extent: Extent = Field(description="On some day within, or throughout.")
    by_law: bool = Field(description="The sources give a window, and a law the one day in it.")
    status: Status
    lapsed: bool = Field(
        description="Over for more than three days, and nobody said that it took place or was cancelled."
    )
    edtf: str = Field(description="ISO 8601-2, level 1 or 2.")
    alternatives: list[Days] = Field(description="The spans of which start to end is the hull.")
    believed_since: date
    first_reported: date
    claims: int
    sources: int = Field(description="Newsrooms that speak of it in words of their own.")
    note: str = Field(description="Why it matters, in an editor's words; empty with as_of.")
    title: str
    span: str = Field(description="The days in words.")


class EventsOut(Schema):
    """One page of events."""

    events: list[EventOut]
    next: str | None = Field(description="The address of the next page; null on the last.")


class ReasonOut(Schema):
    """A step from the words of a date to its days."""

    code: Code
    args: list[str | int | None] = Field(description="As many as the code takes; days in ISO 8601.")


class ClaimOut(Schema):
    """What one article says of the event; offsets are code points into the article's text."""

    id: int
    article: int
    article_title: str
    article_url: str
    source: SourceNameOut
    reported: date
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: Extent
    alternatives: list[Days]
    status: Status
    evidence: str
    evidence_start: int
    evidence_end: int
    said_by: str
    why: str = Field(description="Why the date is what it is, in the language of the request.")
    reasons: list[ReasonOut] = Field(description="The same in steps.")
    doubts: list[str] = Field(description="Why it may be misread; empty where the text is plain.")
    doubt_codes: list[Doubt | str] = Field(description="The same as codes.")
    probability: float | None = Field(description="How sure the reader is, 0 to 1; null where rules decided.")
    reprint_of: int | None = Field(description="The claim whose words it repeats.")


class ClaimsOut(Schema):
    """One page of the claims of an event."""

    claims: list[ClaimOut]
    next: str | None


class BeliefOut(Schema):
    """From `since` (inclusive) to `until` (exclusive, null: still) this was believed."""

    since: date
    until: date | None
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: Extent
    by_law: bool
    status: Status
    alternatives: list[Days]
    change: str = Field(description="first, narrowed, moved, revised, status, corrected …")


class EventDetailOut(Schema):
    """An event with its beliefs and its newest claims."""

    event: EventOut
    beliefs: list[BeliefOut] = Field(description="In order of time; of many the last 200.")
    beliefs_before: int = Field(description="How many older beliefs are left out.")
    claims: list[ClaimOut] = Field(description="The newest first.")
    claims_next: str | None = Field(description="The address of further claims.")


class ArticleRowOut(Schema):
    """An article without its text."""

    id: int
    title: str
    url: str
    source: SourceNameOut
    published: datetime
    anchor: date | None = Field(description="The day from which relative dates count.")
    anchor_from: str
    language: str
    version: int
    state: Article.State


class ArticlesOut(Schema):
    """One page of articles."""

    articles: list[ArticleRowOut]
    next: str | None


class ArticleOut(ArticleRowOut):
    """An article as it was read; offsets are code points into `text`."""

    text: str
    expressions: list[dict[str, Any]]
    title_expressions: list[dict[str, Any]]


class ActorRowOut(ActorOut):
    """A country, place or bloc, with its names in all languages."""

    kind: str = Field(json_schema_extra={"enum": [*Actor.Kind.values]})  # ninja takes two enums called Kind for one
    name_zh_hans: str
    name_zh_hant: str
    name_en: str


class ActorsOut(Schema):
    """One page of actors."""

    actors: list[ActorRowOut]
    next: str | None


class SourceOut(SourceNameOut):
    """A newsroom."""

    zone: str = Field(description="IANA name; the day of an article is the day there.")
    language: str


class SourcesOut(Schema):
    """One page of sources."""

    sources: list[SourceOut]
    next: str | None


class BucketOut(Schema):
    """Events that begin from `start` to `end`, both inclusive."""

    start: date
    end: date
    count: int
    election: int
    alliance: int


class DensityOut(Schema):
    """How many events begin in each bucket, from `start` to `end`, both inclusive; null is open."""

    grain: str
    start: date | None = Field(description="The first day that was counted; null: the first of all.")
    end: date | None
    total: int
    buckets: list[BucketOut] = Field(description="In order; those without any event are left out.")


class StateOut(Schema):
    """An event before or after a change. Days are inclusive, null is open."""

    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: Extent
    status: Status
    type: Type
    participants: list[str]


class ChangeOut(Schema):
    """One step in the life of an event; a null state is one in which it was not on the calendar."""

    id: int
    event: str
    what: Change.What
    at: datetime
    before: StateOut | None
    after: StateOut | None
    merged_into: str | None


class ChangesOut(Schema):
    """One page of the log of changes."""

    changes: list[ChangeOut]
    after: int = Field(description="Ask behind this number next time, and nothing is lost.")
    next: str | None = Field(description="The address of what follows at once; null where nothing does yet.")


class ExpressionOut(Schema):
    """A date expression of a text and its days. Days are inclusive, null is open; offsets are code points."""

    text: str
    start_char: int
    end_char: int
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    vague: bool
    edtf: str
    timex3: dict[str, str]
    rule: str
    why: str
    reasons: list[ReasonOut]


class MentionOut(Schema):
    """An event as the text tells it; `expressions` are places in the list of expressions."""

    kind: Kind
    type: Type
    stage: Stage | str
    participants: list[str]
    place: str
    start: date | None
    end: date | None
    granularity: str
    modifier: str
    extent: Extent
    edtf: str
    status: Status
    evidence: str
    evidence_start: int
    evidence_end: int
    expressions: list[int]
    alternatives: list[Days]
    said_by: str
    why: str
    reasons: list[ReasonOut]
    doubts: list[str]
    doubt_codes: list[Doubt]
    probability: float | None


class ReadingOut(Schema):
    """What was found in a text; all offsets are code points into `text`, the text without its markup."""

    anchor: date | None
    anchor_from: str | None
    language: str
    text: str
    expressions: list[ExpressionOut]
    title_expressions: list[ExpressionOut]
    events: list[MentionOut]


class TakenInOut(Schema):
    """What became of an article that was sent."""

    id: int
    url: str = Field(description="The article in this API.")
    outcome: str = Field(description="new, changed (a new version), unchanged, or removed (it stays so).")
    version: int


class WrongOut(Schema):
    """A parameter or field that was refused, and why."""

    name: str
    reason: str
    allowed: str = ""


class ProblemOut(Schema):
    """RFC 9457."""

    type: str = Field(description="The address of a page about this kind of problem; compare this.")
    title: str
    status: int
    detail: str = ""
    invalid_params: list[WrongOut] = Field(default=[], alias="invalid-params")
