"""Finders of other languages, made of the names of months and weekdays in Unicode CLDR and a few words of ours.

A finder gives named fields, and `resolve` reads them by the same conventions as everything else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from timeline.extraction.dates.fields import Fields
from timeline.extraction.phrases import phrases_of

YEAR = r"(?:1[89]|20)\d\d"
# Where the fields of a match stand; a group that did not match is None.
WORDS = r"""
 (?<!\w)(?:
  (?:(?P<on>{weekday}),?\ (?:de[mn]\ |den\ )?)?(?P<day>[12]\d|3[01]|0?[1-9])(?:{ordinal})?(?:{of})(?P<month>{month})
    (?:{of_year}(?:(?P<year>{year})(?!\d)|(?P<year_word>{years})))?
 |(?P<month2>{month})
    (?:{of_year}(?:(?P<year2>{year})(?!\d)|(?P<year_word2>{years}))|\ (?P<ahead>{next})|\ (?P<behind>{last}))
 |(?:(?P<ahead2>{next})|(?P<behind2>{last}))\ (?P<month3>{month})
 |(?P<weekday>{weekday})\ (?:(?P<ahead3>{next})|(?P<behind3>{last}))
 |(?:(?P<ahead4>{next})|(?P<behind4>{last}))\ (?P<weekday2>{weekday})
 |{alone}(?P<weekday3>{weekday_full})
 |(?P<year_word3>{years})|(?P<month_word>{months})|(?P<week_word>{weeks})|(?P<day_word>{days})
 |(?P<first>\d{{1,2}})(?P<mark>[./-])(?P<second>\d{{1,2}})(?P=mark)(?P<year3>{year})(?!\d|[./-]\d)
 |(?P<year4>{year})-(?P<month4>0[1-9]|1[0-2])-(?P<day4>[0-3]\d)(?![-\d])
 )(?!\w)"""
PHRASES = phrases_of(__name__)
JAPANESE_WORDS = PHRASES["japanese"]


@dataclass(frozen=True, slots=True)
class Finder:
    """The spans of one language, and the values of the words in them."""

    pattern: re.Pattern[str]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    words: Mapping[str, int]  # years, months, weeks and days by their distance from the anchor
    cues: re.Pattern[str]  # words of a clause that looks ahead (group `ahead`) or back

    def fields(self, match: re.Match[str]) -> tuple[Fields, str]:
        """Return what a match names, and the name of its kind."""
        f, found = Fields(), {k.rstrip("2345"): v for k, v in match.groupdict().items() if v is not None}
        if "first" in found:
            f.two_numbers, f.year = (int(found["first"]), int(found["second"])), int(found["year"])
            return f, "numeric date"
        for name, (field, value) in SET.items():
            if name in found:
                setattr(f, field, value(self, found[name]))
        if "weekday" in found or ("month" in found and f.year is None and f.year_rel is None):
            towards = ("ahead" in found) - ("behind" in found)
            if towards:
                f.towards = towards
        return f, " and ".join(sorted(found.keys() & SET.keys()))


SET: Mapping[str, tuple[str, Any]] = {
    "year": ("year", lambda s, text: int(text)),
    "year_word": ("year_rel", lambda s, text: s.words[text]),
    "month": ("month", lambda s, text: s.months.get(text) or int(text)),
    "month_word": ("month_rel", lambda s, text: s.words[text]),
    "day": ("day", lambda s, text: int(text)),
    "day_word": ("day_rel", lambda s, text: s.words[text]),
    "week_word": ("week_rel", lambda s, text: s.words[text]),
    "weekday": ("weekday", lambda s, text: s.weekdays[text]),
    "on": ("on_weekday", lambda s, text: s.weekdays[text]),
}


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """Return what `foreign.toml` says of a language; empty for one that it does not know."""
    source = files("timeline.extraction.dates").joinpath("foreign.toml").read_text("utf-8")
    known: Mapping[str, Any] = tomllib.loads(source).get(language, {})
    return known


@cache
def finder(language: str) -> Finder | None:
    """Return the finder of a language, or None for one without."""
    own = words_of(language)
    if not own:
        return None
    locale = import_module("babel").Locale.parse(language)  # loaded by the first text of another language
    months = _names(locale.months, own.get("months_more", ""), first=1)
    weekdays = _names(locale.days, own.get("weekdays_more", ""), first=0)
    words = {**own["years"], **own["months"], **own["weeks"], **own["days"]}
    parts = {
        "year": YEAR,
        "month": _either(months),
        "weekday": _either(weekdays),
        "years": _either(own["years"]),
        "months": _either(own["months"]),
        "weeks": _either(own["weeks"]),
        "weekday_full": _either(_in_full(locale.days, own.get("weekdays_more", ""))),
        "days": _either(own["days"]),
        **{name: own.get(name, "") for name in ("ordinal", "of", "of_year", "next", "last", "alone")},
    }
    shape = (JAPANESE_WORDS if language == "ja" else WORDS).format(**{k: _verbose(v) for k, v in parts.items()})
    return Finder(
        re.compile(shape, re.X),
        months,
        weekdays,
        words,
        re.compile(f"(?P<ahead>{own['ahead']})|{own.get('behind', NEVER)}"),
    )


def _names(named: Mapping[str, Any], more: str, *, first: int) -> dict[str, int]:
    """Return the names of CLDR that are a word of three letters or more, in small letters, with their number."""
    names = {
        name.lower(): number
        for context in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for number, name in named[context][width].items()
        if len(name.rstrip(".")) >= SHORTEST or not name.isascii()
    }
    return names | {word: int(number) for word, _, number in (pair.partition("=") for pair in more.split())}


def _in_full(named: Mapping[str, Any], more: str) -> dict[str, int]:
    """Return the names that nothing is left out of, with those of `more`."""
    return _names({c: {"abbreviated": {}, "wide": named[c]["wide"]} for c in ("format", "stand-alone")}, more, first=0)


SHORTEST = 3
NEVER = "(?!)"


def _either(words: Mapping[str, Any]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: (-len(w), w))) or "(?!)"


def _verbose(pattern: str) -> str:
    """Write a blank of a pattern as a verbose expression wants it."""
    return re.sub(r"(?<!\\) ", r"\\ ", pattern)
