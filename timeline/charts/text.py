"""How wide words are in the picture, without asking a font: an estimate that is rather too wide than too narrow."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

FONT = 12.5


@lru_cache(maxsize=4096)
def _ems(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WFA":
        return 1.0
    if sign.isupper() or sign in "mwMW%@":
        return 0.76
    if sign.isdigit():
        return 0.6
    return 0.33 if sign in " ilj.,:;'|!()[]" else 0.595


def text_width(text: str, size: float = FONT) -> float:
    """An estimate in px, rather too wide even for DejaVu Sans: a CJK sign is one em, a Latin letter about 0.6."""
    return sum(map(_ems, text)) * size


def fitted(text: str, width: float, size: float = FONT) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ·，、,") + "…"


def number(value: float) -> str:
    """A coordinate as short as SVG takes it: one decimal, and none where it says nothing."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def joined(*parts: str | float) -> str:
    """Path commands and their numbers, without what SVG can do without."""
    found = ""
    for part in parts:
        text = part if isinstance(part, str) else number(part)
        between = " " if found and found[-1].isdigit() and text[0].isdigit() else ""
        found += between + text
    return found
