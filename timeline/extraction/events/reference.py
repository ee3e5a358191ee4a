"""Names side by side, and whom `三国`, `两国`, `双方` stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from timeline.extraction.events.context import HitContext, codes_of, is_bloc
from timeline.extraction.gazetteer import Mention
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
BOTH, OF = PHRASES["both"], PHRASES["of"]
JOINED = re.compile(PHRASES["joined"])
NEXT_TO = 3  # characters between three names and `三国`
GROUP_GAP = 40  # a name in brackets may stand between two of a group
JUST_NAMED = 60  # characters between two names side by side and `两国`
SPOKEN_OF = 400  # characters before `双方` in which those are named whom it means
GUEST = re.compile(PHRASES["guest"])


def groups_of(lands: Sequence[Mention], text: str) -> list[list[Mention]]:
    """Countries named side by side (`伦敦、华盛顿和堪培拉`), in order."""
    groups: list[list[Mention]] = []
    for m in lands:
        gap = text[groups[-1][-1].end : m.start] if groups else ""
        if groups and len(gap) <= GROUP_GAP and JOINED.fullmatch(gap):
            groups[-1].append(m)
        else:
            groups.append([m])
    return groups


def referred(position: int, context: HitContext) -> list[Mention]:
    """`三国`, `两国`, `双方`: so many countries named before, the nearest first."""
    refers = [h for h in context.hits if h.countries and context.clause.start <= h.start < context.clause.end]
    if not refers:
        return []
    wanted, place = refers[-1].countries, refers[-1].start
    if wanted == 2 and context.text[place : place + 1] == BOTH:
        both = {m.codes: m for m in context.acting(context.sentence.start, place)}
        if len(codes_of(both.values())) == 2:
            return list(both.values())
    named = context.lands(0, place)
    exact = [g for g in groups_of(named, context.text) if len(codes_of(g)) == wanted]
    here = {m.codes: m for m in context.lands(context.sentence.start, place) if m.how != "place" and context.acts(m)}
    if not exact and wanted > 2 and len(codes_of(here.values())) == wanted:
        return list(here.values())  # `美国、印度、日本的军演纳入澳大利亚,这四国…`
    if exact and wanted > 2 and place - exact[-1][-1].end > NEXT_TO:
        # `三国` goes on standing for whom it stood first, unless three are named right before it
        first = next(h.start for h in context.all_hits if h.countries == wanted)
        return ([g for g in exact if g[-1].end <= first] or exact)[-1]
    if exact and (wanted > 2 or place - exact[-1][-1].end <= JUST_NAMED):
        return exact[-1]
    return _most_spoken_of(wanted, place, context) if wanted == 2 else []


def _most_spoken_of(wanted: int, place: int, context: HitContext) -> list[Mention]:
    """Those named most often before `双方` (countries alone before `两国`); of as many, the later."""
    blocs = context.text[place : place + 1] == BOTH
    near = [m for m in context.mentions if place - SPOKEN_OF <= m.start < place and len(m.codes) == 1]
    near = [m for m in near if m.how != "place" and (blocs or not is_bloc(m))]
    count = Counter(m.codes[0] for m in near)
    last = {m.codes[0]: m for m in near}
    best = sorted(last, key=lambda c: (-count[c], -last[c].start))[:wanted]
    return sorted((last[c] for c in best), key=lambda m: m.start) if len(best) == wanted else []


def with_subject(acting: list[Mention], end: int, context: HitContext) -> list[Mention]:
    """`法国外长提出计划，1952年与西德、荷兰…签署`: a clause that begins with its guests goes on with its subject."""
    if not acting or not is_guest(acting[0], context.text):
        return acting
    if any(m.start < acting[0].start for m in context.acting(context.clause.start, context.clause.end)):
        return acting
    if context.text[end : end + 1] == OF:
        return acting  # `2015年与伊朗签署的协议`: who else, the sentence does not tell
    before = [m for m in context.acting(context.sentence.start, context.clause.start) if not is_guest(m, context.text)]
    return [*before[-1:], *acting]


def subject_behind(end: int, context: HitContext) -> list[Mention]:
    """`去年加入北约的芬兰`, `将于7月访问中国的意大利总理`: who did it stands behind what he did."""
    if context.text[end : end + 1] != OF:
        return []
    behind = [
        m for m in context.mentions if 0 <= m.start - end - 1 <= 2 and m.end <= context.clause.end and not is_bloc(m)
    ]
    return behind[:1]


def is_guest(m: Mention, text: str) -> bool:
    """Return whether the word before a mention makes it the other side (`与日本`)."""
    return GUEST.search(text, max(0, m.start - 2), m.start) is not None
