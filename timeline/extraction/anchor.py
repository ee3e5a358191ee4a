"""The anchor date of an article (specification, "The anchor"): dateline, byline stamp, publication day.

All patterns look at folded text (`timeline.extraction.script`), whose offsets are those of the text.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from timeline.extraction.article import Anchor, Article
from timeline.extraction.dates.grammar import grammar
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
BRACKET_ENDS = PHRASES["bracket_ends"].split()
HEAD = 700  # a dateline or stamp stands within this many characters
DATELINE_AGE = 3  # days that a dateline may be older than publication
STAMP_AGE = 2  # days that a stamp may be away from publication
EDITION_AGE = 10  # days that the day of a printed edition may be away; it is no anchor

STAMP = re.compile(PHRASES["stamp"], re.M)
STAMP_EN = re.compile(PHRASES["stamp_en"], re.M)  # `Dec 19th 2020`, alone on its line
DATELINE = re.compile(PHRASES["dateline"], re.M)
DATELINE_EN = re.compile(PHRASES["dateline_en"], re.M)  # `HELSINKI, March 3 (STT) -`
AGENCIES = re.compile(PHRASES["agencies"])
BRACKET = PHRASES["bracket"]


def anchor_of(article: Article, folded: str) -> Anchor | None:
    """Return the anchor of an article, or None where it has neither a day given, printed nor published.

    `folded` is the article's folded text. A bracketed day after a deictic word (`昨天(14日)`) moves the
    anchor that the other rules gave, by at most three days.
    """
    published = article.published.astimezone(ZoneInfo(article.zone)).date() if article.published else None
    stamps = tuple((m.start(), m.end()) for m in STAMP.finditer(folded, 0, HEAD))
    stamps += tuple(m.span("span") for m in DATELINE_EN.finditer(folded, 0, HEAD))
    english = _english_stamp(folded, article.anchor or published)
    stamps += (english[1],) if english is not None else ()
    if article.anchor is not None:
        named = _dateline(folded, article.anchor)  # decides nothing, and is no expression of the text either
        return Anchor(article.anchor, "given", (*stamps, named[1]) if named is not None else stamps)
    stamp = _stamp(folded, published)
    stamp = stamp or (english[0] if english is not None else None)
    found = _dateline(folded, published or stamp) or _english_dateline(folded, published or stamp)
    if found is not None:
        anchor = Anchor(found[0], "dateline", (*stamps, found[1]))
    elif stamp is not None:
        anchor = Anchor(stamp, "byline", stamps)
    elif published is not None:
        anchor = Anchor(published, "published", stamps)
    else:
        return None
    return _moved_by_bracket(anchor, folded)


def _stamp(folded: str, published: date | None) -> date | None:
    """Return the day of a byline stamp at the head, at most two days from publication (else it is another's)."""
    for m in STAMP.finditer(folded, 0, HEAD):
        day = _day(int(m["y"] or m["y2"]), int(m["m"] or m["m2"]), int(m["d"] or m["d2"]))
        if day is not None and (published is None or abs((day - published).days) <= STAMP_AGE):
            return day
    return None


def _english_stamp(folded: str, published: date | None) -> tuple[date | None, tuple[int, int]] | None:
    """Return the place of a byline stamp in words, and its day where that is near enough to be the anchor.

    Farther from publication such a line heads a part of a chronology.
    """
    months = grammar("en").tables["month_name"].table or {}
    for m in STAMP_EN.finditer(folded, 0, HEAD) if published is not None else ():
        month = months.get((m["month"] or m["month2"]).lower())
        day = _day(int(m["y"]), month, int(m["d"] or m["d2"])) if month else None
        if day is not None and published is not None and abs((day - published).days) <= EDITION_AGE:
            return day if abs((day - published).days) <= STAMP_AGE else None, m.span()
    return None


def _dateline(folded: str, published: date | None) -> tuple[date, tuple[int, int]] | None:
    if published is None:
        return None
    for m in DATELINE.finditer(folded, 0, HEAD):
        if not AGENCIES.search(m["where"]):
            continue
        day = _latest(published + timedelta(days=1), m["m"], m["d"])
        if day is not None and (published - day).days <= DATELINE_AGE:
            return day, m.span("span")
    return None


def _english_dateline(folded: str, published: date | None) -> tuple[date, tuple[int, int]] | None:
    months = grammar("en").tables["month_name"].table or {}
    for m in DATELINE_EN.finditer(folded, 0, HEAD) if published is not None else ():
        month = months.get(m["month"].lower())
        day = _latest(published + timedelta(days=1), str(month), m["d"]) if month and published else None
        if day is not None and published is not None and (published - day).days <= DATELINE_AGE:
            return day, m.span("span")
    return None


def _latest(upto: date, month: str | None, day: str) -> date | None:
    """Return the latest day up to `upto` with this day (and month) of the month, within forty days."""
    for back in range(40):
        candidate = upto - timedelta(days=back)
        if candidate.day == int(day) and (month is None or candidate.month == int(month)):
            return candidate
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moved_by_bracket(anchor: Anchor, folded: str) -> Anchor:
    if not any(end in folded for end in BRACKET_ENDS):
        return anchor
    words = grammar("zh").tables["deictic_day"].table or {}
    pattern = BRACKET % "|".join(sorted(words, key=len, reverse=True))
    for m in re.finditer(pattern, folded):
        said = anchor.day + timedelta(days=words[m["word"]])
        for off in (0, -1, 1, -2, 2, -3, 3):
            day = said + timedelta(days=off)
            if day.day == int(m["d"]) and (m["m"] is None or day.month == int(m["m"])):
                return anchor if off == 0 else Anchor(anchor.day + timedelta(days=off), "bracket", anchor.spans)
    return anchor
