"""What a language model's reading teaches the embedded reader: examples that count less than a person's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.events.learnt.examples import Decided, DecidedArticle, read_pairs
from timeline.extraction.second.combine import is_same

AGREED = 0.5  # the weight of what both readers tell, where a person's decision has 1
MAX_NONE = 4  # readings of one article that neither takes for an event


@dataclass(frozen=True, slots=True)
class BothReadings:
    """An article with the events of the embedded reader and of the model. `id`: the same is held out together."""

    id: str
    title: str
    text: str
    anchor: date
    language: str
    expressions: Sequence[Expression]
    embedded: Sequence[EventMention]
    second: Sequence[EventMention]


def examples_of(both: BothReadings, agreed: float = AGREED, alone: float = 0.0) -> DecidedArticle:
    """Return what an article teaches.

    `agreed`: the weight of what both tell, and of what neither takes for an event; `alone`: that of what the model
    alone tells, or alone leaves out. Nothing with a weight of 0 is an example.
    """
    decided = [*_events(both, agreed, alone), *_left_out(both, alone), *_none(both, agreed)]
    kept = tuple(one for one in decided if one.weight > 0 and one.dates)
    return DecidedArticle(both.id, both.title, both.text, both.anchor, both.language, kept)


def _events(both: BothReadings, agreed: float, alone: float) -> Iterator[Decided]:
    for event in both.second:
        same = any(is_same(event, other) for other in both.embedded)
        yield Decided(
            event.trigger,
            _places(both, event),
            event=True,
            kind=event.kind,
            type=event.type,
            stage=event.stage,
            status=event.status,
            participants=event.participants,
            weight=agreed if same else alone,
        )


def _left_out(both: BothReadings, alone: float) -> Iterator[Decided]:
    for event in both.embedded:
        if not any(is_same(event, other) for other in both.second):
            yield Decided(event.trigger, _places(both, event), event=False, weight=alone)


def _none(both: BothReadings, agreed: float) -> Iterator[Decided]:
    """Yield words and dates that might be an event and are none to either reader: on days of which neither tells."""
    known_days = [event.when.days for event in (*both.embedded, *both.second)]
    _, pairs = read_pairs(both.title, both.text, both.anchor, both.language)
    seen, left = set[tuple[int, int]](), MAX_NONE
    for pair in pairs:
        place = (pair.trigger.start, pair.trigger.end)
        if (
            left
            and place not in seen
            and not any(_meet(days, (pair.dating.start, pair.dating.end)) for days in known_days)
        ):
            seen.add(place)
            left -= 1
            dates = ((pair.expression.start_char, pair.expression.end_char),)
            yield Decided(place, dates, event=False, weight=agreed)


def _places(both: BothReadings, event: EventMention) -> tuple[tuple[int, int], ...]:
    found = (both.expressions[number] for number in event.expressions)
    return tuple((e.start_char, e.end_char) for e in found)


def _meet(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    start = max(one[0] or date.min, other[0] or date.min)
    return start <= min(one[1] or date.max, other[1] or date.max)
