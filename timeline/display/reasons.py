"""Why a date means its days, and what is doubtful in a reading, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_noop, ngettext

from timeline.extraction.reason import ARGUMENTS, Code, Doubt, Reason, Reasons, Sign, SignCode, from_json

WORDS: Mapping[Code, str] = {
    Code.PHRASE: "%(text)s",
    Code.DAYS: "%(days)s",
    Code.AS_WRITTEN: "%(text)s",
    Code.STATED: gettext_noop("stated in full"),
    Code.COUNTED: gettext_noop("counted from %(base)s"),
    Code.YEAR_NEAREST: gettext_noop("no year; nearest to %(base)s"),
    Code.YEAR_AHEAD: gettext_noop("no year; looks ahead from %(base)s"),
    Code.YEAR_BACK: gettext_noop("no year; looks back from %(base)s"),
    Code.YEAR_OF_ANCHOR: gettext_noop("no year; that of %(base)s"),
    Code.YEAR_DEADLINE: gettext_noop("no year; a deadline after %(base)s"),
    Code.YEAR_JUST_NAMED: gettext_noop("no year; %(period)s is mentioned just before"),
    Code.YEAR_OF_WEEKDAY: gettext_noop("no year; the weekday is that of %(period)s"),
    Code.YEAR_MENTIONED: gettext_noop("the year mentioned earlier is %(period)s"),
    Code.DECADE: gettext_noop("a decade"),
    Code.MONTH_MENTIONED: gettext_noop("the month mentioned earlier is %(period)s"),
    Code.MONTH_JUST_NAMED: gettext_noop("no month; %(period)s is mentioned just before"),
    Code.MONTH_LATEST: gettext_noop("no month; the last such day on or before %(base)s"),
    Code.MONTH_NEXT: gettext_noop("no month; the first such day on or after %(base)s"),
    Code.DAY_MENTIONED: gettext_noop("the day mentioned earlier is %(start)s"),
    Code.DAY_NOT_MENTIONED: gettext_noop("refers to a day that the text has not mentioned"),
    Code.DAY_IN_BRACKETS: gettext_noop("the day in brackets, nearest to %(start)s"),
    Code.LATEST_WEEKDAY: gettext_noop("last %(weekday)s on or before %(base)s"),
    Code.NEXT_WEEKDAY: gettext_noop("first %(weekday)s on or after %(base)s"),
    Code.LATEST_WEEKEND: gettext_noop("last weekend on or before %(base)s"),
    Code.NEXT_WEEKEND: gettext_noop("first weekend on or after %(base)s"),
    Code.REST: gettext_noop("the rest of %(period)s from %(base)s"),
    Code.REST_OF_WEEK: gettext_noop("the rest of the week from %(base)s"),
    Code.SO_FAR: gettext_noop("%(period)s up to %(base)s"),
    Code.WEEK_SO_FAR: gettext_noop("the week up to %(base)s"),
    Code.AFTER: gettext_noop("%(amount)s after %(base)s"),
    Code.BEFORE: gettext_noop("%(amount)s before %(base)s"),
    Code.SPAN_FROM: gettext_noop("%(amount)s from %(base)s on"),
    Code.SPAN_TO: gettext_noop("%(amount)s up to %(base)s"),
    Code.SAME_PERIOD: gettext_noop("the time mentioned earlier, %(days)s, moved by %(years)s years"),
    Code.SOME_TIME_BEFORE: gettext_noop("some time before %(base)s"),
    Code.SOME_TIME_AFTER: gettext_noop("some time after %(base)s"),
    Code.NOT_COMPUTABLE: gettext_noop("no date can be computed; near %(base)s"),
    Code.FROM_EVENT: gettext_noop("counted from an event, not from a day"),
    Code.EITHER: gettext_noop("%(text)s or %(other)s: one of two dates"),
    Code.BEFORE_EVENT: gettext_noop("before the event dated %(text)s → by %(end)s"),
    Code.AFTER_EVENT: gettext_noop("after the event dated %(text)s"),
    Code.IF_EVENT: gettext_noop("if the event dated %(text)s turns out so → from %(start)s"),
    Code.NOT_AHEAD: gettext_noop("nothing says that it lies ahead"),
    Code.BY_LAW: gettext_noop("by law"),
}
# Where the day comes from that is counted from: `Anchor.source`, the day of a quotation, a day of the text.
ANCHORS: Mapping[str, str] = {
    "given": gettext_noop("the reference date %(day)s"),
    "published": gettext_noop("the publication date %(day)s"),
    "dateline": gettext_noop("the dateline date %(day)s"),
    "byline": gettext_noop("the byline date %(day)s"),
    "bracket": gettext_noop("the bracketed date %(day)s"),
    "said": gettext_noop("the day of the statement, %(day)s"),
    "mentioned": gettext_noop("%(day)s (mentioned earlier)"),
}
DOUBTS: Mapping[Doubt, str] = {
    Doubt.VOTER_ELSEWHERE: gettext_noop("the voting country is named elsewhere in the text"),
    Doubt.VOTER_IS_TOPIC: gettext_noop("the voting country is named only as the article's topic"),
    Doubt.PARTICIPANT_ELSEWHERE: gettext_noop("a participant is named in a different clause"),
    Doubt.PARTICIPANT_DOES_OTHER: gettext_noop("the participant does something else first"),
    Doubt.ONE_PARTY: gettext_noop("only one party to the agreement is named"),
    Doubt.REFERENCE_ELSEWHERE: gettext_noop("a word such as 双方 refers to participants named elsewhere"),
    Doubt.DATE_IN_OTHER_CLAUSE: gettext_noop("the date is in a different clause"),
    Doubt.YEAR_OF_OTHER_DATE: gettext_noop("the year is that of an earlier date"),
    Doubt.NOT_AHEAD: gettext_noop("the date has no year, and nothing says that it lies ahead"),
    Doubt.MONTH_UNSURE: gettext_noop("the date has no month and may be of a different one"),
    Doubt.UNSURE: gettext_noop("the reader is not sure that the text says so"),
    Doubt.LIKELY: gettext_noop("the reader is not sure that the text says so"),
    Doubt.WHO_UNSURE: gettext_noop("it is not clear who takes part"),
    Doubt.NOT_CONFIRMED: gettext_noop("a language model that read the text does not say so"),
    Doubt.SINGLE_SOURCE: gettext_noop("needs confirmation by another source"),
}

SIGNS: Mapping[SignCode, str] = {
    SignCode.TRIGGER: gettext_noop("the word “%(text)s”"),
    SignCode.WORD_BETWEEN: gettext_noop("“%(text)s” between it and the date"),
    SignCode.WORD_NEAR: gettext_noop("“%(text)s” nearby"),
    SignCode.DATE_BEFORE: gettext_noop("how close before it the date stands"),
    SignCode.DATE_BEHIND: gettext_noop("how close after it the date stands"),
    SignCode.DATE_IN_OTHER_SENTENCE: gettext_noop("the date stands in an earlier sentence"),
    SignCode.MUCH_BETWEEN: gettext_noop("what stands between it and the date"),
    SignCode.GRAIN: gettext_noop("how precise the date is"),
    SignCode.DAY_AHEAD: gettext_noop("the date lies ahead"),
    SignCode.DAY_PAST: gettext_noop("the date has passed"),
    SignCode.DAY_NOW: gettext_noop("the date is that of the report"),
    SignCode.IN_TITLE: gettext_noop("it is named in the title"),
    SignCode.NOT_IN_TITLE: gettext_noop("it is not named in the title"),
    SignCode.QUOTED: gettext_noop("it stands in a quotation"),
    SignCode.RULES_TOO: gettext_noop("the rules read it too"),
    SignCode.NOT_BY_RULES: gettext_noop("the rules do not read it"),
}


def sign_words(signs: Sequence[Sign]) -> str:
    """Say what decided how sure the reader is, for and against; "" where nothing is known."""
    parts = []
    for speaks_for, words in ((True, gettext("for it: %(signs)s")), (False, gettext("against it: %(signs)s"))):
        named = [gettext(SIGNS[s.code]) % {"text": "".join(s.args)} for s in signs if s.speaks_for == speaks_for]
        if named:
            parts.append(words % {"signs": gettext(", ").join(named)})
    return gettext("; ").join(parts)


def stored_reason_words(stored: Any) -> str:
    """Put steps as the database keeps them into one sentence; "" where there are none."""
    return reason_words(from_json(stored))


def reason_words(reasons: Reasons) -> str:
    """Put the steps into one sentence.

    `11月: no year; nearest to the byline date 2024-12-17 → 2024-11-01…2024-11-30`; "" for no steps.
    """
    out = ""
    for number, step in enumerate(reasons):
        if number:
            out += ": " if reasons[number - 1].code is Code.PHRASE else " → " if step.code is Code.DAYS else "; "
        out += _step_words(step)
    return out


def doubt_words(code: str, probability: float | None = None) -> str:
    """Say why an event may be misread; sentences, which an earlier version stored, stay as they are.

    `probability`: that the text says so, 0 to 1, where the reader was not sure.
    """
    if code in (Doubt.UNSURE, Doubt.LIKELY) and probability is not None:
        words = gettext("the reader is %(percent)d %% sure that the text says so")
        return words % {"percent": round(100 * probability)}
    return gettext(DOUBTS[Doubt(code)]) if code in DOUBTS else code


def _step_words(step: Reason) -> str:
    given = dict(zip(ARGUMENTS[step.code], step.args, strict=True))
    values: dict[str, object] = dict(given)
    if "anchor" in given:
        pattern = ANCHORS.get(str(given["anchor"]))
        values["base"] = gettext(pattern) % given if pattern else f"{given['anchor']} {given['day']}"
    if "weekday" in given:
        weekday = given["weekday"]
        values["weekday"] = WEEKDAYS.get(weekday, weekday) if isinstance(weekday, int) else weekday
    if "unit" in given:
        values["amount"] = _amount(given["count"], str(given["unit"]))
    if "end" in given:
        values["days"] = _days(given.get("start"), given["end"])
    return gettext(WORDS[step.code]) % values


def _days(start: str | int | None, end: str | int | None) -> str:
    if start is None:
        return gettext("until %(day)s") % {"day": end} if end else gettext("no dates")
    if end is None:
        return gettext("from %(day)s") % {"day": start}
    return str(start) if start == end else f"{start}…{end}"


def _amount(count: Any, unit: str) -> str:
    words = UNITS.get(unit)
    return words(count) % {"count": count} if words and isinstance(count, int) else f"{count} {unit}"


UNITS: Mapping[str, Callable[[int], str]] = {
    "hour": lambda n: ngettext("%(count)s hour", "%(count)s hours", n),
    "day": lambda n: ngettext("%(count)s day", "%(count)s days", n),
    "workday": lambda n: ngettext("%(count)s working day", "%(count)s working days", n),
    "week": lambda n: ngettext("%(count)s week", "%(count)s weeks", n),
    "half-month": lambda n: ngettext("%(count)s half month", "%(count)s half months", n),
    "month": lambda n: ngettext("%(count)s month", "%(count)s months", n),
    "quarter": lambda n: ngettext("%(count)s quarter", "%(count)s quarters", n),
    "half": lambda n: ngettext("%(count)s half-year", "%(count)s half-years", n),
    "year": lambda n: ngettext("%(count)s year", "%(count)s years", n),
    "decade": lambda n: ngettext("%(count)s decade", "%(count)s decades", n),
    "century": lambda n: ngettext("%(count)s century", "%(count)s centuries", n),
}
