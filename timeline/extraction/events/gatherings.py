"""Who meets, visits and talks."""

from __future__ import annotations

import re
from dataclasses import replace

from timeline.extraction.events.alliances import governments, with_members
from timeline.extraction.events.context import NOBODY, HitContext, Participants, codes_of, is_bloc, participants_from
from timeline.extraction.events.lexicon import Hit, Trait, Trigger
from timeline.extraction.events.reference import groups_of, referred, subject_behind, with_subject
from timeline.extraction.gazetteer import Mention
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt

PHRASES = phrases_of(__name__)
OF, ENDING, BREAKING_OFF = PHRASES["of"], PHRASES["ending"], PHRASES["breaking_off"]
TOWARDS_OTHERS = PHRASES["towards_others"].split()
TO_THE_VISIT = 4  # characters between whom it goes to and 访问
ON_THE_OCCASION = re.compile(PHRASES["on_the_occasion"])
GOING = re.compile(PHRASES["going"])
TO_THE_GOAL = 6  # characters between 访问 and whom it goes to
NAMING = re.compile("n(?!r)|a|b|j|l|vn|eng")  # parts of speech that may name a gathering (`民主|峰会`)


def visit(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Who visits is named last before it, whom he visits right behind it (or in it: `访华`)."""
    clause, sentence = context.clause, context.sentence
    if ON_THE_OCCASION.search(context.text, hit.end, clause.end) and ENDING in context.text[clause.start : hit.start]:
        return NOBODY  # `16日结束访问某国之际,接受专访`
    inside = [m for m in context.mentions if hit.start <= m.start < hit.end]
    goal = inside or [m for m in context.mentions if 0 <= m.start - hit.end <= TO_THE_GOAL and m.start < clause.end]
    goal = goal or _goal_before(hit, context)
    if not goal or context.who.something_else.search(context.text, hit.end, max(hit.end, goal[0].start)):
        return NOBODY
    further = [m for m in context.mentions if goal[0].end < m.start <= goal[0].end + TO_THE_GOAL + 4]
    owned = context.text[goal[0].end : goal[0].end + 1] == OF
    if not inside and owned and further and further[0].start > goal[0].end + 1:
        goal = further  # `访问白俄罗斯的邻国立陶宛`
    rest = [m for m in context.mentions if goal[0].start <= m.start and m.end <= max(clause.end, hit.end)]
    group = next(iter(groups_of(rest, context.text)), [])
    treated = context.who.before_treated
    acting = context.acting(sentence.start, hit.start, hit)
    before = [m for m in acting if m not in goal and not treated.search(context.text, max(0, m.start - 3), m.start)]
    here = (
        [m for m in before if m.start >= clause.start]
        or subject_behind(group[-1].end if group else 0, context)
        or before
    )
    if not here or not (here[-1].how == "person" or _has_office(here[-1], context)):
        return NOBODY
    behind = goal[0].start >= hit.end
    if not inside and behind and context.text[goal[0].start - 1 : goal[0].start] in TOWARDS_OTHERS:
        return NOBODY  # `访问对中俄很重要的两国`
    guests = groups_of(here, context.text)[-1]
    acting = governments([*guests, *group])
    doubt = None if here[-1].start >= clause.start else Doubt.PARTICIPANT_ELSEWHERE
    return replace(participants_from(acting), doubt=doubt) if 2 <= len(codes_of(acting)) <= 6 else NOBODY


def _goal_before(hit: Hit, context: HitContext) -> list[Mention]:
    """`对美国进行国事访问`, `前往中国访问`."""
    near = [m for m in context.mentions if 0 <= hit.start - m.end <= TO_THE_VISIT and m.start >= context.clause.start]
    return [m for m in near[-1:] if GOING.search(context.text, max(0, m.start - 2), m.start)]


def _has_office(m: Mention, context: HitContext) -> bool:
    head = context.syntax.head_behind(m.end) if context.syntax is not None else context.text[m.end : m.end + 30]
    return context.who.office.search(head) is not None and not context.who.forces.search(head)


def talks(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Governments that talk: someone who speaks for them is named, or the talks are held."""
    clause = context.clause
    before = context.text[max(clause.start, hit.start - 30) : hit.start]
    behind = context.text[hit.end : min(clause.end, hit.end + 6)]
    person = any(m.how == "person" and clause.start <= m.start < clause.end for m in context.mentions)
    if not (person or context.who.office.search(context.text, context.sentence.start, clause.end)):
        return NOBODY
    if context.who.working_level.search(context.text, clause.start, clause.end):
        return NOBODY
    if Trait.HELD in trigger.traits and not (context.who.held.search(before[-12:]) or context.who.held.search(behind)):
        return NOBODY
    named = [m for m in context.blocs(clause.start, clause.end) if m.start <= hit.start and hit.end <= m.end]
    if named and not set(codes_of(named)) & {"eu", "un"}:
        return with_members(participants_from(named), context)  # `四方安全|对话`
    participants = two(trigger, hit, context)
    acting = governments(participants.mentions)
    blocs = [m for m in acting if is_bloc(m)]
    found = participants_from(acting) if len(codes_of(acting)) >= 2 and len(codes_of(blocs)) < 3 else NOBODY
    return replace(found, doubt=participants.doubt)


def two(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """At least two governments in the clause, else by reference, else in the sentence up to here."""
    clause, sentence = context.clause, context.sentence
    if trigger.object is not None and not trigger.object.search(context.text, hit.end, min(clause.end, hit.end + 16)):
        return NOBODY
    own = context.acting(clause.start, clause.end, hit)
    if trigger.type == "withdrawal":  # 召回驻某国大使, 下令某国关闭领事馆
        own = [m for m in context.lands(clause.start, clause.end) if m.how != "place"]
        before_hit = [m for m in own if m.end <= hit.start]
        if context.text.startswith(BREAKING_OFF, hit.start) and len(before_hit) < len(own):
            own = before_hit  # `和台湾断交并转向中国`
    acting = with_subject(own, hit.end, context)
    doubt = Doubt.PARTICIPANT_ELSEWHERE if len(acting) > len(own) else None
    if len(codes_of(acting)) < 2:
        acting, doubt = referred(hit.start, context), Doubt.REFERENCE_ELSEWHERE
    if len(codes_of(acting)) < 2:
        acting, doubt = context.acting(sentence.start, clause.end, hit), Doubt.PARTICIPANT_ELSEWHERE
    codes = codes_of(acting)
    return replace(participants_from(acting), doubt=doubt) if 2 <= len(codes) <= 12 else NOBODY


def summit(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the bloc that meets, or at least two countries."""
    clause = context.clause
    acting = context.acting(clause.start, hit.start, hit)
    blocs = [m for m in context.blocs(clause.start, hit.end) if m.end > hit.start or _own_summit(m, hit, context)]
    blocs = [m for m in blocs if m.how == "bloc" or context.acts(m)]  # not in Brussels
    others = [m for m in acting if not is_bloc(m)]
    if (
        blocs
        and others
        and others[-1].end < blocs[-1].start
        and groups_of([others[-1], blocs[-1]], context.text)[0][1:]
    ):
        return participants_from([*groups_of(others, context.text)[-1], blocs[-1]])  # `中国和欧盟领导人举行峰会`
    doubt: Doubt | None = None
    if not blocs and not acting and _bare(hit, context):  # `欧盟…，峰会将于…举行`
        blocs, doubt = context.blocs(context.sentence.start, clause.start), Doubt.PARTICIPANT_ELSEWHERE
    if blocs:
        return replace(with_members(participants_from(blocs[-1:]), context), doubt=doubt)
    several = referred(hit.start, context)
    if len(codes_of(several)) > 2 and _bare(hit, context):
        return replace(participants_from(several), doubt=Doubt.REFERENCE_ELSEWHERE)  # `三国将举行峰会`
    lands = [m for m in acting if not is_bloc(m)]
    if not lands or not (
        _bare(hit, context) or context.syntax is None or context.syntax.modifies(lands[-1].end, hit.start)
    ):
        return NOBODY
    return participants_from(lands) if len(codes_of(lands)) >= 2 else NOBODY


def _own_summit(m: Mention, hit: Hit, context: HitContext) -> bool:
    """`欧盟27国领导人峰会`, `东盟将于下周召开峰会`; not `北约秘书长创办的民主峰会`."""
    syntax = context.syntax
    if syntax is None or syntax.modifies(m.end, hit.start):
        return True
    return syntax.reaches(m.end, hit.start) and context.acts(m) and _bare(hit, context)


def _bare(hit: Hit, context: HitContext) -> bool:
    """No name of another gathering stands before the word (`民主|峰会`)."""
    if context.syntax is None or (hit.trigger is not None and hit.trigger.form == "verb"):
        return True
    before = [t for t in context.syntax.tokens if t.end <= hit.start and t.start >= context.clause.start]
    return not before or not NAMING.match(before[-1].tag) or context.who.leaders.search(before[-1].text) is not None
