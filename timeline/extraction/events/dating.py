"""Which date belongs to a trigger: tied to it, in its clause, free in its sentence; before or after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timeline.extraction.dates import interval as cal
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import Clause, Sentence
from timeline.extraction.values import Expression

ADVERBIAL = 6  # characters beside the date in a clause that is only a time
TIED = 16  # characters that may stand between a date and the noun that it dates
LOOSE = re.compile(r"[在说称对就因为与败获会已被把让从向,:;]|表示|认为|报道|宣布|裁定|判决|决定")
# A day before one of these is the day of the saying; what is announced (宣布) happens with its announcement.
SPEECH = re.compile(
    "表示|说(?!服)|(?<![名宣])称(?!为)|指出|强调|透露|认为|报道|报导|呼吁|警告|批评|写道|告诉|证实|相信|预测|坦言|回应|否认|质疑|敦促|"
    "撰文|推文|发文|采访|受访|专访|重申|指责|谴责|评论|刊登|刊文|播出|公布的|发布的|发表的|解释|提到|谈到|质询|分析|承诺|誓言|保证|主张|威胁|赞许|称赞|建议|提出|要求"
)
ANNOUNCES = re.compile("宣布|宣告|公布|决定")
PLANS = re.compile("将|派遣|计划|拟|有意|打算|即将|准备|定于")
UP_TO_NOW = re.compile("以来")
SAYS = re.compile(r"\s*(?:并|还|也)?(?:说|称|表示|指出|宣布|强调|透露)")
BEFORE = re.compile(r"(?:之前|以前|前(?!往|夕|景|途|总))")
AFTER = re.compile(r"(?:之后|以后|后(?!续|果))")
OR = re.compile(r"\s*(?:或者?|或是|还是|or)\s*")
TELLS_TIME = re.compile(r"\s*(?:时间|日期|投票日|定|选在|会期)")


@dataclass(frozen=True, slots=True)
class Dating:
    """The days of an event, the expressions they hang on, and how: plain, by, after, hull."""

    start: date | None
    end: date | None
    granularity: str
    modifier: str
    expressions: tuple[int, ...]
    alternatives: tuple[tuple[date | None, date | None], ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class DatedText:
    """The folded text with its computable expressions (index, expression) and the lexicon's hits."""

    text: str
    expressions: Sequence[tuple[int, Expression]]
    hits: Sequence[Hit]
    anchor: date

    def within(self, start: int, end: int) -> list[tuple[int, Expression]]:
        return [(i, e) for i, e in self.expressions if start <= e.start_char and e.end_char <= end]


def dating_of(hit: Hit, clause: Clause, sentence: Sentence, dated: DatedText) -> Dating | None:
    """The date of a trigger: in its clause first, then free in the sentence. None where there is none."""
    assert hit.trigger is not None
    here = dated.within(clause.start, clause.end)
    if hit.trigger.form == "noun":
        found = _tied(hit, clause, here, dated) or _held_elsewhere(hit, clause, sentence, dated)
    else:
        found = _nearest(hit, here, dated.text) or _free_before(clause, sentence, dated, hit.trigger.kind == "alliance")
    if found is None:
        return None
    if UP_TO_NOW.match(dated.text, hit.end) and found[1].modifier not in ("since", "from"):
        return None  # `美台断交以来最高层级`: no day of that
    if hit.trigger.form == "noun":
        found = _told_behind(clause, sentence, found, dated)
    return _placed(hit, found, dated)


def _told_behind(
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


def _tied(
    hit: Hit, clause: Clause, here: list[tuple[int, Expression]], dated: DatedText
) -> tuple[int, Expression] | None:
    """`11月的美国大选`, `于5月举行大选`, `大选将于5月3日举行`."""
    before = [x for x in here if x[1].end_char <= hit.start]
    behind = [x for x in here if x[1].start_char >= hit.end]
    holding = [h for h in dated.hits if h.role == "holding" and clause.start <= h.start < clause.end]
    if before:
        gap = dated.text[before[-1][1].end_char : hit.start]
        if len(gap) <= TIED and not LOOSE.search(gap):
            return before[-1]
        if any(before[-1][1].end_char <= h.start for h in holding):
            return before[-1]
    if behind and (
        holding
        or re.match(
            r"\s*(?:日|时间|投票)?(?:将|已|会|原)?(?:定|改|推迟|延|提前|安排)?(?:为|于|在|到|至|是)",
            dated.text[hit.end :],
        )
    ):
        return behind[0]
    return None


def _held_elsewhere(hit: Hit, clause: Clause, sentence: Sentence, dated: DatedText) -> tuple[int, Expression] | None:
    """The clause says that it is held, the date stands free before it; or the next clause tells the time."""
    holding = any(h.role == "holding" and clause.start <= h.start < clause.end for h in dated.hits)
    if holding and (found := _free_before(clause, sentence, dated, False)):
        return found
    for other in sentence.clauses:
        if other.start == clause.end + 1 and TELLS_TIME.match(dated.text, other.start):
            behind = dated.within(other.start, other.end)
            return behind[0] if behind else None
    return None


def _nearest(hit: Hit, here: list[tuple[int, Expression]], text: str) -> tuple[int, Expression] | None:
    """Chinese dates its verbs before them, English behind."""
    before = [x for x in here if x[1].end_char <= hit.start][-1:]
    if before and _is_of_the_saying(text, before[0][1].end_char, hit.start):
        before = []
    inside = [x for x in here if hit.start <= x[1].start_char and x[1].end_char <= hit.end]
    if inside:
        return inside[0]  # 选民今天投票
    behind = [x for x in here if x[1].start_char >= hit.end][:1]
    ordered = behind + before if text[hit.start].isascii() else before + behind
    return ordered[0] if ordered else None


def _free_before(clause: Clause, sentence: Sentence, dated: DatedText, relative: bool) -> tuple[int, Expression] | None:
    """The nearest date before the clause in its sentence that is not tied to another noun.

    With `relative`, one that is tied counts too where it says before or after what (`选举之前，将…扩大`), or
    under which condition (`若在11月的大选中获胜，可能退出`).
    """
    if SAYS.match(dated.text, clause.start):
        return None  # `昨天发表声明，说正在考虑…`: the day is that of the saying
    for index, e in reversed(dated.within(sentence.start, clause.start)):
        if _said_then(e, clause, sentence, dated):
            continue
        if not relative and _under_condition(clause, dated) and not _adverbial(e, sentence):
            continue
        owner = _claimed(e, dated)
        if owner is None:
            return index, e
        if not relative:
            continue
        if BEFORE.match(dated.text, owner.end) or AFTER.match(dated.text, owner.end):
            return index, e
        if any(h.status == "conditional" and sentence.start <= h.start < e.start_char for h in dated.hits):
            return index, e
    return None


def _is_of_the_saying(text: str, start: int, end: int) -> bool:
    """What stands between a day and what it may date says that it is the day of a speech or of a plan."""
    if SPEECH.search(text, start, end):
        return True
    announced = ANNOUNCES.search(text, start, end)
    return announced is not None and PLANS.search(text, announced.end(), end) is not None


def _said_then(e: Expression, clause: Clause, sentence: Sentence, dated: DatedText) -> bool:
    """`外交部周五表示，…`, `卫生部4日宣布，部长将率团访问…`: the day is that of the saying, not of what is said."""
    its_own = next(c for c in sentence.clauses if c.start <= e.start_char < c.end)
    if SPEECH.search(dated.text, e.end_char, its_own.end):
        return True
    announced = ANNOUNCES.search(dated.text, e.end_char, its_own.end)
    return announced is not None and PLANS.search(dated.text, clause.start, clause.end) is not None


def _under_condition(clause: Clause, dated: DatedText) -> bool:
    return any(h.status == "conditional" and clause.start <= h.start < clause.end for h in dated.hits)


def _adverbial(e: Expression, sentence: Sentence) -> bool:
    """The date is about all that its clause says (`下月，…`): it governs what follows."""
    clause = next(c for c in sentence.clauses if c.start <= e.start_char < c.end)
    return clause.end - clause.start <= e.end_char - e.start_char + ADVERBIAL


def _claimed(e: Expression, dated: DatedText) -> Hit | None:
    """The trigger that a date stands tied before: `11月美国大选` claims 11月."""
    for h in dated.hits:
        noun = h.trigger is not None and h.trigger.form == "noun"
        near = e.end_char <= h.start <= e.end_char + TIED
        if noun and near and not LOOSE.search(dated.text[e.end_char : h.start]):
            return h
    return None


def _placed(hit: Hit, found: tuple[int, Expression], dated: DatedText) -> Dating:
    """The interval: of the date itself, or before / after the event that the date belongs to."""
    index, e = found
    owner = _claimed(e, dated)
    if owner is not None and owner.start != hit.start:
        if BEFORE.match(dated.text, owner.end):
            why = f"before what is dated {e.text} → by {e.end}"
            return Dating(dated.anchor if _ahead(e.end, dated) else None, e.end, e.granularity, "by", (index,), why=why)
        if AFTER.match(dated.text, owner.end):
            return Dating(e.start, None, e.granularity, "after", (index,), why=f"after what is dated {e.text}")
    return _hull(index, e, dated)


def _ahead(end: date | None, dated: DatedText) -> bool:
    return end is not None and end >= dated.anchor


def _hull(index: int, e: Expression, dated: DatedText) -> Dating:
    """`2024年底或2025年初`: the hull of both, which are kept."""
    pair = _alternative(index, e, dated)
    if pair is None:
        if e.modifier == "since" and e.start is not None and e.start < dated.anchor:
            return Dating(e.start, _unit_end(e), e.granularity, "", (index,), why=e.why)  # 自2001年加入以来
        return Dating(e.start, e.end, e.granularity, e.modifier, (index,), why=e.why)
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
        f"{first.text} or {second.text}: either of both",
    )


def _unit_end(e: Expression) -> date | None:
    """The last day of what `since` counts from: the day, month, quarter or year that is named."""
    if e.start is None or e.granularity not in UNITS:
        return e.start
    months = UNITS[e.granularity]
    return cal.months(e.start.year, e.start.month, e.start.month + months - 1)[1]


UNITS = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120}


def _alternative(
    index: int, e: Expression, dated: DatedText
) -> tuple[tuple[int, Expression], tuple[int, Expression]] | None:
    for i, other in dated.expressions:
        if i == index + 1 and OR.fullmatch(dated.text, e.end_char, other.start_char):
            return (index, e), (i, other)
        if i == index - 1 and OR.fullmatch(dated.text, other.end_char, e.start_char):
            return (i, other), (index, e)
    return None
