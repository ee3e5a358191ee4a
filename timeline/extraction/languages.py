"""Which language a text is in, by its script and, in Latin letters, by the commonest words of each.

No model is loaded: a few dozen words and letters (`phrases.toml`) tell the languages apart that dates are read in, from
a headline on. What nothing speaks for is English.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.phrases import phrases_of
from timeline.extraction.script import code_points, is_traditional

PHRASES = phrases_of(__name__)
COMMON = {name[-2:]: frozenset(words.split()) for name, words in PHRASES.items() if name.startswith("words_")}
LETTERS = {name[-2:]: frozenset(letters) for name, letters in PHRASES.items() if name.startswith("letters_")}
WORD = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[a-zA-Z]")
# Blocks of code points, first and last
HAN, KANA = (0x4E00, 0x9FFF), (0x3040, 0x30FF)
CYRILLIC, HANGUL, ARABIC = (0x0400, 0x04FF), (0xAC00, 0xD7AF), (0x0600, 0x06FF)
UKRAINIAN = re.compile(PHRASES["ukrainian"])
HEAD = 2000  # characters that decide
A_HEADLINE = 40  # characters; a Japanese one has hardly a syllable sign
ENOUGH = 2  # more common words than English has, which are no accident, as `Le` of a name is
A_LETTER = 3  # how many common words a letter of one language alone is worth


def language_of(text: str) -> str:
    """BCP 47: zh-Hans, zh-Hant, ja, ko, ru, uk, ar, or a language in Latin letters, English where none is given."""
    text = text[:HEAD]
    if text.isascii():
        return _in_latin_letters(text.lower())
    codes = code_points(text)
    han, kana = _count(codes, HAN), _count(codes, KANA)
    if han and (han + kana) * 12 >= len(text):
        if kana * (4 if len(text) > A_HEADLINE else 10) > han:
            return "ja"
        return "zh-Hant" if is_traditional(text) else "zh-Hans"
    if kana * 4 > len(text):
        return "ja"
    others = {"ru": _count(codes, CYRILLIC), "ko": _count(codes, HANGUL), "ar": _count(codes, ARABIC)}
    other = max(others, key=lambda name: others[name])
    if others[other] > len(LATIN.findall(text)):
        return "uk" if other == "ru" and UKRAINIAN.search(text) else other
    return _in_latin_letters(text.lower())


def _count(codes: NDArray[np.uint32], block: tuple[int, int]) -> int:
    """Return how many characters are of a block."""
    first, last = block
    return int(np.count_nonzero(codes - np.uint32(first) <= last - first))  # what lies before wraps around


def _in_latin_letters(text: str) -> str:
    words = Counter(WORD.findall(text))
    scores = {name: sum(map(words.get, common, repeat(0))) for name, common in COMMON.items()}
    for name, letters in LETTERS.items():
        scores[name] += A_LETTER * any(letter in text for letter in letters)
    best = max(scores, key=lambda name: (scores[name], name == "en"))
    return best if scores[best] >= scores["en"] + ENOUGH else "en"
