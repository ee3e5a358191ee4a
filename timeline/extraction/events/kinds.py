"""Which kind of vote a word means: told by it, by the vote that it refers to, or by the law."""

from __future__ import annotations

import re
from datetime import date, timedelta

from timeline.extraction.events.context import HitContext
from timeline.extraction.events.dating import Dating
from timeline.extraction.events.lexicon import Hit, Trait, Trigger
from timeline.extraction.events.named_elections import NATIONWIDE, NO_VOTES, antecedent
from timeline.extraction.events.sentences import Sentence
from timeline.extraction.gazetteer import day_by_law
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import NO_YEAR, Code, has

PHRASES = phrases_of(__name__)
PRESIDENT, PRESIDENTIAL_ELECTION = PHRASES["president"], PHRASES["presidential_election"]
ELECTIONS = frozenset({"presidential", "legislative", "general", "local", "by_election", "leadership"})  # not 公投
OF_A_PARTY = re.compile(PHRASES["of_a_party"])
BOTH_VOTES = re.compile(PHRASES["both_votes"])
NEXT_TO = 12  # characters between `市长补选` and the `选举` that means it
NO_RUNOFF = frozenset({"US"})  # of presidents
OF_MEMBERS = re.compile(PHRASES["of_members"])
OF_SEATS = re.compile(PHRASES["of_seats"])  # of a result: a parliament certifies a president's votes
OF_THE_NATION = re.compile(PHRASES["of_the_nation"])  # `佛罗里达州的国会选举`
FOR_PRESIDENT = re.compile(PHRASES["for_president"])
PRESIDENTIAL = frozenset({"US"})  # 大选 there is the presidential election (specification)
CANDIDATE = re.compile(PHRASES["candidate"])
OF_A_LEADER = re.compile(PHRASES["of_a_leader"])
AROUND = timedelta(days=7)  # newsrooms err in a day, and a vote is told with the days around it
FIRST_LAW = 1848  # since then one day holds for all states


def kind_of_vote(hit: Hit, country: str, place: str, sentence: Sentence, context: HitContext, dating: Dating) -> str:
    """Return the type of a trigger; of one that does not say it, that of the vote it refers to."""
    trigger = hit.trigger
    assert trigger is not None
    of_parliament = trigger.type == "legislative" and trigger.stage == "vote"
    if of_parliament and place and not OF_THE_NATION.search(context.text, hit.start, hit.end):
        return "local" if country != "HK" else trigger.type  # `苏格兰议会选举`
    if trigger.kind != "election" or Trait.ANY_TYPE not in trigger.traits:
        return trigger.type
    for h in context.hits:
        neighbour, gap = h.trigger, max(h.start - hit.end, hit.start - h.end)
        if neighbour is None or neighbour.kind != "election" or neighbour.type == "general":
            continue
        if Trait.ANY_TYPE in neighbour.traits:
            continue
        if gap <= NEXT_TO or trigger.form == "verb":
            return neighbour.type
    if trigger.stage == "result" and PRESIDENT in context.text[hit.start : hit.end]:
        return "presidential"
    near = context.text[max(sentence.start, hit.start - NEXT_TO) : hit.end]
    if trigger.stage == "call" and PRESIDENTIAL_ELECTION in near:
        return "presidential"
    if Trait.POLLING in trigger.traits and OF_MEMBERS.search(context.text, hit.end, sentence.end):
        return "general" if BOTH_VOTES.search(context.text, hit.end, sentence.end) else "legislative"
    if Trait.TAKES_OFFICE in trigger.traits and PRESIDENT in context.text[sentence.start : sentence.end]:
        return "presidential"
    if OF_A_PARTY.search(context.text, sentence.start, hit.start):
        return "leadership"
    noun = Trait.UNNAMED in trigger.traits and Trait.POLLING not in trigger.traits
    other = ELECTIONS if noun else frozenset()
    known = antecedent(hit.start, context.named, other, country)
    kind = known.type if known is not None and known.place == place else trigger.type
    if trigger.stage == "call" or (kind != "presidential" and not (kind == "general" and trigger.stage == "runoff")):
        return kind
    seats = OF_SEATS if trigger.stage == "result" else OF_MEMBERS
    members = seats.search(context.text, sentence.start, sentence.end) is not None
    no_runoff = trigger.stage == "runoff" and country in NO_RUNOFF
    return "legislative" if members or no_runoff or _on_another_day(trigger, country, dating) else kind


def _on_another_day(trigger: Trigger, country: str, dating: Dating) -> bool:
    """Return whether the text gives another exact day than the law does for presidential elections."""
    if trigger.stage != "vote" or dating.start is None or dating.start != dating.end:
        return False
    year = dating.start.year
    by_law = day_by_law(country, "presidential", "vote", date(year, 1, 1), date(year, 12, 31))
    by_law = by_law or day_by_law(country, "presidential", "vote", date(year - 1, 1, 1), date(year - 1, 12, 31))
    return by_law is not None and abs((by_law - dating.start).days) > 7


def in_its_year(country: str, trigger: Trigger, dating: Dating) -> Dating:
    """`他赢得11月3日的选举` in summer: of the years that the text may mean, the one in which the law has the vote."""
    is_stated = not has(dating.reasons, NO_YEAR) or trigger.stage != "vote" or trigger.type not in NATIONWIDE
    kind = "legislative" if trigger.type == "legislative" else "presidential"
    if is_stated or not _against_law(country, dating, kind):
        return dating
    others = (dating.years(step, Code.BY_LAW) for step in (1, -1))
    return next((d for d in others if not _against_law(country, d, kind)), dating)


def by_law(kind: str, country: str, trigger: Trigger, dating: Dating, sentence: str) -> str:
    """`大选` of the United States is that of its president, where the law has one then.

    "" for a vote that nobody holds.
    """
    if trigger.kind == "election" and country in NO_VOTES and kind in NATIONWIDE:
        return ""
    if Trait.TAKES_OFFICE in trigger.traits and (kind == "legislative" or not OF_A_LEADER.search(sentence)):
        return ""  # officials and members are sworn in as well
    if Trait.NOMINATION in trigger.traits and not CANDIDATE.search(sentence):
        return ""  # judges and ministers are nominated as well
    against = trigger.stage == "vote" and _against_law(country, dating)
    if kind == "presidential":
        return "" if against else kind
    if kind != "general":
        return kind
    if FOR_PRESIDENT.search(sentence) and not BOTH_VOTES.search(sentence):
        return "" if against else "presidential"
    return "presidential" if country in PRESIDENTIAL and not against else kind


def _against_law(country: str, dating: Dating, kind: str = "presidential") -> bool:
    """Return whether the country elects no president (`2007年竞选总统`) or parliament on any day of the window."""
    if country not in PRESIDENTIAL or dating.start is None or dating.end is None:
        return False
    first, last = dating.start.year, dating.end.year
    days = [day_by_law(country, kind, "vote", date(y, 1, 1), date(y, 12, 31)) for y in range(first, last + 1)]
    near = [d for d in days if d is not None and dating.start - AROUND <= d <= dating.end + AROUND]
    return not near and last - first <= 1 and first >= FIRST_LAW
