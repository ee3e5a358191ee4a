"""Who votes, and in which kind of vote: named beside it, or in the vote that a mere `选举` refers to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from timeline.extraction.events.context import (
    NOBODY,
    Cast,
    NamedElection,
    Scene,
    cast_from,
    codes_of,
    is_bloc,
)
from timeline.extraction.events.lexicon import Hit, Trait, Trigger
from timeline.extraction.events.reference import groups_of, referred
from timeline.extraction.gazetteer import Mention
from timeline.extraction.reason import Doubt

NATIONWIDE = frozenset({"general", "presidential", "legislative"})
NO_VOTES = frozenset({"CN", "SA", "AE", "QA", "OM", "BN", "ER", "VA"})  # hold no national elections that news tell of
LOOK_BACK = 80  # characters of the paragraph before the sentence in which a vote's country may be named
WINNER = 20  # characters between a vote and who was elected in it
WINS = re.compile("当选|获胜|胜出|连任")
HELD_IN = re.compile("[^,。]{0,4}(?:在|于|由)")  # `大选在法国举行`
EACH = re.compile("都|均|分别|先后|相继|举行|将")  # `奥地利和罗马尼亚都将举行议会选举`
SHARED = 1  # character of a place and of its vote (`图林根|州|议会选举`)
ADJOINING = 16  # characters between a country and its vote, with the day (`美国2020年11月的大选`)
BESIDE = re.compile("(?:的|将|将于|将在|举行|即将|今年|全国|下届|本届|上届|上次|这次|历史性)*")
# `菲律宾定于5月举行中期选举`
HOLDS = re.compile("(?:的|将|于|在|也|要|定于|定在|计划|预定|预计|迎来|即将|举行|进行|全国)*")


def voter(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """The country (and place) that votes: named nearest before, else behind, else the topic."""
    clause, sentence = scene.clause, scene.sentence
    named_so = [h for h in scene.hits if h.countries and clause.start <= h.start < hit.start]
    if named_so and scene.text[named_so[-1].start] != "双":
        voters = [m for m in referred(hit.start, scene) if _may_vote(m, trigger, scene.text)]
        if voters:
            return cast_from(voters)
    before = scene.lands(clause.start, hit.start + SHARED)
    if scene.home:
        country = next((n.country for n in scene.named if n.start == hit.start), scene.home[0])
        own = [m for m in before if country in m.codes and m.place]
        return _voting(own[-1], trigger, hit, scene) if own else Cast((country,))
    if scene.syntax is not None:
        before = [m for m in before if m.end > hit.start or scene.syntax.reaches(m.end, hit.start, taken=True)]
    before = [m for m in before if _may_vote(m, trigger, scene.text)]
    if scene.who.meddling.search(scene.text, clause.start, clause.end):
        before = [m for m in before if _adjoins(m, hit.start, scene.text, scene.days)]
    if before:
        group = [m for m in groups_of(before, scene.text)[-1] if m.how in ("name", "joined")]
        if len(codes_of(group)) > 1 and group[-1] == before[-1] and EACH.search(scene.text, group[-1].end, hit.start):
            return cast_from(group)
        return _voting(before[-1], trigger, hit, scene)
    winner = [m for m in scene.mentions if m.how == "person" and 0 <= m.start - hit.end <= WINNER]
    if winner and WINS.search(scene.text, hit.end, winner[0].start) and scene.dated_here:
        return Cast(winner[0].codes[:1], tuple(winner[:1]))  # `在2019年的大选中当选的首相约翰逊`
    inside = scene.lands(hit.start, hit.end)
    behind = [m for m in scene.lands(hit.end, clause.end) if HELD_IN.fullmatch(scene.text, hit.end, m.start)]
    if inside or behind:
        return _of_mention((inside or behind)[0])
    known = antecedent(hit.start, scene.named, _types_meant(trigger))
    paragraph = scene.text.rfind("\n", 0, sentence.start)
    if known is not None and not paragraph < known.start < hit.start and _speaks_of_others(known, scene):
        known = None
    earlier = [m for m in scene.lands(sentence.start, clause.start) if not set(m.codes) & NO_VOTES and scene.acts(m)]
    calls = trigger.stage == "call"
    if calls and known is not None and known.start < sentence.start and set(codes_of(earlier)) - {known.country}:
        known = None  # `肯尼亚举行大选。日本首相9月卸任，若提前解散众议院，…`
    inside = _of_the_same_sentence(hit, scene) if Trait.ANY_VOTE in trigger.traits else []
    if inside and (known is None or (known.start < sentence.start and known.country not in inside[-1].codes)):
        return replace(_voting(inside[-1], trigger, hit, scene), doubt=Doubt.PARTICIPANT_ELSEWHERE)
    if known is not None and trigger.type in NATIONWIDE:
        only = len({n.country for n in scene.named}) == 1 and Trait.ANY_VOTE not in trigger.traits
        sure = only or paragraph < known.start < hit.start
        return Cast((known.country,), (), known.place, None if sure else Doubt.VOTER_ELSEWHERE)
    if Trait.NEEDS_VOTE in trigger.traits and not scene.who.voting.search(scene.text, sentence.start, sentence.end):
        return NOBODY  # `电影周五开票`
    if earlier and len(codes_of(earlier)) == 1:
        return replace(_voting(earlier[-1], trigger, hit, scene), doubt=Doubt.PARTICIPANT_ELSEWHERE)
    american = scene.who.american.search(scene.text, sentence.start, sentence.end) is not None
    if american and trigger.type in ("presidential", "general", "leadership"):
        return Cast(("US",), doubt=Doubt.VOTER_ELSEWHERE)
    said_before = scene.lands(
        max(0, scene.text.rfind("\n", 0, sentence.start), sentence.start - LOOK_BACK), sentence.start
    )
    if said_before and trigger.type != "general":
        return replace(_of_mention(said_before[-1]), doubt=Doubt.VOTER_ELSEWHERE)
    if known is not None:
        return Cast((known.country,), (), known.place, Doubt.VOTER_ELSEWHERE)
    unreached = [m for m in scene.lands(clause.start, hit.start) if not set(m.codes) & NO_VOTES and scene.acts(m)]
    if len(codes_of(unreached)) == 1:
        return replace(_voting(unreached[-1], trigger, hit, scene), doubt=Doubt.PARTICIPANT_DOES_OTHER)
    if scene.topic in NO_VOTES or not scene.topic_in_title:
        return NOBODY
    voting = any(n.country == scene.topic for n in scene.named) or scene.title_votes
    return Cast((scene.topic,), doubt=Doubt.VOTER_IS_TOPIC) if voting else NOBODY


def _may_vote(m: Mention, trigger: Trigger, text: str) -> bool:
    if text[m.start - 1 : m.start] in ("亲", "反"):
        return False  # `亲俄罗斯的政党`
    return trigger.type not in NATIONWIDE or not set(m.codes) & NO_VOTES


def _speaks_of_others(known: NamedElection, scene: Scene) -> bool:
    """The article is about another country that votes, or names the votes of several."""
    same = sum(n.country == known.country for n in scene.named)
    elsewhere = scene.topic_in_title and scene.topic not in NO_VOTES and scene.topic != known.country
    return (elsewhere and same < 2) or 2 * same < len(scene.named)


def _of_the_same_sentence(hit: Hit, scene: Scene) -> list[Mention]:
    """The only country named in the clauses before, if they speak of a vote as well.

    `罗马尼亚宪法法院宣布总统选举首轮结果无效，第二轮投票取消`, where another country's vote was told before.
    """
    start, end = scene.sentence.start, scene.clause.start
    told = [h.trigger for h in scene.all_hits if start <= h.start < end and h.trigger is not None]
    votes = [t for t in told if t.rule == "voter" and Trait.ANY_VOTE not in t.traits]
    lands = [m for m in scene.lands(start, end) if m.how == "name" and not set(m.codes) & NO_VOTES] if votes else []
    return lands if len(codes_of(lands)) == 1 else []


def _types_meant(trigger: Trigger) -> frozenset[str]:
    """The types of votes that a word may refer back to; empty for any."""
    if Trait.ANY_VOTE in trigger.traits:
        return frozenset()
    return NATIONWIDE if trigger.type == "general" else frozenset({trigger.type, "general"})


def antecedent(
    position: int, named: Sequence[NamedElection], types: frozenset[str] = frozenset(), country: str = ""
) -> NamedElection | None:
    """The vote named last before a place (of some types, of a country, where given), else the first behind it."""
    fitting = [n for n in named if (not types or n.type in types) and (not country or n.country == country)]
    before = [n for n in fitting if n.start < position]
    return before[-1] if before else fitting[0] if fitting else None


def _voting(mention: Mention, trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    """Who votes; in a vote of the whole country a place votes only where the vote is named after it."""
    if trigger.type in NATIONWIDE and not _adjoins(mention, hit.start, scene.text, scene.days):
        return Cast(mention.codes, (mention,))
    return _of_mention(mention)


def _of_mention(mention: Mention) -> Cast:
    return Cast(mention.codes, (mention,), mention.place)


def named_elections(
    hits: Sequence[Hit],
    mentions: Sequence[Mention],
    home: Mapping[str, Sequence[str]],
    text: str,
    days: Sequence[tuple[int, int]],
    topic: str,
) -> list[NamedElection]:
    """The votes that a text names outright (`美国大选`, `香港立法会选举`), in order: what a mere `选举` refers to."""
    found = []
    at_home = [h for h in hits if text[h.start : h.end] in home]
    holders = {h.start: [m for m in mentions if _held_by(m, h.start, text, days)] for h in at_home}

    def elsewhere(own: Sequence[str]) -> str:
        """The only country with which the text names such a vote."""
        told = {_at_home(own, holders[h.start]) for h in at_home if home[text[h.start : h.end]] == own} - {""}
        return told.pop() if len(told) == 1 else ""

    for h in hits:
        if h.trigger is None or h.trigger.rule != "voter":
            continue
        own = home.get(text[h.start : h.end], ())
        before = [m for m in mentions if _adjoins(m, h.start, text, days)]
        mention = before[-1] if before and not is_bloc(before[-1]) else None
        if own:
            country = _at_home(own, holders[h.start]) or (topic if topic in own else elsewhere(own) or own[0])
            place = mention.place if mention is not None and country in mention.codes else ""
            found.append(NamedElection(h.start, country, place, h.trigger.type))
        elif mention is not None and mention.how not in ("person", "joined") and mention.codes[0] not in NO_VOTES:
            found.append(NamedElection(h.start, mention.codes[0], mention.place, h.trigger.type))
    return found


def _at_home(home: Sequence[str], holders: Sequence[Mention]) -> str:
    """Which of the countries that hold a vote of this name is named with it (lexicon, `[home]`); "" for none."""
    return next((code for code in home[1:] if code in holders[-1].codes), home[0]) if holders else ""


def _held_by(m: Mention, start: int, text: str, days: Sequence[tuple[int, int]]) -> bool:
    """Named right before the vote, or as a body in its name (`澳门立法会|选举`)."""
    return m.start < start < m.end or _adjoins(m, start, text, days, HOLDS)


def _adjoins(
    m: Mention, start: int, text: str, days: Sequence[tuple[int, int]], between: re.Pattern[str] = BESIDE
) -> bool:
    if not -SHARED <= start - m.end <= ADJOINING:
        return False
    gap = text[m.end : start]
    for a, b in days:
        if m.end <= a and b <= start:
            gap = gap.replace(text[a:b], "")
    return between.fullmatch(gap) is not None


def supranational(trigger: Trigger, hit: Hit, scene: Scene) -> Cast:
    return cast_from(scene.blocs(hit.start, hit.end)[:1], "eu")
