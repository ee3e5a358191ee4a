"""Opaque cursors of keyset paging: a day and an id, so that ties and new rows neither repeat nor skip."""

from __future__ import annotations

import base64
import binascii
from datetime import date

LONGEST = 80


class BadCursor(ValueError):
    """A cursor that this site has not given out."""


def encode(day: date, pk: str) -> str:
    """The cursor behind which the next page begins."""
    return base64.urlsafe_b64encode(f"{day.isoformat()} {pk}".encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[date, str]:
    """(day, id) of a cursor. Raises BadCursor."""
    try:
        if len(cursor) > LONGEST or not cursor.isascii():
            raise ValueError(cursor)
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        day, _, pk = text.partition(" ")
        if not pk.isalnum():
            raise ValueError(cursor)
        return date.fromisoformat(day), pk
    except (ValueError, binascii.Error) as e:
        raise BadCursor("This cursor was not given out here; start again without it.") from e
