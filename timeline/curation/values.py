"""Check the values of corrections, field by field. Each check returns the value as it is stored.

Each raises ValidationError with what is wrong and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from timeline.extraction.when import When, dates_of
from timeline.models import Actor, Correction, Event
from timeline.models.dated import Kind, Status, Type
from timeline.resolution.corrections import ARRANGING

GRAINS = ("day", "week", "weekend", "month", "quarter", "half", "season", "part", "year", "decade", "span")
ELECTION_TYPES = frozenset(
    ("presidential", "legislative", "general", "local", "supranational", "referendum", "leadership", "by_election")
)

Field = Correction.Field
IMPORTANCE_LEVELS = (1, 2, 3)
MAX_NOTE_CHARS = 5_000  # of the note of an event


def values_of(event: Event) -> dict[str, Any]:
    """Return the event's values of the fields that can be locked, as in `Correction.value`."""
    return {
        Field.DATES.value: dates_of(event.when),
        Field.STATUS.value: event.status,
        Field.TYPE.value: event.type,
        Field.PARTICIPANTS.value: list(event.participants.order_by("position").values_list("actor_id", flat=True)),
    }


def check_value(field: str, value: Any, event: Event) -> Any:
    """Check the value of a field and return it as it is stored. Raises ValidationError."""
    if field not in CHECKS:
        raise ValidationError(_("Unknown field: %(name)s.") % {"name": field})
    return CHECKS[field](value, event)


def _dates(value: Any, event: Event) -> dict[str, str | None]:
    if not isinstance(value, dict) or set(value) - {"start", "end", "granularity"}:
        raise ValidationError(_('Write {"start": "2025-05-01", "end": "2025-05-31", "granularity": "month"}.'))
    start, end = _day(value.get("start")), _day(value.get("end"))
    if start is None and end is None:
        raise ValidationError(_("Enter a first day, a last day or both."))
    if start and end and start > end:
        raise ValidationError(_("The first day is after the last day."))
    grain = value.get("granularity") or ("day" if start == end else "span")
    if grain not in GRAINS:
        raise ValidationError(_("The precision must be one of %(names)s.") % {"names": ", ".join(GRAINS)})
    return dates_of(When(start, end, grain))


def _day(text: Any) -> date | None:
    if text in (None, ""):
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as e:
        raise ValidationError(_("“%(text)s” is not a date; use 2025-05-03.") % {"text": text}) from e


def _status(value: Any, event: Event) -> str:
    return _one_of(value, Status.values)


def _type(value: Any, event: Event) -> str:
    election = event.kind == Kind.ELECTION
    return _one_of(value, [t for t in Type.values if (t in ELECTION_TYPES) == election])


def _one_of(value: Any, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise ValidationError(_("Must be one of %(names)s.") % {"names": ", ".join(allowed)})
    return str(value)


def _participants(value: Any, event: Event) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(code, str) for code in value):
        raise ValidationError(_('Write a list of codes, such as ["JP", "CA", "aukus"].'))
    codes = list(dict.fromkeys(value))
    known = set(Actor.objects.filter(pk__in=codes).values_list("pk", flat=True))
    if unknown := [code for code in codes if code not in known]:
        raise ValidationError(_("Unknown: %(names)s.") % {"names": ", ".join(unknown)})
    return codes


def _rejected(value: Any, event: Event) -> bool:
    if value is not True:
        raise ValidationError(_("To reject an event, write true; to take that back, undo the correction."))
    return True


def _accepted(value: Any, event: Event) -> dict[str, Any]:
    if value not in (True, now := values_of(event)):
        raise ValidationError(_("To accept an event as it stands, write true."))
    return now


def _note(value: Any, event: Event) -> str:
    if not isinstance(value, str) or len(value) > MAX_NOTE_CHARS:
        raise ValidationError(_("The note may have at most %(most)d characters.") % {"most": MAX_NOTE_CHARS})
    return value.strip()


def _importance(value: Any, event: Event) -> int:
    if isinstance(value, bool) or value not in (0, *IMPORTANCE_LEVELS):
        raise ValidationError(_("Importance must be a number from 0 to 3."))
    return int(value)


CHECKS: dict[str, Callable[[Any, Event], Any]] = {
    "dates": _dates,
    "status": _status,
    "type": _type,
    "participants": _participants,
    "rejected": _rejected,
    "accepted": _accepted,
    "note": _note,
    "importance": _importance,
}
assert set(CHECKS) | set(ARRANGING) == set(Field.values)
