"""What a trigger can see of its text, and who acts there; what a rule answers: who takes part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.events.agents import WhoWords
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.events.syntax import Syntax
from timeline.extraction.gazetteer import Mention, actors
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Doubt

PHRASES = phrases_of(__name__)
STATIONED, MEMBER_STATE = PHRASES["stationed"], PHRASES["member_state"]
CIRCUMSTANCE = re.compile(PHRASES["circumstance"])  # `在中美争夺盟友的角力中，`
TOWARDS = re.compile(PHRASES["towards"])


@dataclass(frozen=True, slots=True)
class Participants:
    """Codes in the order of the evidence, the mentions they came from, the place that votes, and what is uncertain."""

    codes: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()
    place: str = ""
    doubt: Doubt | None = None


NOBODY = Participants(())


@dataclass(frozen=True, slots=True)
class NamedElection:
    """A vote that the text names with its country: where, whose (and the place that votes), of which type."""

    start: int
    country: str
    place: str
    type: str


def is_bloc(mention: Mention) -> bool:
    """Return whether all actors of a mention are blocs."""
    return all(actors()[code].kind == "bloc" for code in mention.codes)


def codes_of(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """Return the actors of mentions in order, each once."""
    return tuple(dict.fromkeys(code for m in mentions for code in m.codes))


def participants_from(mentions: Iterable[Mention], *more: str) -> Participants:
    """Return the actors of mentions, then `more`, as participants."""
    found = tuple(mentions)
    return Participants(tuple(dict.fromkeys((*codes_of(found), *more))), found)


@dataclass(frozen=True, slots=True)
class HitContext:
    """What a trigger can see: the folded text, its sentence and clause, and all mentions of the text.

    `blocs` are mentions of blocs, `lands` those of countries and places; `topic` is the country that
    the title or the beginning of the article is about, "" for none.
    """

    text: str
    who: WhoWords
    sentence: Sentence
    clause: Clause
    mentions: Sequence[Mention]
    hits: Sequence[Hit]
    all_hits: Sequence[Hit]
    topic: str
    day: date
    dated_here: bool  # the date stands in the trigger's own clause
    home: Sequence[str] = ()  # the only countries that hold a vote of this name
    named: Sequence[NamedElection] = ()  # the votes that the text names with their country
    syntax: Syntax | None = None
    topic_in_title: bool = False
    title_votes: bool = False  # the title speaks of a vote
    days: Sequence[tuple[int, int]] = ()  # where dates stand
    gatherings: frozenset[int] = frozenset()  # where the words for summits begin

    def lands(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and not is_bloc(m)]

    def blocs(self, start: int, end: int) -> list[Mention]:
        return [m for m in self.mentions if start <= m.start and m.end <= end and is_bloc(m)]

    def acting(self, start: int, end: int, hit: Hit | None = None) -> list[Mention]:
        """Those who act themselves: not where something happens, nor whose newspapers, firms or citizens are meant.

        With `hit`, nobody before it who does something else first.
        """
        found = [m for m in self.mentions if start <= m.start and m.end <= end and self.acts(m)]
        if hit is None or self.syntax is None:
            return found
        named_so = self.gatherings - {hit.start}  # `G20伦敦峰会期间与…会面`
        found = [m for m in found if m.how == "person" or self.syntax.at(m.end) not in named_so]
        circumstances = [m.span() for m in CIRCUMSTANCE.finditer(self.text, start, hit.start)]
        found = [m for m in found if not any(a <= m.start < b for a, b in circumstances)]
        if hit.trigger is not None and hit.trigger.rule == "parties":
            found = _not_announcing(found, hit, self.text, self.who)
        towards = TOWARDS.search(self.text, start, hit.start)
        behind = self.syntax.between(hit.end, self.clause.end)
        if towards is not None and any(t.text in self.syntax.words.speech for t in behind):
            found = [m for m in found if m.start >= towards.start()]  # `越南对中国…演习表示抗议`
        return [m for m in found if m.end > hit.start or self.syntax.reaches(m.end, hit.start, taken=True)]

    def is_member_of(self, m: Mention) -> bool:
        """Return whether a bloc is only named to say who somebody is (`北约成员土耳其`, `阿盟成员国苏丹`)."""
        found = self.who.member.match(self.text, m.end)
        return found is not None and (
            found.group() != MEMBER_STATE or any(o.start == found.end() for o in self.mentions)
        )

    def acts(self, m: Mention) -> bool:
        """Whether a mention stands for someone who acts: a person in office, a government, an organisation."""
        if m.how == "place" or all(actors()[c].form in ("treaty", "forum") for c in m.codes):
            return False
        if self.who.envoy.match(self.text, m.end) or self.text[m.start - 1 : m.start] == STATIONED:
            return False
        if self.is_member_of(m):
            return False  # `北约成员土耳其`
        beside = next((o for o in self.mentions if o.end == m.start and o.codes == m.codes), None)
        if beside is not None and m.how == "seat":
            return self.acts(beside)  # `在越南|河内`
        if self.who.before_place.search(self.text, max(0, m.start - 3), m.start) and m.how in ("name", "seat"):
            return False
        if self.who.before_topic.search(self.text, max(0, m.start - 4), m.start):
            return False
        if m.how in ("person", "joined", "bloc") or self.syntax is None:
            return True
        head = self.syntax.head_behind(m.end)
        if self.who.below.search(head):
            return False
        return not head or self.who.office.search(head) is not None


def _not_announcing(found: list[Mention], hit: Hit, text: str, who: WhoWords) -> list[Mention]:
    """`川普宣布以色列与巴林达成协议`: not who announces what two others have done."""
    before = [m for m in found if m.end <= hit.start]
    for i in range(len(before) - 2, 0, -1):
        if who.announcing.search(text, before[i - 1].end, before[i].start):
            return before[i:] + [m for m in found if m.end > hit.start]
    return found
