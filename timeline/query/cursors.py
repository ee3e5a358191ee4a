"""Signed cursors of keyset paging: where the last page ended, so that ties and new rows neither repeat nor skip."""

from __future__ import annotations

from datetime import date

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext

MAX_CURSOR_CHARS = 400
DAYS = "(day, id)"  # the family of all lists of events that have only one order


class CursorError(ValueError):
    """A text that is no cursor of this list."""

    def __init__(self) -> None:
        super().__init__(gettext("Unknown cursor; start again without it."))


def seal(family: str, *place: str) -> str:
    """Return the cursor after `place`, the ordering values of the last row, for `family`, a list and its filter."""
    return _signer(family).sign_object(place)


def unseal(family: str, cursor: str, count: int) -> list[str]:
    """Return the `count` ordering values. Raises CursorError, also for a cursor of another family."""
    try:
        place: list[str] = _signer(family).unsign_object(cursor[:MAX_CURSOR_CHARS])
    except (BadSignature, UnicodeError) as error:
        raise CursorError from error
    if len(place) != count:
        raise CursorError
    return place


def encode(day: date, pk: str) -> str:
    """Return the cursor after an event, for a list that has only one order."""
    return seal(DAYS, day.isoformat(), pk)


def decode(cursor: str) -> tuple[date, str]:
    """Return the (day, id) in such a cursor. Raises CursorError."""
    day, pk = unseal(DAYS, cursor, 2)
    return date.fromisoformat(day), pk


def _signer(family: str) -> Signer:
    return Signer(salt=f"{__name__} {family}", sep=".")  # a colon would be escaped in addresses
