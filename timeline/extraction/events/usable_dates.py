"""Which date expressions of a text may be the day of an event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from timeline.extraction.article import Expression
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import FORWARD, has

PHRASES = phrases_of(__name__)
OF, AS_OF = PHRASES["of"], PHRASES["as_of"]
STOPS = re.compile("[。!?\n]")
THEN = re.compile(PHRASES["then"])
THEN_REACH = 80  # characters
SINCE = re.compile(PHRASES["since"])
SINCE_CLAUSE = re.compile(PHRASES["since_clause"])
RANKED_BEFORE = re.compile(PHRASES["ranked_before"])
RANKED_BEHIND = re.compile(PHRASES["ranked_behind"])
RANK_REACH = 100  # characters
SAYING = re.compile(PHRASES["saying"])
SAYING_REACH = 60  # characters


def usable_dates(expressions: Sequence[Expression], folded: str, anchor: date) -> list[tuple[int, Expression]]:
    """Return the expressions with days that may be those of an event, each with its index."""
    return [
        (i, e)
        for i, e in enumerate(expressions)
        if not e.vague
        and (e.start or e.end)
        and not _looks_back(e, anchor)
        and not folded.startswith(AS_OF, e.start_char)  # how things stood then
        and not _mere_then(i, e, expressions, folded)
        and not _counted_from_then(i, e, expressions, folded, anchor)
        and not _ranked_since(e, folded)
        and not SAYING.search(folded, max(0, e.start_char - SAYING_REACH), e.start_char)
    ]


def _looks_back(e: Expression, anchor: date) -> bool:
    """`30年来首次`, `过去三年`: a stretch up to now is no day of an event."""
    return e.granularity == "span" and e.modifier in ("", "about") and e.end == anchor and e.start != anchor


def _mere_then(index: int, e: Expression, expressions: Sequence[Expression], folded: str) -> bool:
    """`当年`, far from any date: that time, not that year."""
    if not THEN.match(e.text):
        return False
    last = expressions[index - 1].end_char if index else -THEN_REACH
    return e.start_char - last > THEN_REACH or folded.startswith(OF, e.end_char)


def _counted_from_then(index: int, e: Expression, expressions: Sequence[Expression], folded: str, anchor: date) -> bool:
    """`1973年加入,两年后举行公投`, `7月下令三天内关闭`: not from the day of the article."""
    if not has(e.reasons, FORWARD) or index == 0:
        return False
    last = expressions[index - 1]
    return last.end is not None and last.end < anchor and not STOPS.search(folded, last.end_char, e.start_char)


def _ranked_since(e: Expression, folded: str) -> bool:
    """Return whether what is counted then has other days: `the ninth vote since 2021`, `the fifth in two years`."""
    begin = max(0, e.start_char - RANK_REACH)
    counted = e.modifier == "since" or SINCE.search(e.text.lower()) or SINCE_CLAUSE.search(folded, begin, e.start_char)
    if not counted:
        return False
    before = RANKED_BEFORE.search(folded, begin, e.start_char)
    return before is not None or RANKED_BEHIND.match(folded, e.end_char) is not None
