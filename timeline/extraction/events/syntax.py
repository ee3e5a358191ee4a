"""Words of a sentence and whether a date reaches a trigger: a shallow reading of Chinese clauses.

What the finders know (dates, actors, triggers) are tokens of their own; only the text between them is cut into words
with parts of speech (the tag set of jieba: `v` verb, `vn` verbal noun, `n…` nouns, `p` preposition …). In Chinese a
day governs the first verb behind it and what is done with it (`12日在北京会见…并签署…`); a verb of another happening
between a day and a trigger parts them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
SHORT_VERBS = frozenset(PHRASES["short_verbs"])
DONE = frozenset(PHRASES["done"].split())
ATTRIBUTING = frozenset(PHRASES["attributing"].split())
INSIDE_A_NOUN_PHRASE = PHRASES["inside_a_noun_phrase"]
AT_A_PLACE, OF = PHRASES["at_a_place"], PHRASES["of"]
DATE, ACTOR, TRIGGER, MARK = "DATE", "ACTOR", "TRIGGER", "MARK"
VAGUE = "VAGUE"  # a time without computable days (`几天后`): what follows is dated by it
MARKS = frozenset(",;:()“”‘’、—-/")
NOMINAL = re.compile("n|a|b|j|l|i|s|vn|eng|x|q|m|f|g|z|an")  # tags that can stand in front of the head of a noun phrase
ABOUT = frozenset(PHRASES["about"].split())
AT = re.compile(PHRASES["at"])
ASIDE = frozenset(PHRASES["aside"].split())  # `就日本加入…表示欢迎`: what they open is only talked about
CLOSING = frozenset(PHRASES["closing"].split())
GATHERED = frozenset(PHRASES["gathered"].split())
AFTERWARDS = frozenset(PHRASES["afterwards"].split())
TURNING = frozenset(PHRASES["turning"].split())  # begins another statement
CLOSED = 14  # words within which such a phrase is closed
HEAD = re.compile("n(?!r)|a(?!d)|b|j|l|vn|eng")  # that make up the noun phrase behind a name
NAMES = frozenset({"nr", "ns", "nt", "nz"})
VERBAL = re.compile("v(?!n)")
PATH_KEYS = {"carriers", "holding", "not_verbs", "nouns", "topics", "speech", "with", "between", "auxiliaries"}


class Token(NamedTuple):
    """A word with half-open offsets; `tag` is DATE, ACTOR, TRIGGER, MARK or a part of speech."""

    start: int
    end: int
    text: str
    tag: str


@dataclass(frozen=True, slots=True)
class PathWords:
    """The words by which a path is judged; see `[path]` in the lexicon.

    carriers: verbs that hand the day on; holding: those that take an event as object; not_verbs: words that the
    dictionary takes for verbs; nouns: those that it takes for something else; topics: what begins a phrase whose
    verbs do not count (`就…举行会谈`); speech: the day before one of them is that of the saying; with: before a guest
    (`与到访的…会谈`); auxiliaries; between: all that may stand between an event and the day that is told behind it.
    """

    carriers: frozenset[str]
    holding: frozenset[str]
    not_verbs: frozenset[str]
    nouns: frozenset[str]
    topics: frozenset[str]
    speech: frozenset[str]
    companions: frozenset[str]
    auxiliaries: frozenset[str]
    between: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> PathWords:
        """From the section of a lexicon. Raises KeyError where one of the lists lacks."""
        lists = {name: frozenset(data[name]) for name in PATH_KEYS - {"with"}}
        return cls(companions=frozenset(data["with"]), **lists)

    def fill(self, text: str) -> bool:
        """Whether a text is nothing but words of `between` and blanks, however it must be cut for that.

        A pattern would try every cut: `登场日期` is one word and two, forty of them a million millions of ways.
        """
        lengths = {len(word) for word in self.between}
        reached = {0}
        for position in range(len(text)):
            if position not in reached:
                continue
            if text[position].isspace():
                reached.add(position + 1)
            reached.update(position + n for n in lengths if text[position : position + n] in self.between)
        return len(text) in reached


def tokens_of(
    folded: str,
    start: int,
    end: int,
    units: Sequence[tuple[int, int, str]],
    nouns: frozenset[str] = frozenset(),
    verbs: frozenset[str] = frozenset(),
) -> list[Token]:
    """Return the tokens of `folded[start:end]`; `units`: known spans with their tag, of overlapping ones the first.

    `nouns` are words that are nouns whatever the dictionary says, `verbs` those that are no names.
    """
    out: list[Token] = []
    position = start
    for a, b, tag in sorted(units, key=lambda u: (u[0], -u[1])):
        if a < position or b > end:
            continue
        out.extend(_words(folded, position, a, nouns, verbs))
        out.append(Token(a, b, folded[a:b], tag))
        position = b
    out.extend(_words(folded, position, end, nouns, verbs))
    return out


def tagged(text: str) -> list[tuple[str, str]]:
    """Words with their parts of speech. The dictionary is loaded by the first Chinese sentence."""
    words: list[tuple[str, str]] = _tagger()(text)
    return words


@cache
def _tagger() -> Callable[[str], list[tuple[str, str]]]:
    tagger: Callable[[str], list[tuple[str, str]]] = import_module("rjieba").tag
    return tagger


def _words(folded: str, start: int, end: int, nouns: frozenset[str], verbs: frozenset[str]) -> list[Token]:
    if start >= end:
        return []
    out, position = [], start
    for word, tag in tagged(folded[start:end]):
        stop = position + len(word)
        if not word.isspace():
            tag = MARK if word in MARKS else "n" if word in nouns else tag
            tag = "v" if tag in NAMES and word in verbs else tag  # 力争
            out.append(Token(position, stop, word, tag))
        position = stop
    return out


class Syntax:
    """The tokens of one sentence and the questions about them."""

    def __init__(self, tokens: Sequence[Token], words: PathWords) -> None:
        self.tokens, self.words = tokens, words

    @property
    def start(self) -> int:
        return self.tokens[0].start if self.tokens else 0

    def at(self, position: int) -> int:
        """Where the first token behind a position begins, -1 at the end."""
        return next((t.start for t in self.tokens if t.start >= position), -1)

    def between(self, start: int, end: int) -> list[Token]:
        return [t for t in self.tokens if t.start >= start and t.end <= end]

    def reaches(
        self, start: int, end: int, *, taken: bool = False, aside: bool = False, also: frozenset[str] = frozenset()
    ) -> bool:
        """Return whether a day that ends at `start` governs what begins at `end`.

        `taken`: as object of a verb of holding; `aside`: it must not be a mere topic (`就日本加入…表示欢迎`); `also`:
        further verbs that hand the day on.
        """
        return self.blocking(start, end, taken=taken, aside=aside, also=also) is None

    def blocking(
        self, start: int, end: int, *, taken: bool = False, aside: bool = False, also: frozenset[str] = frozenset()
    ) -> Token | None:
        """Return the word between that has an event of its own; None where the path is open."""
        path = _plain(self.between(start, end))
        topic = held = False
        opened: Token | None = None
        inside = -1  # a phrase like `在…介绍下` ends there
        for k, t in enumerate(path):
            if t.text in also:
                continue
            if t.tag == MARK:
                if t.text == ":":
                    return t
                topic, held = topic and t.text not in ",;", held and t.text not in ",;"
            elif t.tag == VAGUE or t.text in self.words.speech or (t.text in TURNING and k and path[k - 1].text == ","):
                return t
            elif t.text in self.words.topics:
                topic, opened = True, t if t.text in ASIDE else None
            elif t.text == AT_A_PLACE:
                inside = _closing(path, k)
                if inside > k and path[inside].text in AFTERWARDS and any(map(self.is_verb, path[k + 1 : inside])):
                    return path[inside]  # `6月15日在边境爆发冲突后,…`: the day of the clash
            elif t.text in AFTERWARDS and k + 1 < len(path) and path[k + 1].text == "," and k:
                return t
            elif k + 1 < len(path) and path[k + 1].text == OF and self._encloses(path, k):
                return t  # `2015年谈判的协议`: the day is that of the attribute
            elif t.text in self.words.holding or t.tag == TRIGGER:
                topic, held = False, taken and t.tag != TRIGGER
            elif t.text in self.words.carriers or topic or held or k < inside:
                continue
            elif (self.is_verb(t) or self._is_done(path, k)) and not self._of_a_guest(path, k):
                return t
        mere = opened is not None and (aside or opened.text in ABOUT)
        return opened if topic and mere else None

    def is_verb(self, t: Token) -> bool:
        if not VERBAL.match(t.tag) or t.text in self.words.not_verbs or t.text in self.words.auxiliaries:
            return False
        return len(t.text) > 1 or t.text in SHORT_VERBS

    def _encloses(self, path: Sequence[Token], k: int) -> bool:
        """Return whether a verb before 的 has the day right before it, or with only adverbs and guests between."""
        verb = path[k].tag == TRIGGER or self.is_verb(path[k])
        if not verb or path[k].text in self.words.holding:
            return False
        return not self._of_a_guest(path, k) and all(t.tag != MARK and not self.is_verb(t) for t in path[:k])

    def _is_done(self, path: Sequence[Token], k: int) -> bool:
        """Return whether 了 or 过 after a verbal noun makes it a verb (`影响了`)."""
        return path[k].tag == "vn" and k + 1 < len(path) and path[k + 1].text in DONE

    def _of_a_guest(self, path: Sequence[Token], k: int) -> bool:
        """`与到访的日本首相会谈`: a verb before 的 tells who the other is."""
        behind = path[k + 1].text if k + 1 < len(path) else ""
        before = path[k - 1] if k else None
        return behind in ATTRIBUTING and before is not None and before.text in self.words.companions

    def day_follows(self, start: int, end: int) -> bool:
        """Whether only such words stand between an event and a day as tell when it is held (`将于`, `定在`)."""
        gap = _plain(self.between(start, end))
        while gap and gap[0].text in GATHERED:
            gap = gap[1:]  # `监督委员会|会议将于`
        text = "".join(t.text for t in gap if t.tag not in (ACTOR, DATE, VAGUE, "m", "q"))  # `延后|4周|至`
        return self.words.fill(text) and not (gap and gap[0].tag == ACTOR)

    def day_follows_object(self, start: int, end: int) -> bool:
        """`退出世卫组织将于…生效`: a verb, its object, and when it is done."""
        gap = _plain(self.between(start, end))
        named = False
        while gap and (gap[0].tag == ACTOR or gap[0].text in "“”" or gap[0].tag.startswith("n")):
            named, gap = named or gap[0].tag == ACTOR, gap[1:]
        text = "".join(t.text for t in gap)
        return named and AT.search(text) is not None and self.words.fill(text)

    def modifies(self, start: int, end: int) -> bool:
        """Whether a day stands as attribute before a noun: `11月的美国大选`, `2017年联邦大选`."""
        gap = self.between(start, end)
        return all(t.tag in (ACTOR, DATE, VAGUE) or t.text in INSIDE_A_NOUN_PHRASE or NOMINAL.match(t.tag) for t in gap)

    def holds(self, start: int, end: int) -> bool:
        """Whether a verb of holding takes what begins at `end` as its object."""
        gap = self.between(start, end)
        verbs = [k for k, t in enumerate(gap) if t.text in self.words.holding]
        if not verbs:
            return False
        behind = gap[verbs[-1] + 1 :]
        return not any(t.text in (",", ":") or self.is_verb(t) for t in behind)

    def head_behind(self, end: int) -> str:
        """Return the nouns right behind a place of the sentence (`美国|国务卿`), "" where a verb or a sign follows."""
        out, depth, seen_of = "", 0, False
        for k, t in enumerate(self.tokens):
            if t.start < end:
                continue
            if t.text == "(":
                depth += 1
            elif t.text == ")":
                depth = max(0, depth - 1)
            elif depth:
                continue
            elif t.text == OF and not out and not seen_of:
                seen_of = True
            elif t.tag in (DATE, VAGUE, ACTOR, TRIGGER, MARK) or not HEAD.match(t.tag):
                break
            elif not out and t.text in self.words.carriers and self._goes_on(k):
                break  # `美国预计|下个月举行`
            else:
                out += t.text
        return out

    def _goes_on(self, k: int) -> bool:
        """Return whether it is a verb, not the noun of an office: a day or a word of the verb follows."""
        behind = self.tokens[k + 1] if k + 1 < len(self.tokens) else None
        return behind is not None and (behind.tag in (DATE, VAGUE) or behind.text in self.words.auxiliaries)


def _plain(tokens: Sequence[Token]) -> list[Token]:
    """Without what stands in brackets, and without the colon of a clock."""
    out: list[Token] = []
    depth = 0
    for k, t in enumerate(tokens):
        if t.text == "(":
            depth += 1
        elif t.text == ")":
            depth = max(0, depth - 1)
        elif not depth and not (t.text == ":" and 0 < k < len(tokens) - 1 and tokens[k + 1].text.isdigit()):
            out.append(t)
    return out


def _closing(path: Sequence[Token], k: int) -> int:
    """Where a phrase that `在` opens is closed (`在…介绍下`); `k` itself where it is a mere place."""
    for i in range(k + 1, min(len(path), k + CLOSED)):
        if path[i].text in CLOSING:
            return i
        if path[i].text in (",", ";"):
            break
    return k
