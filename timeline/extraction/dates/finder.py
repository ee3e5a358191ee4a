"""Finds date expressions: where they stand and which fields they name. No calendar here.

One scan gives the places where a rule may begin; only there rules are tried. The longest match wins,
a chain goes on from coarse to fine (`明年`+`5月`+`底`), ranges join two chains (`11月底至12月初`), a day said
again is one expression (`星期一（5月8日）`), and the words that touch it modify it (`今年年底前`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from timeline.extraction.dates.compound import take_after, take_before
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.grammar import DAYS, NO_RANGE, UNMODIFIED, Grammar
from timeline.extraction.dates.index import Rule

AGAIN = re.compile(r" ?[(] ?").match  # a bracket that says the same day again
LONGEST_BEFORE = 20  # the longest word that modifies from the left
# a word behind the date that has decided, and what may stand before it as well (`到年底为止`, `自1月起`)
COMPLETED = frozenset(
    {
        ("since", "since"),
        ("from", "since"),
        ("after", "since"),
        ("until", "by"),
        ("until", "goal"),
        ("by", "goal"),
        ("until", "as_of"),
        ("by", "by"),
        ("from", "from"),
    }
)
LONGEST_MOVED = 100  # characters before an expression in which a word may say that the event was moved, or not to be
MOVED = "moved"  # the day from which an event was moved is no day of it
RANGE_SAYS = frozenset({"since", "from", "until", "goal", "plain"})  # `从3日起至5日止` is the range alone


@dataclass(slots=True)
class Found:
    """An expression in the text: half-open offsets, its fields, rules and the modifier that touches it."""

    start: int
    end: int
    fields: Fields
    level: str
    rule: str
    modifier: str = ""
    tense: str = ""  # what its own words tell: ahead, behind; with a question mark if the clause does not
    again: Fields | None = None  # the same day said again, in brackets or right behind
    goes_on: bool = True  # whether what stands behind may belong to it


def find_fields(text: str, grammar: Grammar, leave_out: tuple[tuple[int, int], ...] = ()) -> Iterator[Found]:
    """All expressions of a folded text, in order, not overlapping. Time is linear in its length.

    None begins in a half-open span of `leave_out`, or reaches into it.
    """
    found = _found(text, grammar, leave_out)
    return _listed(text, found, grammar) if "listing" in grammar.links else found


def stands_apart(text: str, found: Found) -> bool:
    """Whether it dates nothing that follows: a caption's (`（2018年）`), or since which something lasts."""
    if found.modifier == "since" or (found.fields.upto is not None and found.level == "years"):
        return True
    if text.startswith("\n", found.end) and text[found.start - 1 : found.start] == " ":
        return True
    return text[found.start - 1 : found.start] == "(" and text.startswith(")", found.end)


def _listed(text: str, found: Iterator[Found], grammar: Grammar) -> Iterator[Found]:
    """`May 5 and 12, 2025`, `May or June 2025`: what the last names holds for those before it."""
    group: list[Found] = []
    for one in found:
        link = grammar.listing.match(text, group[-1].end) if group else None
        if group and not (_may_list(one) and link is not None and link.end() >= one.start):
            yield from _shared(group)
            group = []
        group.append(one)
        if not _may_list(one):
            yield from _shared(group)
            group = []
    yield from _shared(group)


def _may_list(found: Found) -> bool:
    f = found.fields
    named = f.month is not None or f.day is not None or f.weekday is not None or f.part is not None
    return f.upto is None and named and found.again is None


def _shared(group: list[Found]) -> list[Found]:
    for before, after in pairwise(group):
        take_after(after.fields, before.fields)
    for before, after in pairwise(reversed(group)):
        take_before(after.fields, before.fields)
    return group


def _found(text: str, grammar: Grammar, leave_out: tuple[tuple[int, int], ...]) -> Iterator[Found]:
    done = 0
    blocked = sorted(leave_out)
    for position, rules in grammar.places(text):
        if position < done:
            continue
        while blocked and blocked[0][1] <= position:
            blocked.pop(0)
        if blocked and blocked[0][0] <= position:
            done = blocked[0][1]
            continue
        core = _core(text, position, grammar, rules) if rules else None
        if core is None:
            continue
        done = core.end
        if core.level == "nothing":
            continue
        if core.goes_on:
            core = _joined(text, core, grammar)
            if core.level == MOVED:
                done = core.end
                continue
            core = _said_again(text, core, grammar)
            if core.again is not None:
                core = _range_said_again(text, core, grammar)
        core = _modified(text, core, grammar)
        while core is not None:
            done = core.end
            if not blocked or core.end <= blocked[0][0]:
                yield core
            core = _next_of_list(text, core, grammar)


def _next_of_list(text: str, core: Found, grammar: Grammar) -> Found | None:
    """Return a bare day right after another day: `12` in `May 5 and 12`."""
    index = grammar.links.get("listing")
    if index is None or core.fields.day is None or core.fields.upto is not None:
        return None
    link = grammar.listing.match(text, core.end)
    step = longest(text, link.end(), index.rules_at(text, link.end(), fresh=False)) if link is not None else None
    if step is None:
        return None
    rule, match = step
    return Found(match.start(), match.end(), _fields(rule, match), "day", rule.name)


def longest(text: str, position: int, rules: Iterable[Rule]) -> tuple[Rule, re.Match[str]] | None:
    """Return the rule with the longest match at a place."""
    best: tuple[Rule, re.Match[str]] | None = None
    length = position
    for rule in rules:
        match = rule.match(text, position)
        if match is not None and match.end() > length:
            best, length = (rule, match), match.end()
    return best


def _core(text: str, position: int, grammar: Grammar, rules: Iterable[Rule]) -> Found | None:
    """Return the chain that begins at `position`: `2025年` `5月` `底`."""
    found = longest(text, position, rules)
    if found is None:
        return None
    rule, match = found
    fields = _fields(rule, match)
    end, level, names = match.end(), rule.level, rule.name
    while goes_on := grammar.behind[level](text, end) is not None:
        index = grammar.links.get(level)
        if index is None:
            break
        step = longest(text, end, index.rules_at(text, end, fresh=False))
        if step is None:
            link = grammar.linkers.match(text, end)
            if link is None or link.end() == end:
                break
            step = longest(text, link.end(), index.rules_at(text, link.end()))
            if step is None:
                break
        rule, match = step
        fields.__dict__.update(rule.named(match))
        end, level, names = match.end(), rule.level, f"{names} + {rule.name}"
    return Found(position, end, fields, level, names, goes_on=goes_on)


def _core_at(text: str, position: int, grammar: Grammar) -> Found | None:
    """Return a chain after another expression, where a number may touch what stands before it."""
    rules = grammar.alone.rules_at(text, position, fresh=False)
    return _core(text, position, grammar, rules) if rules else None


def _fields(rule: Rule, match: re.Match[str]) -> Fields:
    fields = Fields()
    fields.__dict__.update(rule.named(match))
    return fields


def _joined(text: str, core: Found, grammar: Grammar) -> Found:
    """`5月3日至5日`, `11月底至12月初`, `周一至周五`: the chain after the word is the end of a range."""
    if core.level in NO_RANGE or core.fields.upto is not None:
        return core
    if text.endswith(" to ", 0, core.start) and grammar.moved.search(
        text, max(0, core.start - LONGEST_MOVED), core.start
    ):
        core.tense = "ahead"  # the day to which it was moved
    if grammar.moved_to.match(text, core.end) and grammar.moved_from.search(text, max(0, core.start - 4), core.start):
        core.level = MOVED
        return core
    opened = bool(grammar.opening) and text.endswith(grammar.opening, 0, core.start)
    joint = grammar.to.match(text, core.end)
    if joint is None and (opened or not grammar.opening):
        joint = grammar.between.match(text, core.end)
    if joint is None:
        return core
    if grammar.moved.search(text, max(0, core.start - LONGEST_MOVED), core.start):
        core.level = MOVED
        return core
    right = _right_end(text, joint.end(), grammar)
    if right is None or right.level in NO_RANGE or right.fields.upto is not None:
        return core
    aside = grammar.aside.match(text, right.end)
    end = aside.end() if aside is not None else right.end  # `8日（周三）至10日（周五）`
    if joint.lastgroup is not None:  # `三月和九月之间` ends in a word, else it is two expressions
        closing = grammar.closing.match(text, end)
        if closing is None:
            return core
        end = closing.end()
    core.fields.upto = right.fields
    if opened and joint.lastgroup is not None:
        core.start -= len(grammar.opening)
    core.end, core.rule = end, f"{core.rule} to {right.rule}"
    return core


def _right_end(text: str, position: int, grammar: Grammar) -> Found | None:
    """Return what may end a range: an expression, or in some languages a bare day (`June 3-7`)."""
    right = _core_at(text, position, grammar)
    index = grammar.links.get("to")
    step = longest(text, position, index.rules_at(text, position, fresh=False)) if index is not None else None
    if step is None or (right is not None and right.end >= step[1].end()):
        return right
    rule, match = step
    return Found(position, match.end(), _fields(rule, match), "day", rule.name)


def _said_again(text: str, core: Found, grammar: Grammar) -> Found:
    """`星期一（5月8日）`, `10月12日周一`, `今天25日`: one expression, and the second day is the surer one."""
    if core.level not in DAYS or core.fields.upto is not None:
        return core
    bracket = AGAIN(text, core.end)
    position = bracket.end() if bracket else core.end
    if position < len(text) and text[position] == " ":
        position += 1
    again = _core_at(text, position, grammar)
    if again is None or again.level not in DAYS or again.fields.upto is not None:
        return _on_weekday(text, core, grammar)
    if again.fields.day_ref is not None and bracket is None:  # `国庆节翌日`
        core.fields.moved, core.end = again.fields.day_ref, again.end
        core.rule = f"{core.rule} + {again.rule}"
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


def _range_said_again(text: str, core: Found, grammar: Grammar) -> Found:
    """`周三（5月8日）至周五（5月10日）`: a range of days that are said again."""
    joint = grammar.to.match(text, core.end)
    right = _core_at(text, joint.end(), grammar) if joint is not None else None
    if right is None or right.level not in DAYS or right.fields.upto is not None:
        return core
    right = _said_again(text, right, grammar)
    first, last = _surest(core), _surest(right)
    first.upto = last
    return Found(core.start, right.end, first, "day", f"{core.rule} to {right.rule}")


def _surest(found: Found) -> Fields:
    """Of a day that is said again the one with its month."""
    again = found.again
    return again if again is not None and again.day is not None and again.month is not None else found.fields


def _on_weekday(text: str, core: Found, grammar: Grammar) -> Found:
    """`8/28（三）`: a bracket that holds nothing but the weekday."""
    aside = grammar.aside.match(text, core.end)
    if aside is not None and core.fields.day is not None:
        weekday = grammar.tables["weekday"]
        core.fields.on_weekday, core.end = weekday.value(aside[1]), aside.end()
    return core


def _modified(text: str, core: Found, grammar: Grammar) -> Found:
    """Apply the words that touch the expression on either side; those after it decide where both stand."""
    if core.level in UNMODIFIED:
        return core
    if core.fields.within:
        core.modifier = "within"
        return core
    if core.fields.onwards:
        core.modifier = "from"
        return core
    for modifier in grammar.after.get(text[core.end : core.end + 1], ()):
        if modifier.levels and core.level not in modifier.levels:
            continue
        match = modifier.match(text, core.end)
        if match is not None:
            core.end = match.end()
            if core.fields.upto is None or modifier.meaning not in RANGE_SAYS:
                core.modifier, core.tense = modifier.meaning, modifier.tense
            break
    _modified_before(text, core, grammar)
    return core


def _modified_before(text: str, core: Found, grammar: Grammar) -> None:
    """Apply the longest word before it; one after it that decided already may only be completed (`到年底为止`)."""
    modifiers = grammar.before.get(text[core.start - 1 : core.start])
    if modifiers is None:
        return
    before = text[max(0, core.start - LONGEST_BEFORE) : core.start]
    start = core.start
    for modifier in modifiers:
        if modifier.levels and core.level not in modifier.levels:
            continue
        match = modifier.match(before)
        if match is None:
            continue
        if core.modifier and core.modifier != "plain":
            if (core.modifier, modifier.meaning) not in COMPLETED:
                continue
        elif modifier.unless(text, core.end) is not None:
            continue
        begins = core.start - len(before) + match.start()
        if modifier.negation(text, max(0, begins - LONGEST_MOVED), begins):
            continue
        if begins < start:
            start, deciding = begins, modifier
    if start < core.start:
        core.start = start
        if core.modifier in ("", "plain") and (core.fields.upto is None or deciding.meaning not in RANGE_SAYS):
            core.modifier, core.tense = deciding.meaning, deciding.tense
