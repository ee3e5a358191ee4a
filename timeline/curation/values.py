"""Check the values of corrections, field by field. Each check returns the value as it is stored.

Each raises ValidationError with what is wrong and what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from timeline.extraction.when import BOUNDS, When, dates_of
from timeline.models import Actor, Correction, Event
from timeline.models.dated import Status, Type
from timeline.resolution.corrections import ARRANGING

GRAINS = ("day", "week", "weekend", "month", "quarter", "half", "season", "part", "year", "decade", "span")
Field = Correction.Field
MODIFIERS = BOUNDS | {"", "about"}
IMPORTANCE_LEVELS = (1, 2, 3)
MAX_NOTE_CHARS = 5_000  # of the note of an event


def values_of(event: Event) -> dict[str, Any]:
    """Return the event's values of the fields that can be locked, as in `Correction.value`."""
    return {
        Field.DATES.value: dates_of(event.when),
        Field.STATUS.value: event.status,
        Field.TYPE.value: event.type,
        Field.PARTICIPANTS.value: list(event.participants.order_by("position").values_list("actor_id", flat=True)),
        Field.PLACE.value: event.place_id or "",
    }


def check_value(field: str, value: Any, event: Event) -> Any:
    """Check the value of a field and return it as it is stored. Raises ValidationError."""
    if field not in CHECKS:
        raise ValidationError(_("Unknown field: %(name)s.") % {"name": field})
    return CHECKS[field](value, event)


def _dates(value: Any, event: Event) -> dict[str, str | None]:
    if not isinstance(value, dict) or set(value) - {"start", "end", "granularity", "modifier"}:
        raise ValidationError(_('Write {"start": "2025-05-01", "end": "2025-05-31", "granularity": "month"}.'))
    start, end = _day(value.get("start")), _day(value.get("end"))
    if start is None and end is None:
        raise ValidationError(_("Enter a first day, a last day or both."))
    if start and end and start > end:
        raise ValidationError(_("The first day is after the last day."))
    grain = value.get("granularity") or ("day" if start == end else "span")
    if grain not in GRAINS:
        raise ValidationError(_("The precision must be one of %(names)s.") % {"names": ", ".join(GRAINS)})
    modifier = value.get("modifier") or ""
    if modifier not in MODIFIERS:
        raise ValidationError(_("The modifier must be one of %(names)s.") % {"names": ", ".join(sorted(MODIFIERS))})
    return value_of_days(When(start, end, grain, modifier))


def value_of_days(when: When) -> dict[str, str | None]:
    """Return days as `Correction.value` keeps them: with their modifier, where they have one."""
    return dates_of(when) | ({"modifier": when.modifier} if when.modifier else {})


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
    return _one_of(value, Type.values)  # a type of the other kind changes the kind, too


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


def _place(value: Any, event: Event) -> str:
    if not isinstance(value, str) or (value and not Actor.objects.filter(pk=value).exists()):
        raise ValidationError(_("Unknown: %(names)s.") % {"names": value})
    return value


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
    "place": _place,
    "rejected": _rejected,
    "accepted": _accepted,
    "note": _note,
    "importance": _importance,
}
assert set(CHECKS) | set(ARRANGING) == set(Field.values)
