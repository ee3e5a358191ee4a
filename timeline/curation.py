"""The editors' only writer: decisions that stand above every claim until they are undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline import pipeline
from timeline.models import Actor, Correction, Event
from timeline.models.dated import Kind, Status, Type

GRAINS = ("day", "week", "month", "quarter", "half", "season", "part", "year", "decade", "span")
ELECTIONS = frozenset(
    ("presidential", "legislative", "general", "local", "supranational", "referendum", "leadership", "by_election")
)


@transaction.atomic
def correct(event: Event, field: str, value: Any, editor: User, reason: str = "") -> Correction:
    """Lock one field of an event to a value, and believe it from today on.

    A later correction of the same field stands above an earlier one, which stays in the history.
    Raises ValidationError with what is wrong and what is allowed.
    """
    if field not in CHECKS:
        raise ValidationError(_("There is no such field: %(name)s.") % {"name": field})
    value = CHECKS[field](value, event)
    made = Correction.objects.create(event=event, field=field, value=value, editor=editor, reason=reason)
    pipeline.resolve_key(event.key)
    return made


@transaction.atomic
def undo(correction: Correction, editor: User) -> None:
    """Take a correction back; what the claims (and other corrections) say holds again. Twice is once."""
    if correction.undone_at is not None:
        return
    correction.undone_at, correction.undone_by = timezone.now(), editor
    correction.save(update_fields=["undone_at", "undone_by"])
    pipeline.resolve_key(correction.event.key)


# --- what a value may be ------------------------------------------------------------------------


def _dates(value: Any, event: Event) -> dict[str, str | None]:
    if not isinstance(value, dict) or set(value) - {"start", "end", "granularity"}:
        raise ValidationError(_('Write {"start": "2025-05-01", "end": "2025-05-31", "granularity": "month"}.'))
    start, end = _day(value.get("start")), _day(value.get("end"))
    if start is None and end is None:
        raise ValidationError(_("At least one of first day and last day is needed."))
    if start and end and start > end:
        raise ValidationError(_("The first day lies after the last day."))
    grain = value.get("granularity") or ("day" if start == end else "span")
    if grain not in GRAINS:
        raise ValidationError(_("The precision is one of %(names)s.") % {"names": ", ".join(GRAINS)})
    return {
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "granularity": grain,
    }


def _day(text: Any) -> date | None:
    if text in (None, ""):
        return None
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError) as e:
        raise ValidationError(_("“%(text)s” is no day; write 2025-05-03.") % {"text": text}) from e


def _status(value: Any, event: Event) -> str:
    return _one_of(value, Status.values)


def _type(value: Any, event: Event) -> str:
    election = event.kind == Kind.ELECTION
    return _one_of(value, [t for t in Type.values if (t in ELECTIONS) == election])


def _one_of(value: Any, allowed: list[str]) -> str:
    if value not in allowed:
        raise ValidationError(_("It is one of %(names)s.") % {"names": ", ".join(allowed)})
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


CHECKS: dict[str, Callable[[Any, Event], Any]] = {
    "dates": _dates,
    "status": _status,
    "type": _type,
    "participants": _participants,
    "rejected": _rejected,
}
