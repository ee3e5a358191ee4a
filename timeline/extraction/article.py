"""The plain values that the pure core takes and gives.

Days are `datetime.date`; both ends of every interval are inclusive; `None` is an open end.
Offsets are code points, half-open (`start_char` in, `end_char` out), into the text named beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from timeline.extraction.reason import Doubt, Reasons
from timeline.extraction.when import When


@dataclass(frozen=True, slots=True)
class Article:
    """What the core reads: an article already cleaned of its markup.

    `published` is an aware UTC moment; `zone` the newsroom's IANA zone, in which that moment becomes
    a day; `anchor` overrides every rule about the anchor; `language` is BCP 47 (`zh-Hans`, `zh-Hant`,
    `en`, …) or "" when it shall be recognised from the text; `order` how dates in figures are written
    (dmy, mdy, ymd) or "" for as the language does; `later` the sentences that an edit brought, by
    digest, each with the day that it counts from (`timeline.extraction.revised`).
    """

    title: str
    text: str
    published: datetime | None
    zone: str = "UTC"
    url: str = ""
    language: str = ""
    anchor: date | None = None
    order: str = ""
    later: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day that relative expressions count from, and which rule of the specification gave it."""

    day: date
    source: str  # "given" | "dateline" | "byline" | "published" | "bracket"
    spans: tuple[tuple[int, int], ...] = ()  # text that only states the anchor: no expressions there


class Expression(NamedTuple):
    """A date expression: where it stands, the days it means, and the steps that led to them.

    `granularity` is the grain the source gave (day, week, weekend, month, quarter, half, season,
    year, decade, part, span); `modifier` one of "", by, from, after, since, until, about; `timex3`
    has the keys type, value and mod (TimeML 1.2.1; a range has the ISO 8601 interval of its days as value).
    `edtf` is empty where there are no days; an open end is written `..` (ISO 8601-2, 2024-10-01/..).
    """

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
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class EventMention:
    """One dated event as one article tells it (what becomes a claim)."""

    kind: str
    type: str
    stage: str
    participants: tuple[str, ...]
    place: str
    when: When
    status: str
    evidence: str
    evidence_start: int
    evidence_end: int
    expressions: tuple[int, ...]
    trigger: tuple[int, int]  # where the word stands that names the event
    mentions: tuple[tuple[int, int, str], ...]  # (start, end, actor code) of the participants in the evidence
    said_by: str
    reasons: Reasons  # for the days
    doubts: tuple[Doubt, ...] = ()  # why this may be misread; empty where the text is plain
    probability: float | None = None  # that the article says so, calibrated; None where rules alone decided
    reader: str = ""  # "" the embedded reader, "second" a language model, "both"


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read in one article."""

    language: str
    anchor: Anchor | None
    expressions: tuple[Expression, ...]
    title_expressions: tuple[Expression, ...]
    events: tuple[EventMention, ...]
