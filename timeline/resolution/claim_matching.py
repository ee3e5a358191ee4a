"""Which of the claims that stand now are those that a decision names. Pure: no database, no clock.

A decision keeps a reference to each claim that the editor saw, and to those beside it in its article that she did not
mean. All references of one article are matched with all of its claims at once, the surest first and each claim once,
so that what was not meant is not taken for what was. Nothing but the references of one decision and the claims of the
articles that it names enters, and so neither rounds nor other decisions change the answer.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

SHORT = 16  # digits of a digest that name an article where no more is known
TOLD_BY = 2  # of the key, the place in the sentence and the days, how many must agree

Score = tuple[int, ...]  # the larger, the surer
Scoring = Callable[[int, int], Score | None]


@dataclass(frozen=True, slots=True)
class Ref:
    """What names a claim: its article and sentence (digests), and what tells it from others of the sentence.

    `at`: where in the sentence its trigger stands, in characters. Without a key nothing but the sentence is known.
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
    def bare(self) -> bool:
        return not self.key

    @property
    def days(self) -> tuple[date | None, date | None]:
        return self.start, self.end

    @property
    def said(self) -> tuple[object, ...]:
        """What is said, wherever it is said."""
        return self.key, self.type, self.stage, self.place, self.participants, self.start, self.end


def digest_of_words(kind: str, evidence: str) -> str:
    """Names a sentence in which something of a kind is told."""
    return hashlib.sha256(f"{kind}\n{evidence}".encode("utf-8", "surrogatepass")).hexdigest()[:SHORT]


def match(named: Sequence[Ref], present: Mapping[int, Ref]) -> list[int | None]:
    """For each reference the claim that it names now, by its number; None where there is none."""
    articles = sorted({ref.article for ref in present.values()})
    found: list[int | None] = [None] * len(named)
    by_article: dict[str, dict[int, Ref]] = defaultdict(dict)
    for pk in sorted(present):
        by_article[present[pk].article].setdefault(pk, present[pk])
    wanted: dict[str, list[int]] = defaultdict(list)
    for i, ref in enumerate(named):
        full = ref.article if len(ref.article) > SHORT else _only(a for a in articles if a.startswith(ref.article))
        wanted[full].append(i)
    for article, places in wanted.items():
        if article in by_article:
            _match_article(named, places, by_article[article], found)
    return found


def _only(found: Iterable[str]) -> str:
    return next(iter(found), "")


def _match_article(
    named: Sequence[Ref], places: Sequence[int], present: Mapping[int, Ref], found: list[int | None]
) -> None:
    free = dict(present)
    sentences = {ref.words for ref in present.values()}
    in_words = Counter(named[i].words for i in places), Counter(ref.words for ref in present.values())

    def same_sentence(i: int, pk: int) -> Score | None:
        ref, claim = named[i], free[pk]
        if ref.bare or ref.words != claim.words:
            return None
        alone = in_words[0][ref.words] == in_words[1][ref.words] == 1
        return _score(ref, claim) if _plausible(ref, claim, alone) else None

    def other_words(i: int, pk: int) -> Score | None:
        ref, claim = named[i], free[pk]
        if ref.bare or ref.words in sentences or ref.key != claim.key:
            return None
        left = sum(found[j] is None and named[j].key == ref.key for j in places)
        alone = left == 1 and sum(other.key == ref.key for other in free.values()) == 1
        return _score(ref, claim) if alone or meet(ref, claim) else None

    _greedy(named, places, free, found, same_sentence)
    for i in places:  # what is known by its sentence alone, where that tells one thing
        same = [pk for pk, claim in free.items() if claim.words == named[i].words]
        if named[i].bare and len(same) == 1:
            found[i] = same[0]
            del free[same[0]]
    _greedy(named, places, free, found, other_words)


def _greedy(
    named: Sequence[Ref], places: Sequence[int], free: dict[int, Ref], found: list[int | None], score: Scoring
) -> None:
    """Match the surest pairs first; where one reference fits two different claims as well, it names neither."""
    scored = [(s, i, pk) for i in places if found[i] is None for pk in free if (s := score(i, pk)) is not None]
    pairs = sorted(scored, key=lambda p: (p[0], -p[1], -p[2]), reverse=True)
    unsure: set[int] = set()
    for worth, i, pk in pairs:
        if found[i] is not None or i in unsure or pk not in free:
            continue
        as_well = {free[p].said for w, j, p in pairs if j == i and w == worth and p in free}
        if len(as_well) > 1:
            unsure.add(i)
            continue
        found[i] = pk
        del free[pk]


def _score(ref: Ref, claim: Ref) -> Score:
    exact = ref.said == claim.said and ref.at == claim.at
    alike = sum(a == b for a, b in zip(ref.said, claim.said, strict=True))
    near = -abs(_middle(ref) - _middle(claim))
    return exact, ref.key == claim.key, ref.said == claim.said, ref.at == claim.at, meet(ref, claim), alike, near


def _plausible(ref: Ref, claim: Ref, alone: bool) -> bool:
    """Whether a claim of the same sentence may be what the reference means, read a little differently."""
    same_key = ref.key == claim.key
    return (alone and same_key) or same_key + (ref.at == claim.at) + meet(ref, claim) >= TOLD_BY


def meet(ref: Ref, claim: Ref) -> bool:
    """Whether the days of both have one in common."""
    low = max(ref.start or date.min, claim.start or date.min)
    return low <= min(ref.end or date.max, claim.end or date.max)


def _middle(ref: Ref) -> int:
    first = ref.start or ref.end or date.min
    return first.toordinal() + (ref.end or first).toordinal()
