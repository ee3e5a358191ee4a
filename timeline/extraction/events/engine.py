"""Events of a text: every trigger with its date, participants and status; one event once per article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from timeline.extraction.dates.edtf import event_edtf
from timeline.extraction.events.dating import DatedText, Dating, dating_of
from timeline.extraction.events.lexicon import Hit, lexicon
from timeline.extraction.events.participants import Cast, Scene, cast_of
from timeline.extraction.events.sentences import Clause, Sentence, sentences
from timeline.extraction.events.status import said_by, status_of
from timeline.extraction.gazetteer import Mention, actors, find_mentions
from timeline.extraction.values import EventMention, Expression

LASTING = frozenset({"summit", "meeting", "exercise", "supranational", "general", "presidential", "legislative"})
LONGEST_STAY = 31  # a range of more days is a window, not a stay
TOPIC_HEAD = 300
LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
FOR_PRESIDENT = re.compile("(?:选出|选举|选|角逐|竞选)(?:下任|下届|新任?|其)?总统")
PRESIDENTIAL = frozenset({"US"})  # 大选 there is the presidential election (specification)


def read_events(
    text: str, folded: str, title: str, expressions: Sequence[Expression], anchor: date, language: str
) -> tuple[EventMention, ...]:
    """The dated events of a text. Offsets and expression indexes are those of `text` and `expressions`."""
    words = lexicon(language)
    if words is None:
        return ()
    if language == "en":
        folded = folded.translate(LOWER)
    hits = words.find(folded)
    usable = [
        (i, e) for i, e in enumerate(expressions) if not e.vague and (e.start or e.end) and not _looks_back(e, anchor)
    ]
    if not usable or not any(h.trigger for h in hits):
        return ()
    mentions = find_mentions(text, anchor)
    dated = DatedText(folded, usable, hits, anchor)
    topic = _topic(find_mentions(title, anchor), mentions)
    voter = _spoken_of(hits, mentions)
    found: list[EventMention] = []
    for sentence in sentences(folded, language):
        if any(sentence.start <= e.start_char < sentence.end for _, e in usable):
            found.extend(_of_sentence(sentence, text, dated, mentions, (topic, voter), words.home))
    return _once(found)


def _looks_back(e: Expression, anchor: date) -> bool:
    """`30年来首次`, `过去三年`: a stretch up to now is no day of an event."""
    return e.granularity == "span" and not e.modifier and e.end == anchor and e.start != anchor


def _topic(in_title: Sequence[Mention], in_text: Sequence[Mention]) -> str:
    """The country that an article is about: named first in its title, else most often at its beginning."""
    for m in in_title:
        if actors()[m.codes[0]].kind == "country":
            return m.codes[0]
    head = [c for m in in_text if m.start < TOPIC_HEAD for c in m.codes if actors()[c].kind == "country"]
    return Counter(head).most_common(1)[0][0] if head else ""


def _spoken_of(hits: Sequence[Hit], mentions: Sequence[Mention]) -> str:
    """The country whose election an article names outright (`美国大选`) most often, "" for none."""
    ends = {m.end: m.codes[0] for m in mentions if m.how == "name" and actors()[m.codes[0]].kind == "country"}
    named = [
        ends[h.start - gap]
        for h in hits
        if h.trigger is not None and h.trigger.kind == "election"
        for gap in (0, 1)
        if h.start - gap in ends
    ]
    return Counter(named).most_common(1)[0][0] if named else ""


def _of_sentence(
    sentence: Sentence,
    text: str,
    dated: DatedText,
    mentions: Sequence[Mention],
    about: tuple[str, str],
    home: Mapping[str, str],
) -> Iterable[EventMention]:
    hits = _joined([h for h in dated.hits if sentence.start <= h.start < sentence.end])
    for hit in hits:
        if hit.trigger is None:
            continue
        clause = _clause(hit, sentence)
        if hit.trigger.without is not None and hit.trigger.without.search(dated.text, clause.start, clause.end):
            continue
        dating = dating_of(hit, clause, sentence, dated)
        if dating is None:
            continue
        dating = _after_condition(hit, clause, sentence, dating, dated)
        moved = _moved(clause, sentence, dated)
        place = next(e.start_char for i, e in dated.expressions if i == dating.expressions[0])
        dated_in = next((c for c in sentence.clauses if c.start <= place < c.end), clause)
        here = dated_in == clause
        scene = Scene(
            dated.text,
            sentence,
            clause,
            mentions,
            hits,
            dated.hits,
            about[0],
            dating.end or dated.anchor,
            here,
            home.get(dated.text[hit.start : hit.end], ""),
            about[1],
        )
        cast = cast_of(hit.trigger, hit, scene)
        status = status_of(hit, clause, dated_in, place, sentence, hits, dating, dated.anchor, dated.text)
        if moved is not None and status:
            dating, status = moved, "postponed"
        if cast.codes and status:
            yield from _mentions(hit, clause, sentence, dating, cast, status, text, dated, scene)


def _joined(hits: list[Hit]) -> list[Hit]:
    """`国民议会选举第二轮投票` is one trigger: the type of the first, the stage of the second."""
    out: list[Hit] = []
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
            out[-1] = replace(hit, start=before.start, trigger=replace(hit.trigger, type=before.trigger.type))
        else:
            out.append(hit)
    return out


ORIGINALLY = re.compile("原[定订本]")


def _moved(clause: Clause, sentence: Sentence, dated: DatedText) -> Dating | None:
    """`会谈原定于本月底举行，现已推迟到明年第一季度`: the new date, told in the clause behind."""
    behind = next((c for c in sentence.clauses if c.start >= clause.end), None)
    if behind is None or not ORIGINALLY.search(dated.text, clause.start, clause.end):
        return None
    if not any(h.status == "postponed" and behind.start <= h.start < behind.end for h in dated.hits):
        return None
    found = dated.within(behind.start, behind.end)
    if not found:
        return None
    index, e = found[0]
    return Dating(e.start, e.end, e.granularity, e.modifier, (index,), why=e.why)


def _clause(hit: Hit, sentence: Sentence) -> Clause:
    return next(c for c in sentence.clauses if c.start <= hit.start < c.end)


def _after_condition(hit: Hit, clause: Clause, sentence: Sentence, dating: Dating, dated: DatedText) -> Dating:
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
        why=f"if what is dated {used.text} so turns out → from {used.start}",
    )


def _mentions(
    hit: Hit,
    clause: Clause,
    sentence: Sentence,
    dating: Dating,
    cast: Cast,
    status: str,
    text: str,
    dated: DatedText,
    scene: Scene,
) -> Iterable[EventMention]:
    """One event; of an election in several countries (`三国的选举`) one for each."""
    trigger = hit.trigger
    assert trigger is not None
    lasting = trigger.type in LASTING and _is_stay(dating, dated)
    extent = "throughout" if lasting else "within"
    groups, sentence_of = [cast.codes], (sentence.start, sentence.end)
    if trigger.kind == "election" and len(cast.codes) > 1:
        groups = [(code,) for code in cast.codes]
    for codes in groups:
        kind_of_vote = trigger.type
        if kind_of_vote == "general" and (codes[0] in PRESIDENTIAL or FOR_PRESIDENT.search(dated.text, *sentence_of)):
            kind_of_vote = "presidential"
        stage = "postponement" if trigger.kind == "election" and status == "postponed" else trigger.stage
        yield EventMention(
            kind=trigger.kind,
            type=kind_of_vote,
            stage=stage,
            participants=codes,
            place=cast.place,
            start=dating.start,
            end=dating.end,
            granularity=dating.granularity,
            modifier=dating.modifier,
            extent=extent,
            edtf=event_edtf(dating.start, dating.end, extent),
            status=status,
            evidence=text[sentence.start : sentence.end],
            evidence_start=sentence.start,
            evidence_end=sentence.end,
            expressions=dating.expressions,
            trigger=(hit.start, hit.end),
            mentions=tuple((m.start, m.end, c) for m in cast.mentions for c in m.codes),
            said_by=said_by(
                sentence, clause, [(e.start_char, e.end_char) for _, e in dated.expressions], text, dated.text
            ),
            why=dating.why,
            alternatives=dating.alternatives,
        )


def _is_stay(dating: Dating, dated: DatedText) -> bool:
    """A range of days (`6月11日至13日举行峰会`) lasts; a month or a week is when it happens some day."""
    if dating.modifier or dating.start is None or dating.end is None or dating.granularity != "day":
        return False
    return 0 < (dating.end - dating.start).days < LONGEST_STAY


def _once(found: list[EventMention]) -> tuple[EventMention, ...]:
    """One event once per article, with its most precise date and its surest status."""
    kept: list[EventMention] = []
    for event in found:
        for i, other in enumerate(kept):
            if _same(event, other):
                kept[i] = _better(other, event)
                break
        else:
            kept.append(event)
    return tuple(sorted(kept, key=lambda e: (e.trigger, e.participants)))


VOTES = frozenset({"presidential", "legislative", "general"})


def _same(a: EventMention, b: EventMention) -> bool:
    if a.kind != b.kind or a.stage != b.stage or a.place != b.place:
        return False
    if a.kind == "election":
        if a.participants != b.participants:
            return False
        if a.type != b.type and not {a.type, b.type} <= VOTES:
            return False
        if {a.type, b.type} == {"presidential", "legislative"}:
            return False
        return _meet(a, b)
    if a.type != b.type:
        return False
    if (a.start, a.end) == (b.start, b.end):
        return set(a.participants) <= set(b.participants) or set(b.participants) <= set(a.participants)
    return set(a.participants) == set(b.participants) and (_contains(a, b) or _contains(b, a))


def _meet(a: EventMention, b: EventMention) -> bool:
    """The days of both have one in common."""
    before = a.end is not None and b.start is not None and a.end < b.start
    after = b.end is not None and a.start is not None and b.end < a.start
    return not before and not after


def _contains(a: EventMention, b: EventMention) -> bool:
    """The days of `a` hold those of `b`."""
    starts = a.start is None or (b.start is not None and a.start <= b.start)
    ends = a.end is None or (b.end is not None and a.end >= b.end)
    return starts and ends


def _better(first: EventMention, second: EventMention) -> EventMention:
    """The more precise of two; on equal days the one with more participants; the special type wins."""
    if (first.start, first.end) == (second.start, second.end):
        best = second if len(second.participants) > len(first.participants) else first
    else:
        sure = [e for e in (first, second) if e.status != "conditional"] or [first, second]
        best = min(sure, key=_length)  # a condition does not make a firm date more precise
    special = next((e.type for e in (first, second) if e.type != "general"), best.type)
    return replace(best, type=special) if best.kind == "election" else best


def _length(e: EventMention) -> int:
    """Days of the window; an open one is longer than any closed."""
    return (e.end - e.start).days if e.start is not None and e.end is not None else 10**7
