"""Why a date means the days it means, and what a reading is unsure of: codes with arguments, no sentences.

`timeline.display.reasons` puts them into words. Both are stored by their values, so a value keeps its meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

Arg = str | int | None


class Code(StrEnum):
    """One step of the way from words to days."""

    # what was read, and what came of it
    PHRASE = "phrase"
    DAYS = "days"
    AS_WRITTEN = "as_written"  # a sentence that an earlier version stored
    # years
    STATED = "stated"
    COUNTED = "counted"
    YEAR_NEAREST = "year_nearest"
    YEAR_AHEAD = "year_ahead"
    YEAR_BACK = "year_back"
    YEAR_OF_ANCHOR = "year_of_anchor"
    YEAR_DEADLINE = "year_deadline"
    YEAR_JUST_NAMED = "year_just_named"
    YEAR_OF_WEEKDAY = "year_of_weekday"
    YEAR_MENTIONED = "year_mentioned"
    DECADE = "decade"
    # months, weeks and days
    MONTH_MENTIONED = "month_mentioned"
    MONTH_JUST_NAMED = "month_just_named"
    MONTH_LATEST = "month_latest"
    MONTH_NEXT = "month_next"
    DAY_MENTIONED = "day_mentioned"
    DAY_NOT_MENTIONED = "day_not_mentioned"
    DAY_IN_BRACKETS = "day_in_brackets"
    LATEST_WEEKDAY = "latest_weekday"
    NEXT_WEEKDAY = "next_weekday"
    LATEST_WEEKEND = "latest_weekend"
    NEXT_WEEKEND = "next_weekend"
    # parts and spans
    REST = "rest"
    REST_OF_WEEK = "rest_of_week"
    SO_FAR = "so_far"
    WEEK_SO_FAR = "week_so_far"
    AFTER = "after"
    BEFORE = "before"
    SPAN_FROM = "span_from"
    SPAN_TO = "span_to"
    SAME_PERIOD = "same_period"
    # no days
    SOME_TIME_BEFORE = "some_time_before"
    SOME_TIME_AFTER = "some_time_after"
    NOT_COMPUTABLE = "not_computable"
    FROM_EVENT = "from_event"
    # of events
    EITHER = "either"
    BEFORE_EVENT = "before_event"
    AFTER_EVENT = "after_event"
    IF_EVENT = "if_event"
    NOT_AHEAD = "not_ahead"
    BY_LAW = "by_law"


ANCHOR = (
    "anchor day"  # where the day comes from that is counted from (`Anchor.source`, `said`, `mentioned`), and the day
)
# The names of the arguments. Days are ISO 8601, `period` is a year or month so written, `weekday` 0 (Monday) to 6,
# `unit` one of `timeline.extraction.dates.calendar.shift`, `text` words of the article.
ARGUMENTS: Mapping[Code, Sequence[str]] = {
    code: names.split()
    for code, names in {
        Code.PHRASE: "text",
        Code.DAYS: "start end",
        Code.AS_WRITTEN: "text",
        Code.STATED: "",
        Code.COUNTED: ANCHOR,
        Code.YEAR_NEAREST: ANCHOR,
        Code.YEAR_AHEAD: ANCHOR,
        Code.YEAR_BACK: ANCHOR,
        Code.YEAR_OF_ANCHOR: ANCHOR,
        Code.YEAR_DEADLINE: ANCHOR,
        Code.YEAR_JUST_NAMED: "period",
        Code.YEAR_OF_WEEKDAY: "period",
        Code.YEAR_MENTIONED: "period",
        Code.DECADE: "",
        Code.MONTH_MENTIONED: "period",
        Code.MONTH_JUST_NAMED: "period",
        Code.MONTH_LATEST: ANCHOR,
        Code.MONTH_NEXT: ANCHOR,
        Code.DAY_MENTIONED: "start",
        Code.DAY_NOT_MENTIONED: "",
        Code.DAY_IN_BRACKETS: "start",
        Code.LATEST_WEEKDAY: f"weekday {ANCHOR}",
        Code.NEXT_WEEKDAY: f"weekday {ANCHOR}",
        Code.LATEST_WEEKEND: ANCHOR,
        Code.NEXT_WEEKEND: ANCHOR,
        Code.REST: f"period {ANCHOR}",
        Code.REST_OF_WEEK: ANCHOR,
        Code.SO_FAR: f"period {ANCHOR}",
        Code.WEEK_SO_FAR: ANCHOR,
        Code.AFTER: f"count unit {ANCHOR}",
        Code.BEFORE: f"count unit {ANCHOR}",
        Code.SPAN_FROM: f"count unit {ANCHOR}",
        Code.SPAN_TO: f"count unit {ANCHOR}",
        Code.SAME_PERIOD: "start end years",
        Code.SOME_TIME_BEFORE: ANCHOR,
        Code.SOME_TIME_AFTER: ANCHOR,
        Code.NOT_COMPUTABLE: ANCHOR,
        Code.FROM_EVENT: "",
        Code.EITHER: "text other",
        Code.BEFORE_EVENT: "text end",
        Code.AFTER_EVENT: "text",
        Code.IF_EVENT: "text start",
        Code.NOT_AHEAD: "",
        Code.BY_LAW: "",
    }.items()
}
# The text gives no year, and this is how one was found.
NO_YEAR = frozenset(
    {
        Code.YEAR_NEAREST,
        Code.YEAR_AHEAD,
        Code.YEAR_BACK,
        Code.YEAR_OF_ANCHOR,
        Code.YEAR_DEADLINE,
        Code.YEAR_JUST_NAMED,
        Code.YEAR_OF_WEEKDAY,
    }
)
FORWARD = frozenset({Code.AFTER, Code.SPAN_FROM})  # so many units on from a day
JUST_NAMED = frozenset({Code.YEAR_JUST_NAMED, Code.MONTH_JUST_NAMED})


class Reason(NamedTuple):
    """One step; `ARGUMENTS` names the arguments of each code."""

    code: Code
    args: tuple[Arg, ...] = ()


Reasons = tuple[Reason, ...]  # in the order of the steps


@lru_cache(maxsize=16384)  # a text says the same few things again and again
def reason(code: Code, *args: date | Arg) -> Reason:
    """Return a step; days among the arguments become ISO 8601."""
    return Reason(code, tuple(a.isoformat() if isinstance(a, date) else a for a in args))


def has(reasons: Reasons, codes: Iterable[Code]) -> bool:
    """Whether one of these steps was taken."""
    return not {r.code for r in reasons}.isdisjoint(codes)


def to_json(reasons: Reasons) -> list[list[Any]]:
    """As it is stored: [[code, [argument, …]], …]."""
    return [[r.code.value, list(r.args)] for r in reasons]


def from_json(stored: Any) -> Reasons:
    """Return the steps that `to_json` wrote; what it never writes is left out."""
    found = (_step(row) for row in stored) if isinstance(stored, list) else ()
    return tuple(step for step in found if step is not None)


def _step(row: Any) -> Reason | None:
    match row:
        case [str(name), list(args)] if name in CODES and len(args) == len(ARGUMENTS[CODES[name]]):
            return Reason(CODES[name], tuple(args)) if all(isinstance(a, str | int | None) for a in args) else None
    return None


CODES = {code.value: code for code in Code}


class Doubt(StrEnum):
    """Why an event of a text may be misread."""

    VOTER_ELSEWHERE = "voter_elsewhere"
    VOTER_IS_TOPIC = "voter_is_topic"
    PARTICIPANT_ELSEWHERE = "participant_elsewhere"
    PARTICIPANT_DOES_OTHER = "participant_does_other"
    ONE_PARTY = "one_party"
    REFERENCE_ELSEWHERE = "reference_elsewhere"
    DATE_IN_OTHER_CLAUSE = "date_in_other_clause"
    YEAR_OF_OTHER_DATE = "year_of_other_date"
    NOT_AHEAD = "not_ahead"
    MONTH_UNSURE = "month_unsure"
    UNSURE = "unsure"  # the learnt weights guess it: the same words are misread alike everywhere
    LIKELY = "likely"  # they hold it for likely: one article is not enough
    WHO_UNSURE = "who_unsure"
    NOT_CONFIRMED = "not_confirmed"  # a second reader that read the text does not say so
    SINGLE_SOURCE = "single_source"  # of a source whose word alone is not enough


class SignCode(StrEnum):
    """What spoke for or against an event where the learnt weights were not sure."""

    TRIGGER = "trigger"  # text
    WORD_BETWEEN = "word_between"  # text
    WORD_NEAR = "word_near"  # text
    DATE_BEFORE = "date_before"
    DATE_BEHIND = "date_behind"
    DATE_IN_OTHER_SENTENCE = "date_in_other_sentence"
    MUCH_BETWEEN = "much_between"
    GRAIN = "grain"
    DAY_AHEAD = "day_ahead"
    DAY_PAST = "day_past"
    DAY_NOW = "day_now"
    IN_TITLE = "in_title"
    NOT_IN_TITLE = "not_in_title"
    QUOTED = "quoted"
    RULES_TOO = "rules_too"
    NOT_BY_RULES = "not_by_rules"


class Sign(NamedTuple):
    """One sign; the words among them have the word as their argument. `speaks_for`: for the event, or against it."""

    code: SignCode
    args: tuple[str, ...]
    speaks_for: bool
