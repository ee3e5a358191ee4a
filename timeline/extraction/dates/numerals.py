"""Numbers as news writes them: Arabic (full-width folded before), Chinese, and mixed with 半."""

from __future__ import annotations

from functools import lru_cache

DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2}
TENS = {"十": 10, "廿": 20, "卅": 30, "百": 100, "千": 1000}
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
        elif c in "廿卅":
            total, digit = total + TENS[c], -1
        elif c in TENS:
            total, digit = total + (1 if digit < 0 else digit) * TENS[c], -1
        else:
            raise ValueError(f"not a number: {text!r}")
    return total + max(digit, 0)
