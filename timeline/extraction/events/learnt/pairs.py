"""Pairs of a trigger word and a date that may be an event, and the signs by which a network judges them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.events.dating import Dating, placed
from timeline.extraction.events.learnt.passages import LOOK_BACK, Passage, ReadText, Token, passage_of
from timeline.extraction.events.learnt.words import TriggerWord
from timeline.extraction.phrases import phrases_of

MAX_DATES = 8  # of a sentence, the nearest, that are paired with one trigger word
MAX_PAIRS = 400  # of an article; of 43,000 real posts with a date none has more than 294
FAR = (1, 2, 8, 32, 100, 370, 1500)  # days
PHRASES = phrases_of(__name__)
SINCE = PHRASES["since"]
OPEN_QUOTE, CLOSING_QUOTE = "“", "”"
QUOTE = 30  # characters before a trigger in which a quotation may begin
VOTES = frozenset({"presidential", "legislative", "general", "supranational"})


def family(kind: str, type_: str, stage: str) -> str:
    """Return the sort of event: what several reports of one event have in common, whatever type each gives it."""
    if kind == "election":
        return (
            "vote"
            if stage in ("vote", "runoff", "postponement", "") and type_ in VOTES
            else stage_or_type(type_, stage)
        )
    return "gathering" if type_ in ("summit", "meeting") else type_


def stage_or_type(type_: str, stage: str) -> str:
    """Return the stage of a call or a result, else the type."""
    return stage if stage in ("call", "result") else type_


@dataclass
class Pair:
    """A trigger word with a date. `index` is that of the expression; `back` how many sentences before it stands.

    `trigger_at`, `date_at`: tokens of the passage. `signs`: names of features. `rule`: what the rules made of this
    very pair; `rule_nearby`: what they made of the trigger with another date.
    """

    passage: Passage
    trigger: TriggerWord
    index: int
    expression: Expression
    back: int
    dating: Dating
    trigger_at: int
    date_at: int
    signs: list[str] = field(default_factory=list)
    rule: EventMention | None = None
    rule_nearby: EventMention | None = None


def pairs_of(text: ReadText, rules: Sequence[EventMention]) -> list[Pair]:
    """Return the pairs of an article in the order of its sentences, at most MAX_PAIRS."""
    found: list[Pair] = []
    seen: dict[int, list[Token]] = {}
    for sentence in sorted(text.words_of):
        own, before = text.dates_of.get(sentence, []), _before(text, sentence)
        if not own and not before:
            continue
        back = max(1, before[0][0] if before else 0)
        passage = passage_of(text, sentence, back, seen)
        for trigger in passage.words:
            near = sorted(own, key=lambda x: _distance(x[1], trigger.start, trigger.end))[:MAX_DATES]
            dates = [(0, *x) for x in sorted(near, key=lambda x: x[0])] + before
            found += _of_trigger(text, passage, trigger, dates, own)
        if len(found) > MAX_PAIRS:
            break
    del found[MAX_PAIRS:]
    _add_rules(found, rules)
    return found


def _before(text: ReadText, sentence: int) -> list[tuple[int, int, Expression]]:
    """Return the last and the first date of the nearest sentence before that has one."""
    for back in range(1, LOOK_BACK + 1):
        dates = text.dates_of.get(sentence - back)
        if dates:
            return [(back, *dates[-1])] + ([(back, *dates[0])] if len(dates) > 1 else [])
    return []


def _distance(e: Expression, start: int, end: int) -> int:
    """Characters between a date and a trigger; one behind it counts as a little farther."""
    return start - e.end_char if e.start_char < start else e.start_char - end + 2


def _of_trigger(
    text: ReadText,
    passage: Passage,
    trigger: TriggerWord,
    dates: Sequence[tuple[int, int, Expression]],
    own: Sequence[tuple[int, Expression]],
) -> Iterator[Pair]:
    at = passage.place(trigger.start)
    common = list(_signs_of_trigger(text, passage, trigger, own))
    for back, index, e in dates:
        if e.start_char < passage.starts[0] or _counted_since(text, trigger, e):
            continue
        dating = placed(trigger.start, trigger.type, (index, e), text.dated)
        if dating.start is None and dating.end is None:
            continue
        pair = Pair(passage, trigger, index, e, back, dating, at, passage.place(e.start_char))
        pair.signs = [*common, *_signs(pair, own, text.anchor)]
        yield pair


def _counted_since(text: ReadText, trigger: TriggerWord, e: Expression) -> bool:
    """Return whether `since` keeps a date from its trigger: `the ninth vote since the war ended in 1995`."""
    return text.language == "en" and text.lowered.find(SINCE, trigger.end, e.start_char) >= 0


def _signs_of_trigger(
    text: ReadText, passage: Passage, trigger: TriggerWord, own: Sequence[tuple[int, Expression]]
) -> Iterator[str]:
    yield f"name={trigger.name}"
    yield f"about={trigger.kind}|{trigger.type}|{trigger.stage}"
    yield f"dates here={min(4, len(own))}"
    yield f"triggers here={min(4, len(passage.words))}"
    actors = {code for m in text.mentions_of.get(passage.sentence, ()) for code in m.codes}
    yield f"actors here={min(4, len(actors))}"
    yield f"sentence={min(passage.sentence, 3)}"
    yield f"in title={text.lowered[trigger.start : trigger.end] in text.title_folded:d}"
    before = text.text[max(0, trigger.start - QUOTE) : trigger.start]
    yield f"quoted={before.rfind(OPEN_QUOTE) > before.rfind(CLOSING_QUOTE):d}"


def _signs(pair: Pair, own: Sequence[tuple[int, Expression]], anchor: date) -> Iterator[str]:
    e, trigger, passage, dating = pair.expression, pair.trigger, pair.passage, pair.dating
    order = (f"c{pair.back}" if pair.back else "") + ("dt" if e.start_char < trigger.start else "td")
    inside = e.start_char < trigger.end and trigger.start < e.end_char
    yield f"order={'in' if inside else order}"
    first, last = sorted((pair.trigger_at, pair.date_at))
    first = min(first + 1, last)
    yield f"gap={order},{bucket(last - first)}"
    for name, counts in (("commas", passage.commas), ("triggers", passage.triggers), ("dates", passage.dates)):
        yield f"{name} between={order},{min(3, counts[last] - counts[first])}"
    yield f"grain={e.granularity}"
    yield f"modifier={dating.modifier or '-'}"
    yield f"written modifier={e.modifier},{order}"
    yield f"tense={_tense(dating, anchor)}"
    ahead = ((dating.start or dating.end or anchor) - anchor).days
    yield f"far={'-' if ahead < 0 else '+'}{bisect_right(FAR, abs(ahead))}"
    if pair.back:
        yield f"own dates={bool(own):d}"
        return
    distance = _distance(e, trigger.start, trigger.end)
    nearest = all(distance <= _distance(other, trigger.start, trigger.end) for _, other in own)
    yield f"nearest date={order},{nearest:d}"
    mine = _from_date(e, trigger)
    yield f"nearest trigger={order},{all(mine <= _from_date(e, other) for other in passage.words):d}"


def _from_date(e: Expression, trigger: TriggerWord) -> int:
    return e.start_char - trigger.end + 2 if trigger.start < e.start_char else trigger.start - e.end_char


def _tense(dating: Dating, anchor: date) -> str:
    start, end = dating.start, dating.end
    if (start or end or anchor) > anchor:
        return "ahead"
    if end is not None and end < anchor:
        return "past"
    return "today" if start == end else "around"


def bucket(n: int) -> int:
    """Return the class of a distance in words: itself up to 3, else 4, 6, 9 or 15."""
    return n if n <= 3 else 4 if n <= 5 else 6 if n <= 8 else 9 if n <= 14 else 15


def _add_rules(pairs: Sequence[Pair], rules: Sequence[EventMention]) -> None:
    """Add what the rules made of each pair, as signs."""
    for pair in pairs:
        t, signs = pair.trigger, set[str]()
        for event in rules:
            at, on = event.trigger[0] < t.end and t.start < event.trigger[1], pair.index in event.expressions
            sure = "unsure" if event.doubts else "sure"
            same_type = event.kind == t.kind and event.type == t.type
            if at and on:
                pair.rule = event
                pair.dating = _dating_of(event)
                stage = "vote" if event.stage == "postponement" else event.stage
                signs |= {f"rule={sure}", f"rule={sure},same type {same_type:d}", f"rule status={event.status}"}
                signs.add(f"rule type={event.type} {stage}")
            elif at:
                pair.rule_nearby = pair.rule_nearby or event
                signs.add(f"rule on trigger={sure}")
            elif on and event.kind == t.kind:
                same = family(event.kind, event.type, event.stage) == family(t.kind, t.type, t.stage)
                signs |= {f"rule on date={sure}", f"rule on date={sure},same sort {same:d}"}
        if pair.rule is None:
            signs.add("rule=none")
        pair.signs += sorted(signs)


def _dating_of(event: EventMention) -> Dating:
    """Return the days that the rules gave: they know of laws, conditions and new dates in other clauses."""
    w = event.when
    return Dating(w.start, w.end, w.grain, w.modifier, event.expressions, w.alternatives, event.reasons)
