"""One canonical script, one code point to one, so that offsets into the folded text are offsets into the text.

Traditional characters become Simplified (`hant.txt`, made by tools/build_script.py), full-width signs,
digits and letters become ASCII. Simplified rules and names then serve both scripts.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
SIGNS = {
    "\u3000": " ",
    "\u00a0": " ",
    "\u301c": "~",
    "\u223c": "~",
    "\u2500": "—",
    "\ufe63": "-",
    "\u2010": "-",
    "\u2011": "-",
    "\u2212": "-",
    "\u202f": " ",
}
SIGNS |= {chr(c): " " for c in range(0x2000, 0x200B)}
# radicals and compatibility forms, which look like the characters that they stand for
SIGNS |= {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFA6E))}
SIGNS |= {
    "「": "“",
    "」": "”",
    "『": "‘",
    "』": "’",
    "﹐": ",",
    "﹕": ":",
    "﹔": ";",
    "〔": "(",
    "〕": ")",
    "\u4e36": "、",
}
# Script classes
HAN = re.compile(r"[\u4e00-\u9fff]")
EAST_ASIAN = re.compile(r"[\u3400-\ufaff]")  # Han with the rare ones, and all that lies between: Hangul, private use
KANA = re.compile(r"[\u3040-\u30ff]")
FULL_WIDTH = {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}


@cache
def _pairs() -> dict[str, str]:
    traditional, simplified = files("timeline.extraction").joinpath("hant.txt").read_text("utf-8").split()
    return dict(zip(traditional, simplified, strict=True))


@cache
def _table() -> dict[int, str]:
    return str.maketrans({**_pairs(), **FULL_WIDTH, **SIGNS})


SHORT = 80  # characters up to which a table of a few entries is faster than an array


@cache
def _codes() -> NDArray[np.uint32]:
    """Return the folded code point of every code point."""
    codes = np.arange(sys.maxunicode + 1, dtype="<u4")
    codes[list(_table())] = list(map(ord, _table().values()))
    return codes


@cache
def _only_simplified() -> frozenset[str]:
    """Characters that Simplified has and Traditional has not."""
    return frozenset(_pairs().values()) - frozenset(_pairs()) - AMBIGUOUS


# Simplified forms that are characters of their own in Traditional texts as well
AMBIGUOUS = frozenset(PHRASES["ambiguous"])


def fold(text: str) -> str:
    """Return the canonical form of a text, of the same length.

    >>> fold("２０２５年將於週三舉行（臺北）")
    '2025年将于周三举行(台北)'
    """
    if text.isascii():
        return text
    if len(text) <= SHORT:
        return text.translate(_table())
    folded: bytes = _codes()[code_points(text)].tobytes()
    return folded.decode("utf-32-le", "surrogatepass")


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text, lone surrogates too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def is_traditional(text: str) -> bool:
    """Whether more characters are only Traditional than only Simplified."""
    return bool(_leanings()[code_points(text)].sum(dtype=np.int64) > 0)


@cache
def _leanings() -> NDArray[np.int8]:
    """Return 1 for every code point that is only Traditional, -1 where it is only Simplified, else 0."""
    leanings = np.zeros(sys.maxunicode + 1, np.int8)
    leanings[list(map(ord, _pairs()))] += 1
    leanings[list(map(ord, _only_simplified()))] -= 1
    return leanings
