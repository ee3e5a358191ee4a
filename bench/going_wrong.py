"""Words in a text, each of which makes a reader fail in another way."""

from __future__ import annotations

import hashlib
import os
import re
import signal
from collections.abc import Callable


def spin() -> None:
    while True:
        pass


def match() -> None:
    """Match a pattern that takes exponential time."""
    re.match(r"(?:a|a)*$", "a" * 100 + "b")


def compute() -> None:
    """Run compiled code in which Python handles no signal."""
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def swell() -> None:
    kept = []
    while True:
        kept.append(bytes(64 * 1024 * 1024))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("a broken rule")


WAYS: dict[str, Callable[[], None]] = {
    "SPIN": spin,
    "MATCH": match,
    "COMPUTE": compute,
    "SWELL": swell,
    "DIE": die,
    "FAIL": fail,
}
WORD = re.compile("|".join(WAYS))


def go_wrong(text: str) -> None:
    """Fail as the first of the words in the text says; do nothing where there is none."""
    if found := WORD.search(text):
        WAYS[found.group()]()
