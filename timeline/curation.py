"""The editors' only writer: decisions are stored, never overwritten, undone and done again; the machine obeys them.

Every decision is made under the lock of the event's key, so nobody decides about what somebody else just changed.
One that meets another all the same (a deadlock) is made again. What a user may is asked here as well, whatever door the
decision came through.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline import pipeline
from timeline.editors import handwriting
from timeline.editors.deciding import ARRANGING, LOCKS, Field
from timeline.heirs import living
from timeline.machine.claiming import ref_of, said_of
from timeline.machine.outages import retried
from timeline.models import Actor, Claim, Correction, Event
from timeline.models.dated import Kind, Status, Type
from timeline.resolving import event_id, resolve

GRAINS = ("day", "week", "weekend", "month", "quarter", "half", "season", "part", "year", "decade", "span")
ELECTIONS = frozenset(
    ("presidential", "legislative", "general", "local", "supranational", "referendum", "leadership", "by_election")
)
IMPORTANCE = (1, 2, 3)
LONGEST_NOTE = 5_000
CHECKED_BY_TWO = frozenset(Field) - {Field.ACCEPTED}  # what changes something that is published
MAY_DECIDE, MAY_UNDO_ANY, MAY_APPROVE = (
    f"timeline.{name}" for name in ("add_correction", "undo_any_correction", "approve_correction")
)


class Overtaken(Exception):
    """Somebody else, or the machine, changed the event since the editor looked at it; nothing was stored."""

    def __init__(self, event: Event) -> None:
        super().__init__(event.pk)
        self.event = event


# --- deciding -----------------------------------------------------------------------------------


def correct(event: Event, field: str, value: Any, editor: User, reason: str = "", seen: str = "") -> Correction:
    """Decide one field of an event; see `decide`."""
    return decide(event, {field: value}, editor, reason, seen)[0]


@retried
def decide(event: Event, values: Mapping[str, Any], editor: User, reason: str = "", seen: str = "") -> list[Correction]:
    """Lock fields of an event to values (or accept, reject, weigh or annotate it), all or none, from today on.

    A later decision of the same field stands above an earlier one, which stays in the history. `seen`: the `stamp` of
    what the editor looked at. Raises ValidationError with what is wrong and what is allowed, Overtaken, and
    PermissionDenied.
    """
    with _deciding(editor, event, seen=seen) as row:
        checked = {name: _checked(name, value, row) for name, value in values.items()}
        made = [_made(row, name, value, editor, reason) for name, value in checked.items()]
    return made


def accept(event: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """What stands there is right: it is remembered as it stands, and nothing is locked."""
    return correct(event, Field.ACCEPTED, values_of(event), editor, reason, seen)


@retried
def merge(event: Event, into: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """One event is the same as another, into which it goes; its id leads there for ever. Raises as `decide`."""
    with _deciding(editor, event, into, seen=seen) as row:
        into = _live(into)
        if into.pk == row.pk:
            raise ValidationError(_("An event cannot be merged into itself."))
        if into.kind != row.kind:
            raise ValidationError(_("An election and an event of alliances are never the same."))
        return _made(row, Field.MERGED, _refs(row.claims.all()), editor, reason, other=into)


@retried
def split(event: Event, claims: Iterable[int], editor: User, reason: str = "", seen: str = "") -> Correction:
    """These of its claims tell of another event, which is made; `other` of the decision. Raises as `decide`."""
    with _deciding(editor, event, seen=seen) as row:
        mine = row.claims.filter(pk__in=list(claims))
        refs = _refs(mine)
        if not refs:
            raise ValidationError(_("Choose the claims that tell of another event."))
        if set(_refs(row.claims.all())) <= set(refs):
            raise ValidationError(_("Leave at least one claim with the event."))
        words = f"split {row.pk} {' '.join(refs)} {secrets.token_hex(8)}"
        other = told_apart(row, hashlib.sha256(words.encode()).hexdigest()[:10])
        return _made(row, Field.SPLIT, refs, editor, reason, other=other)


def admit(claim: Claim, editor: User, reason: str = "") -> Event:
    """Let a claim stand that the machine was not sure of: the event of its happening. Raises as `decide`."""
    return _of_doubtful(claim, Field.ACCEPTED, editor, reason).event


def refuse(claim: Claim, editor: User, reason: str = "") -> Correction:
    """What a doubtful claim tells of is no event, nor are its reprints: the decision. Raises as `decide`.

    Nothing that is published changes, so no second pair of eyes is waited for.
    """
    return _of_doubtful(claim, Field.REJECTED, editor, reason)


@retried
def _of_doubtful(claim: Claim, field: str, editor: User, reason: str) -> Correction:
    """Make the event of a claim's happening and decide about it."""
    with transaction.atomic():
        _allowed(editor, MAY_DECIDE)
        pipeline.locked([claim.key])
        claim.refresh_from_db(fields=["event"])
        if claim.event_id is not None:
            raise ValidationError(_("This claim belongs to an event already."))
        rows = list(Claim.objects.filter(key=claim.key).select_related("article"))
        happening = next((h for h in resolve(map(said_of, rows)) if claim.pk in {c.pk for c in h.claims}), None)
        if happening is None:
            raise ValidationError(_("This claim was read anew meanwhile; look at its article."))
        pk = event_id(claim.key, happening.claims[0])
        event = Event.objects.filter(pk=pk).first() or event_of(pk, claim)
        Claim.objects.filter(pk__in=[c.pk for c in happening.claims]).update(event=event)
        value = values_of(event) if field == Field.ACCEPTED else True
        made = _made(event, field, value, editor, reason, at_once=True)
        pipeline.resolve_key(claim.key)
    made.event.refresh_from_db()
    return made


@retried
def write(written: handwriting.Written, editor: User) -> Event:
    """An event by hand, without an article: the note of its source stands for one, and all it says is locked.

    Raises ValidationError and PermissionDenied.
    """
    with transaction.atomic():
        _allowed(editor, MAY_DECIDE)
        claim = handwriting.store(written)
        pipeline.resolve_key(claim.key)
        claim.refresh_from_db()
        assert claim.event is not None, "a claim without doubts makes an event"
        values: dict[str, Any] = {name: v for name, v in written.values.items() if name in LOCKS}
        values |= {Field.NOTE: written.why} if written.why else {}
        values |= {Field.IMPORTANCE: written.importance} if written.importance else {}
        for name, value in values.items():
            row = _made(claim.event, name, _checked(name, value, claim.event), editor, "", at_once=True)
        pipeline.resolve_key(row.event.key)
    claim.event.refresh_from_db()
    return claim.event


# --- undoing ------------------------------------------------------------------------------------


@retried
def undo(correction: Correction, editor: User, reason: str = "") -> None:
    """Take a decision back; what the claims (and other decisions) say holds again. Twice is once.

    Editors undo their own, those who may undo any also those of others. What two pairs of eyes approved nobody takes
    back alone who made it. Raises PermissionDenied.
    """
    with _again(correction) as row:
        if row.undone_at is not None:
            return
        _may_undo(row, editor)
        row.undone_at, row.undone_by = timezone.now(), editor
        _note(row, editor, reason)


@retried
def redo(correction: Correction, editor: User, reason: str = "") -> None:
    """Take an undoing back. Twice is once. With two pairs of eyes it waits to be approved once more."""
    with _again(correction) as row:
        if row.undone_at is None:
            return
        _may_undo(row, editor)
        row.undone_at = row.undone_by = None
        row.waits = _waits(row.field)
        row.approved_at, row.approved_by = (None, None) if row.waits else (row.approved_at, row.approved_by)
        _note(row, editor, reason)


@retried
def approve(correction: Correction, editor: User, reason: str = "") -> None:
    """The second pair of eyes. Twice is once. Raises PermissionDenied for whoever made it."""
    with _again(correction) as row:
        if not row.waits or row.undone_at is not None:
            return
        _allowed(editor, MAY_APPROVE)
        if row.editor_id == editor.pk:
            raise PermissionDenied(_("Somebody else has to approve what you decided."))
        row.waits, row.approved_at, row.approved_by = False, timezone.now(), editor
        _note(row, editor, reason)


def _may_undo(row: Correction, editor: User) -> None:
    mine = row.editor_id == editor.pk
    _allowed(editor, MAY_DECIDE if mine else MAY_UNDO_ANY)
    if mine and settings.TWO_PAIRS and row.in_force and row.approved_by_id:
        raise PermissionDenied(_("Two have decided this: ask somebody else to undo it."))


def _note(row: Correction, editor: User, reason: str) -> None:
    row._history_user, row._change_reason = editor, reason or None  # type: ignore[attr-defined]
    row.save()


@contextmanager
def _again(correction: Correction) -> Iterator[Correction]:
    """The stored row of a decision, under the lock of its keys, which are resolved anew afterwards."""
    with transaction.atomic():
        keys = [correction.event.key, *([correction.other.key] if correction.other else [])]
        pipeline.locked(keys)
        row = Correction.objects.select_for_update(of=("self",)).select_related("event", "other").get(pk=correction.pk)
        yield row
        pipeline.resolve_key(row.event.key)
        if row.other is not None:
            pipeline.resolve_key(row.other.key)
    correction.refresh_from_db()


# --- what was looked at -------------------------------------------------------------------------


def stamp(event: Event) -> str:
    """What an editor sees of an event, as one word: it differs once days, status, participants or decisions do."""
    decisions = event.corrections.order_by("pk").values_list("pk", "undone_at", "waits")
    shown = [values_of(event), event.note, event.importance, event.retracted, event.merged_into_id, list(decisions)]
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:16]


def values_of(event: Event) -> dict[str, Any]:
    """What stands of the fields that can be locked, as in `Correction.value`."""
    return {
        Field.DATES.value: {
            "start": event.start.isoformat() if event.start else None,
            "end": event.end.isoformat() if event.end else None,
            "granularity": event.granularity,
        },
        Field.STATUS.value: event.status,
        Field.TYPE.value: event.type,
        Field.PARTICIPANTS.value: list(event.participants.order_by("position").values_list("actor_id", flat=True)),
    }


def locks(event: Event) -> dict[str, Correction]:
    """The decisions in force that lock a field, by field."""
    rows = event.corrections.filter(field__in=LOCKS, undone_at=None, waits=False).select_related("editor")
    return {row.field: row for row in rows.order_by("made_at", "pk")}


# --- the hands ----------------------------------------------------------------------------------


@contextmanager
def _deciding(editor: User, *events: Event, seen: str = "") -> Iterator[Event]:
    """The first event as it is stored, under the locks of all; they are resolved anew afterwards."""
    with transaction.atomic():
        _allowed(editor, MAY_DECIDE)
        pipeline.locked([event.key for event in events])
        row = _live(events[0])
        if seen and seen != stamp(row):
            raise Overtaken(row)
        yield row
        for key in dict.fromkeys([row.key, *(event.key for event in events)]):
            pipeline.resolve_key(key)


def _live(event: Event) -> Event:
    row = Event.objects.get(pk=event.pk)
    if row.merged_into_id is not None:
        heir = living(row)
        raise ValidationError(
            _("This event is the same as %(id)s now; decide there.") % {"id": heir.pk if heir else row.merged_into_id}
        )
    return row


def _made(
    event: Event,
    field: str,
    value: Any,
    editor: User,
    reason: str,
    *,
    other: Event | None = None,
    at_once: bool = False,
) -> Correction:
    waits = _waits(field) and not at_once
    row = Correction(event=event, field=field, value=value, editor=editor, reason=reason, other=other, waits=waits)
    row.basis = _basis(event, field)
    row._history_user = editor  # type: ignore[attr-defined]
    row.save()
    return row


def _waits(field: str) -> bool:
    return bool(settings.TWO_PAIRS) and field in CHECKED_BY_TWO


def _basis(event: Event, field: str) -> Any:
    """What the machine says of a field now: where it is locked that is its proposal, or what it said before."""
    if field not in LOCKS:
        return None
    lock = locks(event).get(field)
    return values_of(event)[field] if lock is None else event.proposals.get(field, lock.basis)


def _refs(claims: Any) -> list[str]:
    return sorted({ref_of(claim) for claim in claims.select_related("article")})


def told_apart(like: Event, pk: str) -> Event:
    """The row of an event that is about to be told apart: it is nothing until its claims are resolved."""
    copied = ("key", "kind", "type", "stage", "place_id", "day", "start", "end", "status", "believed_since")
    values = {name: getattr(like, name) for name in (*copied, "first_reported")}
    return Event.objects.create(pk=pk, retracted=True, **values)


def event_of(pk: str, claim: Claim) -> Event:
    """The row of an event that a claim shall have: it is nothing until the claim is resolved."""
    values = {name: getattr(claim, name) for name in ("key", "kind", "type", "stage", "start", "end", "status")}
    day = claim.start or claim.end
    assert day is not None, "a claim gives at least one day"
    return Event.objects.create(
        pk=pk, retracted=True, day=day, believed_since=claim.reported, first_reported=claim.reported, **values
    )


def _allowed(editor: User, permission: str) -> None:
    if not editor.has_perm(permission):
        raise PermissionDenied(_("You may not do this."))


# --- what a value may be ------------------------------------------------------------------------


def _checked(field: str, value: Any, event: Event) -> Any:
    if field not in CHECKS:
        raise ValidationError(_("There is no such field: %(name)s.") % {"name": field})
    return CHECKS[field](value, event)


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


def _one_of(value: Any, allowed: Sequence[str]) -> str:
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


def _accepted(value: Any, event: Event) -> dict[str, Any]:
    if value not in (True, now := values_of(event)):
        raise ValidationError(_("To accept an event as it stands, write true."))
    return now


def _noted(value: Any, event: Event) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise ValidationError(_("A note is a text of at most %(most)d characters.") % {"most": LONGEST_NOTE})
    return value.strip()


def _important(value: Any, event: Event) -> int:
    if isinstance(value, bool) or value not in (0, *IMPORTANCE):
        raise ValidationError(_("Importance is a number from 0 to 3."))
    return int(value)


CHECKS: dict[str, Callable[[Any, Event], Any]] = {
    "dates": _dates,
    "status": _status,
    "type": _type,
    "participants": _participants,
    "rejected": _rejected,
    "accepted": _accepted,
    "note": _noted,
    "importance": _important,
}
assert set(CHECKS) | {f.value for f in ARRANGING} == set(Field.values)
