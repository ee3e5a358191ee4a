"""Who votes: named beside the vote, in the vote that a mere `选举` refers to, or the topic of the article."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from timeline.extraction.events.context import (
    NOBODY,
    HitContext,
    NamedElection,
    Participants,
    codes_of,
    participants_from,
)
from timeline.extraction.events.lexicon import Hit, Trait, Trigger
from timeline.extraction.events.named_elections import NATIONWIDE, NO_VOTES, SHARED, adjoins, antecedent
from timeline.extraction.events.reference import groups_of, referred
from timeline.extraction.gazetteer import Mention
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt

PHRASES = phrases_of(__name__)
BOTH = PHRASES["both"]
LEANING = PHRASES["leaning"].split()
LOOK_BACK = 80  # characters of the paragraph before the sentence in which a vote's country may be named
WINNER = 20  # characters between a vote and who was elected in it
WINS = re.compile(PHRASES["wins"])
HELD_IN = re.compile(PHRASES["held_in"])  # `大选在法国举行`
EACH = re.compile(PHRASES["each"])  # `奥地利和罗马尼亚都将举行议会选举`


class Vote:
    """A vote whose country is sought, with what several strategies ask of its text."""

    def __init__(self, trigger: Trigger, hit: Hit, context: HitContext) -> None:
        self.trigger, self.hit, self.context = trigger, hit, context
        self.paragraph = context.text.rfind("\n", 0, context.sentence.start)

    @cached_property
    def earlier(self) -> list[Mention]:
        """The countries that act in the sentence before the clause."""
        return self.voting_lands(self.context.sentence.start, self.context.clause.start)

    @cached_property
    def known(self) -> NamedElection | None:
        """The named vote that is meant, None where another country's is spoken of."""
        known = antecedent(self.hit.start, self.context.named, _types_meant(self.trigger))
        if known is None or (not self.in_paragraph(known) and _speaks_of_others(known, self.context)):
            return None
        before = self.trigger.stage == "call" and known.start < self.context.sentence.start
        # `肯尼亚举行大选。日本首相9月卸任，若提前解散众议院，…`
        return None if before and set(codes_of(self.earlier)) - {known.country} else known

    def in_paragraph(self, known: NamedElection) -> bool:
        """Whether a vote is named in the paragraph, before this one."""
        return self.paragraph < known.start < self.hit.start

    def voting_lands(self, start: int, end: int) -> list[Mention]:
        """Return the countries that act within a stretch, and hold votes."""
        return [m for m in self.context.lands(start, end) if not set(m.codes) & NO_VOTES and self.context.acts(m)]

    def participants(self, mention: Mention) -> Participants:
        """Who votes; in a vote of the whole country a place votes only where the vote is named after it."""
        if self.trigger.type in NATIONWIDE and not adjoins(
            mention, self.hit.start, self.context.text, self.context.days
        ):
            return Participants(mention.codes, (mention,))
        return _of_mention(mention)


Strategy = Callable[[Vote], Participants | None]


def voter(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the country (and place) that votes, as the first strategy gives it that gives any."""
    vote = Vote(trigger, hit, context)
    return next((participants for strategy in STRATEGIES if (participants := strategy(vote)) is not None), NOBODY)


def _meant_by_a_number(vote: Vote) -> Participants | None:
    """`三国`, `两国` before the vote."""
    context = vote.context
    named_so = [h for h in context.hits if h.countries and context.clause.start <= h.start < vote.hit.start]
    if not named_so or context.text[named_so[-1].start] == BOTH:
        return None
    voters = [m for m in referred(vote.hit.start, context) if _may_vote(m, vote.trigger, context.text)]
    return participants_from(voters) if voters else None


def _by_the_name_of_the_vote(vote: Vote) -> Participants | None:
    """Return who holds a vote of this name, where few countries do."""
    context, hit = vote.context, vote.hit
    if not context.home:
        return None
    country = next((n.country for n in context.named if n.start == hit.start), context.home[0])
    own = [m for m in context.lands(context.clause.start, hit.start + SHARED) if country in m.codes and m.place]
    return vote.participants(own[-1]) if own else Participants((country,))


def _named_before(vote: Vote) -> Participants | None:
    """Return the country named nearest before, in the clause; of several that vote each, all."""
    context, hit, clause = vote.context, vote.hit, vote.context.clause
    before = context.lands(clause.start, hit.start + SHARED)
    if context.syntax is not None:
        before = [m for m in before if m.end > hit.start or context.syntax.reaches(m.end, hit.start, taken=True)]
    before = [m for m in before if _may_vote(m, vote.trigger, context.text)]
    if context.who.meddling.search(context.text, clause.start, clause.end):
        before = [m for m in before if adjoins(m, hit.start, context.text, context.days)]
    if not before:
        return None
    group = [m for m in groups_of(before, context.text)[-1] if m.how in ("name", "joined")]
    if len(codes_of(group)) > 1 and group[-1] == before[-1] and EACH.search(context.text, group[-1].end, hit.start):
        return participants_from(group)
    return vote.participants(before[-1])


def _of_its_winner(vote: Vote) -> Participants | None:
    """`在2019年的大选中当选的首相约翰逊`."""
    context, hit = vote.context, vote.hit
    winner = [m for m in context.mentions if m.how == "person" and 0 <= m.start - hit.end <= WINNER]
    if winner and WINS.search(context.text, hit.end, winner[0].start) and context.dated_here:
        return Participants(winner[0].codes[:1], tuple(winner[:1]))
    return None


def _named_inside_or_behind(vote: Vote) -> Participants | None:
    """In the name of the vote, or where it is held (`大选在法国举行`)."""
    context, hit = vote.context, vote.hit
    inside = context.lands(hit.start, hit.end)
    behind = [
        m for m in context.lands(hit.end, context.clause.end) if HELD_IN.fullmatch(context.text, hit.end, m.start)
    ]
    return _of_mention((inside or behind)[0]) if inside or behind else None


def _named_in_the_sentence(vote: Vote) -> Participants | None:
    """Any vote: that of the only country of the sentence that votes, unless its own vote is known."""
    if Trait.ANY_VOTE not in vote.trigger.traits:
        return None
    inside, known = _of_the_same_sentence(vote.hit, vote.context), vote.known
    if not inside:
        return None
    if known is None or (known.start < vote.context.sentence.start and known.country not in inside[-1].codes):
        return replace(vote.participants(inside[-1]), doubt=Doubt.PARTICIPANT_ELSEWHERE)
    return None


def _of_a_known_nationwide_vote(vote: Vote) -> Participants | None:
    """Return the country of the named vote that is meant."""
    known = vote.known
    if known is None or vote.trigger.type not in NATIONWIDE:
        return None
    only = len({n.country for n in vote.context.named}) == 1 and Trait.ANY_VOTE not in vote.trigger.traits
    sure = only or vote.in_paragraph(known)
    return Participants((known.country,), (), known.place, None if sure else Doubt.VOTER_ELSEWHERE)


def _is_no_vote(vote: Vote) -> Participants | None:
    """`电影周五开票`: nobody, where the sentence speaks of no vote."""
    context, sentence = vote.context, vote.context.sentence
    unsaid = not context.who.voting.search(context.text, sentence.start, sentence.end)
    return NOBODY if Trait.NEEDS_VOTE in vote.trigger.traits and unsaid else None


def _only_one_earlier(vote: Vote) -> Participants | None:
    """Return the only country that acts in the sentence before the clause."""
    if len(codes_of(vote.earlier)) != 1:
        return None
    return replace(vote.participants(vote.earlier[-1]), doubt=Doubt.PARTICIPANT_ELSEWHERE)


def _by_american_words(vote: Vote) -> Participants | None:
    """Return the United States where the sentence speaks of what only its elections have."""
    context, sentence = vote.context, vote.context.sentence
    if vote.trigger.type not in ("presidential", "general", "leadership"):
        return None
    american = context.who.american.search(context.text, sentence.start, sentence.end) is not None
    return Participants(("US",), doubt=Doubt.VOTER_ELSEWHERE) if american else None


def _named_before_the_sentence(vote: Vote) -> Participants | None:
    """Return the country named last in the paragraph right before the sentence."""
    if vote.trigger.type == "general":
        return None
    start = vote.context.sentence.start
    said_before = vote.context.lands(max(0, vote.paragraph, start - LOOK_BACK), start)
    return replace(_of_mention(said_before[-1]), doubt=Doubt.VOTER_ELSEWHERE) if said_before else None


def _of_a_known_vote(vote: Vote) -> Participants | None:
    """Return the country of the named vote that is meant, whatever its type."""
    known = vote.known
    return Participants((known.country,), (), known.place, Doubt.VOTER_ELSEWHERE) if known is not None else None


def _does_something_else(vote: Vote) -> Participants | None:
    """Return the only country of the clause before the vote, although it does something else first."""
    unreached = vote.voting_lands(vote.context.clause.start, vote.hit.start)
    if len(codes_of(unreached)) != 1:
        return None
    return replace(vote.participants(unreached[-1]), doubt=Doubt.PARTICIPANT_DOES_OTHER)


def _topic(vote: Vote) -> Participants | None:
    """Return the country that the title names, where the text or the title speaks of its vote."""
    context = vote.context
    if context.topic in NO_VOTES or not context.topic_in_title:
        return None
    voting = any(n.country == context.topic for n in context.named) or context.title_votes
    return Participants((context.topic,), doubt=Doubt.VOTER_IS_TOPIC) if voting else None


STRATEGIES: tuple[Strategy, ...] = (
    _meant_by_a_number,
    _by_the_name_of_the_vote,
    _named_before,
    _of_its_winner,
    _named_inside_or_behind,
    _named_in_the_sentence,
    _of_a_known_nationwide_vote,
    _is_no_vote,
    _only_one_earlier,
    _by_american_words,
    _named_before_the_sentence,
    _of_a_known_vote,
    _does_something_else,
    _topic,
)


def _may_vote(m: Mention, trigger: Trigger, text: str) -> bool:
    if text[m.start - 1 : m.start] in LEANING:
        return False  # `亲俄罗斯的政党`
    return trigger.type not in NATIONWIDE or not set(m.codes) & NO_VOTES


def _speaks_of_others(known: NamedElection, context: HitContext) -> bool:
    """Return whether the article is about another country that votes, or names the votes of several."""
    same = sum(n.country == known.country for n in context.named)
    elsewhere = context.topic_in_title and context.topic not in NO_VOTES and context.topic != known.country
    return (elsewhere and same < 2) or 2 * same < len(context.named)


def _of_the_same_sentence(hit: Hit, context: HitContext) -> list[Mention]:
    """Return the only country named in the clauses before, if they speak of a vote as well.

    `罗马尼亚宪法法院宣布总统选举首轮结果无效，第二轮投票取消`, where another country's vote was told before.
    """
    start, end = context.sentence.start, context.clause.start
    triggers = [h.trigger for h in context.all_hits if start <= h.start < end and h.trigger is not None]
    votes = [t for t in triggers if t.rule == "voter" and Trait.ANY_VOTE not in t.traits]
    lands = [m for m in context.lands(start, end) if m.how == "name" and not set(m.codes) & NO_VOTES] if votes else []
    return lands if len(codes_of(lands)) == 1 else []


def _types_meant(trigger: Trigger) -> frozenset[str]:
    """Return the types of votes that a word may refer back to; empty for any."""
    if Trait.ANY_VOTE in trigger.traits:
        return frozenset()
    return NATIONWIDE if trigger.type == "general" else frozenset({trigger.type, "general"})


def _of_mention(mention: Mention) -> Participants:
    return Participants(mention.codes, (mention,), mention.place)


def supranational(trigger: Trigger, hit: Hit, context: HitContext) -> Participants:
    """Return the bloc in the name of the vote, and the European Union."""
    return participants_from(context.blocs(hit.start, hit.end)[:1], "eu")
