"""What no text may hold: NUL, which PostgreSQL cannot store, and lone surrogates, which are no UTF-8; and JSON that
strangers write.

Requests that hold such characters are refused (timeline/http/input_checks.py); from what is taken in they are removed
(`RawArticle`, `limits.fitted`).
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_JSON_DEPTH = 50  # lists and objects within one another


class JSONError(ValueError):
    """A text that is no JSON, or more than may be stored of it; the message is a sentence without its subject."""


def storable(text: str) -> str:
    """The text without the characters that cannot be stored."""
    return UNSTORABLE.sub("", text) if UNSTORABLE.search(text) else text


def is_storable(value: Any) -> bool:
    """Whether a text, or every text of a list or dict (keys included, however deep), can be stored."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if UNSTORABLE.search(one):
                return False
        elif isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple)):
            left += one
    return True


def read_json(text: str | bytes) -> Any:
    """A JSON text (RFC 8259), as it can be stored in both databases. Raises JSONError."""
    try:
        value = json.loads(text, parse_constant=_not_finite, parse_float=_finite)
    except RecursionError as error:
        raise JSONError("is nested too deeply") from error
    except JSONError:
        raise
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        raise JSONError(f"is no JSON that can be read: {str(error)[:200]}") from error
    if _depth(value) > MAX_JSON_DEPTH:
        raise JSONError("is nested too deeply")
    if not is_storable(value):
        raise JSONError("holds a NUL character or half a surrogate pair")
    return value


def _not_finite(name: str) -> float:
    raise JSONError(f"holds {name}, which is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise JSONError("holds a number that is too large")
    return number


def _depth(value: Any) -> int:
    """How deep lists and objects stand within one another; 0 for a plain value."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (list, dict))]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth
