"""Changes of a date that other words of its sentence call for: another year, a new date, what a condition leaves."""

from __future__ import annotations

import re

from timeline.extraction.events.dating import DatedText, Dating
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import NO_YEAR, Code, has, reason

PHRASES = phrases_of(__name__)
OF = PHRASES["of"]
FAR_AHEAD = 30  # days
PUT_OFF = re.compile(PHRASES["put_off"])
ORIGINALLY = re.compile(PHRASES["originally"])


def after_condition(hit: Hit, clause: Clause, sentence: Sentence, dating: Dating, dated: DatedText) -> Dating:
    """`若在11月的大选中获胜，可能退出`: what follows lies after the condition, from its first day on."""
    index, used = dating.expressions[0], None
    used = dict(dated.expressions)[index]
    if used.start_char >= clause.start or hit.trigger is None or hit.trigger.form == "noun":
        return dating
    conditional = any(
        h.status == "conditional" and h.start < used.start_char and sentence.start <= h.start for h in dated.hits
    )
    if not conditional or used.start is None or used.start <= dated.anchor:
        return dating
    return Dating(
        used.start,
        None,
        dating.granularity,
        "after",
        (index,),
        reasons=(reason(Code.IF_EVENT, used.text, used.start),),
    )


def in_the_year(hit: Hit, dating: Dating, sentence: Sentence, dated: DatedText) -> Dating:
    """`1月签署了协议` in December: a verb without any word of the future tells of the year past, not of the next."""
    if hit.trigger is None or hit.trigger.form != "verb" or not has(dating.reasons, NO_YEAR):
        return dating
    if dating.start is None or dating.end is None or (dating.start - dated.anchor).days <= FAR_AHEAD:
        return dating
    attribute = dated.text.startswith(OF, hit.end)  # `1月签署的协议面临风险`
    if lies_ahead(sentence, dated, hit.start if attribute else sentence.end):
        return dating
    if not has(dating.reasons, {Code.YEAR_NEAREST}) and not attribute:
        return dating
    return dating.years(-1, Code.NOT_AHEAD)


def lies_ahead(sentence: Sentence, dated: DatedText, end: int) -> bool:
    """Return whether a word of the future stands in the sentence, up to a place."""
    ahead = ("scheduled", "expected", "conditional")
    return any(h.status in ahead and sentence.start <= h.start < end for h in dated.hits)


def moved_to(clause: Clause, sentence: Sentence, dated: DatedText) -> Dating | None:
    """`会谈原定于本月底举行，现已推迟到明年第一季度`: the new date, told in the clause behind."""
    for index, e in dated.within(clause.start, clause.end):
        until = e.modifier in ("until", "by") or e.start == dated.anchor
        if until and e.end is not None and PUT_OFF.search(dated.text, clause.start, e.start_char + 1):
            return Dating(e.end, e.end, "day", "", (index,), reasons=e.reasons)  # `延后4周|至10月17日`
        if PUT_OFF.search(dated.text, clause.start, e.start_char):  # `从2月25日推迟到|3月24日`
            return Dating(e.start, e.end, e.granularity, e.modifier, (index,), reasons=e.reasons)
    behind = next((c for c in sentence.clauses if c.start >= clause.end), None)
    if behind is None or not ORIGINALLY.search(dated.text, clause.start, clause.end):
        return None
    if not any(h.status == "postponed" and behind.start <= h.start < behind.end for h in dated.hits):
        return None
    found = dated.within(behind.start, behind.end)
    if not found:
        return None
    index, e = found[0]
    return Dating(e.start, e.end, e.granularity, e.modifier, (index,), reasons=e.reasons)
