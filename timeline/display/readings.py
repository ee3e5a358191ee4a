"""A text as newsdesk, a language model and both together read it, side by side; and what is not believed and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, pgettext

from timeline.display.changes import type_words
from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.extraction import Article, EventMention, Reading, read_article
from timeline.extraction.second import MarkedText, check_answer, mark
from timeline.extraction.second.answers import Dropped
from timeline.extraction.second.combine import combine


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as one reader tells it, in words; `doubtful`: the reading is not sure of it."""

    words: str
    evidence: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class BothReadings:
    """The events by reader, the reader's name first; `dropped`: why parts of the answer are not believed, how often."""

    readers: list[tuple[str, list[EventLine]]]
    dropped: list[tuple[str, int]]


def marked_text(text: str, day: date) -> tuple[Reading, MarkedText | None]:
    """Read a text, and mark it as a model is shown it; None where it has no date that may be an event's."""
    reading = read_article(Article("", text, None, anchor=day))
    if reading.anchor is None:
        return reading, None
    return reading, mark(text, "", reading.expressions, reading.anchor.day, reading.language.partition("-")[0])


def both_readings(text: str, day: date, answer: str) -> BothReadings:
    """Return what both readers tell of a text, given the model's answer about it."""
    reading, marked = marked_text(text, day)
    checked = check_answer(marked, answer) if marked is not None else None
    events = checked.events if checked is not None else ()
    dropped = checked.dropped if checked is not None else ()
    together = reading.events if dropped and not events else combine(reading.events, events)
    return BothReadings(
        [
            ("newsdesk", _lines(reading.events)),
            (pgettext("reader", "model"), _lines(events)),
            (pgettext("reader", "both together"), _lines(together)),
        ],
        [(dropped_words(why), n) for why, n in Counter(dropped).most_common()],
    )


def _lines(events: tuple[EventMention, ...]) -> list[EventLine]:
    return [
        EventLine(
            " · ".join(
                [type_words(e.type), ", ".join(e.participants), span_words(e.when), state_words(e.status)],
            ),
            e.evidence,
            bool(e.doubts),
        )
        for e in events
    ]


def dropped_words(why: Dropped) -> str:
    """Return the reason for which a part of an answer is not believed, in words."""
    return {
        Dropped.NO_JSON: gettext("the answer is no JSON"),
        Dropped.NO_OBJECT: gettext("the answer has not the form that was asked for"),
        Dropped.TOO_MANY: gettext("the answer has too many events"),
        Dropped.NO_SENTENCE: gettext("there is no sentence of this number"),
        Dropped.NO_TRIGGER: gettext("its word does not stand in that sentence"),
        Dropped.NO_DATE: gettext("there is no date of this number"),
        Dropped.DATE_ELSEWHERE: gettext("its date stands too far from that sentence"),
        Dropped.NO_PARTICIPANT: gettext("nobody of this number is named"),
        Dropped.UNKNOWN_VALUE: gettext("a type, stage, status or extent is unknown"),
        Dropped.STATUS_AND_DAYS: gettext("it took place, and lies ahead"),
        Dropped.NO_SUCH_VOTE: gettext("that country holds no such vote"),
        Dropped.TWICE: gettext("it is told twice"),
    }[why]
