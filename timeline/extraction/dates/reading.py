"""Date expressions of a text, resolved one after another: the public door of the date core."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta

from timeline.extraction.dates.edtf import span_edtf
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.finder import Found, find_fields
from timeline.extraction.dates.foreign import find_foreign
from timeline.extraction.dates.grammar import Grammar, grammar
from timeline.extraction.dates.meaning import MODIFIERS, Context, Impossible, Resolved, resolve
from timeline.extraction.dates.numerals import CHINESE
from timeline.extraction.dates.timex3 import timex3
from timeline.extraction.script import fold
from timeline.extraction.values import Expression

SENTENCE_END = re.compile(r"[。!?;\n]|\.(?=\s)")
CLAUSE_END = re.compile(r"[,。;:!?\n()“”「」]|\.(?=\s)")
COUNTED = re.compile(rf"[0-9{CHINESE}].*?(?=以?来$|之?内$|以内$|$)")  # the number and unit of a span
RIGHT_BEFORE = 2  # characters between a word of the future and the date that it governs
OWN = frozenset({"zh", "en"})  # languages with rules of our own


def find(
    text: str,
    anchor: date,
    *,
    language: str = "zh",
    anchor_word: str = "anchor",
    leave_out: Iterable[tuple[int, int]] = (),
) -> list[Expression]:
    """Every date expression of `text`, ordered, not overlapping, with its days and the reason.

    `anchor` is the day that relative words count from; `anchor_word` names it in the reasons
    (`published`, `byline`, …). `leave_out` are half-open spans that state the anchor and are no
    expressions. `language` is BCP 47: `zh…` and `en…` have rules; of other languages, spans that look
    like dates are cut out and given to dateparser. Offsets are code points into `text` as given.
    """
    family = language.partition("-")[0].lower()
    if family not in OWN:
        return find_foreign(text, anchor, family)
    rules = grammar(family)
    folded = fold(text)
    if family == "en":
        folded = folded.translate(LOWER)
    return _Reader(text, folded, anchor, anchor_word, rules).read(tuple(leave_out))


LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


class _Reader:
    def __init__(self, text: str, folded: str, anchor: date, anchor_word: str, rules: Grammar) -> None:
        self.text, self.folded, self.rules = text, folded, rules
        self.context = Context(anchor, anchor_word)
        self.sentences = [m.end() for m in SENTENCE_END.finditer(folded)]
        self.near_sentence = -2
        self.years_there: set[int] = set()  # named in the sentence of `near`

    def read(self, leave_out: tuple[tuple[int, int], ...]) -> list[Expression]:
        out = []
        for found in find_fields(self.folded, self.rules):
            if any(a < found.end and found.start < b for a, b in leave_out):
                continue
            expression = self._resolve(found)
            if expression is not None:
                out.append(expression)
        return out

    def _resolve(self, found: Found) -> Expression | None:
        context = self.context
        sentence = bisect_right(self.sentences, found.start)
        undecided = sentence > self.near_sentence and len(self.years_there) > 1
        if sentence > self.near_sentence + 1 or undecided:
            context.near = None
        context.tense = self._tense(found)
        try:
            resolved, fields = self._surer(found)
        except Impossible:
            return None
        self._remember(resolved, fields, sentence)
        return self._expression(found, fields, resolved)

    def _surer(self, found: Found) -> tuple[Resolved, Fields]:
        """The day said again decides (`昨天（14日）`): of its days the nearest to the first reading."""
        again = found.again
        if again is None:
            return resolve(found.fields, self.context), found.fields
        if again.day is None or again.month is not None:
            better = again if again.day is not None and found.fields.month is None else found.fields
            return resolve(better, self.context), better
        first = resolve(found.fields, self.context)
        if first.start is not None and first.start.day != again.day:
            for days in range(1, 16):
                for day in (first.start - timedelta(days), first.start + timedelta(days)):
                    if day.day == again.day:
                        return Resolved(day, day, "day", f"the day in brackets, nearest to {first.start}", True), again
        return first, found.fields

    def _remember(self, r: Resolved, f: Fields, sentence: int) -> None:
        if r.start is None or r.grain in ("vague", "span") or f.same_period is not None:
            return
        self.context.last = r
        if r.start <= self.context.anchor:
            self.context.last_past = r
        if f.year is None and f.year_ref is None and (f.month is None or f.year_rel is not None):
            return  # a deictic word counts from the anchor and decides nothing for its neighbours
        if sentence != self.near_sentence:
            self.years_there = set()
        self.years_there.add(r.start.year)
        self.context.near, self.near_sentence = r, sentence

    def _tense(self, found: Found) -> str:
        """Ahead or behind: the word right before, else the nearest of the clause, else an `ahead` before it."""
        text = self.folded
        after = CLAUSE_END.search(text, found.end)
        clause = text[found.end : min(after.start() if after else len(text), found.end + 60)]
        nearest, tense = 10**6, ""
        for pattern, name in self.rules.cues:
            cue = pattern.search(clause)
            if cue is not None and cue.start() < nearest:
                nearest, tense = cue.start(), name
        earlier = text[max(0, found.start - 80) : found.start]
        begins = max((m.end() for m in CLAUSE_END.finditer(earlier)), default=0)
        for pattern, name in self.rules.cues:
            for cue in pattern.finditer(earlier, begins):
                distance = len(earlier) - cue.end()
                if distance < nearest or (distance <= RIGHT_BEFORE and name == "ahead"):
                    nearest, tense = min(distance, 0 if distance <= RIGHT_BEFORE else distance), name
        return tense or self._carried(earlier[:begins])

    def _carried(self, earlier: str) -> str:
        """`将转往柏林，12日会谈`: what looks ahead goes on in the next clause of the sentence."""
        ends = [m.end() for m in SENTENCE_END.finditer(earlier)]
        rest = earlier[ends[-1] if ends else 0 :]
        last: tuple[int, str] = (-1, "")
        for pattern, name in self.rules.cues:
            for cue in pattern.finditer(rest):
                last = max(last, (cue.start(), name))
        return last[1] if last[1] == "ahead" else ""

    def _expression(self, found: Found, f: Fields, r: Resolved) -> Expression:
        surface = self.text[found.start : found.end]
        start, end = r.start, r.end
        if found.modifier:
            start, end = MODIFIERS[found.modifier](r, self.context)
        about = found.modifier == "about" or f.about
        vague = r.grain == "vague"
        return Expression(
            text=surface,
            start_char=found.start,
            end_char=found.end,
            start=start,
            end=end,
            granularity=r.grain,
            modifier="about" if about else ("until" if found.modifier == "as_of" else found.modifier),
            vague=vague,
            edtf="" if vague and start is None and end is None else span_edtf(start, end, r.grain, about=about),
            timex3=timex3(f, r, found.modifier),
            rule=found.rule,
            why=_why(surface, r, start, end, found.modifier),
        )


def _why(surface: str, r: Resolved, start: date | None, end: date | None, modifier: str) -> str:
    """One sentence that a reader checks in three seconds."""
    if r.grain == "span" and start is not None and end is not None:
        ahead = f"{start}" in r.how
        counted = COUNTED.search(surface)
        how = re.sub(r"(?<=[+−] ).*$", counted.group(), r.how) if counted else r.how
        return f"{how} → {'until ' + end.isoformat() if ahead else 'since ' + start.isoformat()}"
    return f"{surface}: {r.how} → {_days(start, end)}"


def _days(start: date | None, end: date | None) -> str:
    if start is None:
        return f"until {end}" if end else "no days"
    if end is None:
        return f"from {start}"
    return str(start) if start == end else f"{start}…{end}"
