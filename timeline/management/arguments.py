"""Argument types that several commands share."""

from __future__ import annotations

from argparse import ArgumentTypeError


def port(word: str) -> int:
    """Parse a port, 0 for any free one. Raises ArgumentTypeError outside of 0 to 65535."""
    return _number(word, 0, 65535)


def count(word: str) -> int:
    """Parse a number of processes or threads. Raises ArgumentTypeError outside of 1 to 64."""
    return _number(word, 1, 64)


def _number(word: str, lowest: int, highest: int) -> int:
    if word.isascii() and word.isdigit() and lowest <= int(word) <= highest:
        return int(word)
    raise ArgumentTypeError(f"{word!r} is not a whole number from {lowest} to {highest}")
