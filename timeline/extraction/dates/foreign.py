"""Languages without rules of our own: spans that look like dates are cut out here and read by dateparser.

dateparser never searches a text; it only reads a span that names a year, where it is right.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from itertools import islice

import dateparser
from dateparser.date import DateDataParser

from timeline.extraction.article import Expression
from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.reason import Code, reason

YEAR = r"(?:1[89]|20)\d\d"
WORD = r"[^\W\d_]{3,12}\.?"
SPANS = re.compile(
    rf"\b\d{{1,2}}\.?(?:er|º|°)?(?: de| d')? {WORD}(?: de)? {YEAR}\b|\b{WORD}(?: de)? {YEAR}\b|\b{YEAR}-\d\d-\d\d\b"
)
LANGUAGES = frozenset(dateparser.languages.loader.LocaleDataLoader().get_locale_map().keys())


def find_foreign(text: str, anchor: date, language: str, most: int | None = None) -> list[Expression]:
    """Expressions that name their year (`12 mai 2025`, `mayo de 2025`) in a language dateparser knows.

    At most so many spans are given to it; each takes it up to a millisecond.
    """
    if language not in LANGUAGES:
        return []
    parser = DateDataParser(
        languages=[language],
        settings={
            "RELATIVE_BASE": datetime.combine(anchor, time()),
            "REQUIRE_PARTS": ["month", "year"],
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return [e for m in islice(SPANS.finditer(text), most) if (e := _expression(m, parser)) is not None]


def _expression(match: re.Match[str], parser: DateDataParser) -> Expression | None:
    data = parser.get_date_data(match.group())
    if data is None or data.date_obj is None or data.period not in ("day", "month"):
        return None
    day = data.date_obj.date()
    if f"{day.year:04}" not in match.group():
        return None
    start, end = (day, day) if data.period == "day" else cal.month(day.year, day.month)
    value = day.isoformat() if data.period == "day" else f"{day:%Y-%m}"
    return Expression(
        text=match.group(),
        start_char=match.start(),
        end_char=match.end(),
        start=start,
        end=end,
        granularity=data.period,
        modifier="",
        vague=False,
        edtf=span_edtf(start, end),
        timex3={"type": "DATE", "value": value, "mod": ""},
        rule="dateparser",
        reasons=(reason(Code.PHRASE, match.group()), reason(Code.STATED), reason(Code.DAYS, start, end)),
    )
