"""Make Chinese sentences for random events: who, when, what, how sure."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import NamedTuple

from timeline.extraction import gazetteer
from timeline.extraction.when import When

WORDS = tomllib.loads(files("timeline.synthetic").joinpath("zh.toml").read_text("utf-8"))


class Sentence(NamedTuple):
    """A sentence with the half-open offsets of its parts; those of the participants with their codes."""

    text: str
    date: tuple[int, int]
    trigger: tuple[int, int]
    mentions: tuple[tuple[int, int, str], ...]


def make_sentence(
    type: str, stage: str, place: str, codes: tuple[str, ...], when: When, status: str, variant: int
) -> Sentence:
    """Make a sentence. `variant` (from 0) chooses among those that say the same."""
    templates, openings = WORDS["templates"][status], WORDS["openings"]
    template = openings[variant // len(templates) % len(openings)] + templates[variant % len(templates)]
    who, mentions, behind = _subject(type, place, codes)
    before, word, after = WORDS["predicates"][type]
    days = dates_in_words(when)
    act = f"{before}{WORDS['stages'].get(stage, '')}{word}{after}{behind}"
    text = template.format(who=who, when=days, act=act)
    at, date, trigger = text.index(who), text.index(days), text.index(act) + act.index(word)
    found = [(at + start, at + end, code) for start, end, code in mentions]
    if behind:
        end = trigger + len(word) + len(after) + len(behind)
        found.append((end - len(behind), end, codes[-1]))
    return Sentence(text, (date, date + len(days)), (trigger, trigger + len(word)), tuple(found))


def _subject(type: str, place: str, codes: tuple[str, ...]) -> tuple[str, list[tuple[int, int, str]], str]:
    """Return the subject, its mentions, and the bloc that is joined or left."""
    behind = chinese_name(codes[-1]) if type in ("accession", "withdrawal") and len(codes) > 1 else ""
    words, mentions = "", []
    for n, code in enumerate(codes[:-1] if behind else codes):
        words += WORDS["between" if n < len(codes) - 2 else "last"] if n else ""
        mentions.append((len(words), len(words) + len(chinese_name(code)), code))
        words += chinese_name(code)
    return words + (chinese_name(place) if place else ""), mentions, behind


def chinese_name(code: str) -> str:
    """Return the Chinese name of a country, bloc or place of the gazetteer."""
    actor = gazetteer.actors().get(code)
    return (actor or gazetteer.places()[code]).names["zh-Hans"]


def dates_in_words(when: When) -> str:
    """Write dates as `2025年5月3日`, `2025年第二季度` or `2025年年底或2026年年初`, not finer than their granularity."""
    first, last = when.start or when.day, when.end or when.day
    words: str = WORDS["dates"][_form(when)]
    return words.format(
        year=first.year,
        month=first.month,
        day=first.day,
        quarter=WORDS["quarters"][(first.month - 1) // 3],
        half=WORDS["halves"][first.month > 6],
        end_year=last.year,
        end_month=last.month,
        end_day=last.day,
    )


def _form(when: When) -> str:
    """Return the name of their form in `zh.toml`."""
    start, end = when.start, when.end
    if start is None or end is None:
        return "from_month" if end is None else "until_month"
    if when.alternatives:
        return "either_year"
    if start == end:
        return "day"
    if when.modifier == "by":
        return "until_year"
    if when.grain in ("month", "quarter", "half"):
        return f"about_{when.grain}" if when.modifier == "about" else when.grain
    if when.grain == "part":
        return "part"
    one_year = start.year == end.year
    if when.grain == "year":
        return "year" if one_year else "years"
    return "days" if one_year else "days_of_years"
