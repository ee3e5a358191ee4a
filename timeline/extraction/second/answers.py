"""How far a model's answer is believed: an event counts where the article carries each of its parts.

An answer is a stranger's text. What it points at must be there: the trigger in its sentence, the date among those of
the date core and near the sentence, the participants among those named. Anything else is dropped, with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.dates import calendar as cal
from timeline.extraction.gazetteer import Mention, may_vote
from timeline.extraction.reason import Code, Reasons, reason
from timeline.extraction.script import fold
from timeline.extraction.second.marked import MarkedText
from timeline.extraction.when import When

MAX_ANSWER_CHARS = 60_000
MAX_EVENTS = 60  # of one answer
MAX_TRIGGER_CHARS, MIN_LATIN_CHARS = 40, 3
MAX_DATES, MAX_PARTICIPANTS = 4, 40
LOOK_BACK, LOOK_AHEAD = 3, 1  # sentences around the event's in which its date may stand
TYPES = {
    **dict.fromkeys(
        ("presidential", "legislative", "general", "local", "supranational", "referendum", "leadership", "by_election"),
        "election",
    ),
    **dict.fromkeys(("accession", "withdrawal", "agreement", "summit", "meeting", "exercise"), "alliance"),
}
STAGES = ("vote", "runoff", "call", "result", "postponement")
STATUSES = ("occurred", "scheduled", "expected", "conditional", "postponed", "cancelled")
EXTENTS = ("within", "throughout")
WORD = re.compile(r"[^\W\d_]")
FENCED = re.compile(r"```(?:json)?(.*?)```", re.S)

_NUMBERS = {"type": "array", "items": {"type": "integer"}}
ANSWER_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "s": {"type": "integer"},
                    "trigger": {"type": "string"},
                    "dates": _NUMBERS,
                    "who": _NUMBERS,
                    "type": {"type": "string", "enum": list(TYPES)},
                    "stage": {"type": "string", "enum": [*STAGES, ""]},
                    "status": {"type": "string", "enum": list(STATUSES)},
                    "extent": {"type": "string", "enum": list(EXTENTS)},
                },
                "required": ["s", "trigger", "dates", "who", "type", "stage", "status", "extent"],
                "additionalProperties": False,
            },
        },
        "missing": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"s": {"type": "integer"}, "words": {"type": "string"}},
                "required": ["s", "words"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["events", "missing"],
    "additionalProperties": False,
}


class Dropped(StrEnum):
    """Why an event of an answer, or all of it, is not believed."""

    NO_JSON = "no_json"
    NO_OBJECT = "no_object"
    TOO_MANY = "too_many"
    NO_SENTENCE = "no_sentence"
    NO_TRIGGER = "no_trigger"
    NO_DATE = "no_date"
    DATE_ELSEWHERE = "date_elsewhere"
    NO_PARTICIPANT = "no_participant"
    UNKNOWN_VALUE = "unknown_value"
    STATUS_AND_DAYS = "status_and_days"
    NO_SUCH_VOTE = "no_such_vote"
    TWICE = "twice"


class _RefusedError(Exception):
    """An event is not believed."""

    def __init__(self, why: Dropped) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Checked:
    """What is believed of an answer.

    `dropped`: the reason of each event that is not. `proposed`: sentences with what has no number, as (number, words);
    only those whose words stand there.
    """

    events: tuple[EventMention, ...]
    dropped: tuple[Dropped, ...] = ()
    proposed: tuple[tuple[int, str], ...] = field(default=())


def check_answer(marked: MarkedText, answer: str) -> Checked:
    """Check an answer against its text. Never raises on any answer."""
    try:
        found = _parse(answer)
    except _RefusedError as refused:
        return Checked((), (refused.why,))
    events: list[EventMention] = []
    dropped: list[Dropped] = []
    rows = found.get("events")
    rows = rows if isinstance(rows, list) else []
    dropped += [Dropped.TOO_MANY] * max(0, len(rows) - MAX_EVENTS)
    for row in rows[:MAX_EVENTS]:
        try:
            for event in _events(marked, row):
                if any(_same(event, other) for other in events):
                    raise _RefusedError(Dropped.TWICE)
                events.append(event)
        except _RefusedError as refused:
            dropped.append(refused.why)
    return Checked(tuple(events), tuple(dropped), tuple(_proposed(marked, found.get("missing"))))


def _parse(answer: str) -> Mapping[str, Any]:
    """Find the JSON object of an answer: alone, in a fence, or with words around it."""
    text = answer[:MAX_ANSWER_CHARS]
    fenced = FENCED.search(text)
    outer = text[text.find("{") : text.rfind("}") + 1]
    for candidate in (text, fenced[1] if fenced else "", outer):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
        raise _RefusedError(Dropped.NO_OBJECT)
    raise _RefusedError(Dropped.NO_JSON)


def _events(marked: MarkedText, row: Any) -> Iterator[EventMention]:
    if not isinstance(row, dict):
        raise _RefusedError(Dropped.NO_OBJECT)
    number = _sentence(marked, row.get("s"))
    trigger = _trigger(marked, number, row.get("trigger"))
    indexes = _dates(marked, number, row.get("dates"))
    named = _participants(marked, row.get("who"))
    kind, type, stage, status, extent = _values(row)
    when, reasons = _when([marked.expressions[i] for i in indexes], extent)
    if status == "occurred" and when.start is not None and when.start > marked.anchor:
        raise _RefusedError(Dropped.STATUS_AND_DAYS)
    codes = tuple(dict.fromkeys(code for _, mention in named for code in mention.codes))
    place = next((m.place for _, m in named if m.place), "") if kind == "election" else ""
    for voters in [(code,) for code in codes] if kind == "election" else [codes]:
        if kind == "election" and not place and not may_vote(voters[0], type, stage, when.day):
            raise _RefusedError(Dropped.NO_SUCH_VOTE)
        start, end = _trimmed(marked.text, *marked.sentences[number])
        yield EventMention(
            kind=kind,
            type=type,
            stage=stage,
            participants=voters,
            place=place if kind == "election" and type != "presidential" else "",
            when=when,
            status=status,
            evidence=marked.text[start:end],
            evidence_start=start,
            evidence_end=end,
            expressions=tuple(indexes),
            trigger=trigger,
            mentions=tuple(_mentions(marked, named, start, end, voters)),
            said_by="",
            reasons=reasons,
        )


def _sentence(marked: MarkedText, value: Any) -> int:
    number = _number(value)
    if number is None or number - 1 not in marked.shown:
        raise _RefusedError(Dropped.NO_SENTENCE)
    return number - 1


def _trigger(marked: MarkedText, number: int, value: Any) -> tuple[int, int]:
    """Return where the trigger stands: words of its sentence that are no date and name nobody but a bloc or treaty."""
    words = fold(value).strip() if isinstance(value, str) else ""
    start, end = marked.sentences[number]
    folded = fold(marked.text[start:end])
    least = 1 if not words.isascii() else MIN_LATIN_CHARS
    if len(words) > MAX_TRIGGER_CHARS or len(WORD.findall(words)) < least:
        raise _RefusedError(Dropped.NO_TRIGGER)
    at = folded.find(words)
    if at < 0 and marked.language == "en":
        at = folded.lower().find(words.lower())
    while at >= 0 and _is_marked(marked, start + at, start + at + len(words)):
        at = folded.find(words, at + 1)
    if at < 0:
        raise _RefusedError(Dropped.NO_TRIGGER)
    return start + at, start + at + len(words)


def _is_marked(marked: MarkedText, start: int, end: int) -> bool:
    """Tell whether a stretch lies inside a date or a name."""
    in_date = any(e.start_char <= start and end <= e.end_char for e in marked.expressions)
    of_text = marked.mentions[: len(marked.mentions) - marked.in_title]
    return in_date or any(m.start <= start and end <= m.end for m in of_text if m.how not in ("joined", "bloc"))


def _dates(marked: MarkedText, number: int, value: Any) -> list[int]:
    indexes = _numbers(value, MAX_DATES)
    if not indexes or any(i not in marked.dates for i in indexes):
        raise _RefusedError(Dropped.NO_DATE)
    for index in indexes:
        distance = number - marked.sentence_at(marked.expressions[index].start_char)
        if not -LOOK_AHEAD <= distance <= LOOK_BACK:
            raise _RefusedError(Dropped.DATE_ELSEWHERE)
    return indexes


def _participants(marked: MarkedText, value: Any) -> list[tuple[int, Mention]]:
    indexes = _numbers(value, MAX_PARTICIPANTS)
    if not indexes or any(not 0 <= i < len(marked.mentions) for i in indexes):
        raise _RefusedError(Dropped.NO_PARTICIPANT)
    return [(i, marked.mentions[i]) for i in indexes]


def _values(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    type, stage, status, extent = (row.get(name) for name in ("type", "stage", "status", "extent"))
    kind = TYPES.get(type) if isinstance(type, str) else None
    if kind is None or status not in STATUSES or extent not in EXTENTS:
        raise _RefusedError(Dropped.UNKNOWN_VALUE)
    if kind == "alliance":
        stage = ""
    elif stage not in STAGES:
        raise _RefusedError(Dropped.UNKNOWN_VALUE)
    return kind, str(type), str(stage), str(status), str(extent)


def _when(expressions: Sequence[Expression], extent: str) -> tuple[When, Reasons]:
    """Return the days: those of one expression, or of several their hull, with the alternatives."""
    ordered = sorted(expressions, key=lambda e: (e.start or date.min, e.end or date.max))
    first, last = ordered[0], ordered[-1]
    if len(ordered) == 1:
        if first.modifier == "since" and first.start is not None and extent == "within":
            return When(first.start, _end_of_unit(first.start, first.granularity), first.granularity, ""), first.reasons
        return When(first.start, first.end, first.granularity, first.modifier, extent), first.reasons
    start = None if any(e.start is None for e in ordered) else min(e.start for e in ordered if e.start)
    end = None if any(e.end is None for e in ordered) else max(e.end for e in ordered if e.end)
    spans = () if extent == "throughout" else tuple((e.start, e.end) for e in ordered)
    steps = () if extent == "throughout" else (reason(Code.EITHER, first.text, last.text),)
    return When(start, end, first.granularity, "", extent, spans), steps


def _end_of_unit(day: date, grain: str) -> date:
    """Return the last day of what begins on a day: what happened `since 1992` and lasts no longer happened in 1992."""
    if grain == "year":
        return cal.year(day.year)[1]
    return cal.month(day.year, day.month)[1] if grain == "month" else day


def _mentions(
    marked: MarkedText, named: Sequence[tuple[int, Mention]], start: int, end: int, codes: Sequence[str]
) -> Iterator[tuple[int, int, str]]:
    for index, mention in named:
        if not marked.is_in_title(index) and start <= mention.start < end:
            yield from ((mention.start, mention.end, code) for code in mention.codes if code in codes)


def _same(one: EventMention, other: EventMention) -> bool:
    return (one.type, one.stage, one.participants, one.when.days) == (
        other.type,
        other.stage,
        other.participants,
        other.when.days,
    )


def _proposed(marked: MarkedText, value: Any) -> Iterator[tuple[int, str]]:
    for row in value[:MAX_EVENTS] if isinstance(value, list) else ():
        number = _number(row.get("s")) if isinstance(row, dict) else None
        words = row.get("words") if isinstance(row, dict) else None
        if number is None or number - 1 not in marked.shown or not isinstance(words, str) or not words.strip():
            continue
        start, end = marked.sentences[number - 1]
        if len(words) <= MAX_TRIGGER_CHARS and words in marked.text[start:end]:
            yield number - 1, words


def _numbers(value: Any, most: int) -> list[int]:
    """Return a list of different numbers, [] for anything else."""
    if not isinstance(value, list) or len(value) > most:
        return []
    found = [_number(one) for one in value]
    return [] if None in found else list(dict.fromkeys(n for n in found if n is not None))


def _number(value: Any) -> int | None:
    """Return a number, also where the letter of its mark stands before it (`d7`)."""
    if isinstance(value, str) and re.fullmatch(r"[dms]?\d{1,6}", value, re.ASCII):
        return int(value.lstrip("dms"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
