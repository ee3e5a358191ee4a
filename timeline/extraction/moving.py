"""What is said of an election's day in two steps: `from August to May`, `not before August`.

Works on the events of a text, whoever read them: which day a change gives, and whether a denial dates anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.dates import find
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt
from timeline.extraction.when import When, in_year

PHRASES = phrases_of(__name__)
MOVED, LATER = re.compile(PHRASES["moved"], re.IGNORECASE), re.compile(PHRASES["later"], re.IGNORECASE)
UNTIL, BEFORE = re.compile(PHRASES["until"], re.IGNORECASE), re.compile(PHRASES["before"], re.IGNORECASE)


def settled(
    events: Iterable[EventMention], text: str, expressions: Sequence[Expression], anchor: date, language: str
) -> list[EventMention]:
    """Return the events with the day to which a text moves them, and without those that it only says come no sooner.

    `text` is folded; `expressions` are all of it, which the events name by number. A guess goes where its sentence
    surely tells of that vote, now that the days are the same.
    """
    found = list(_settled(events, text, expressions, anchor, language))
    sure = {_vote_of(e) for e in found if Doubt.UNSURE not in e.doubts}
    return [e for e in found if e.kind != "election" or Doubt.UNSURE not in e.doubts or _vote_of(e) not in sure]


def _vote_of(event: EventMention) -> tuple[object, ...]:
    return event.stage, event.participants, event.when.days, event.evidence_start


def _settled(
    events: Iterable[EventMention], text: str, expressions: Sequence[Expression], anchor: date, language: str
) -> Iterator[EventMention]:
    given = set()
    for event in events:
        found = _settle(event, text, expressions, anchor, language) if event.kind == "election" else event
        identity = found and (found.type, found.stage, found.participants, found.place, found.when.days, found.trigger)
        if found is not None and identity not in given:
            yield found
        given.add(identity)


def _settle(
    event: EventMention, text: str, expressions: Sequence[Expression], anchor: date, language: str
) -> EventMention | None:
    spans = [(expressions[i].start_char, expressions[i].end_char) for i in event.expressions]

    def of_its_day(pattern: re.Pattern[str]) -> re.Match[str] | None:
        matches = pattern.finditer(text, event.evidence_start, event.evidence_end)
        return next((m for m in matches if any(m.start() < end and start < m.end() for start, end in spans)), None)

    if of_its_day(BEFORE):
        return None
    until = of_its_day(UNTIL)
    said = until or of_its_day(MOVED)
    days = _days_of(next(filter(None, said.groups())), anchor, language) if said is not None else None
    if said is None or days is None:
        return event
    if until is not None:
        return replace(event, when=_ahead(days, anchor), status="expected", doubts=())
    if LATER.search(said.group()):
        return replace(event, when=_ahead(days, anchor), status="postponed", stage="postponement")
    ahead = days.end is not None and days.end >= anchor
    return replace(event, when=days, status="scheduled" if ahead else event.status)


def _days_of(words: str, anchor: date, language: str) -> When | None:
    found = [e for e in find(words, anchor, language=language) if e.start is not None and e.end is not None]
    return When(found[0].start, found[0].end, found[0].granularity) if found else None


def _ahead(days: When, anchor: date) -> When:
    """Return the days in the first year in which they lie ahead: nothing is put off to a day that has passed."""
    if days.end is None or days.start is None or days.end >= anchor:
        return days
    years = anchor.year - days.end.year
    years += in_year(days.end, anchor.year) < anchor
    start, end = (in_year(day, day.year + years) for day in days.days if day is not None)
    return replace(days, start=start, end=end)
