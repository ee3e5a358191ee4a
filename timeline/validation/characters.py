"""Find and remove characters that cannot be stored: NUL (PostgreSQL), lone surrogates (UTF-8). Parse untrusted JSON.

Requests with such characters are refused (timeline/http/input_checks.py); from articles and feeds they are removed
(`RawArticle`, `columns.fit_column`).
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAX_JSON_DEPTH = 50  # of nested lists and objects


class JSONError(ValueError):
    """The text is not valid JSON, or cannot be stored. The message is a predicate: `is nested too deeply`."""


def remove_unstorable(text: str) -> str:
    """Return the text without the characters that cannot be stored."""
    return UNSTORABLE.sub("", text) if UNSTORABLE.search(text) else text


def is_storable(value: Any) -> bool:
    """Return whether a text, or every text in a list or dict (also nested, also keys), can be stored."""
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
    """Parse a JSON text (RFC 8259) that both databases can store. Raises JSONError."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite_float)
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


def _refuse_constant(name: str) -> float:
    raise JSONError(f"holds {name}, which is no number of JSON")


def _finite_float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise JSONError("holds a number that is too large")
    return number


def _depth(value: Any) -> int:
    """Return the nesting depth of lists and objects; 0 for a scalar."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (list, dict))]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth
