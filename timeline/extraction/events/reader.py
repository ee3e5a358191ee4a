"""Events of a text: every trigger with its date, participants and status; one event once per article."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from timeline.extraction.article import EventMention, Expression
from timeline.extraction.dates.edtf import event_edtf
from timeline.extraction.events.context import Cast, NamedElection, Scene
from timeline.extraction.events.dating import DatedText, Dating, dating_of
from timeline.extraction.events.deduplicate import once
from timeline.extraction.events.kinds import by_law, in_its_year, kind_of_vote
from timeline.extraction.events.lexicon import Hit, Lexicon, Trait, Trigger, lexicon
from timeline.extraction.events.participants import cast_of
from timeline.extraction.events.sentences import Clause, Sentence, sentences
from timeline.extraction.events.status import said_by, status_of
from timeline.extraction.events.syntax import ACTOR, DATE, TRIGGER, VAGUE, PathWords, Syntax, tokens_of
from timeline.extraction.events.voters import named_elections
from timeline.extraction.gazetteer import Mention, actors, find_mentions
from timeline.extraction.reason import FORWARD, JUST_NAMED, NO_YEAR, Code, Doubt, has, reason
from timeline.extraction.script import fold

LASTING = frozenset({"summit", "meeting", "exercise", "supranational", "general", "presidential", "legislative"})
GATHERINGS = frozenset({"meeting", "summit"})
LONGEST_STAY = 31  # a range of more days is a window, not a stay
TOPIC_HEAD = 300
# Whoever reads a trigger looks through all that is read together with it. Of 20,000 articles, none has more than 58
# triggers in dated sentences, and 1,000 words, names and dates: all of it is read together. Of a text with far more,
# stretches are; and of one without end, the beginning is.
MANY_TRIGGERS = 300
MANY_MARKS = 3_000
MAX_STRETCH_CHARS = 4_000
BEFORE_IT, BEHIND_IT = 2000, 200  # characters around a stretch
MAX_TRIGGERS = 600
MAX_EVENTS = 1_000
LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
VOTING = re.compile("选|投票|公投|election|vote|referendum", re.I)
BY_PARLIAMENT = re.compile(  # `国会选举新总统`: no vote of the people
    "(?:国会|议会|众议院|参议院|联邦大会)[^,。选]{0,12}(?:投票)?选[举出](?:产生)?(?:新任?|下任|下届)?(?:总统|总理|议长|首相)"
)


def read_events(
    text: str, folded: str, title: str, expressions: Sequence[Expression], anchor: date, language: str
) -> tuple[EventMention, ...]:
    """The dated events of a text. Offsets and expression indexes are those of `text` and `expressions`."""
    words = lexicon(language)
    if words is None:
        return ()
    cased = folded
    if language == "en":
        folded = folded.translate(LOWER)
    hits = words.find(folded)
    if language == "en":  # `on May 29` is not what may be
        days_told = [(e.start_char, e.end_char) for e in expressions]
        hits = [h for h in hits if h.role != "cue" or not _lies_in(h, days_told)]
    usable = [
        (i, e)
        for i, e in enumerate(expressions)
        if not e.vague
        and (e.start or e.end)
        and not _looks_back(e, anchor)
        and not folded.startswith("截至", e.start_char)  # how things stood then
        and not _mere_then(i, e, expressions, folded)
        and not _counted_from_then(i, e, expressions, folded, anchor)
    ]
    triggers = [h.start for h in hits if h.trigger is not None]
    days = [e.start_char for _, e in usable]
    candidates = list(sentences(folded, language, triggers, days)) if triggers and days else []
    if not candidates:
        return ()
    mentions = _told_apart(find_mentions(_masked(cased, expressions), anchor, folded=True), folded)
    topic, in_title = _topic(find_mentions(title, anchor), mentions)
    about = topic, in_title, VOTING.search(fold(title)) is not None
    found: list[EventMention] = []
    marks = len(hits) + len(mentions) + len(expressions)
    for stretch in _stretches(candidates, triggers, MAX_STRETCH_CHARS if marks > MANY_MARKS else len(text)):
        whole = len(stretch) == len(candidates) and marks <= MANY_MARKS
        start, end = (0, len(text)) if whole else _around(stretch)
        seen = [h for h in hits if start <= h.start < end]
        told = [m for m in mentions if start <= m.start < end]
        stand = [e for e in expressions if start <= e.start_char < end]
        days_told = [(e.start_char, e.end_char) for e in stand]
        named = named_elections(seen, told, words.home, folded, days_told, topic if about[1] and about[2] else "")
        nouns = [h for h in seen if h.trigger is not None and h.trigger.form == "noun"]
        days_here = [(i, e) for i, e in usable if start <= e.start_char < end]
        dated = DatedText(folded, days_here, seen, anchor, stand, nouns)
        for sentence in stretch:
            found.extend(_of_sentence(sentence, text, dated, told, about, named, words))
        if len(found) > MAX_EVENTS:
            break
    return once(found[:MAX_EVENTS])


def _lies_in(hit: Hit, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether one of some spans, ordered and apart, holds a word."""
    last = bisect_right(spans, hit.start, key=lambda span: span[0]) - 1
    return last >= 0 and hit.end <= spans[last][1]


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


def _told_apart(mentions: list[Mention], folded: str) -> list[Mention]:
    """乔治亚 is the country, or the state of the country that the text speaks of more often.

    总统府 is that of the country named just before it.
    """
    mentions = list(mentions)
    for i, m in enumerate(mentions):
        last = mentions[i - 1] if i else None
        if m.how != "seat" or last is None or last.how == "bloc" or not folded.startswith("总统府", m.start):
            continue
        if m.start - last.end <= PALACE and not re.search("[。!?\n]", folded[last.end : m.start]):
            mentions[i] = replace(m, codes=last.codes[:1])
    states = {m for m in mentions if m.how == "name" and m.codes == ("GE",) and folded.startswith("乔治亚", m.start)}
    if not states or sum(m.codes == ("US",) for m in mentions) <= len(states):
        return mentions
    return [replace(m, codes=("US",), how="place", place="US-GA") if m in states else m for m in mentions]


PALACE = 30  # characters between a country and its 总统府


def _masked(text: str, expressions: Sequence[Expression]) -> str:
    """Without the dates: `14日|中欧领导人` names no Japan."""
    out, position = [], 0
    for e in expressions:
        out += [text[position : e.start_char], "\0" * (e.end_char - e.start_char)]
        position = e.end_char
    return "".join([*out, text[position:]])


def _looks_back(e: Expression, anchor: date) -> bool:
    """`30年来首次`, `过去三年`: a stretch up to now is no day of an event."""
    return e.granularity == "span" and e.modifier in ("", "about") and e.end == anchor and e.start != anchor


def _mere_then(index: int, e: Expression, expressions: Sequence[Expression], folded: str) -> bool:
    """`当年`, far from any date: that time, not that year."""
    if not THEN.match(e.text):
        return False
    last = expressions[index - 1].end_char if index else -THEN_REACH
    return e.start_char - last > THEN_REACH or folded.startswith("的", e.end_char)


def _counted_from_then(index: int, e: Expression, expressions: Sequence[Expression], folded: str, anchor: date) -> bool:
    """`1973年加入,两年后举行公投`, `7月下令三天内关闭`: not from the day of the article."""
    if not has(e.reasons, FORWARD) or index == 0:
        return False
    last = expressions[index - 1]
    return last.end is not None and last.end < anchor and not STOPS.search(folded, last.end_char, e.start_char)


STOPS = re.compile("[。!?\n]")
THEN = re.compile("当[年天日时月]|當[年天日時月]|同[年月日一]|那[年天]")
THEN_REACH = 80  # characters


def _topic(in_title: Sequence[Mention], in_text: Sequence[Mention]) -> tuple[str, bool]:
    """The country that an article is about: named first in its title (True), else most often at its beginning."""
    for m in in_title:
        if actors()[m.codes[0]].kind == "country":
            return m.codes[0], True
    head = [c for m in in_text if m.start < TOPIC_HEAD for c in m.codes if actors()[c].kind == "country"]
    return (Counter(head).most_common(1)[0][0] if head else ""), False


def _of_sentence(
    sentence: Sentence,
    text: str,
    dated: DatedText,
    mentions: Sequence[Mention],
    about: tuple[str, bool, bool],
    named: Sequence[NamedElection],
    words: Lexicon,
) -> Iterable[EventMention]:
    hits = _joined([h for h in dated.hits if sentence.start <= h.start < sentence.end])
    if not any(h.trigger for h in hits):
        return
    syntax = _syntax(sentence, dated, hits, mentions, words.path)
    gatherings = frozenset(h.start for h in hits if h.trigger is not None and h.trigger.form == "noun")
    days = [(e.start_char, e.end_char) for e in dated.all_expressions if sentence.start <= e.start_char < sentence.end]
    for hit in hits:
        if hit.trigger is None:
            continue
        clause = _clause(hit, sentence)
        if Trait.UNNAMED in hit.trigger.traits and BY_PARLIAMENT.search(dated.text, clause.start, clause.end):
            continue
        if hit.trigger.without is not None and hit.trigger.without.search(dated.text, clause.start, clause.end):
            continue
        if AIM.search(dated.text, hit.end, clause.end) and "以" in dated.text[clause.start : hit.start]:
            continue
        dating = dating_of(hit, clause, sentence, dated, syntax)
        if dating is None:
            continue
        if dating.end is None and hit.trigger.type in GATHERINGS:
            continue  # `12月以后会面`: no window that ever closes
        dating = _after_condition(hit, clause, sentence, dating, dated)
        dating = _in_the_year(hit, dating, sentence, dated)
        moved = _moved(clause, sentence, dated)
        place = next(e.start_char for i, e in dated.expressions if i == dating.expressions[0])
        dated_in = next((c for c in sentence.clauses if c.start <= place < c.end), clause)
        here = dated_in == clause
        scene = Scene(
            dated.text,
            words.who,
            sentence,
            clause,
            mentions,
            hits,
            dated.hits,
            about[0],
            dating.end or dated.anchor,
            here,
            words.home.get(dated.text[hit.start : hit.end], ()),
            named,
            syntax,
            about[1],
            about[2],
            days,
            gatherings,
        )
        cast = cast_of(hit.trigger, hit, scene)
        if cast.codes:
            dating = in_its_year(cast.codes[0], hit.trigger, dating)
        status = status_of(hit, clause, dated_in, place, sentence, hits, dating, dated.anchor, dated.text)
        if moved is not None:
            dating, status = moved, "postponed"
        ahead = dating.start == dated.anchor and dating.end is not None and (dating.end - dated.anchor).days > 7
        if status == "occurred" and ahead:
            continue  # `一年内再度造访`: that lies behind, the window ahead
        if status == "cancelled" and Trait.DEPLOYMENT in hit.trigger.traits:
            continue  # `不再增派部队`
        if cast.codes and status:
            yield from _mentions(hit, clause, sentence, dating, cast, status, text, dated, scene)


def _syntax(
    sentence: Sentence, dated: DatedText, hits: Sequence[Hit], mentions: Sequence[Mention], path: PathWords | None
) -> Syntax | None:
    """The sentence in words; None for a language whose clauses are not read so."""
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
            out[-1] = replace(hit, start=before.start, trigger=replace(hit.trigger, type=before.trigger.type))
        else:
            out.append(hit)
    return out


def _in_the_year(hit: Hit, dating: Dating, sentence: Sentence, dated: DatedText) -> Dating:
    """`1月签署了协议` in December: a verb without any word of the future tells of the year past, not of the next."""
    if hit.trigger is None or hit.trigger.form != "verb" or not has(dating.reasons, NO_YEAR):
        return dating
    if dating.start is None or dating.end is None or (dating.start - dated.anchor).days <= FAR_AHEAD:
        return dating
    attribute = dated.text.startswith("的", hit.end)  # `1月签署的协议面临风险`
    if _told_ahead(sentence, dated, hit.start if attribute else sentence.end):
        return dating
    if not has(dating.reasons, {Code.YEAR_NEAREST}) and not attribute:
        return dating
    return dating.years(-1, Code.NOT_AHEAD)


FAR_AHEAD = 30  # days


def _told_ahead(sentence: Sentence, dated: DatedText, end: int) -> bool:
    """A word of the future stands in the sentence, up to a place."""
    ahead = ("scheduled", "expected", "conditional")
    return any(h.status in ahead and sentence.start <= h.start < end for h in dated.hits)


AIM = re.compile("为(?:诉求|目标|目的|宗旨|主张)")  # `以脱离欧盟为诉求的政党`
PUT_OFF = re.compile(
    r"(?:推迟|延期|延后|押后|顺延|推延|推后|改期?)(?:[\d一二三四五六七八九十两几]{1,2}个?(?:星期|[日天周月年]))?[到至]$"
)
ORIGINALLY = re.compile("原[定订本]")


def _moved(clause: Clause, sentence: Sentence, dated: DatedText) -> Dating | None:
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
        reasons=(reason(Code.IF_EVENT, used.text, used.start),),
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
    groups = [cast.codes]
    if trigger.kind == "election" and len(cast.codes) > 1:
        groups = [(code,) for code in cast.codes]
    for codes in groups:
        kind = kind_of_vote(hit, codes[0], cast.place, sentence, scene, dating)
        kind = by_law(kind, codes[0], trigger, dating, dated.text[sentence.start : sentence.end])
        if not kind:
            continue
        stage = "postponement" if trigger.kind == "election" and status == "postponed" else trigger.stage
        yield EventMention(
            kind=trigger.kind,
            type=kind,
            stage=stage,
            participants=codes,
            place="" if kind == "presidential" else cast.place,
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
            reasons=dating.reasons,
            alternatives=dating.alternatives,
            doubts=tuple(
                doubt
                for doubt in (cast.doubt, _doubt_of_day(dating, clause, sentence, dated, trigger, status))
                if doubt
            ),
        )


OF_THIS_MONTH = 14  # days behind the anchor up to which a mere day is surely that of the month
ADVERBIAL = 8  # characters beside the day in a clause that is only a time


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
    untold = nearest and not _told_ahead(sentence, dated, sentence.end)
    if untold and (status == "scheduled" or dating.start != e.start):
        return Doubt.NOT_AHEAD
    return Doubt.YEAR_OF_OTHER_DATE if has(e.reasons, JUST_NAMED) else None


def _is_stay(dating: Dating, dated: DatedText) -> bool:
    """A range of days (`6月11日至13日举行峰会`) lasts; a month or a week is when it happens some day."""
    if dating.modifier or dating.start is None or dating.end is None or dating.granularity != "day":
        return False
    return 0 < (dating.end - dating.start).days < LONGEST_STAY
