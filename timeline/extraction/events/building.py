"""From a trigger with its date, participants and status to what the reading says of the event."""

from __future__ import annotations

from collections.abc import Iterable

from timeline.extraction.article import EventMention
from timeline.extraction.events.context import HitContext, Participants
from timeline.extraction.events.dating import DatedText, Dating
from timeline.extraction.events.kinds import by_law, kind_of_vote
from timeline.extraction.events.lexicon import Hit, Trigger
from timeline.extraction.events.redating import lies_ahead
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.events.status import said_by
from timeline.extraction.reason import JUST_NAMED, Code, Doubt, has
from timeline.extraction.when import When

LASTING = frozenset({"summit", "meeting", "exercise", "supranational", "general", "presidential", "legislative"})
LONGEST_STAY = 31  # a range of more days is a window, not a stay
OF_THIS_MONTH = 14  # days behind the anchor up to which a mere day is surely that of the month
ADVERBIAL = 8  # characters beside the day in a clause that is only a time


def event_mentions(
    hit: Hit, dating: Dating, participants: Participants, status: str, text: str, dated: DatedText, context: HitContext
) -> Iterable[EventMention]:
    """One event; of an election in several countries (`三国的选举`) one for each. `text` is the text as given."""
    trigger, sentence, clause = hit.trigger, context.sentence, context.clause
    assert trigger is not None
    extent = "throughout" if trigger.type in LASTING and is_stay(dating) else "within"
    when = When(dating.start, dating.end, dating.granularity, dating.modifier, extent, dating.alternatives)
    days = [(e.start_char, e.end_char) for _, e in dated.expressions]
    doubts = participants.doubt, _doubt_of_day(dating, clause, sentence, dated, trigger, status)
    each = trigger.kind == "election" and len(participants.codes) > 1
    for codes in [(code,) for code in participants.codes] if each else [participants.codes]:
        kind = kind_of_vote(hit, codes[0], participants.place, sentence, context, dating)
        kind = by_law(kind, codes[0], trigger, dating, dated.text[sentence.start : sentence.end])
        if not kind:
            continue
        yield EventMention(
            kind=trigger.kind,
            type=kind,
            stage="postponement" if trigger.kind == "election" and status == "postponed" else trigger.stage,
            participants=codes,
            place="" if kind == "presidential" else participants.place,
            when=when,
            status=status,
            evidence=text[sentence.start : sentence.end],
            evidence_start=sentence.start,
            evidence_end=sentence.end,
            expressions=dating.expressions,
            trigger=(hit.start, hit.end),
            mentions=tuple((m.start, m.end, c) for m in participants.mentions for c in m.codes),
            said_by=said_by(sentence, clause, days, text, dated.text),
            reasons=dating.reasons,
            doubts=tuple(doubt for doubt in doubts if doubt),
        )


def _doubt_of_day(
    dating: Dating, clause: Clause, sentence: Sentence, dated: DatedText, trigger: Trigger, status: str
) -> Doubt | None:
    """Why the day may not be that of the event; None where the text ties it closely."""
    e = dict(dated.expressions)[dating.expressions[0]]
    its_own = next((c for c in sentence.clauses if c.start <= e.start_char < c.end), clause)
    if its_own != clause and its_own.end - its_own.start - (e.end_char - e.start_char) > ADVERBIAL:
        return Doubt.DATE_IN_OTHER_CLAUSE
    latest = has(e.reasons, {Code.MONTH_LATEST})
    if latest and e.start is not None and (dated.anchor - e.start).days > OF_THIS_MONTH:
        return Doubt.MONTH_UNSURE
    nearest = trigger.form == "verb" and has(e.reasons, {Code.YEAR_NEAREST})
    untold = nearest and not lies_ahead(sentence, dated, sentence.end)
    if untold and (status == "scheduled" or dating.start != e.start):
        return Doubt.NOT_AHEAD
    return Doubt.YEAR_OF_OTHER_DATE if has(e.reasons, JUST_NAMED) else None


def is_stay(dating: Dating) -> bool:
    """Return whether the days are those of an event that lasts (`6月11日至13日举行峰会`), not a window around it."""
    if dating.modifier or dating.start is None or dating.end is None or dating.granularity != "day":
        return False
    return 0 < (dating.end - dating.start).days < LONGEST_STAY
