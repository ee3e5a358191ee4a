"""Which date belongs to a trigger: tied to it, in its clause, free in its sentence; before or after it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter

from timeline.extraction.article import Expression
from timeline.extraction.dates import calendar as cal
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.events.syntax import TRIGGER, Syntax
from timeline.extraction.phrases import phrases_of
from timeline.extraction.reason import Code, Reasons, reason
from timeline.extraction.when import in_year

PHRASES = phrases_of(__name__)
AT_A_PLACE = PHRASES["at_a_place"]
ASIDE = frozenset(PHRASES["aside"].split())
UNFOLDING = frozenset(PHRASES["unfolding"].split())
TIED = 16  # characters that may stand between a date and the noun that it dates
LOOSE = re.compile(PHRASES["loose"])
ANNOUNCES = re.compile(PHRASES["announces"])
PLANS = re.compile(PHRASES["plans"])
UP_TO_NOW = re.compile(PHRASES["up_to_now"])
SINCE_IT = re.compile(PHRASES["since_it"])
UP_TO_NOW_AT_ONCE = re.compile(PHRASES["up_to_now_at_once"])
OVER = re.compile(PHRASES["over"])
SINCE_BEFORE = re.compile(PHRASES["since_before"])
SINCE = re.compile(PHRASES["since"])
ANNIVERSARY = re.compile(PHRASES["anniversary"])
BEFORE = re.compile(PHRASES["before"])
AFTER = re.compile(PHRASES["after"])
IN_IT = re.compile(PHRASES["in_it"])
HELD_BEHIND = re.compile(PHRASES["held_behind"])
MOVED_TO = re.compile(PHRASES["moved_to"])  # `从2月25日推迟到3月24日`
COUNTED_THEN = re.compile(PHRASES["counted_then"])  # the day of the count is not that of the vote
TELLS_WHEN = re.compile(PHRASES["tells_when"])
BEHIND_VERB = re.compile(PHRASES["behind_verb"])
OR = re.compile(PHRASES["or"])
AND = re.compile(PHRASES["and"])
TELLS_TIME = re.compile(PHRASES["tells_time"])


@dataclass(frozen=True, slots=True)
class Dating:
    """The days of an event, the expressions they hang on, and how: plain, by, after, hull."""

    start: date | None
    end: date | None
    granularity: str
    modifier: str
    expressions: tuple[int, ...]
    alternatives: tuple[tuple[date | None, date | None], ...] = ()
    reasons: Reasons = ()

    def years(self, step: int, because: Code) -> Dating:
        """Return the same days of another year, and because of what."""
        start, end = (d and in_year(d, d.year + step) for d in (self.start, self.end))
        steps = reason(because), reason(Code.DAYS, start, end)
        return replace(self, start=start, end=end, reasons=(*self.reasons, *steps))


@dataclass(frozen=True, slots=True)
class DatedText:
    """The folded text with its computable expressions (index, expression) and the lexicon's hits."""

    text: str
    expressions: Sequence[tuple[int, Expression]]
    hits: Sequence[Hit]
    anchor: date
    all_expressions: Sequence[Expression] = ()  # those without computable days as well
    nouns: Sequence[Hit] = ()  # the hits that are nouns of events

    def within(self, start: int, end: int) -> list[tuple[int, Expression]]:
        return [(i, e) for i, e in self.expressions if start <= e.start_char and e.end_char <= end]


EVER_SINCE = re.compile(PHRASES["ever_since"])  # `六月流血冲突以来`
OF_ANOTHER = re.compile(PHRASES["of_another"])  # `重返2017年退出的协定`
OTHERS_END = re.compile(PHRASES["others_end"])  # `是在本月的峰会后进行的`
WEEKS_AFTER = re.compile(PHRASES["weeks_after"])
CREDIT = re.compile(r"\([^()]+$")  # `出席峰会(总统府2020年11月10日)`: the day of a picture
RIGHT_BEHIND = 2  # characters between a day and the verb that it stands before (`大选将于6月4日|晚间|开票`)


def dating_of(hit: Hit, clause: Clause, sentence: Sentence, dated: DatedText, syntax: Syntax | None) -> Dating | None:
    """Return the date of a trigger: in its clause first, then free in the sentence; None where there is none."""
    assert hit.trigger is not None
    if syntax is None:
        found = _nearest(hit, dated.within(clause.start, clause.end), dated)
    elif hit.trigger.form == "noun":
        found = _of_noun(hit, clause, sentence, dated, syntax)
    else:
        found = _of_verb(hit, clause, sentence, dated, syntax)
    if found is None:
        return None
    if _up_to_now(found[1], hit, dated.text) or ANNIVERSARY.match(dated.text, hit.end):
        return None
    if hit.trigger.form == "noun":
        found = _day_after(clause, sentence, found, dated)
    return placed(hit.start, hit.trigger.type, found, dated)


def _up_to_now(e: Expression, hit: Hit, text: str) -> bool:
    """`2018年以来三次会晤`, `美台断交以来最高层级`: no day of that; in `自2001年加入以来` it is."""
    noun = hit.trigger is not None and hit.trigger.form == "noun"
    since_then = (SINCE_IT if noun else UP_TO_NOW).match(text, hit.end) is not None
    if e.modifier == "since" or (e.modifier == "from" and SINCE.search(e.text)):
        return not since_then
    if SINCE_BEFORE.search(text, max(0, e.start_char - 12), e.start_char):
        return False  # `自特朗普2016年就任以来`
    return since_then and e.modifier != "from" and UP_TO_NOW_AT_ONCE.match(text, hit.end) is not None


def _day_after(
    clause: Clause, sentence: Sentence, found: tuple[int, Expression], dated: DatedText
) -> tuple[int, Expression]:
    """`上周举行，会期为22日至24日`: the clause behind tells the days more precisely."""
    for other in sentence.clauses:
        if other.start == clause.end + 1 and TELLS_TIME.match(dated.text, other.start):
            for index, e in dated.within(other.start, other.end):
                was = found[1]
                if was.start and was.end and e.start and e.end and was.start <= e.start <= e.end <= was.end:
                    return index, e
    return found


def _of_noun(
    hit: Hit, clause: Clause, sentence: Sentence, dated: DatedText, syntax: Syntax
) -> tuple[int, Expression] | None:
    """`11月的美国大选`, `于5月举行大选`, `大选将于5月3日举行`, `下月，美国举行大选`."""
    inside = dated.within(hit.start, hit.end)
    if inside:
        return inside[0]
    before = dated.within(sentence.start, hit.start)
    behind = dated.within(hit.end, clause.end)
    if before and before[-1][1].start_char >= clause.start and syntax.modifies(before[-1][1].end_char, hit.start):
        return _more_precise(before, hit, clause, syntax)
    for index, e in behind:
        held = TELLS_WHEN.search(dated.text, hit.start, e.start_char) or HELD_BEHIND.match(dated.text, e.end_char)
        if WEEKS_AFTER.match(dated.text, e.end_char):
            break  # `12月第二个星期三过后的首个星期一`
        counted = COUNTED_THEN.match(dated.text, e.end_char) or CREDIT.search(dated.text, hit.end, e.start_char)
        if held and not counted and syntax.day_follows(hit.end, e.start_char):
            return index, e
        if not MOVED_TO.match(dated.text, e.end_char):
            break
    for index, e in reversed(before):
        if _claimed_by_another(e, hit, dated, syntax):
            continue
        if not syntax.reaches(e.end_char, hit.start, taken=True) or _done_instead(e.end_char, hit, syntax):
            break
        if syntax.holds(e.end_char, hit.start) or _held_behind(hit, clause, syntax):
            return index, e
        break
    for other in sentence.clauses:
        if other.start == clause.end + 1 and TELLS_TIME.match(dated.text, other.start):
            days = dated.within(other.start, other.end)
            return days[0] if days else None
    return None


def _more_precise(
    before: list[tuple[int, Expression]], hit: Hit, clause: Clause, syntax: Syntax
) -> tuple[int, Expression]:
    """`将于11月15日举行2020年市镇选举`: the day on which it is held stands above the year in its name."""
    named = before[-1][1]
    for index, e in reversed(before[:-1]):
        inside = named.start and named.end and e.start and e.end and named.start <= e.start <= e.end <= named.end
        if inside and e.start_char >= clause.start and syntax.holds(e.end_char, hit.start):
            return index, e
    return before[-1]


def _done_instead(start: int, hit: Hit, syntax: Syntax) -> bool:
    """`23日宣布大选将延后`, `7月提名他参加大选`: the day is that of the announcement, of another step."""
    return any(t.tag == TRIGGER or ANNOUNCES.fullmatch(t.text) for t in syntax.between(start, hit.start))


def _held_behind(hit: Hit, clause: Clause, syntax: Syntax) -> bool:
    """`北约峰会在布鲁塞尔举行`: the event is held in the same clause, and nothing else is done."""
    for t in syntax.between(hit.end, clause.end):
        if t.text in syntax.words.holding:
            return True
        if t.text in syntax.words.speech or (syntax.is_verb(t) and t.text not in syntax.words.carriers):
            return False
    return False


def _of_verb(
    hit: Hit, clause: Clause, sentence: Sentence, dated: DatedText, syntax: Syntax
) -> tuple[int, Expression] | None:
    """Return the day that governs the verb: inside it, before it with nothing else done between, or right after it."""
    inside = dated.within(hit.start, hit.end)
    if inside:
        return inside[0]  # 选民今天投票
    framed: tuple[int, Expression] | None = None
    for index, e in reversed(dated.within(sentence.start, hit.start)):
        since = EVER_SINCE.match(dated.text, e.end_char, hit.start)
        if since is not None or _claimed_by_another(e, hit, dated, syntax):
            if framed is None and since is None and _frames(e, hit, sentence, dated):
                framed = index, e
            continue
        if _only_afterwards(e.end_char, hit, dated.text) or _talked_about(hit, clause, dated, syntax):
            break
        if _the_cause(e.end_char, hit, dated.text):
            break
        rule = hit.trigger.rule if hit.trigger is not None else ""
        aside = rule not in ("talks", "parties", "two")
        own = hit.trigger.own_verbs if hit.trigger is not None else frozenset()
        reached = syntax.reaches(e.end_char, hit.start, taken=rule == "talks", aside=aside, also=own)
        if reached and not _announced(e.end_char, hit.start, dated.text):
            return index, e
        break
    if framed is not None:
        return framed
    for index, e in dated.within(hit.end, clause.end):
        if OTHERS_END.match(dated.text, e.end_char, clause.end) or OF_ANOTHER.match(dated.text, e.end_char):
            break
        stated = TELLS_WHEN.search(dated.text, hit.start, e.start_char) and syntax.day_follows(hit.end, e.start_char)
        if stated or BEHIND_VERB.fullmatch(dated.text, hit.end, e.start_char):
            return index, e
        if syntax.day_follows_object(hit.end, e.start_char):
            return index, e
        break
    return None


def _only_afterwards(start: int, hit: Hit, text: str) -> bool:
    """`对话于26日举行，正好在协定签署之后`: what is done is over on that day."""
    if OVER.match(text, hit.end) is None:
        return False
    return AT_A_PLACE in text[start : hit.start] or "," in text[start : hit.start]


def _the_cause(start: int, hit: Hit, text: str) -> bool:
    """`9日因促成双方达成协议获提名`: the day is that of what follows from it."""
    return (
        hit.trigger is not None and hit.trigger.rule == "parties" and CAUSE.search(text, start, hit.start) is not None
    )


CAUSE = re.compile(PHRASES["cause"])


def _talked_about(hit: Hit, clause: Clause, dated: DatedText, syntax: Syntax) -> bool:
    """`就达成协定展开谈判`: what is wanted of the talks."""
    if hit.trigger is None or hit.trigger.rule != "parties":
        return False
    topic = any(t.text in ASIDE for t in syntax.between(clause.start, hit.start))
    return topic and any(t.tag == TRIGGER or t.text in UNFOLDING for t in syntax.between(hit.end, clause.end))


def _claimed_by_another(e: Expression, hit: Hit, dated: DatedText, syntax: Syntax) -> bool:
    """Return whether a day belongs to another noun of an event, before (`11月美国大选`) or after it."""
    for h in dated.nouns:
        if h.start == hit.start or h.start < syntax.start:
            continue
        if h.end <= e.start_char:
            own = hit.trigger is not None and hit.trigger.form == "verb" and 0 <= hit.start - e.end_char <= RIGHT_BEHIND
            near = not own and e.start_char - h.end <= TIED and TELLS_WHEN.search(dated.text, h.end, e.start_char)
            if near and syntax.day_follows(h.end, e.start_char):
                return True  # `立法会选举将在9月举行，民主派举行初选`
    owner = _claimed(e, dated)
    return owner is not None and owner.start != hit.start and syntax.modifies(e.end_char, owner.start)


def _frames(e: Expression, hit: Hit, sentence: Sentence, dated: DatedText) -> bool:
    """Return whether the trigger lies before or after the event that owns the day, or under the condition of it."""
    owner = _claimed(e, dated)
    if owner is None or hit.trigger is None or hit.trigger.kind != "alliance":
        return False
    if BEFORE.match(dated.text, owner.end) or AFTER.match(dated.text, owner.end):
        return True
    if owner.trigger is not None and owner.trigger.type == "summit" and IN_IT.match(dated.text, owner.end):
        return True
    return any(h.status == "conditional" and sentence.start <= h.start < e.start_char for h in dated.hits)


def _announced(start: int, end: int, text: str) -> bool:
    """`卫生部4日宣布，部长将率团访问…`: the day is that of the announcement of a plan."""
    announced = ANNOUNCES.search(text, start, end)
    return announced is not None and PLANS.search(text, announced.end(), end) is not None


def _nearest(hit: Hit, here: list[tuple[int, Expression]], dated: DatedText) -> tuple[int, Expression] | None:
    """English dates its verbs and nouns behind them, else before."""
    before = [x for x in here if x[1].end_char <= hit.start][-1:]
    behind = [x for x in here if x[1].start_char >= hit.end][:1]
    ordered = behind + before
    return ordered[0] if ordered else None


def _start(hit: Hit) -> int:
    return hit.start


def _claimed(e: Expression, dated: DatedText) -> Hit | None:
    """Return the trigger that a date stands tied before: `11月美国大选` claims 11月."""
    for h in dated.nouns[bisect_left(dated.nouns, e.end_char, key=_start) :]:
        if h.start > e.end_char + TIED:
            break
        if not LOOSE.search(dated.text[e.end_char : h.start]):
            return h
    return None


def placed(start: int, type_: str, found: tuple[int, Expression], dated: DatedText) -> Dating:
    """Return the interval of a trigger (where it begins, and its type) with a date (index and expression).

    Of the date itself, or before / after the event that the date belongs to.
    """
    index, e = found
    owner = _claimed(e, dated)
    if owner is not None and owner.start != start:
        if BEFORE.match(dated.text, owner.end):
            first, before = dated.anchor if _ahead(e.end, dated) else None, reason(Code.BEFORE_EVENT, e.text, e.end)
            return Dating(first, e.end, e.granularity, "by", (index,), reasons=(before,))
        if AFTER.match(dated.text, owner.end):
            after = reason(Code.AFTER_EVENT, e.text)
            return Dating(e.start, None, e.granularity, "after", (index,), reasons=(after,))
    return _hull(index, e, dated, lasts=type_ == "exercise")


def _ahead(end: date | None, dated: DatedText) -> bool:
    return end is not None and end >= dated.anchor


def _hull(index: int, e: Expression, dated: DatedText, *, lasts: bool) -> Dating:
    """`2024年底或2025年初`: the hull of both, which are kept."""
    pair = _joined_by(OR, index, e, dated)
    if pair is None:
        days = _joined_by(AND, index, e, dated)
        if days is not None and _next_day(days[0][1], days[1][1]):
            (i, first), (j, second) = days
            return Dating(first.start, second.end, "span", "", (i, j), reasons=(*first.reasons, *second.reasons))
        if e.modifier in ("since", "from") and e.start is not None:
            end = None if lasts else _unit_end(e)  # 自2001年加入以来, 自7月1日起生效; but 3日起军演
            return Dating(e.start, end, e.granularity, "", (index,), reasons=e.reasons)
        if e.start is None and e.granularity == "day" and e.end is not None and e.end < dated.anchor:
            return Dating(e.end, e.end, "day", "", (index,), reasons=e.reasons)  # `一直到10月22日才签署`
        return Dating(e.start, e.end, e.granularity, e.modifier, (index,), reasons=e.reasons)
    (i, first), (j, second) = pair
    starts = [x.start for x in (first, second) if x.start]
    ends = [x.end for x in (first, second) if x.end]
    return Dating(
        min(starts) if len(starts) == 2 else None,
        max(ends) if len(ends) == 2 else None,
        "span",
        "",
        (i, j),
        ((first.start, first.end), (second.start, second.end)),
        (reason(Code.EITHER, first.text, second.text),),
    )


def _unit_end(e: Expression) -> date | None:
    """Return the last day of what `since` counts from: the day, month, quarter or year that is named."""
    if e.start is None or e.granularity not in UNITS:
        return e.start
    months = UNITS[e.granularity]
    return cal.months(e.start.year, e.start.month, e.start.month + months - 1)[1]


UNITS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120}


def _next_day(first: Expression, second: Expression) -> bool:
    """`on Oct. 15 and 16`: one stay of two days, both named."""
    if first.start is None or first.start != first.end or second.start is None or second.start != second.end:
        return False
    return (second.start - first.start).days == 1


def _joined_by(
    word: re.Pattern[str], index: int, e: Expression, dated: DatedText
) -> tuple[tuple[int, Expression], tuple[int, Expression]] | None:
    """Return a date and its neighbour, in order, where nothing but such a word stands between them."""
    at = bisect_left(dated.expressions, index, key=itemgetter(0))
    for i, other in dated.expressions[max(0, at - 1) : at + 2]:
        if i == index + 1 and word.fullmatch(dated.text, e.end_char, other.start_char):
            return (index, e), (i, other)
        if i == index - 1 and word.fullmatch(dated.text, other.end_char, e.start_char):
            return (i, other), (index, e)
    return None
