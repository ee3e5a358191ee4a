"""Events of a text by rules: every trigger with its date, participants and status; one event once per article."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from timeline.extraction.article import EventMention
from timeline.extraction.events.actors import Topic
from timeline.extraction.events.building import event_mentions
from timeline.extraction.events.context import HitContext, NamedElection
from timeline.extraction.events.dating import DatedText, Dating, dating_of
from timeline.extraction.events.deduplicate import once
from timeline.extraction.events.found import Found
from timeline.extraction.events.kinds import in_its_year
from timeline.extraction.events.lexicon import Hit, Lexicon, Trait, Trigger
from timeline.extraction.events.named_elections import named_elections
from timeline.extraction.events.participants import participants_of
from timeline.extraction.events.redating import after_condition, in_the_year, moved_to
from timeline.extraction.events.sentences import Clause, Sentence, sentences
from timeline.extraction.events.status import status_of
from timeline.extraction.events.syntax import ACTOR, DATE, TRIGGER, VAGUE, PathWords, Syntax, tokens_of
from timeline.extraction.gazetteer import Mention
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
WITH = PHRASES["with"]
GATHERINGS = frozenset({"meeting", "summit"})
# Whoever reads a trigger looks through all that is read together with it. Of 20,000 articles, none has more than 58
# triggers in dated sentences, and 1,000 words, names and dates: all of it is read together. Of a text with far more,
# stretches are; and of one without end, the beginning is.
MANY_TRIGGERS = 300
MANY_MARKS = 3_000
MAX_STRETCH_CHARS = 4_000
BEFORE_IT, BEHIND_IT = 2000, 200  # characters around a stretch
MAX_TRIGGERS = 600
MAX_EVENTS = 1_000
BY_PARLIAMENT = re.compile(PHRASES["by_parliament"])  # `国会选举新总统`: no vote of the people
AIM = re.compile(PHRASES["aim"])  # `以脱离欧盟为诉求的政党`
WEEK = 7  # days ahead up to which a window from today on may lie behind in part


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is read together: the text as given, its dates and hits, who is named, and what the article is about."""

    text: str
    dated: DatedText
    mentions: Sequence[Mention]
    topic: Topic
    named: Sequence[NamedElection]
    words: Lexicon


@dataclass(frozen=True, slots=True)
class DatedSentence:
    """A sentence with its hits, its words, where dates stand in it, and where its nouns of events begin."""

    sentence: Sentence
    hits: Sequence[Hit]
    syntax: Syntax | None
    days: Sequence[tuple[int, int]]
    gatherings: frozenset[int]


def events_by_rules(text: str, title: str, found: Found) -> tuple[EventMention, ...]:
    """Return the dated events of a text, with offsets in `text` and indexes of the expressions found."""
    folded, hits, usable = found.lowered, found.dated.hits, found.dated.expressions
    expressions, anchor, words = found.dated.all_expressions, found.dated.anchor, found.words
    triggers = [h.start for h in hits if h.trigger is not None]
    days = [e.start_char for _, e in usable]
    candidates = list(sentences(folded, words.language, triggers, days)) if triggers and days else []
    if not candidates:
        return ()
    mentions, topic = found.mentions, found.topic
    events: list[EventMention] = []
    marks = len(hits) + len(mentions) + len(expressions)
    for together in _stretches(candidates, triggers, MAX_STRETCH_CHARS if marks > MANY_MARKS else len(text)):
        whole = len(together) == len(candidates) and marks <= MANY_MARKS
        start, end = (0, len(text)) if whole else _around(together)
        seen = [h for h in hits if start <= h.start < end]
        mentioned = [m for m in mentions if start <= m.start < end]
        stand = [e for e in expressions if start <= e.start_char < end]
        days_of_stretch = [(e.start_char, e.end_char) for e in stand]
        titled = topic.country if topic.in_title and topic.title_votes else ""
        named = named_elections(seen, mentioned, words.home, folded, days_of_stretch, titled)
        nouns = [h for h in seen if h.trigger is not None and h.trigger.form == "noun"]
        days_here = [(i, e) for i, e in usable if start <= e.start_char < end]
        dated = DatedText(folded, days_here, seen, anchor, stand, nouns)
        stretch = Stretch(text, dated, mentioned, topic, named, words)
        for sentence in together:
            events.extend(_of_sentence(sentence, stretch))
        if len(events) > MAX_EVENTS:
            break
    return once(events[:MAX_EVENTS])


def _stretches(candidates: Sequence[Sentence], triggers: Sequence[int], longest: int) -> Iterable[Sequence[Sentence]]:
    """All sentences together; of a text with far more triggers than any article has, so many at a time.

    `longest`: characters from the first sentence of a stretch to the end of its last.
    """
    together, count, read = list[Sentence](), 0, 0
    for sentence in candidates:
        of_it = bisect_left(triggers, sentence.end) - bisect_left(triggers, sentence.start)
        read += of_it
        if together and read > MAX_TRIGGERS:
            break
        if together and (count + of_it > MANY_TRIGGERS or sentence.end - together[0].start > longest):
            yield together
            together, count = [], 0
        count += of_it
        together.append(sentence)
    yield together


def _around(stretch: Sequence[Sentence]) -> tuple[int, int]:
    """Where a stretch begins and ends, with what may be spoken of before and behind."""
    return max(0, stretch[0].start - BEFORE_IT), stretch[-1].end + BEHIND_IT


def _of_sentence(sentence: Sentence, stretch: Stretch) -> Iterable[EventMention]:
    hits = _joined([h for h in stretch.dated.hits if sentence.start <= h.start < sentence.end])
    if not any(h.trigger for h in hits):
        return
    here = [e for e in stretch.dated.all_expressions if sentence.start <= e.start_char < sentence.end]
    read = DatedSentence(
        sentence,
        hits,
        _syntax(sentence, stretch.dated, hits, stretch.mentions, stretch.words.path),
        [(e.start_char, e.end_char) for e in here],
        frozenset(h.start for h in hits if h.trigger is not None and h.trigger.form == "noun"),
    )
    for hit in hits:
        if hit.trigger is not None:
            yield from _of_trigger(hit, hit.trigger, read, stretch)


def _of_trigger(hit: Hit, trigger: Trigger, read: DatedSentence, stretch: Stretch) -> Iterable[EventMention]:
    sentence, dated = read.sentence, stretch.dated
    clause = next(c for c in sentence.clauses if c.start <= hit.start < c.end)
    if _means_no_event(hit, trigger, clause, dated.text):
        return
    dating = dating_of(hit, clause, sentence, dated, read.syntax)
    if dating is None or (dating.end is None and trigger.type in GATHERINGS):
        return  # `12月以后会面`: no window that ever closes
    dating = after_condition(hit, clause, sentence, dating, dated)
    dating = in_the_year(hit, dating, sentence, dated)
    place = next(e.start_char for i, e in dated.expressions if i == dating.expressions[0])
    dated_in = next((c for c in sentence.clauses if c.start <= place < c.end), clause)
    context = _context_of(hit, clause, read, stretch, dating.end or dated.anchor, dated_here=dated_in == clause)
    participants = participants_of(trigger, hit, context)
    if participants.codes:
        dating = in_its_year(participants.codes[0], trigger, dating)
    status = status_of(hit, clause, dated_in, place, sentence, read.hits, dating, dated.anchor, dated.text)
    moved = moved_to(clause, sentence, dated)
    if moved is not None:
        dating, status = moved, "postponed"
    if participants.codes and status and not _contradicted(status, trigger, dating, dated.anchor):
        yield from event_mentions(hit, dating, participants, status, stretch.text, dated, context)


def _means_no_event(hit: Hit, trigger: Trigger, clause: Clause, text: str) -> bool:
    """Return whether the words of the clause say that the trigger starts no event there."""
    if Trait.UNNAMED in trigger.traits and BY_PARLIAMENT.search(text, clause.start, clause.end):
        return True
    if trigger.without is not None and trigger.without.search(text, clause.start, clause.end):
        return True
    return AIM.search(text, hit.end, clause.end) is not None and WITH in text[clause.start : hit.start]


def _contradicted(status: str, trigger: Trigger, dating: Dating, anchor: date) -> bool:
    """`一年内再度造访`: that lies behind, the window ahead; `不再增派部队`: nothing is cancelled."""
    if status == "occurred":
        return dating.start == anchor and dating.end is not None and (dating.end - anchor).days > WEEK
    return status == "cancelled" and Trait.DEPLOYMENT in trigger.traits


def _context_of(
    hit: Hit, clause: Clause, read: DatedSentence, stretch: Stretch, day: date, *, dated_here: bool
) -> HitContext:
    dated, words, topic = stretch.dated, stretch.words, stretch.topic
    return HitContext(
        text=dated.text,
        who=words.who,
        sentence=read.sentence,
        clause=clause,
        mentions=stretch.mentions,
        hits=read.hits,
        all_hits=dated.hits,
        topic=topic.country,
        day=day,
        dated_here=dated_here,
        home=words.home.get(dated.text[hit.start : hit.end], ()),
        named=stretch.named,
        syntax=read.syntax,
        topic_in_title=topic.in_title,
        title_votes=topic.title_votes,
        days=read.days,
        gatherings=read.gatherings,
    )


def _syntax(
    sentence: Sentence, dated: DatedText, hits: Sequence[Hit], mentions: Sequence[Mention], path: PathWords | None
) -> Syntax | None:
    """Return the sentence in words; None for a language whose clauses are not read so."""
    if path is None:
        return None
    units = [(e.start_char, e.end_char, VAGUE if e.vague else DATE) for e in dated.all_expressions]
    units += [(h.start, h.end, TRIGGER) for h in hits if h.trigger is not None]
    units += [(m.start, m.end, ACTOR) for m in mentions]
    here = [u for u in units if sentence.start <= u[0] and u[1] <= sentence.end]
    return Syntax(tokens_of(dated.text, sentence.start, sentence.end, here, path.nouns, path.carriers), path)


def _joined(hits: list[Hit]) -> list[Hit]:
    """`国民议会选举第二轮投票` is one trigger: the type of the first, the stage of the second.

    A mere verb of polling beside a named election of the sentence means that election.
    """
    votes = [h.trigger for h in hits if h.trigger is not None and h.trigger.rule == "voter"]
    named = any(Trait.UNNAMED not in trigger.traits for trigger in votes)
    out: list[Hit] = []
    hits = [h for h in hits if not (named and h.trigger and Trait.POLLING in h.trigger.traits)]
    for hit in hits:
        before = out[-1] if out else None
        if (
            before is not None
            and before.trigger is not None
            and hit.trigger is not None
            and before.trigger.stage == "vote"
            and hit.trigger.stage == "runoff"
            and hit.start - before.end <= 1
        ):
            out[-1] = hit._replace(start=before.start, trigger=replace(hit.trigger, type=before.trigger.type))
        else:
            out.append(hit)
    return out
