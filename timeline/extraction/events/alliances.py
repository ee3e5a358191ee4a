"""Who joins, leaves, founds and signs; whose armies exercise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from timeline.extraction.events.context import (
    NOBODY,
    HitContext,
    Participants,
    codes_of,
    is_bloc,
    participants_from,
)
from timeline.extraction.events.lexicon import Hit, Trigger
from timeline.extraction.events.reference import groups_of, referred, subject_behind, with_subject
from timeline.extraction.gazetteer import Mention, actors, members
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt

PHRASES = phrases_of(__name__)
TAKING_PART = PHRASES["taking_part"]
NAME_OF_A_BLOC = 48  # characters behind `join` within which its name ends
NO_GOVERNMENT = frozenset({"HK", "MO"})
FORUMS = frozenset({"un", "who", "wto", "apec", "g20", "g7", "eu", "nato", "asean"})  # one takes part in their work
# Formats of few that are named for their members: what the format does, all of them do.
OF_MEMBERS = frozenset({"quad", "five-eyes", "usmca", "nafta", "e3"})
FROM = re.compile(PHRASES["from"])
HOUSE = re.compile(PHRASES["house"])
FOUNDED_ALONE = re.compile(PHRASES["founded_alone"])
OF_THE_BLOC = re.compile(PHRASES["of_the_bloc"])  # `加入世卫组织旨在…的计划`
FOUNDED = 14  # characters between a bloc and what is told of its beginning
OBJECT_BEFORE, OBJECT_BEHIND = 24, 45  # characters in which a treaty is named around what happens to it


def _object_bloc(hit: Hit, context: HitContext, *, anywhere: bool) -> Mention | None:
    """Return the bloc that is joined or left: behind the trigger, else before it in the clause, else by reference."""
    clause = context.clause
    behind = context.blocs(hit.end, min(clause.end, hit.end + NAME_OF_A_BLOC))
    if behind:
        return None if OF_THE_BLOC.match(context.text, behind[0].end) else behind[0]
    before = context.blocs(clause.start, hit.start)
    if before and anywhere:
        return before[-1]
    refers = [h for h in context.hits if h.bloc and clause.start <= h.start < clause.end]
    if refers:
        named = [m for m in context.mentions if is_bloc(m) and m.end <= refers[-1].start]
        return named[-1] if named else None
    return None


def _group_before(position: int, context: HitContext) -> list[Mention]:
    """Return the nearest group of countries before a place of the sentence: `日本和加拿大`, `澳英美`."""
    lands = [m for m in context.lands(context.sentence.start, position) if context.acts(m)]
    if context.syntax is not None and not any(h.status == "conditional" for h in context.hits):
        near = [m for m in lands if context.syntax.reaches(m.end, position)]
        lands = near or (lands if context.dated_here else [])  # `已通知…，将于7月6日退出`
    in_clause = [m for m in lands if m.start >= context.clause.start]
    groups = groups_of(in_clause or lands, context.text)
    return groups[-1] if groups else []


def joining(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return who joins a bloc, and the bloc (`瑞典加入北约`); NOBODY where the text names none."""
    if trigger.object is not None and not trigger.object.search(context.text[hit.end : context.clause.end]):
        return NOBODY
    widens = context.who.widens.search(context.text, context.clause.start, hit.end) is not None
    bloc = _object_bloc(hit, context, anywhere=widens)
    if bloc is None:
        return NOBODY
    who = subject_behind(bloc.end, context) or _group_before(hit.start, context) or _bloc_before(bloc, hit, context)
    if not who:
        return NOBODY
    work = bool(set(bloc.codes) & FORUMS) or actors()[bloc.codes[0]].form == "forum"
    if (work and context.text[hit.start : hit.end] == TAKING_PART) or context.who.gathering.match(
        context.text, bloc.end
    ):
        return NOBODY  # `参与APEC峰会`
    return participants_from((*who, bloc))


def leaving(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return who leaves a bloc, and the bloc; NOBODY for its building (`离开北约总部`)."""
    bloc = _object_bloc(hit, context, anywhere=False)
    if bloc is None or HOUSE.match(context.text, bloc.end):
        return NOBODY  # `离开北约总部`
    who = subject_behind(bloc.end, context) or _group_before(hit.start, context)
    return participants_from((*who, bloc)) if who else NOBODY


def _bloc_before(bloc: Mention, hit: Hit, context: HitContext) -> list[Mention]:
    """Return the bloc that joins another (`非盟成为G20成员`), as a list."""
    before = context.blocs(context.clause.start, hit.start)
    return [m for m in before[-1:] if m.codes != bloc.codes and context.acts(m)]


def brexit(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the United Kingdom and the European Union, whoever is named."""
    who = [m for m in context.lands(context.sentence.start, context.sentence.end) if "GB" in m.codes]
    return participants_from(who[:1], "GB", "eu")


def leaving_mission(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return who withdraws from the mission of a bloc, and the bloc."""
    acting = context.acting(context.clause.start, context.clause.end, hit)
    blocs = [m for m in acting if is_bloc(m)]
    lands = context.lands(context.clause.start, hit.start)
    whence = [m for m in lands if FROM.search(context.text, max(0, m.start - 2), m.start)]
    who = [*(m for m in acting if not is_bloc(m)), *whence]
    return participants_from((*who, *blocs)) if len(codes_of((*who, *blocs))) > 1 else NOBODY


def founding(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the bloc that is announced or founded, with its members of the day."""
    blocs = [m for m in context.blocs(context.clause.start, hit.start) if hit.start - m.end <= FOUNDED]
    blocs = [m for m in blocs if m.codes != ("un",)]
    if not FOUNDED_ALONE.match(context.text, hit.end):
        return NOBODY  # `欧盟委员会成立了一个小组`
    if not blocs and any(h.bloc and context.sentence.start <= h.start < hit.start for h in context.hits):
        blocs = [m for m in context.mentions if is_bloc(m) and m.end <= hit.start]
    if not blocs:
        return NOBODY
    bloc = blocs[-1]
    doubt = None if bloc.start >= context.clause.start else Doubt.REFERENCE_ELSEWHERE
    founders = (c for code in bloc.codes for c in sorted(members(code, context.day)))
    return replace(participants_from((bloc,), *founders), doubt=doubt)


def parties(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Those who sign: all of the clause, else by reference, else the bloc of the sentence."""
    clause = context.clause
    assert trigger.object is not None
    here = any(clause.start <= m.start < clause.end for m in context.mentions)
    if not here and not context.dated_here:
        return NOBODY
    near = context.text[max(clause.start, hit.start - OBJECT_BEFORE) : min(clause.end, hit.end + OBJECT_BEHIND)]
    if not trigger.object.search(near) or context.who.no_state.search(near):
        return NOBODY
    blocs = [m for m in context.blocs(clause.start, clause.end) if actors()[m.codes[0]].form != "forum"]
    blocs = [m for m in blocs if not context.is_member_of(m)]
    own = context.acting(clause.start, clause.end, hit)
    acting = [m for m in with_subject(own, hit.end, context) if not is_bloc(m)]
    doubt = Doubt.PARTICIPANT_ELSEWHERE if len(acting) > len(own) else None
    if not acting and (meant := referred(hit.start, context)):
        acting, doubt = meant, Doubt.REFERENCE_ELSEWHERE
    found = governments(sorted((*acting, *blocs), key=lambda m: m.start))
    if not blocs and len(codes_of(found)) < 2:
        if not context.dated_here:
            return NOBODY
        earlier = context.blocs(context.sentence.start, clause.start)[-1:]
        subject = context.acting(context.sentence.start, clause.start, hit) if not found else []
        if not earlier and len(codes_of(subject)) < 2:
            return NOBODY
        found, doubt = sorted((*found, *(earlier or subject)), key=lambda m: m.start), Doubt.PARTICIPANT_ELSEWHERE
    if len(codes_of(found)) == 1 and actors()[codes_of(found)[0]].form != "treaty":
        doubt = doubt or Doubt.ONE_PARTY
    return (
        replace(with_members(participants_from(found), context), doubt=doubt) if codes_of(found) != ("un",) else NOBODY
    )


def with_members(participants: Participants, context: HitContext) -> Participants:
    """Add the members of the day to blocs that act by their members, as a quad does."""
    formats = [c for c in participants.codes if c in OF_MEMBERS]
    more = [m for c in formats for m in sorted(members(c, context.day)) if m not in participants.codes]
    return Participants((*participants.codes, *more), participants.mentions, participants.place)


def exercise(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return who takes part in a joint exercise; NOBODY where the words after the trigger are of something else."""
    if trigger.object is not None and not trigger.object.search(
        context.text, hit.end, min(context.clause.end, hit.end + 15)
    ):
        return NOBODY
    own = context.acting(context.clause.start, hit.start, hit)
    doubt: Doubt | None = None
    found = with_subject(own, hit.end, context)
    meant = referred(hit.start, context) if not own else []
    if len(codes_of(meant)) > 2:
        return replace(participants_from(meant), doubt=Doubt.REFERENCE_ELSEWHERE)
    if len(found) > len(own) or not found:
        found, doubt = found or context.acting(context.sentence.start, hit.start, hit)[-1:], Doubt.PARTICIPANT_ELSEWHERE
    if not found:
        found, doubt = referred(hit.start, context), Doubt.REFERENCE_ELSEWHERE
    if len(codes_of(found)) == 1 and TOGETHER.search(context.text, context.clause.start, context.clause.end):
        doubt = doubt or Doubt.ONE_PARTY
    return replace(participants_from(found), doubt=doubt) if found else NOBODY


TOGETHER = re.compile(PHRASES["together"])


def governments(mentions: Iterable[Mention]) -> list[Mention]:
    """Those that are governments: a region does not treat with states, the United Nations are mostly a place."""
    found = [m for m in mentions if not set(m.codes) <= NO_GOVERNMENT]
    without = [m for m in found if m.codes != ("un",)]
    return without if len(codes_of(without)) >= 2 else found
