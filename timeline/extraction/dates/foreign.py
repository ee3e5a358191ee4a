"""Other languages: spans that look like dates are cut out here.

Where CLDR and `foreign.toml` give a finder (French, German, Spanish, Russian, Japanese), it names the fields, and they
are read by our own conventions. Of any other language dateparser reads spans that name a year, where it is right; it
never searches a text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date, datetime, time
from functools import cache
from importlib import import_module
from itertools import islice
from typing import Any

from timeline.extraction.article import Expression
from timeline.extraction.dates import calendar as cal
from timeline.extraction.dates.cldr import Finder, finder
from timeline.extraction.dates.context import Context, Impossible, Tense
from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.dates.resolve import resolve
from timeline.extraction.dates.timex3 import timex3
from timeline.extraction.reason import Code, reason

YEAR = r"(?:1[89]|20)\d\d"
WORD = r"[^\W\d_]{3,12}\.?"
SPANS = re.compile(
    rf"\b\d{{1,2}}\.?(?:er|º|°)?(?: de| d')? {WORD}(?: de)? {YEAR}\b|\b{WORD}(?: de)? {YEAR}\b|\b{YEAR}-\d\d-\d\d\b"
)


def find_foreign(
    text: str, anchor: date, language: str, most: int | None = None, *, anchor_from: str = "given", order: str = "dmy"
) -> list[Expression]:
    """Expressions of another language, the first `most` spans that look like some.

    `order` says which of two numbers is the month (`5/6/2024`).
    """
    own = finder(language)
    if own is None:
        return _by_dateparser(text, anchor, language, most)
    context = Context(anchor, anchor_from, lambda found: Tense(), order=order)
    folded = text.translate(BLANKS_AND_DIGITS).lower()
    if len(folded) != len(text):  # a letter whose small form is two
        folded = text.translate(BLANKS_AND_DIGITS)
    ends = [m.end() for m in CLAUSE_END.finditer(folded)]
    spans = islice(own.pattern.finditer(folded), most)
    read = []
    for m in spans:
        context.known_tense = _tense(m, folded, ends, own)
        if (e := _in_context(m, text, own, context)) is not None:
            read.append(e)
    return read


CLAUSE_END = re.compile(r"[。!?;！？,、:()\n]|\.(?= )")
FAR = 120  # characters of a clause that are looked at on either side of a date


def _tense(match: re.Match[str], folded: str, ends: list[int], own: Finder) -> Tense:
    """Where the clause looks: its last word before the date that tells it, else the first behind the date.

    What lies behind needs no telling: it is the default of our conventions.
    """
    at = bisect_right(ends, match.start())
    first = max(ends[at - 1] if at else 0, match.start() - FAR)
    while at < len(ends) and ends[at] <= match.end() + len(", "):
        at += 1  # a full stop or comma in or right behind the date
    last = min(ends[at] if at < len(ends) else len(folded), match.end() + FAR)
    before = [cue.lastgroup for cue in own.cues.finditer(folded, first, match.start())]
    if not before:
        before = [cue.lastgroup for cue in islice(own.cues.finditer(folded, match.end(), last), 1)]
    return Tense("ahead", True) if before and before[-1] is not None else Tense()


BLANKS = "\u00a0\u202f\u2009\u3000\n"
BLANKS_AND_DIGITS = {0xFF10 + n: str(n) for n in range(10)} | dict.fromkeys(map(ord, BLANKS), " ")


def _in_context(match: re.Match[str], text: str, own: Finder, context: Context) -> Expression | None:
    f, rule = own.fields(match)
    try:
        found = resolve(f, context)
    except Impossible:
        return None
    if found.start is None or found.end is None:
        return None
    if found.year_named and (f.month is not None or f.day is not None):
        context.near = found
    surface = text[match.start() : match.end()]
    return Expression(
        text=surface,
        start_char=match.start(),
        end_char=match.end(),
        start=found.start,
        end=found.end,
        granularity=found.grain,
        modifier="",
        vague=False,
        edtf=span_edtf(found.start, found.end),
        timex3=timex3(f, found, ""),
        rule=rule,
        reasons=(reason(Code.PHRASE, surface), found.how, reason(Code.DAYS, found.start, found.end)),
    )


def _by_dateparser(text: str, anchor: date, language: str, most: int | None) -> list[Expression]:
    """Expressions that name their year (`12 maggio 2025`, `maio de 2025`) in a language dateparser knows.

    At most so many spans are given to it; each takes it up to a millisecond.
    """
    if language not in _languages():
        return []
    parser = import_module("dateparser.date").DateDataParser(
        languages=[language],
        settings={
            "RELATIVE_BASE": datetime.combine(anchor, time()),
            "REQUIRE_PARTS": ["month", "year"],
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return [e for m in islice(SPANS.finditer(text), most) if (e := _expression(m, parser)) is not None]


@cache
def _languages() -> frozenset[str]:
    """Those of dateparser, which is loaded by the first text that it shall read."""
    return frozenset(import_module("dateparser.languages.loader").LocaleDataLoader().get_locale_map())


def _expression(match: re.Match[str], parser: Any) -> Expression | None:
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
