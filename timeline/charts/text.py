"""Estimate the width of texts without a font, rather too wide than too narrow."""

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


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float = FONT) -> float:
    """Estimate a width in px, wide enough for DejaVu Sans: a CJK character is one em, a Latin letter about 0.6."""
    return sum(map(_ems, text)) * size


def fitted(text: str, width: float, size: float = FONT) -> str:
    """Cut a text with an ellipsis where it is wider than `width`."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ·，、,") + "…"


def number(value: float) -> str:
    """Format a coordinate as short as SVG allows: at most one decimal."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def joined(*parts: str | float) -> str:
    """Join path commands and numbers without the separators that SVG does not need."""
    found = ""
    for part in parts:
        text = part if isinstance(part, str) else number(part)
        between = " " if found and found[-1].isdigit() and text[0].isdigit() else ""
        found += between + text
    return found
