"""Opaque cursors of keyset paging: where the last page ended, so that ties and new rows neither repeat nor skip.

A sealed cursor also carries a mark of the list and the filter that gave it: it opens nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import date

from django.utils.translation import gettext

LONGEST = 400
SEPARATOR = " "


class CursorError(ValueError):
    """A text that is no cursor of this list."""


def seal(family: str, *place: str) -> str:
    """The cursor of `family` (a list and its filter) behind `place`, the ordering values of the last row.

    Only the last of these values may hold blanks.
    """
    return _wrapped(SEPARATOR.join([_mark(family), *place]))


def unseal(family: str, cursor: str, values: int) -> list[str]:
    """The ordering values, as many as told. Raises CursorError, also for a cursor of another list or filter."""
    mark, *place = _unwrapped(cursor).split(SEPARATOR, values)
    if mark != _mark(family) or len(place) != values:
        raise CursorError(gettext("This cursor was not given out here; start again without it."))
    return place


def encode(day: date, pk: str) -> str:
    """The cursor behind which the next page begins, for a list that has only one order."""
    return _wrapped(f"{day.isoformat()}{SEPARATOR}{pk}")


def decode(cursor: str) -> tuple[date, str]:
    """(day, id) of such a cursor. Raises CursorError."""
    day, _, pk = _unwrapped(cursor).partition(SEPARATOR)
    if not pk.isalnum():
        raise CursorError(gettext("This cursor was not given out here; start again without it."))
    return as_day(day), pk


def as_day(text: str) -> date:
    """A day that stands in a cursor. Raises CursorError."""
    try:
        return date.fromisoformat(text)
    except ValueError as e:
        raise CursorError(gettext("This cursor was not given out here; start again without it.")) from e


def _mark(family: str) -> str:
    return hashlib.sha256(family.encode()).hexdigest()[:10]


def _wrapped(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unwrapped(cursor: str) -> str:
    try:
        if len(cursor) > LONGEST or not cursor.isascii():
            raise ValueError(cursor)
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error) as e:
        raise CursorError(gettext("This cursor was not given out here; start again without it.")) from e
