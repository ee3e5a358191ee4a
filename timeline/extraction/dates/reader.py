"""Date expressions of a text, resolved one after another: the public door of the date core."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any

from timeline.extraction.article import Expression
from timeline.extraction.dates.answer import expression
from timeline.extraction.dates.compound import moved, names_year, on_weekday, place
from timeline.extraction.dates.context import Context, Impossible, Resolved, Tense
from timeline.extraction.dates.fields import Fields
from timeline.extraction.dates.finder import Found, find_fields, stands_apart
from timeline.extraction.dates.foreign import find_foreign
from timeline.extraction.dates.grammar import Grammar, grammar
from timeline.extraction.dates.mentioned import follows, may_count_from, numbered, point_or_span
from timeline.extraction.dates.over import tense_of_lasting
from timeline.extraction.dates.resolve import resolve
from timeline.extraction.dates.writing import Written, lowered, written
from timeline.extraction.dates.years import NATIONAL_WORDS, mentioned_anew, national_day
from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import fold

PHRASES = phrases_of(__name__)
# a class in front makes the scan fast; of what it holds, a full stop counts only before a blank
SENTENCE_END = re.compile(r"[。!?;\n.](?:(?<=[^.])|(?=\s))")
CLAUSE_END = re.compile(r"[,。;:!?\n()“”「」.](?:(?<=[^.])|(?=\s))")
QUOTATION = re.compile(r"“[^“”]*”|\"[^\"\n]*\"")
ADJACENT = re.compile(PHRASES["adjacent"])
CLAUSE_AHEAD, CLAUSE_BEHIND = 60, 80  # characters of a clause that are looked at
IF = re.compile(PHRASES["if"])
LASTED = re.compile(PHRASES["lasted"])
GIVEN_NAME = re.compile(PHRASES["given_name"])  # a month that is a person's first name
BRIEF = re.compile(PHRASES["brief"])  # before a time that is over
TIED = re.compile(PHRASES["tied"])  # what stands before a day that is that of an event
FOLLOWS = re.compile(PHRASES["follows"])  # what stands before a time that counts from what was told just before
BOUNDS = frozenset({"from", "after", "by", "until"})  # a date that only bounds a time
NAMED_SO = frozenset({"weekday", "week", "deictic"})
OPENING, CLOSING = frozenset('“《"'), frozenset('”》"')
BARE = frozenset({"day", "weekday", "weekend"})
GOVERNING = BARE | {"month"}
# characters between a date and the word of the future that governs it (`2月15日将举行`; not `2月15日支持将其押后`)
RIGHT_BEHIND = 1
POSSESSIVE = re.compile(r"[’']s(?![a-z])")  # `Sunday's vote will …`: what follows is told of it
FAR_COUNTRY = 60  # characters before a national day in which its country may stand
A_DAY = 24  # hours
LONGEST_OPENING = 6  # characters
A_LIFE = 50  # years that nobody foretells without saying so
OWN = frozenset({"zh", "en"})  # languages with rules of our own
RELATIVE = frozenset({"day_rel", "week_rel", "month_rel", "year_rel", "shift", "span"})
SHORT = frozenset({"hour", "day"})  # units that count from the day that the sentence names


def find(
    text: str,
    anchor: date,
    *,
    language: str = "zh",
    anchor_from: str = "given",
    leave_out: Iterable[tuple[int, int]] = (),
    most: int | None = None,
    order: str = "",
) -> list[Expression]:
    """Return every date expression of `text`, ordered, not overlapping, with its days and the reasons.

    `anchor` is the day that relative words count from; `anchor_from` says in the reasons where it comes from (as
    `Anchor.source`). `leave_out` are half-open spans that state the anchor. `language` is BCP 47: `zh…` and `en…` have
    rules; of other languages, spans that look like dates are cut out (`foreign.py`). `order` says how the source writes
    dates in figures (dmy, mdy, ymd; empty for that of the language). Of more than `most` expressions (of spans that
    look like some, in other languages) the first are read. Offsets are code points into `text` as given.
    """
    family = language.partition("-")[0].lower()
    if order == YEAR_FIRST:
        order = ""  # says nothing of a date whose year comes last
    if family not in OWN:
        return find_foreign(text, anchor, family, most, anchor_from=anchor_from, order=order or DAY_FIRST)
    rules = grammar(family)
    return find_with(rules, text, anchor, anchor_from=anchor_from, leave_out=leave_out, most=most, order=order)


def find_with(
    rules: Grammar,
    text: str,
    anchor: date,
    *,
    anchor_from: str = "given",
    leave_out: Iterable[tuple[int, int]] = (),
    most: int | None = None,
    order: str = "",
) -> list[Expression]:
    """Do as `find`, with the rules of a grammar."""
    seen = written(fold(text), rules.language)
    left_out = tuple(seen.read(*span) for span in leave_out) if seen.cuts else tuple(leave_out)
    if rules.language == "en":
        left_out += tuple(name.span() for name in GIVEN_NAME.finditer(seen.text))
        seen = replace(seen, text=lowered(seen.text, rules.capitals))
    stray = rules.language == "zh"
    context = Context(anchor, anchor_from, lambda _: Tense(), order=order or MONTH_FIRST, cues_stray=stray)
    return _Reader(text, seen, context, rules).read(left_out, most)


DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"  # by default that of the language


class _Reader:
    def __init__(self, text: str, seen: Written, context: Context, rules: Grammar) -> None:
        self.text, self.seen, self.rules = text, seen, rules
        self.folded = folded = seen.text
        self.context = context
        context.read_tense = self._tense
        self.sentences = [m.end() for m in SENTENCE_END.finditer(folded)]
        self.near_sentence = self.last_sentence = -2
        self.years_there: set[int] = set()  # named in the sentence of `near`
        self.part_before: tuple[int, Fields] | None = None  # its sentence; a part of a year counted from the anchor
        self.week_rel, self.week_end = 0, -1  # the last weekday of a named week
        self.days: list[tuple[int, date]] = []  # where the days stand that have been read

    def read(self, leave_out: tuple[tuple[int, int], ...], most: int | None) -> list[Expression]:
        out = []
        for found in islice(find_fields(self.folded, self.rules, leave_out), most):
            expression = self._resolve(found)
            if expression is not None:
                out.append(expression)
        return out

    def _resolve(self, found: Found) -> Expression | None:
        context = self.context
        if found.level in NAMED_SO and self._is_title(found):
            return None
        sentence = bisect_right(self.sentences, found.start)
        undecided = sentence > self.near_sentence and len(self.years_there) > 1
        before = sentence > self.near_sentence and mentioned_anew(context.near, found.fields.month, context.anchor)
        if sentence > self.near_sentence + 1 or undecided or before:
            context.near = None
        context.ask_about(found, found.tense, bare=found.fields.month is None)
        context.alone = found.end - found.start == len(self.folded)
        self._complete(found, sentence)
        context = self._base(found, sentence)
        try:
            resolved, fields = self._surer(found, context)
        except Impossible:
            return None
        if resolved.grain != "vague":
            self._remember(resolved, fields, sentence, found)
        return expression(self.text, self.seen, found, fields, resolved, context)

    @cached_property
    def quotations(self) -> list[tuple[int, int]]:
        return [m.span() for m in QUOTATION.finditer(self.folded)]

    # --- what the words around an expression add ----------------------------------------------------

    def _within(self, found: Found, f: Fields) -> None:
        """`一周内新增了数百例`, `短短一个月内` look back; hours without a word that looks ahead are only a duration."""
        assert f.span is not None
        count, unit = f.span
        brief = BRIEF.search(self.folded, max(0, found.start - 2), found.start) is not None
        if not brief and self.context.tense.direction == "ahead":
            return
        if brief or self._said_after(found.end):
            f.span = (-count, unit)
        elif unit == "hour" and count <= A_DAY and not self.context.alone:
            del f.span
            f.vague = "none"

    def _is_title(self, found: Found) -> bool:
        """`“本周”节目`: a word alone between quotation marks names something else."""
        text, end = self.folded, found.end
        return text[found.start - 1 : found.start] in OPENING and text[end : end + 1] in CLOSING and found.start > 0

    def _complete(self, found: Found, sentence: int) -> None:
        f = found.fields
        if f.part is not None and not names_year(f):
            before = self.part_before
            if before is not None and place(before[1]) < place(f) and before[0] == sentence:
                f.year_rel = before[1].year_rel  # `明年上半年…，下半年`
        if f.holiday == "national":
            f.holiday = self._national_day(found.start)
        if f.upto is not None and f.upto.holiday == "national":  # `8月1日至独立日`
            begins = [self.folded.rfind(word, found.start, found.end) for word in NATIONAL_WORDS]
            f.upto.holiday = self._national_day(max(begins))
        if f.either and f.shift is not None:
            point_or_span(f, f.shift, self.context.tense.direction)
        elif f.later:
            if self.last_sentence >= sentence - 1 and may_count_from(f, self.context.last):
                f.since_mentioned = True
            else:
                del f.shift
                f.vague = "event"
        elif f.shift is not None and f.counted_from is None:
            if self._follows(found, f, sentence):
                f.since_mentioned = True
            elif self._counts_from_last_day(found, f, sentence):
                del f.shift
                f.vague = "event"
        elif f.day_ref is not None:
            last = self.context.last
            tied = TIED.search(self.folded, max(0, found.start - LONGEST_OPENING), found.start)
            if tied is not None and (last is None or last.grain != "day"):
                del f.day_ref
                f.vague = "event"  # `大选当天` where no day was named
        elif f.span is not None:
            if found.level == "within":
                self._within(found, f)
        elif f.weekday is not None:
            if f.week_rel is not None:
                self.week_rel, self.week_end = f.week_rel, found.end
            elif self.week_end >= 0 and ADJACENT.fullmatch(self.folded, self.week_end, found.start):
                f.week_rel, self.week_end = self.week_rel, found.end  # 本周三周四

    def _counts_from_last_day(self, found: Found, f: Fields, sentence: int) -> bool:
        """`离开医院一周后`, `两天后，他获释了`: the offset is from an event, and no date can be computed."""
        if found.level != "point" or f.shift is None or f.shift[0] < 0:
            return False
        tense = self.context.tense.direction
        if LASTED.search(self.folded, max(0, found.start - 4), found.start):
            return True  # `谈判|7年后`
        if tense == "ahead":
            return False
        if tense == "behind" or (f.shift[2] == "year" and f.shift[0] >= A_LIFE):
            return True
        last, anchor = self.context.last, self.context.anchor
        named = last.start if last is not None and self.last_sentence >= sentence - 1 else None
        if named is not None and named.year < anchor.year - 1:
            return True  # `2012年4月遭劫持。…她在9天后获释`
        before = self.folded[max(0, found.start - 8) : found.start]
        if self.rules.counts_from_anchor.search(before) is None:
            return True
        goes_on = self.rules.cues.search(self.folded, found.end, min(len(self.folded), found.end + CLAUSE_AHEAD))
        if goes_on is not None and goes_on.lastgroup == "ahead":
            return False
        cues = self.rules.cues.finditer(self.folded, max(0, found.start - CLAUSE_BEHIND), found.start)
        return any(cue.lastgroup == "behind" for cue in cues)

    def _follows(self, found: Found, f: Fields, sentence: int) -> bool:
        """`7月2日抨击了…。两天后，五角大厦表示`: it counts from the date named just before."""
        if found.level != "point" or not follows(f, self.context, sentence - self.last_sentence):
            return False
        return FOLLOWS.search(self.folded, max(0, found.start - LONGEST_OPENING), found.start) is not None

    def _said_after(self, position: int) -> bool:
        """Whether the rest of the clause tells of the past, or the next one behind a comma right here."""
        position += self.folded.startswith(",", position)
        limit = min(len(self.folded), position + CLAUSE_AHEAD)
        stop = CLAUSE_END.search(self.folded, position, limit)
        cue = self.rules.cues.search(self.folded, position, stop.start() if stop else limit)
        return cue is not None and cue.lastgroup == "behind"

    def _national_day(self, position: int) -> list[Any]:
        days = self.rules.tables["national_day"].table or {}
        begins = max(self._sentence_start(position), position - FAR_COUNTRY)
        return national_day(self.folded, begins, position, days)

    def _sentence_start(self, position: int) -> int:
        sentence = bisect_right(self.sentences, position)
        return self.sentences[sentence - 1] if sentence else 0

    # --- the day to count from ----------------------------------------------------------------------

    def _base(self, found: Found, sentence: int) -> Context:
        """Return the anchor; in a quotation the day of the utterance; for hours and days the day just named."""
        f, c = found.fields, self.context
        if f.since_mentioned or not self.days or RELATIVE.isdisjoint(f.__dict__):
            return c
        source, day = "said", self._utterance(found.start)
        unit = f.span[1] if f.span is not None and f.span[0] > 0 else f.shift[2] if f.shift is not None else ""
        if day is None and unit in SHORT and (found.level == "within" or found.level == "point"):
            position, named = self.days[-1]
            if position >= self._sentence_start(found.start):
                source, day = "mentioned", named
        if day is None or not 0 <= (c.anchor - day).days <= 31:
            return c
        return replace(c, anchor=day, anchor_from=source)

    def _utterance(self, position: int) -> date | None:
        """Return the day of the speech whose quotation holds `position`, where it is named (`8日发推文称：“今天…”`)."""
        index = bisect_right(self.quotations, (position, len(self.text))) - 1
        if index < 0 or not self.quotations[index][0] < position < self.quotations[index][1]:
            return None
        opening = self.quotations[index][0]
        begin = self._sentence_start(opening)
        before = bisect_right(self.days, (opening, date.max)) - 1
        if before < 0:
            return None
        end, day = self.days[before]
        words = self.folded[max(end, begin) : opening]
        known = self.rules.speech.search(words) if end > begin else self.rules.same_speech.search(words)
        return day if known is not None else None

    # --- resolving ----------------------------------------------------------------------------------

    def _surer(self, found: Found, c: Context) -> tuple[Resolved, Fields]:
        """Return the day as said again (`昨天（14日）`): of its days the nearest to the first reading."""
        again = found.again
        if again is None:
            resolved = resolve(found.fields, c)
            if found.fields.on_weekday is not None:
                resolved = on_weekday(resolved, found.fields, found.fields.on_weekday)
            if found.fields.moved:
                resolved = moved(resolved, found.fields.moved)
            return resolved, found.fields
        if again.day is None or again.month is not None:
            better, other = found.fields, again
            if again.day is not None and found.fields.month is None:
                better, other = again, found.fields
            if other.weekday is not None:
                # a weekday counts from the anchor, whatever year was named before, and its date lies nearest to it
                c = replace(c, near=None, known_tense=Tense(c.tense.direction))
            resolved = resolve(better, c)
            if other.weekday is not None and other.week_rel is None:
                resolved = on_weekday(resolved, better, other.weekday)
            return resolved, better
        first = resolve(found.fields, c)
        nearest = numbered(first.start, again.day) if first.start is not None else None
        return (nearest, again) if nearest is not None else (first, found.fields)

    def _remember(self, r: Resolved, f: Fields, sentence: int, found: Found) -> None:
        if r.start is None or r.grain == "span" or f.same_period is not None:
            return
        self.context.last = r
        self.last_sentence = sentence if f.shift is None or f.since_mentioned else -2  # not `一个月后…，三个月后…`
        if f.part is not None and f.year_rel is not None:
            self.part_before = sentence, f
        if r.start <= self.context.anchor:
            self.context.last_past = r
            if r.start == r.end:
                self.days.append((found.end, r.start))
        if f.year is None and f.year_ref is None and (f.month is None or f.year_rel is not None):
            return  # a deictic word counts from the anchor and decides nothing for its neighbours
        if stands_apart(self.folded, found):
            return
        if sentence != self.near_sentence:
            self.years_there = set()
        self.years_there.add(r.start.year)
        if found.modifier in BOUNDS and r.start > self.context.anchor:
            r = replace(r, grain="year")  # `2021年元旦起开放…，卫福部26日说`: its month is none of the other days
        self.context.near, self.near_sentence = r, sentence

    def _tense(self, found: Found) -> Tense:
        """Ahead or behind: the word right before, else the nearest of the clause, else an `ahead` before it."""
        text, cues = self.folded, self.rules.cues
        if named := tense_of_lasting(found, text):
            return Tense(named, True)
        limit = min(len(text), found.end + CLAUSE_AHEAD)
        after = CLAUSE_END.search(text, found.end, limit)
        nearest, tense, governed, right = 10**6, "", False, self.rules.right_before
        bare = found.level in BARE and found.fields.month is None
        governs = bare or (found.level in (GOVERNING if self.rules.verb_first else BARE) and found.fields.year is None)
        if governs and after is not None and after.start() == found.end and text[found.end] == ",":
            after = CLAUSE_END.search(text, found.end + 1, limit)  # `周三,外长将访问…`: the day governs what follows
        cue = cues.search(text, found.end, after.start() if after else limit)
        far = cue is not None and cue.start() - found.end > self.rules.far_behind
        if cue is not None and not (bare and far and cue.lastgroup == "ahead"):
            nearest, tense = cue.start() - found.end, cue.lastgroup or ""
            governed = nearest <= RIGHT_BEHIND
        first = max(0, found.start - CLAUSE_BEHIND)
        begins = first
        for end in CLAUSE_END.finditer(text, first, found.start):
            begins = end.end()
        before = list(cues.finditer(text, begins, found.start))
        for cue in before:
            distance, name = found.start - cue.end(), cue.lastgroup or ""
            if distance <= right and self.rules.contents.fullmatch(cue[0]) is not None:
                continue
            if distance < nearest or (distance <= right and name != "behind"):
                nearest, tense = min(distance, 0 if distance <= right else distance), name
                governed = distance <= (self.rules.governs if name == "ahead" else right)
        said_before = self._said_before(before, found) if self.rules.verb_first else None
        if said_before is not None:
            tense, governed = said_before
        governed = governed and POSSESSIVE.match(text, found.end) is None
        if tense == "behind" and IF.search(text, begins, found.start):
            return Tense("ahead", governed)  # `如果他赢得11月3日的选举`
        return Tense(tense or self._carried(first, begins), governed)

    def _said_before(self, before: Iterable[re.Match[str]], found: Found) -> Tense | None:
        """Return the tense of the last verb before a date that does more than report (`said … on Sunday will`)."""
        if POSSESSIVE.match(self.folded, found.end):
            return None
        named = None
        for cue in before:
            beside = found.start - cue.end() <= self.rules.right_before
            if beside or self.rules.speech.fullmatch(cue.group()) is None:
                named = Tense(cue.lastgroup or "", beside or cue.lastgroup == "ahead")
        return named

    def _carried(self, first: int, end: int) -> str:
        """`将转往柏林，12日会谈`: what looks ahead goes on in the next clause of the sentence."""
        for stop in SENTENCE_END.finditer(self.folded, first, end):
            first = stop.end()
        last = ""
        for cue in self.rules.cues.finditer(self.folded, first, end):
            last = cue.lastgroup or ""
        return last if last == "ahead" else ""
