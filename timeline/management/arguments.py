"""Types of arguments that several commands take."""

from __future__ import annotations

from argparse import ArgumentTypeError


def port(word: str) -> int:
    """A port, 0 for any that is free."""
    return _number(word, 0, 65535)


def count(word: str) -> int:
    """How many processes or threads."""
    return _number(word, 1, 64)


def _number(word: str, lowest: int, highest: int) -> int:
    if word.isascii() and word.isdigit() and lowest <= int(word) <= highest:
        return int(word)
    raise ArgumentTypeError(f"{word!r} is not a whole number from {lowest} to {highest}")
