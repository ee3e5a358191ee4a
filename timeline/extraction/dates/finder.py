"""Finds date expressions: where they stand and which fields they name. No calendar here.

One scan gives the places where a rule may begin; only there rules are tried. The longest match wins,
a chain goes on from coarse to fine (`明年`+`5月`+`底`), ranges join two chains (`11月底至12月初`), a day said
again is one expression (`星期一（5月8日）`), and the words that touch it modify it (`今年年底前`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.grammar import DIGITS, Grammar, Rule
from timeline.extraction.dates.numerals import CHINESE

NUMBER_CHARS = frozenset(DIGITS + CHINESE)
NUMBER_RUN = {True: re.compile("[0-9]+").match, False: re.compile(f"[{CHINESE}]+").match}
AGAIN = re.compile(r" ?[(] ?").match  # a bracket that says the same day again
LONGEST_BEFORE = 16  # the longest word that modifies from the left
COMPLETED = frozenset(
    {("since", "since"), ("from", "since"), ("after", "since"), ("as_of", "by"), ("by", "by"), ("from", "from")}
)
DAYS = frozenset({"day", "weekday", "deictic", "date", "holiday", "named_day"})


@dataclass(slots=True)
class Found:
    """An expression in the text: half-open offsets, its fields, rules and the modifier that touches it."""

    start: int
    end: int
    fields: Fields
    level: str
    rule: str
    modifier: str = ""
    again: Fields | None = None  # the same day said again, in brackets or right behind


def find_fields(text: str, grammar: Grammar) -> Iterator[Found]:
    """All expressions of a folded text, in order, not overlapping. Time is linear in its length."""
    done = 0
    search = grammar.candidates.finditer
    for candidate in search(text):
        position = candidate.start()
        if position < done:
            continue
        core = _core(text, position, grammar)
        if core is None:
            continue
        done = core.end
        if core.level == "nothing":
            continue
        core = _modified(text, _said_again(text, _joined(text, core, grammar), grammar), grammar)
        done = core.end
        yield core


def longest(text: str, position: int, grammar: Grammar, after: str = "") -> tuple[Rule, re.Match[str]] | None:
    """The rule with the longest match at a place; `after` is the level of the chain that it continues."""
    best: tuple[Rule, re.Match[str]] | None = None
    length = position
    allowed = grammar.chain.get(after) if after else None
    for rule in _rules_at(text, position, grammar):
        if allowed is not None:
            if rule.level not in allowed:
                continue
        elif not rule.alone:
            continue
        match = rule.match(text, position)
        if match is not None and match.end() > length:
            best, length = (rule, match), match.end()
    return best


def _rules_at(text: str, position: int, grammar: Grammar) -> list[Rule]:
    if position >= len(text):
        return []
    first = text[position]
    words = grammar.by_word.get(first, [])
    if first not in NUMBER_CHARS:
        return words
    run = NUMBER_RUN[first in DIGITS](text, position)
    end = run.end() if run else position
    follow = text[end] if end < len(text) else ""
    return words + grammar.by_number.get(follow, []) if words else grammar.by_number.get(follow, [])


def _core(text: str, position: int, grammar: Grammar, start_level: str = "") -> Found | None:
    """A chain that begins at `position`: `2025年` `5月` `底`."""
    found = longest(text, position, grammar)
    if found is None:
        return None
    rule, match = found
    fields = _fields(rule, match)
    end, level, names = match.end(), rule.level, rule.name
    while level in grammar.chain:
        link = grammar.linkers.match(text, end)
        step = longest(text, end, grammar, level)
        if step is None and link is not None and link.end() > end:
            step = longest(text, link.end(), grammar, level)
        if step is None:
            break
        rule, match = step
        fields.take(_fields(rule, match))
        end, level, names = match.end(), rule.level, f"{names} + {rule.name}"
    return Found(position, end, fields, level, names)


def _fields(rule: Rule, match: re.Match[str]) -> Fields:
    fields = Fields()
    values = {}
    for (name, part), text in zip(rule.parts, match.groups(), strict=True):
        if text is not None:
            values[name] = part.value(text)
    fields.level = rule.level
    rule.meaning(fields, values)
    return fields


def _joined(text: str, core: Found, grammar: Grammar) -> Found:
    """`5月3日至5日`, `11月底至12月初`, `周一至周五`: the chain after the word is the end of a range."""
    joint = grammar.to.match(text, core.end)
    if joint is None or core.fields.upto is not None or core.fields.vague or core.fields.span:
        return core
    right = _core(text, joint.end(), grammar)
    if right is None or right.level == "nothing" or right.fields.vague or right.fields.span or right.fields.upto:
        return core
    core.fields.upto = right.fields
    core.end, core.rule = right.end, f"{core.rule} to {right.rule}"
    return core


def _said_again(text: str, core: Found, grammar: Grammar) -> Found:
    """`星期一（5月8日）`, `10月12日周一`, `今天25日`: one expression, and the second day is the surer one."""
    if core.level not in DAYS or core.fields.upto is not None:
        return core
    bracket = AGAIN(text, core.end)
    position = bracket.end() if bracket else core.end
    if position < len(text) and text[position] == " ":
        position += 1
    again = _core(text, position, grammar)
    if again is None or again.level not in DAYS or again.fields.upto is not None:
        return core
    end = again.end
    if bracket is not None:
        if text[end : end + 1] != ")":
            return core
        end += 1
    elif again.level == core.level:
        return core
    core.again, core.end = again.fields, end
    core.rule = f"{core.rule}, said again"
    return core


def _modified(text: str, core: Found, grammar: Grammar) -> Found:
    """The words that touch the expression on either side; those behind it decide where both stand."""
    if core.fields.vague or core.level in ("span", "point"):
        return core
    for modifier in grammar.after:
        if modifier.levels and core.level not in modifier.levels:
            continue
        match = modifier.match(text, core.end)
        if match is not None:
            core.modifier, core.end = modifier.meaning, match.end()
            break
    _modified_before(text, core, grammar)
    return core


def _modified_before(text: str, core: Found, grammar: Grammar) -> None:
    """The longest word before it; one behind it that has decided already may only be completed (`到年底为止`)."""
    before = text[max(0, core.start - LONGEST_BEFORE) : core.start]
    start = core.start
    for modifier in grammar.before:
        if modifier.levels and core.level not in modifier.levels:
            continue
        match = modifier.match(before)
        if match is None or (core.modifier and (core.modifier, modifier.meaning) not in COMPLETED):
            continue
        if core.start - len(before) + match.start() < start:
            start, meaning = core.start - len(before) + match.start(), modifier.meaning
    if start < core.start:
        core.start, core.modifier = start, core.modifier or meaning
