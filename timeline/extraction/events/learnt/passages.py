"""What a network reads of a text: the sentences with trigger words and dates, as words with marks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from string import ascii_letters
from typing import Any, NamedTuple, TypeVar

from timeline.extraction.article import Expression
from timeline.extraction.events.found import Found
from timeline.extraction.events.learnt.words import TriggerWord, hints, trigger_words
from timeline.extraction.events.lexicon import Hit
from timeline.extraction.events.sentences import spans
from timeline.extraction.events.syntax import tagged
from timeline.extraction.gazetteer import Mention, find_mentions
from timeline.extraction.script import fold

T = TypeVar("T")
DATE, VAGUE, TRIGGER, ACTOR, BLOC, REFERENCE = "DATE", "VAGUE", "TRIG", "ACTOR", "BLOC", "COREF"
MAX_BEFORE = 45  # words of each sentence before that are read with a sentence
MAX_WORDS = 200  # of a sentence; of 43,000 real posts with a date one in a thousand has more
LOOK_BACK = 2  # sentences before in which the date of an event may stand
NAMED = frozenset({ACTOR, BLOC})
POS = {letter: f"pos_{letter}" for letter in ("", *ascii_letters)}
DIGITS = re.compile(r"\d+")
CUES = frozenset({"cue", "coref", "holding"})
ENGLISH_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")


class Token(NamedTuple):
    """A word of a passage: half-open offsets, its text without digits, its tag, and how many sentences before."""

    start: int
    end: int
    text: str
    tag: str
    back: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence with those before it, as far as they are read together, and its trigger words.

    `commas`, `triggers`, `dates`, `actors`: how many of them stand before each token, and in all.
    """

    sentence: int
    tokens: Sequence[Token]
    words: Sequence[TriggerWord]
    starts: Sequence[int]
    commas: Sequence[int]
    triggers: Sequence[int]
    dates: Sequence[int]
    actors: Sequence[int]

    def place(self, position: int) -> int:
        """Return the token that holds a place of the text, or the last before it."""
        return max(bisect_right(self.starts, position) - 1, 0)


@dataclass
class ReadText:
    """A folded text with everything that was found in it; whatever is asked of it twice is computed once.

    `words`: the trigger words. `lowered` is `text` in lower case where letters have case.
    """

    found: Found
    words: Sequence[TriggerWord]
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        found = self.found
        self.title, self.text, self.lowered, self.language = (
            found.title,
            found.folded,
            found.lowered,
            found.words.language,
        )
        self.dated, self.anchor, self.mentions = found.dated, found.dated.anchor, found.mentions
        self.references = [h for h in found.dated.hits if h.role == "coref"]  # `双方`, `该协议`

    def once(self, key: tuple[object, ...], made: Callable[[], T]) -> T:
        """Return what is made under this key, the first time; later the same."""
        if key not in self.kept:
            self.kept[key] = made()
        kept: T = self.kept[key]
        return kept

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        return list(spans(self.text, self.language)) or [(0, 0)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def sentence_at(self, position: int) -> int:
        return max(bisect_right(self._starts, position) - 1, 0)

    @cached_property
    def title_folded(self) -> str:
        folded = fold(self.title)
        return folded.lower() if self.language == "en" else folded

    @cached_property
    def in_title(self) -> Counter[str]:
        return Counter(code for m in find_mentions(self.title, self.anchor) for code in m.codes)

    @cached_property
    def names_in_title(self) -> list[str]:
        """Return the entries of the trigger words of the title."""
        words = trigger_words(self.language)
        return sorted({w.name for w in words.find(self.title_folded)}) if words is not None else []

    @cached_property
    def names_of_votes(self) -> list[str]:
        """Return the entries of the trigger words of votes, wherever they stand."""
        return sorted({w.name for w in self.words if w.kind == "election"})

    @cached_property
    def hints(self) -> list[tuple[int, str]]:
        """Return what the votes of the article seem to be about: place and name of each hint, in order."""
        known = hints(self.language)
        return known.find(self.lowered) if known is not None else []

    @cached_property
    def hints_in_title(self) -> list[tuple[int, str]]:
        known = hints(self.language)
        return known.find(self.title_folded) if known is not None else []

    @cached_property
    def cues_of(self) -> Mapping[int, list[Hit]]:
        """Return the words of the lexicon that are no triggers but tell of status, and of what was named before."""
        found = defaultdict(list)
        for hit in self.dated.hits:
            if hit.role in CUES:
                found[self.sentence_at(hit.start)].append(hit)
        return found

    @cached_property
    def frequency(self) -> Counter[str]:
        return Counter(code for m in self.mentions for code in m.codes)

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """How many actors are named more often than each."""
        counts = sorted(self.frequency.values(), reverse=True)
        first = {n: i for i, n in reversed(list(enumerate(counts)))}
        return {code: first[n] for code, n in self.frequency.items()}

    @cached_property
    def topic(self) -> str:
        return self.found.topic.country

    @cached_property
    def mentions_of(self) -> Mapping[int, list[Mention]]:
        """The actors named in each sentence."""
        found = defaultdict(list)
        for m in self.mentions:
            found[self.sentence_at(m.start)].append(m)
        return found

    @cached_property
    def dates_of(self) -> Mapping[int, list[tuple[int, Expression]]]:
        """The usable dates of each sentence, with their indexes."""
        found = defaultdict(list)
        for i, e in self.dated.expressions:
            found[self.sentence_at(e.start_char)].append((i, e))
        return found

    @cached_property
    def words_of(self) -> Mapping[int, list[TriggerWord]]:
        found = defaultdict(list)
        for w in self.words:
            found[self.sentence_at(w.start)].append(w)
        return found

    def units(self, sentence: int) -> list[tuple[int, int, str, str]]:
        """Return the spans that are one token each: offsets, tag, and the grain of a date."""
        start, end = self.sentences[sentence]
        found = [
            (e.start_char, e.end_char, VAGUE if e.vague else DATE, e.granularity)
            for e in self._expressions_in(start, end)
        ]
        found += [(w.start, w.end, TRIGGER, "") for w in self.words_of.get(sentence, ())]
        named = self.mentions_of.get(sentence, ())
        found += [(m.start, m.end, BLOC if m.how == "bloc" else ACTOR, "") for m in named]
        found += [(h.start, h.end, REFERENCE, "") for h in self.references if start <= h.start < end]
        return sorted((u for u in found if u[1] <= end), key=lambda u: (u[0], -u[1]))

    @cached_property
    def _places(self) -> list[int]:
        return [e.start_char for e in self.dated.all_expressions]

    def _expressions_in(self, start: int, end: int) -> Sequence[Expression]:
        first, last = bisect_right(self._places, start - 1), bisect_right(self._places, end - 1)
        return self.dated.all_expressions[first:last]


def passage_of(text: ReadText, sentence: int, back: int, seen: dict[int, list[Token]]) -> Passage:
    """Return a sentence with `back` sentences before it. `seen` keeps the tokens of each sentence."""
    tokens: list[Token] = []
    for i in range(max(0, sentence - back), sentence + 1):
        if i not in seen:
            seen[i] = _tokens(text, i)
        own = i == sentence
        distance = sentence - i
        part = seen[i][:MAX_WORDS] if own else seen[i][-MAX_BEFORE:]
        tokens += part if own else [Token(*t[:4], distance) for t in part]
    tags = [t.tag for t in tokens]
    return Passage(
        sentence,
        tokens,
        text.words_of[sentence],
        [t.start for t in tokens],
        _up_to([t.text == "," for t in tokens]),
        _up_to([tag == TRIGGER for tag in tags]),
        _up_to([tag == DATE for tag in tags]),
        _up_to([tag in NAMED for tag in tags]),
    )


def _up_to(is_so: Iterable[bool]) -> list[int]:
    return list(accumulate(is_so, initial=0))


def _tokens(text: ReadText, sentence: int) -> list[Token]:
    start, end = text.sentences[sentence]
    out: list[Token] = []
    position = start
    for a, b, tag, grain in text.units(sentence):
        if a < position:
            continue
        out += _plain(text, position, a)
        out.append(Token(a, b, f"<{grain}>" if tag in (DATE, VAGUE) else _bare(text.lowered[a:b]), tag))
        position = b
    return out + _plain(text, position, end)


def _plain(text: ReadText, start: int, end: int) -> list[Token]:
    """Return the words of a stretch between known spans; a tag is the first letter of the part of speech."""
    if start >= end:
        return []
    if text.language == "en":
        found = ENGLISH_WORD.finditer(text.lowered, start, end)
        return [Token(m.start(), m.end(), _bare(m.group()), "pos_e") for m in found]
    out = []
    for word, tag in tagged(text.lowered[start:end]):
        if not word.isspace():
            out.append(Token(start, start + len(word), _bare(word), POS[tag[:1]]))
        start += len(word)
    return out


def _bare(word: str) -> str:
    return word if word.isalpha() else DIGITS.sub("0", word)
