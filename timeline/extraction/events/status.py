"""How sure an event is: from the words of its clause and from where its days lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from timeline.extraction.events.dating import Dating
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
SAYS = re.compile(PHRASES["says"])
LATE = 6  # characters behind an event in which it is called likely
NOT_DONE = re.compile(PHRASES["not_done"])  # right before what was not done
FAILED = re.compile(PHRASES["failed"])  # and was not done, where its days are over
ORIGINALLY = re.compile(PHRASES["originally"])  # `3月29日原定脱欧`: what did not come
CALLED_OFF = re.compile(PHRASES["called_off"])
UNDECIDED = re.compile(PHRASES["undecided"])
AS_PLANNED = re.compile(PHRASES["as_planned"])
PLANNED = 14  # characters before a date in which it may be called the former plan
AT_IT_BEFORE = re.compile(PHRASES["at_it_before"])
AT_IT_BEHIND = re.compile(PHRASES["at_it_behind"])
AT_IT = 40  # characters before an event in which it may be said to be where something else was done
NEGATING = frozenset({"denied", "cancelled"})


def status_of(
    hit: Hit,
    clause: Clause,
    dated_in: Clause,
    dated_at: int,
    sentence: Sentence,
    hits: Sequence[Hit],
    dating: Dating,
    anchor: date,
    text: str,
) -> str:
    """occurred, scheduled, expected, conditional, postponed, cancelled; "" where a denial drops the claim.

    `dated_in` is the clause in which the date stands, at `dated_at`: `正急于在…之前，将…扩大` is expected.
    """
    cues = [h for h in hits if h.role == "cue" and clause.start <= h.start < clause.end]
    if _merely_there(hit, clause, text):
        cues = [h for h in cues if h.status not in NEGATING or h.start > hit.start]
    before = {h.status for h in cues if h.start < hit.start}
    words = {h.status for h in cues}
    if dated_in.end <= clause.start:
        theirs = {h.status for h in hits if h.role == "cue" and dated_in.start <= h.start < dated_in.end}
        before |= theirs & {"expected"}
    assert hit.trigger is not None
    past = dating.end is not None and dating.end < anchor
    verb = hit.trigger.form == "verb"
    if "denied" in before and (verb or "scheduled" not in words):
        return ""
    if _denied_after(clause, sentence, text) or (verb and NOT_DONE.search(text, clause.start, hit.start)):
        return ""
    if past and verb and FAILED.search(text, clause.start, hit.start):
        return ""
    if past and "postponed" not in words and ORIGINALLY.search(text, clause.start, max(hit.end, dated_at)):
        return "cancelled" if CALLED_OFF.search(text, sentence.start, sentence.end) else ""
    if not past and _was_planned(clause, dated_in, dated_at, sentence, hits, text):
        return ""
    if "postponed" in words and hit.trigger.rule != "parties":
        return "postponed"
    if "cancelled" in words and _governs("cancelled", cues, hit):
        return "cancelled"
    if past and dating.modifier != "after":
        hoped = verb and "expected" in before and "occurred" not in words
        return "expected" if hoped else "occurred"  # what was hoped for once is not said to have happened
    if _conditional(hit, clause, sentence, hits, before, dated_at):
        return "conditional"
    # `可能于11月举行大选` is expected; in `可能在11月的大选中获胜` the vote itself is not in doubt
    held = any(h.role == "holding" and clause.start <= h.start <= hit.start <= h.end + 8 for h in hits)
    late = any(h.status == "expected" and hit.end <= h.start < max(dated_at, hit.end + LATE) for h in cues)
    return _ahead(words, before, hit, dating, anchor, held, late)


def _was_planned(
    clause: Clause, dated_in: Clause, dated_at: int, sentence: Sentence, hits: Sequence[Hit], text: str
) -> bool:
    """`原本最迟应于10月20日举行`: a plan that holds no more, and nobody says what became of it."""
    first = max(min(clause.start, dated_in.start), dated_at - PLANNED)
    if ORIGINALLY.search(text, first, dated_at) is None or AS_PLANNED.search(text, sentence.start, sentence.end):
        return False
    named = {h.status for h in hits if h.role == "cue" and sentence.start <= h.start < sentence.end}
    return not named & {"postponed", "cancelled"} and CALLED_OFF.search(text, sentence.start, sentence.end) is None


def _merely_there(hit: Hit, clause: Clause, text: str) -> bool:
    """`failed to agree on a truce at a meeting on Friday`: what came to nothing is something else."""
    if AT_IT_BEHIND.match(text, hit.end, clause.end):
        return True
    return AT_IT_BEFORE.search(text, max(clause.start, hit.start - AT_IT), hit.start) is not None


def _denied_after(clause: Clause, sentence: Sentence, text: str) -> bool:
    """`何时加入，目前尚未决定`: the clause behind takes it back."""
    behind = next((c for c in sentence.clauses if c.start >= clause.end), None)
    return behind is not None and UNDECIDED.match(text, behind.start, behind.end) is not None


def _governs(status: str, cues: Sequence[Hit], hit: Hit) -> bool:
    """Return whether the word stands before its trigger, or right after it (`峰会取消`)."""
    return any(h.status == status and (h.start < hit.start or h.start - hit.end <= 6) for h in cues)


def _conditional(
    hit: Hit, clause: Clause, sentence: Sentence, hits: Sequence[Hit], before: set[str], dated_at: int
) -> bool:
    """`若X，Y` makes Y conditional; in `若在11月的大选中获胜` the election itself is none."""
    if hit.trigger is not None and hit.trigger.form == "noun":
        # `如果把投票日选在10月初`: its date is the condition; in `在11月的大选中` it stands before it
        if "conditional" in before and dated_at >= hit.end:
            return True
        if "scheduled" not in before or dated_at < clause.start:
            return False  # `一旦议会通过,将在10月举行公投`
    if "conditional" in before:
        return True
    earlier = [c for c in sentence.clauses if c.end <= clause.start]
    if not earlier:
        return False
    last = earlier[-1]
    return any(h.status == "conditional" and last.start <= h.start < last.end for h in hits if h.role == "cue")


def _ahead(words: set[str], before: set[str], hit: Hit, dating: Dating, anchor: date, held: bool, late: bool) -> str:
    whole_ahead = dating.start is not None and dating.start > anchor
    tied = hit.trigger is not None and hit.trigger.form == "noun"
    if not whole_ahead and "occurred" in words and not {"expected", "scheduled"} & before:
        return "occurred"
    is_alliance = hit.trigger is not None and hit.trigger.kind == "alliance"
    if (
        is_alliance
        and not whole_ahead
        and dating.modifier != "by"
        and not {"expected", "scheduled", "conditional"} & words
    ):
        return "occurred"  # `双方今年展开多轮谈判`
    today = dating.start == dating.end == anchor
    if today and not {"expected", "scheduled"} & words:
        return "occurred"
    vote = tied and hit.trigger is not None and hit.trigger.kind == "election"
    if "expected" in before and (not vote or held):
        return "expected"
    if "expected" in words and not tied:
        return "expected"
    if tied and late:
        return "expected"  # `峰会预计今年秋天举行`
    return "scheduled"


def said_by(sentence: Sentence, clause: Clause, dates: Sequence[tuple[int, int]], text: str, folded: str) -> str:
    """Who says so, as the sentence names him, "" where it names nobody. `dates` are spans of expressions."""
    for m in SAYS.finditer(folded, sentence.start, sentence.end):
        start, end = m.span("who")
        if start > clause.end:
            break
        end = min([a for a, _ in dates if start < a < end], default=end)
        return text[start:end].strip("“”「」 、，")
    return ""
