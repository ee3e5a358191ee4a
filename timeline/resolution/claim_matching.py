"""Match the claims that a correction names with the claims that exist now. Pure: no database, no clock.

A correction keeps a reference to each claim that the editor saw, and to similar claims of its article that were not
meant. All references of one article are matched with all of its claims at once, the surest first and each claim once,
so that a claim that was not meant is not taken for one that was. The result depends only on the references of one
correction and the claims of the articles that it names.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

SHORT_DIGEST_CHARS = 16  # of a digest; corrections of older versions name an article by so many
MIN_AGREEING = 2  # of key, place in the sentence and days

Score = tuple[int, ...]  # larger is surer
Scoring = Callable[[int, int], Score | None]


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a claim: digests of its article and sentence, and what distinguishes it within the sentence.

    `at`: offset of its trigger in the sentence, in characters. Without a key only the sentence is known.
    """

    article: str
    words: str
    key: str = ""
    type: str = ""
    stage: str = ""
    place: str = ""
    participants: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    at: int | None = None

    @property
    def sentence_only(self) -> bool:
        """Whether only the sentence is known."""
        return not self.key

    @property
    def days(self) -> tuple[date | None, date | None]:
        return self.start, self.end

    @property
    def content(self) -> tuple[object, ...]:
        """What the claim says, wherever it stands."""
        return self.key, self.type, self.stage, self.place, self.participants, self.start, self.end


def digest_of_words(kind: str, evidence: str) -> str:
    """Return the short digest of a sentence that has a claim of this kind."""
    return hashlib.sha256(f"{kind}\n{evidence}".encode("utf-8", "surrogatepass")).hexdigest()[:SHORT_DIGEST_CHARS]


def match(named: Sequence[Ref], present: Mapping[int, Ref]) -> list[int | None]:
    """Return for each reference the pk of the claim that it names now; None where there is none."""
    articles = sorted({ref.article for ref in present.values()})
    found: list[int | None] = [None] * len(named)
    by_article: dict[str, dict[int, Ref]] = defaultdict(dict)
    for pk in sorted(present):
        by_article[present[pk].article].setdefault(pk, present[pk])
    wanted: dict[str, list[int]] = defaultdict(list)
    for i, ref in enumerate(named):
        full = (
            ref.article
            if len(ref.article) > SHORT_DIGEST_CHARS
            else _first(a for a in articles if a.startswith(ref.article))
        )
        wanted[full].append(i)
    for article, places in wanted.items():
        if article in by_article:
            _match_article(named, places, by_article[article], found)
    return found


def _first(found: Iterable[str]) -> str:
    return next(iter(found), "")


def _match_article(
    named: Sequence[Ref], places: Sequence[int], present: Mapping[int, Ref], found: list[int | None]
) -> None:
    free = dict(present)
    sentences = {ref.words for ref in present.values()}
    in_words = Counter(named[i].words for i in places), Counter(ref.words for ref in present.values())

    def same_sentence(i: int, pk: int) -> Score | None:
        ref, claim = named[i], free[pk]
        if ref.sentence_only or ref.words != claim.words:
            return None
        alone = in_words[0][ref.words] == in_words[1][ref.words] == 1
        return _score(ref, claim) if _plausible(ref, claim, alone) else None

    def other_words(i: int, pk: int) -> Score | None:
        ref, claim = named[i], free[pk]
        if ref.sentence_only or ref.words in sentences or ref.key != claim.key:
            return None
        left = sum(found[j] is None and named[j].key == ref.key for j in places)
        alone = left == 1 and sum(other.key == ref.key for other in free.values()) == 1
        return _score(ref, claim) if alone or days_overlap(ref, claim) else None

    _greedy(named, places, free, found, same_sentence)
    for i in places:  # sentence alone: only where it has a single claim
        same = [pk for pk, claim in free.items() if claim.words == named[i].words]
        if named[i].sentence_only and len(same) == 1:
            found[i] = same[0]
            del free[same[0]]
    _greedy(named, places, free, found, other_words)


def _greedy(
    named: Sequence[Ref], places: Sequence[int], free: dict[int, Ref], found: list[int | None], score: Scoring
) -> None:
    """Match the surest pairs first. A reference that fits two different claims equally well names neither."""
    scored = [(s, i, pk) for i in places if found[i] is None for pk in free if (s := score(i, pk)) is not None]
    pairs = sorted(scored, key=lambda p: (p[0], -p[1], -p[2]), reverse=True)
    unsure: set[int] = set()
    for worth, i, pk in pairs:
        if found[i] is not None or i in unsure or pk not in free:
            continue
        as_well = {free[p].content for w, j, p in pairs if j == i and w == worth and p in free}
        if len(as_well) > 1:
            unsure.add(i)
            continue
        found[i] = pk
        del free[pk]


def _score(ref: Ref, claim: Ref) -> Score:
    exact = ref.content == claim.content and ref.at == claim.at
    alike = sum(a == b for a, b in zip(ref.content, claim.content, strict=True))
    near = -abs(_center(ref) - _center(claim))
    return (
        exact,
        ref.key == claim.key,
        ref.content == claim.content,
        ref.at == claim.at,
        days_overlap(ref, claim),
        alike,
        near,
    )


def _plausible(ref: Ref, claim: Ref, alone: bool) -> bool:
    """Return whether a claim of the same sentence may be the one that the reference names, read differently now."""
    same_key = ref.key == claim.key
    return (alone and same_key) or same_key + (ref.at == claim.at) + days_overlap(ref, claim) >= MIN_AGREEING


def days_overlap(ref: Ref, claim: Ref) -> bool:
    """Return whether the days of both overlap."""
    low = max(ref.start or date.min, claim.start or date.min)
    return low <= min(ref.end or date.max, claim.end or date.max)


def _center(ref: Ref) -> int:
    first = ref.start or ref.end or date.min
    return first.toordinal() + (ref.end or first).toordinal()
