"""The editors' only writer: decisions are stored, never overwritten, undone and done again; the machine obeys them.

Every decision is made under the locks of all keys that it touches, taken at once and in the order in which the machine
takes them, so nobody decides about what somebody else just changed, and nobody waits for somebody who waits for him.
An act that meets another all the same is done again. What a user may is asked here as well, whatever door the decision
came through.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from timeline.curation import manual
from timeline.curation.values import checked, values_of
from timeline.display.redirects import living
from timeline.models import Claim, Correction, Event
from timeline.pipeline import corrections as linking
from timeline.pipeline.claims import said_of
from timeline.pipeline.corrections import Side
from timeline.pipeline.locks import locked
from timeline.pipeline.resolve import resolve_locked
from timeline.resilience.retry import retried
from timeline.resolution.arrangement import Arranged
from timeline.resolution.corrections import LOCKS
from timeline.resolution.resolve import event_id, resolve

Field = Correction.Field
Sides = Mapping[Side, Collection[int]]  # the claims of each side of a decision
MAX_NAMED_CLAIMS = 500  # of one event in one decision; the first reported
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
    with _deciding(editor, event, seen=seen) as (row, own):
        allowed = {name: checked(name, value, row) for name, value in values.items()}
        made = [_made(row, name, value, editor, reason, {Side.EVENT: own[row.pk]}) for name, value in allowed.items()]
    return made


def accept(event: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """What stands there is right: it is remembered as it stands, and nothing is locked."""
    return correct(event, Field.ACCEPTED, values_of(event), editor, reason, seen)


@retried
def merge(event: Event, into: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """One event is the same as another, into which it goes; its id leads there for ever. Raises as `decide`."""
    with _deciding(editor, event, into, seen=seen) as (row, own):
        into = _live(into)
        if into.pk == row.pk:
            raise ValidationError(_("An event cannot be merged into itself."))
        if into.kind != row.kind:
            raise ValidationError(_("An election and an event of alliances are never the same."))
        sides = {Side.EVENT: own[row.pk], Side.OTHER: own[into.pk]}
        return _made(row, Field.MERGED, True, editor, reason, sides, other=into)


@retried
def split(event: Event, claims: Iterable[int], editor: User, reason: str = "", seen: str = "") -> Correction:
    """These of its claims tell of another event, which is made; `other` of the decision. Raises as `decide`."""
    with _deciding(editor, event, seen=seen) as (row, own):
        all_of_it = set(row.claims.values_list("pk", flat=True))
        chosen = all_of_it & set(claims)
        if not chosen:
            raise ValidationError(_("Choose the claims that tell of another event."))
        if chosen == all_of_it:
            raise ValidationError(_("Leave at least one claim with the event."))
        other = told_apart(row, secrets.token_hex(5))
        sides = {Side.EVENT: (own[row.pk] - chosen) or (all_of_it - chosen), Side.OTHER: chosen}
        return _made(row, Field.SPLIT, True, editor, reason, sides, other=other)


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
        keys = locked([claim.key])
        claim.refresh_from_db(fields=["event", "key"])
        if claim.event_id is not None:
            raise ValidationError(_("This claim belongs to an event already."))
        rows = list(Claim.objects.filter(key=claim.key).select_related("article")) if claim.key in keys else []
        happening = next((h for h in resolve(map(said_of, rows)) if claim.pk in {c.pk for c in h.claims}), None)
        if happening is None:
            raise ValidationError(_("This claim was read anew meanwhile; look at its article."))
        pk = event_id(claim.key, happening.claims[0])
        event = Event.objects.filter(pk=pk).first() or event_of(pk, claim)
        value = values_of(event) if field == Field.ACCEPTED else True
        sides = {Side.EVENT: {c.pk for c in happening.claims}}
        made = _made(event, field, value, editor, reason, sides, at_once=True)
        resolve_locked(keys)
    made.event.refresh_from_db()
    return made


@retried
def write(written: manual.Written, editor: User) -> Event:
    """An event by hand, without an article: the note of its source stands for one, and all it says is locked.

    Raises ValidationError and PermissionDenied.
    """
    with transaction.atomic():
        _allowed(editor, MAY_DECIDE)
        keys = locked([manual.key_of_written(written)])
        claim = manual.store(written)
        arranged = resolve_locked(keys)
        claim.refresh_from_db()
        assert claim.event is not None, "a claim without doubts makes an event"
        values: dict[str, Any] = {name: v for name, v in written.values.items() if name in LOCKS}
        values |= {Field.NOTE: written.why} if written.why else {}
        values |= {Field.IMPORTANCE: written.importance} if written.importance else {}
        sides = {Side.EVENT: _own(claim.event, arranged)}
        for name, value in values.items():
            _made(claim.event, name, checked(name, value, claim.event), editor, "", sides, at_once=True)
        resolve_locked(keys)
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
    """The stored row of a decision, under the locks of its keys, which are resolved anew afterwards."""
    with transaction.atomic():
        keys = _locked_for([correction])
        row = Correction.objects.select_for_update(of=("self",)).select_related("event", "other").get(pk=correction.pk)
        yield row
        resolve_locked(keys)
    correction.refresh_from_db()


@contextmanager
def together(corrections: Iterable[Correction]) -> Iterator[None]:
    """A transaction that undoes or does again several decisions, under the locks of all of them from the start."""
    with transaction.atomic():
        _locked_for(list(corrections))
        yield


def _locked_for(corrections: Sequence[Correction]) -> set[str]:
    pks = {pk for row in corrections for pk in (row.event_id, row.other_id) if pk}
    return locked(_keys_of(pks), [row.pk for row in corrections])


# --- what was looked at -------------------------------------------------------------------------


def stamp(event: Event) -> str:
    """What an editor sees of an event, as one word: it differs once days, status, participants or decisions do."""
    decisions = event.corrections.order_by("pk").values_list("pk", "undone_at", "waits")
    shown = [values_of(event), event.note, event.importance, event.retracted, event.merged_into_id, list(decisions)]
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:16]


def locks(event: Event) -> dict[str, Correction]:
    """The decisions in force that lock a field, by field."""
    rows = event.corrections.filter(field__in=LOCKS, undone_at=None, waits=False).select_related("editor")
    return {row.field: row for row in rows.order_by("made_at", "pk")}


# --- the hands ----------------------------------------------------------------------------------


@contextmanager
def _deciding(editor: User, *events: Event, seen: str = "") -> Iterator[tuple[Event, dict[str, set[int]]]]:
    """The first event as it is stored, and by event its own claims, under the locks of all.

    They are brought up to date first and resolved anew afterwards: what is decided about is what stands.
    """
    with transaction.atomic():
        _allowed(editor, MAY_DECIDE)
        keys = _locked_for_events([event.pk for event in events])
        arranged = resolve_locked(keys)
        row = _live(events[0])
        if seen and seen != stamp(row):
            raise Overtaken(row)
        yield row, {event.pk: _own(event, arranged) for event in events}
        resolve_locked(keys)


def _locked_for_events(ids: Collection[str]) -> set[str]:
    return locked(_keys_of(ids), linking.decisions_about(ids))


def _keys_of(ids: Iterable[str]) -> set[str]:
    """The keys of events and of the claims that stand in them."""
    wanted = list(ids)
    found = set(Event.objects.filter(pk__in=wanted).values_list("key", flat=True))
    return found | set(Claim.objects.filter(event__in=wanted).order_by().values_list("key", flat=True).distinct())


def _own(event: Event, arranged: Arranged) -> set[int]:
    """The claims that name an event in a decision: its first ones, without those that a merge brought into it.

    Where it has no other, all of them.
    """
    rows = event.claims.order_by("reported", "pk").values_list("pk", flat=True)
    claims = list(rows)
    own = [pk for pk in claims if arranged.born.get(pk) == event.pk]
    return set((own or claims)[:MAX_NAMED_CLAIMS])


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
    sides: Sides,
    *,
    other: Event | None = None,
    at_once: bool = False,
) -> Correction:
    waits = _waits(field) and not at_once
    row = Correction(event=event, field=field, value=value, editor=editor, reason=reason, other=other, waits=waits)
    row.basis = _basis(event, field)
    row._history_user = editor  # type: ignore[attr-defined]
    row.save()
    linking.name(row, sides)
    return row


def _waits(field: str) -> bool:
    return bool(settings.TWO_PAIRS) and field in CHECKED_BY_TWO


def _basis(event: Event, field: str) -> Any:
    """What the machine says of a field now: where it is locked that is its proposal, or what it said before."""
    if field not in LOCKS:
        return None
    lock = locks(event).get(field)
    return values_of(event)[field] if lock is None else event.proposals.get(field, lock.basis)


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
