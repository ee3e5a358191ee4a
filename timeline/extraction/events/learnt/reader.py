"""Events of an article as the learnt weights decide them, with the rules' own answer among the signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from timeline.extraction.article import EventMention
from timeline.extraction.events.building import LASTING, is_stay
from timeline.extraction.events.found import Found
from timeline.extraction.events.learnt.decide import predict_events
from timeline.extraction.events.learnt.doubts import doubts_of
from timeline.extraction.events.learnt.network import Network
from timeline.extraction.events.learnt.pairs import Pair, pairs_of
from timeline.extraction.events.learnt.passages import ReadText
from timeline.extraction.events.learnt.predicted import PredictedEvent
from timeline.extraction.events.learnt.words import TriggerWord, trigger_words
from timeline.extraction.events.lexicon import Hit, Trigger
from timeline.extraction.events.sentences import CLAUSE, Clause, Sentence
from timeline.extraction.events.status import said_by, status_of
from timeline.extraction.gazetteer import Mention, day_by_law, ever_members
from timeline.extraction.when import When

SURE_TYPE = 0.9  # the probability from which on a type that is learnt replaces that of the rules
SURE_STATUS = 0.9  # the same of a status
IMPOSSIBLE = 0.05  # the probability below which an event of the rules is dropped
BY_RULES = frozenset({"", "postponed", "cancelled"})  # what the rules know better
KEPT = BY_RULES | {"conditional"}  # statuses of the rules that stand
AHEAD = frozenset({"scheduled", "expected"})
DEADLINES = frozenset({"by", "until"})  # modifiers of dates
NATIONAL = frozenset({"general", "legislative"})
PLACED = frozenset({"local", "by_election"})  # votes that are often those of a part of the country
PRESIDENTIAL = frozenset({"US"})  # 大选 there is the presidential election (specification)


def readable(found: Found) -> ReadText | None:
    """Return a text as the network reads it; None where its language has no trigger words or the text none of them."""
    words = trigger_words(found.words.language)
    triggers = words.find(found.lowered) if words is not None else []
    return ReadText(found, triggers) if triggers else None


def learnt_events(written: str, text: ReadText, rules: Sequence[EventMention], network: Network) -> list[EventMention]:
    """Return the events of a text, with doubts where the weights have some. `written` is the text as given.

    What the rules say stands, with their doubts, unless it is held for all but impossible; the type and the status of
    it are those that are learnt, where these are sure.
    """
    limits = network.thresholds[text.language]
    pairs = pairs_of(text, rules)
    if not pairs:
        return list(rules)
    found, probability = predict_events(text, pairs, network)
    beyond = [h for h in found if h.probability >= limits["lower"] and not any(_covers(e, h) for e in rules)]
    predicted_events = [_with_status_by_rules(text, h) for h in beyond]
    events = [_mention(written, text, h, limits["upper"]) for h in predicted_events if h.status]
    for event in rules:
        best = max((float(q) for p, q in zip(pairs, probability, strict=True) if p.rule is event), default=1.0)
        if best < IMPOSSIBLE:
            continue
        same = next((h for h in found if any(p.rule is event for p in h.pairs)), None)
        events.append(_doubted(text, event, same, best, limits["upper"]))
    return events


def _doubted(
    text: ReadText, event: EventMention, same: PredictedEvent | None, best: float, upper: float
) -> EventMention:
    """Return an event of the rules with what the weights say of it, and all doubts. `best`: its probability alone.

    Where both name other participants, one in two is wrong; those of the weights are taken where the rules doubt too.
    """
    agrees = None
    if same is None:
        event = replace(event, probability=round(best, 3))
    else:
        if event.kind == same.kind == "alliance":
            agrees = set(event.participants) == set(same.codes) or _one_summit(event, same)
        event = _of_both(text, event, same)
        if agrees is False and event.doubts and _adds_parties(event, same):
            named = [m for m in text.mentions_of.get(same.pair.passage.sentence, ()) if set(m.codes) & set(same.codes)]
            mentions = tuple((m.start, m.end, c) for m in named for c in m.codes if c in same.codes)
            event = replace(event, participants=same.codes, mentions=mentions)
    probability = event.probability or 0.0
    who = (event.type, event.stage, event.participants)
    doubts = doubts_of(*who, probability, upper, by_rules=True, who_agrees=agrees)
    return replace(event, doubts=(*event.doubts, *doubts))


def _adds_parties(event: EventMention, h: PredictedEvent) -> bool:
    """Return whether the weights name two or more, of whom some are no members of what the rules name."""
    known = set(event.participants).union(*(ever_members(code) for code in event.participants if code.islower()))
    return len(h.codes) > 1 and not known >= set(h.codes)


def _one_summit(event: EventMention, h: PredictedEvent) -> bool:
    """Return whether a bloc meets, by the rules alone or by both: who hosts it or speaks there changes nothing."""
    blocs, theirs = ({code for code in codes if code.islower()} for codes in (event.participants, h.codes))
    return event.type == "summit" and bool(blocs) and (blocs == theirs or blocs == set(event.participants))


def _of_both(text: ReadText, event: EventMention, h: PredictedEvent) -> EventMention:
    """Return what the rules say, with the probability of the happening, and its type and status where they are surer.

    A word that names its type (`general election`, not `vote`) keeps it.
    """
    event = replace(event, probability=round(h.probability, 3))
    voter_differs = event.kind == "election" and event.participants != h.codes
    if event.kind != h.kind or voter_differs or event.stage == "postponement" or event.status in KEPT:
        return event
    start, end = event.trigger
    names_its_type = any(start <= place < end for place, _ in text.hints)
    if h.type_share >= SURE_TYPE and not names_its_type:
        event = replace(event, type=_by_law(h), stage=h.stage)
    is_over = event.status == "occurred" and event.when.end is not None and event.when.end < text.anchor
    surer = h.status not in BY_RULES and h.status_share >= SURE_STATUS and not (is_over and h.status in AHEAD)
    return replace(event, status=h.status) if surer else event


def _covers(event: EventMention, h: PredictedEvent) -> bool:
    """Return whether the rules gave this event already: a pair of it, or another country's vote on the very date."""
    if any(p.rule is event for p in h.pairs):
        return True
    return event.kind == h.kind == "election" and h.pair.index in event.expressions and event.stage == h.stage


def _with_status_by_rules(text: ReadText, h: PredictedEvent) -> PredictedEvent:
    """Apply the rules for denials, postponements and cancellations; an event without status is denied."""
    pair = h.pair
    sentence = _sentence(text, pair)
    clause = _clause_at(sentence, pair.trigger.start)
    place = pair.expression.start_char
    dated_in = _clause_at(sentence, place)
    hits = [x for x in text.dated.hits if sentence.start <= x.start < sentence.end]
    hit = next(
        (x for x in hits if x.trigger is not None and x.start < pair.trigger.end and pair.trigger.start < x.end), None
    )
    hit = hit or Hit(pair.trigger.start, pair.trigger.end, "trigger", _as_trigger(pair.trigger))
    status = status_of(hit, clause, dated_in, place, sentence, hits, pair.dating, text.anchor, text.lowered)
    if status in BY_RULES or (status == "conditional" and h.status in AHEAD):
        return replace(h, status=status)
    return replace(h, status="scheduled") if h.status == "occurred" and _is_due(pair, text.anchor) else h


def _is_due(pair: Pair, anchor: date) -> bool:
    """Return whether a deadline is still ahead: `has until June 2028 to call the next vote`."""
    end = pair.dating.end
    return pair.dating.modifier in DEADLINES and end is not None and end > anchor


def _as_trigger(word: TriggerWord) -> Trigger:
    """Return a word beyond the lexicon as the trigger of a verb."""
    none = frozenset[Any]()
    return Trigger(word.name, word.kind, word.type, word.stage, "verb", "", None, None, None, None, none, none)


def _sentence(text: ReadText, pair: Pair) -> Sentence:
    start, end = _trimmed(text.text, *text.sentences[pair.passage.sentence])
    return Sentence(start, end, tuple(Clause(c.start(), c.end()) for c in CLAUSE.finditer(text.text, start, end)))


def _clause_at(sentence: Sentence, position: int) -> Clause:
    """Return the clause that holds a place; of a place elsewhere, the first."""
    return next((c for c in sentence.clauses if c.start <= position < c.end), sentence.clauses[0])


def _mention(written: str, text: ReadText, h: PredictedEvent, upper: float) -> EventMention:
    pair, dating = h.pair, h.pair.dating
    sentence = _sentence(text, pair)
    start, end, clause = sentence.start, sentence.end, _clause_at(sentence, pair.trigger.start)
    days = [(e.start_char, e.end_char) for _, e in text.dated.expressions]
    named = [m for m in text.mentions_of.get(pair.passage.sentence, ()) if set(m.codes) & set(h.codes)]
    kind = "local" if _of_a_part(h.type, named) else _by_law(h)
    extent = "throughout" if kind in LASTING and is_stay(dating) else "within"
    return EventMention(
        kind=h.kind,
        type=kind,
        stage="postponement" if h.kind == "election" and h.status == "postponed" else h.stage,
        participants=h.codes,
        place=_place(h, kind, named),
        when=When(dating.start, dating.end, dating.granularity, dating.modifier, extent, dating.alternatives),
        status=h.status,
        evidence=written[start:end],
        evidence_start=start,
        evidence_end=end,
        expressions=dating.expressions,
        trigger=(pair.trigger.start, pair.trigger.end),
        mentions=tuple((m.start, m.end, c) for m in named for c in m.codes if c in h.codes),
        said_by=said_by(sentence, clause, days, written, text.text),
        reasons=dating.reasons,
        doubts=doubts_of(kind, h.stage, h.codes, h.probability, upper, by_rules=False),
        probability=round(h.probability, 3),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \t":
        start += 1
    while end > start and text[end - 1] in " \t":
        end -= 1
    return start, end


def _place(h: PredictedEvent, kind: str, named: Sequence[Mention]) -> str:
    """Return the place below the country that votes, where the sentence names one; else what the rules found."""
    rule = h.pair.rule
    if rule is not None and rule.participants == h.codes and rule.type == kind:
        return rule.place
    if kind not in PLACED:
        return ""
    return next((m.place for m in named if m.place), "")


def _of_a_part(type: str, named: Sequence[Mention]) -> bool:
    """`Scotland votes to elect its parliament`: the sentence names no more of the country than a part of it."""
    return type in NATIONAL and bool(named) and all(m.place for m in named)


def _by_law(h: PredictedEvent) -> str:
    """Return the type; `大选` of a country that elects its president so, in a window in which the law has that vote."""
    when = h.pair.dating
    if h.type != "general" or h.codes[0] not in PRESIDENTIAL or when.start is None or when.end is None:
        return h.type
    year = date(when.start.year, 1, 1), date(when.end.year, 12, 31)
    return "presidential" if day_by_law(h.codes[0], "presidential", "vote", *year) else h.type
