"""The votes that a text names outright, to which a mere `选举` refers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from timeline.extraction.events.context import NamedElection, is_bloc
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.gazetteer import Mention
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
NATIONWIDE = frozenset({"general", "presidential", "legislative"})
NO_VOTES = frozenset({"CN", "SA", "AE", "QA", "OM", "BN", "ER", "VA"})  # hold no national elections that news tell of
SHARED = 1  # character of a place and of its vote (`图林根|州|议会选举`)
ADJOINING = 16  # characters between a country and its vote, with the day (`美国2020年11月的大选`)
BESIDE = re.compile(PHRASES["beside"])
# `菲律宾定于5月举行中期选举`
HOLDS = re.compile(PHRASES["holds"])


def named_elections(
    hits: Sequence[Hit],
    mentions: Sequence[Mention],
    home: Mapping[str, Sequence[str]],
    text: str,
    days: Sequence[tuple[int, int]],
    topic: str,
) -> list[NamedElection]:
    """Return the votes that a text names outright (`美国大选`, `香港立法会选举`), in order; `选举` alone means them."""
    found = []
    at_home = [h for h in hits if text[h.start : h.end] in home]
    holders = {h.start: [m for m in mentions if _held_by(m, h.start, text, days)] for h in at_home}

    def elsewhere(own: Sequence[str]) -> str:
        """Return the only country with which the text names such a vote."""
        countries = {_at_home(own, holders[h.start]) for h in at_home if home[text[h.start : h.end]] == own} - {""}
        return countries.pop() if len(countries) == 1 else ""

    for h in hits:
        if h.trigger is None or h.trigger.rule != "voter":
            continue
        own = home.get(text[h.start : h.end], ())
        before = [m for m in mentions if adjoins(m, h.start, text, days)]
        mention = before[-1] if before and not is_bloc(before[-1]) else None
        if own:
            country = _at_home(own, holders[h.start]) or (topic if topic in own else elsewhere(own) or own[0])
            place = mention.place if mention is not None and country in mention.codes else ""
            found.append(NamedElection(h.start, country, place, h.trigger.type))
        elif mention is not None and mention.how not in ("person", "joined") and mention.codes[0] not in NO_VOTES:
            found.append(NamedElection(h.start, mention.codes[0], mention.place, h.trigger.type))
    return found


def antecedent(
    position: int, named: Sequence[NamedElection], types: frozenset[str] = frozenset(), country: str = ""
) -> NamedElection | None:
    """Return the vote named last before a place (of `types`, of `country`, where given), else the first after it."""
    fitting = [n for n in named if (not types or n.type in types) and (not country or n.country == country)]
    before = [n for n in fitting if n.start < position]
    return before[-1] if before else fitting[0] if fitting else None


def _at_home(home: Sequence[str], holders: Sequence[Mention]) -> str:
    """Which of the countries that hold a vote of this name is named with it (lexicon, `[home]`); "" for none."""
    return next((code for code in home[1:] if code in holders[-1].codes), home[0]) if holders else ""


def _held_by(m: Mention, start: int, text: str, days: Sequence[tuple[int, int]]) -> bool:
    """Named right before the vote, or as a body in its name (`澳门立法会|选举`)."""
    return m.start < start < m.end or adjoins(m, start, text, days, HOLDS)


def adjoins(
    m: Mention, start: int, text: str, days: Sequence[tuple[int, int]], between: re.Pattern[str] = BESIDE
) -> bool:
    """Return whether a mention stands right before a place, with at most a day or words of `between` in the gap."""
    if not -SHARED <= start - m.end <= ADJOINING:
        return False
    gap = text[m.end : start]
    for a, b in days:
        if m.end <= a and b <= start:
            gap = gap.replace(text[a:b], "")
    return between.fullmatch(gap) is not None
