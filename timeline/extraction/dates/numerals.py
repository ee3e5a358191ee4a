"""Numbers as news writes them: Arabic (full-width folded before), Chinese, and mixed with 半."""

from __future__ import annotations

from functools import lru_cache

from timeline.extraction.phrases import phrases_of

PHRASES = phrases_of(__name__)
DIGITS = {c: i for i, c in enumerate(PHRASES["digits"])}
DIGITS |= dict.fromkeys(PHRASES["zeros"], 0) | dict.fromkeys(PHRASES["twos"], 2)
TENS = dict(zip(PHRASES["tens"], (10, 20, 30, 100, 1000), strict=True))
WHOLE_TENS = frozenset({20, 30})  # one character each, which no digit multiplies
CHINESE = "".join(DIGITS) + "".join(TENS)


@lru_cache(maxsize=4096)
def number(text: str) -> int:
    """`14`, `十四`, `二〇二五`, `廿三`, `一百零八` as an int. Raises ValueError for anything else.

    >>> [number(s) for s in ("14", "十四", "二〇二五", "廿三", "卅", "一百零八", "两千")]
    [14, 14, 2025, 23, 30, 108, 2000]
    """
    if text.isascii():
        return int(text)
    if all(c in DIGITS for c in text):
        value = 0
        for c in text:
            value = value * 10 + DIGITS[c]
        return value
    return _with_units(text)


def _with_units(text: str) -> int:
    total, digit = 0, -1
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif TENS.get(c) in WHOLE_TENS:
            total, digit = total + TENS[c], -1
        elif c in TENS:
            total, digit = total + (1 if digit < 0 else digit) * TENS[c], -1
        else:
            raise ValueError(f"not a number: {text!r}")
    return total + max(digit, 0)
