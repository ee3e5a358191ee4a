"""Store the corrections of editors, undo, redo and approve them. Corrections are never overwritten or deleted.

Each is made under the locks of all keys that it touches, taken at once and in the same order as the pipeline takes
them, so that the event cannot change meanwhile and nothing deadlocks. Acts that meet contention all the same are
retried. Permissions are checked here, whichever interface is used.
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

from timeline.curation import error_reports, manual
from timeline.curation.values import check_value, values_of
from timeline.display.redirects import living
from timeline.models import Claim, Correction, Event
from timeline.pipeline import corrections as linking
from timeline.pipeline.claims import claim_value
from timeline.pipeline.corrections import Side
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.resolve import resolve_locked
from timeline.resilience.retry import retry_on_contention
from timeline.resolution.arrangement import Arrangement
from timeline.resolution.corrections import LOCKS
from timeline.resolution.keys import event_id
from timeline.resolution.resolve import resolve

Field = Correction.Field
Sides = Mapping[Side, Collection[int]]  # the claims that a correction names, by side
MAX_NAMED_CLAIMS = 500  # of one event in one correction; the first reported
NEEDS_APPROVAL = frozenset(Field) - {Field.ACCEPTED}  # corrections that change what is published
MAY_DECIDE, MAY_UNDO_ANY, MAY_APPROVE = (
    f"timeline.{name}" for name in ("add_correction", "undo_any_correction", "approve_correction")
)


MUST_WAIT = "timeline.await_approval"


class StaleEventError(Exception):
    """The event changed since the editor looked at it. Nothing was stored."""

    def __init__(self, event: Event) -> None:
        super().__init__(event.pk)
        self.event = event


# --- correcting -----------------------------------------------------------------------------------


def correct_field(event: Event, field: str, value: Any, editor: User, reason: str = "", seen: str = "") -> Correction:
    """Correct one field of an event, as `correct_fields` does."""
    return correct_fields(event, {field: value}, editor, reason, seen)[0]


@retry_on_contention
def correct_fields(
    event: Event, values: Mapping[str, Any], editor: User, reason: str = "", seen: str = ""
) -> list[Correction]:
    """Lock fields of an event to values (or accept, reject, annotate or rate it), all or none, from today on.

    A later correction of a field overrides an earlier one, which stays in the history. `seen`: the `stamp` of what the
    editor looked at. Raises ValidationError with what is wrong and what is allowed, StaleEventError, and
    PermissionDenied.
    """
    with _locked_events(editor, event, seen=seen) as (row, own):
        allowed = {name: check_value(name, value, row) for name, value in values.items()}
        made = [_create(row, name, value, editor, reason, {Side.EVENT: own[row.pk]}) for name, value in allowed.items()]
    return made


def accept_event(event: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """Mark an event as correct: its values are stored with the correction, and nothing is locked."""
    return correct_field(event, Field.ACCEPTED, values_of(event), editor, reason, seen)


@retry_on_contention
def merge_events(event: Event, into: Event, editor: User, reason: str = "", seen: str = "") -> Correction:
    """Merge an event into another; its id redirects there. Raises as `correct_fields`."""
    with _locked_events(editor, event, into, seen=seen) as (row, own):
        into = _live_row(into)
        if into.pk == row.pk:
            raise ValidationError(_("An event cannot be merged into itself."))
        if into.kind != row.kind:
            raise ValidationError(_("An election and an alliance event cannot be merged."))
        sides = {Side.EVENT: own[row.pk], Side.OTHER: own[into.pk]}
        return _create(row, Field.MERGED, True, editor, reason, sides, other=into)


@retry_on_contention
def split_event(event: Event, claims: Iterable[int], editor: User, reason: str = "", seen: str = "") -> Correction:
    """Split claims off into a new event, the `other` of the correction. Raises as `correct_fields`."""
    with _locked_events(editor, event, seen=seen) as (row, own):
        all_of_it = set(row.claims.values_list("pk", flat=True))
        chosen = all_of_it & set(claims)
        if not chosen:
            raise ValidationError(_("Choose the reports that belong to another event."))
        if chosen == all_of_it:
            raise ValidationError(_("Leave at least one report with this event."))
        other = create_split_event(row, secrets.token_hex(5))
        sides = {Side.EVENT: (own[row.pk] - chosen) or (all_of_it - chosen), Side.OTHER: chosen}
        return _create(row, Field.SPLIT, True, editor, reason, sides, other=other)


def accept_claim(claim: Claim, editor: User, reason: str = "") -> Event:
    """Accept a doubtful claim and return its event. Raises as `correct_fields`."""
    return _correct_doubtful(claim, Field.ACCEPTED, editor, reason).event


def reject_claim(claim: Claim, editor: User, reason: str = "") -> Correction:
    """Reject a doubtful claim and its reprints: they make no event. Raises as `correct_fields`.

    Nothing that is published changes, so no second editor has to approve it.
    """
    return _correct_doubtful(claim, Field.REJECTED, editor, reason)


@retry_on_contention
def _correct_doubtful(claim: Claim, field: str, editor: User, reason: str) -> Correction:
    """Store the event of a doubtful claim and correct it."""
    with transaction.atomic():
        _require_permission(editor, MAY_DECIDE)
        keys = lock_keys([claim.key])
        claim.refresh_from_db(fields=["event", "key"])
        if claim.event_id is not None:
            raise ValidationError(_("This report already belongs to an event."))
        rows = list(Claim.objects.filter(key=claim.key).select_related("article")) if claim.key in keys else []
        resolved = next(
            (one for one in resolve(map(claim_value, rows)) if claim.pk in {c.pk for c in one.claims}), None
        )
        if resolved is None:
            raise ValidationError(_("This report was reprocessed in the meantime; see its article."))
        pk = event_id(resolved.first)
        event = Event.objects.filter(pk=pk).first() or create_event(pk, claim)
        value = values_of(event) if field == Field.ACCEPTED else True
        sides = {Side.EVENT: {c.pk for c in resolved.claims}}
        made = _create(event, field, value, editor, reason, sides, at_once=True)
        resolve_locked(keys)
    made.event.refresh_from_db()
    return made


@retry_on_contention
def add_manual_event(written: manual.ManualEvent, editor: User) -> Event:
    """Add an event that no article covers: the note of its source is its article, and all its fields are locked.

    Raises ValidationError and PermissionDenied.
    """
    with transaction.atomic():
        _require_permission(editor, MAY_DECIDE)
        keys = lock_keys([manual.key_of_manual(written)])
        claim = manual.store(written)
        arrangement = resolve_locked(keys)
        claim.refresh_from_db()
        assert claim.event is not None, "a claim without doubts makes an event"
        values: dict[str, Any] = {name: v for name, v in written.values.items() if name in LOCKS}
        values |= {Field.NOTE: written.why} if written.why else {}
        values |= {Field.IMPORTANCE: written.importance} if written.importance else {}
        sides = {Side.EVENT: _own_claims(claim.event, arrangement)}
        for name, value in values.items():
            _create(claim.event, name, check_value(name, value, claim.event), editor, "", sides, at_once=True)
        resolve_locked(keys)
    claim.event.refresh_from_db()
    return claim.event


# --- undo, redo, approve ------------------------------------------------------------------------------------


@retry_on_contention
def undo_correction(correction: Correction, editor: User, reason: str = "") -> None:
    """Undo a correction, so that claims and other corrections hold again. Idempotent.

    Undoing the correction of another editor needs a permission. Editors cannot undo alone what they made and another
    editor approved. Raises PermissionDenied.
    """
    with _locked_correction(correction) as row:
        if row.undone_at is not None:
            return
        _require_may_undo(row, editor)
        row.undone_at, row.undone_by = timezone.now(), editor
        _save_with_history(row, editor, reason)
        error_reports.reopen(row)


@retry_on_contention
def redo_correction(correction: Correction, editor: User, reason: str = "") -> None:
    """Redo a correction that was undone. Idempotent. Where two editors are required, it waits for approval again."""
    with _locked_correction(correction) as row:
        if row.undone_at is None:
            return
        _require_may_undo(row, editor)
        row.undone_at = row.undone_by = None
        row.waits = _needs_approval(row.field, editor)
        row.approved_at, row.approved_by = (None, None) if row.waits else (row.approved_at, row.approved_by)
        _save_with_history(row, editor, reason)
        error_reports.settle(row)


@retry_on_contention
def approve_correction(correction: Correction, editor: User, reason: str = "") -> None:
    """Approve a correction that waits. Idempotent. Raises PermissionDenied for the editor who made it."""
    with _locked_correction(correction) as row:
        if not row.waits or row.undone_at is not None:
            return
        _require_permission(editor, MAY_APPROVE)
        if row.editor_id == editor.pk:
            raise PermissionDenied(_("Another editor has to approve your decision."))
        row.waits, row.approved_at, row.approved_by = False, timezone.now(), editor
        _save_with_history(row, editor, reason)


def _require_may_undo(row: Correction, editor: User) -> None:
    mine = row.editor_id == editor.pk
    _require_permission(editor, MAY_DECIDE if mine else MAY_UNDO_ANY)
    if mine and row.in_force and row.approved_by_id and needs_two_pairs(editor):
        raise PermissionDenied(_("This was approved by a second editor: ask another editor to undo it."))


def _save_with_history(row: Correction, editor: User, reason: str) -> None:
    row._history_user, row._change_reason = editor, reason or None  # type: ignore[attr-defined]
    row.save()


@contextmanager
def _locked_correction(correction: Correction) -> Iterator[Correction]:
    """Give the stored row of a correction under the locks of its keys, which are resolved afterwards."""
    with transaction.atomic():
        keys = _lock_corrections([correction])
        row = Correction.objects.select_for_update(of=("self",)).select_related("event", "other").get(pk=correction.pk)
        yield row
        resolve_locked(keys)
    correction.refresh_from_db()


@contextmanager
def locked_together(corrections: Iterable[Correction]) -> Iterator[None]:
    """Open a transaction to undo or redo several corrections, with the locks of all of them."""
    with transaction.atomic():
        _lock_corrections(list(corrections))
        yield


@contextmanager
def locked_items(events: Collection[str], claims: Collection[int]) -> Iterator[None]:
    """Open a transaction to decide about many events and doubtful claims, with the locks of all of them."""
    with transaction.atomic():
        of_claims = Claim.objects.filter(pk__in=claims).order_by().values_list("key", flat=True)
        lock_keys(_keys_of(events) | set(of_claims), linking.corrections_about(events))
        yield


def _lock_corrections(corrections: Sequence[Correction]) -> set[str]:
    pks = {pk for row in corrections for pk in (row.event_id, row.other_id) if pk}
    return lock_keys(_keys_of(pks), [row.pk for row in corrections])


# --- what the editor saw -------------------------------------------------------------------------


def stamp(event: Event) -> str:
    """Return a digest of what an editor sees of an event: dates, status, type, participants, notes and corrections."""
    corrections = event.corrections.order_by("pk").values_list("pk", "undone_at", "waits")
    shown = [values_of(event), event.note, event.importance, event.retracted, event.merged_into_id, list(corrections)]
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:16]


def locks(event: Event) -> dict[str, Correction]:
    """Return the corrections in force that lock a field, by field."""
    rows = event.corrections.filter(field__in=LOCKS, undone_at=None, waits=False).select_related("editor")
    return {row.field: row for row in rows.order_by("made_at", "pk")}


# --- rows and locks ----------------------------------------------------------------------------------


@contextmanager
def _locked_events(editor: User, *events: Event, seen: str = "") -> Iterator[tuple[Event, dict[str, set[int]]]]:
    """Give the stored row of the first event and, by event, its own claims, under the locks of all events.

    The keys are resolved before and after, so that the correction is about the present state. Raises StaleEventError
    where `seen` is not its stamp, ValidationError where the event was merged, and PermissionDenied.
    """
    with transaction.atomic():
        _require_permission(editor, MAY_DECIDE)
        keys = _lock_events([event.pk for event in events])
        arrangement = resolve_locked(keys)
        row = _live_row(events[0])
        if seen and seen != stamp(row):
            raise StaleEventError(row)
        yield row, {event.pk: _own_claims(event, arrangement) for event in events}
        resolve_locked(keys)


def _lock_events(ids: Collection[str]) -> set[str]:
    return lock_keys(_keys_of(ids), linking.corrections_about(ids))


def _keys_of(ids: Iterable[str]) -> set[str]:
    """Return the keys of events and of their claims."""
    wanted = list(ids)
    found = set(Event.objects.filter(pk__in=wanted).values_list("key", flat=True))
    return found | set(Claim.objects.filter(event__in=wanted).order_by().values_list("key", flat=True).distinct())


def _own_claims(event: Event, arrangement: Arrangement) -> set[int]:
    """Return the claims by which a correction names an event: the first ones, without those merged into it.

    If it has only merged ones, return these.
    """
    rows = event.claims.order_by("reported", "pk").values_list("pk", flat=True)
    claims = list(rows)
    own = [pk for pk in claims if arrangement.unmerged.get(pk) == event.pk]
    return set((own or claims)[:MAX_NAMED_CLAIMS])


def _live_row(event: Event) -> Event:
    row = Event.objects.get(pk=event.pk)
    if row.merged_into_id is not None:
        target = living(row)
        raise ValidationError(
            _("This event was merged into %(id)s; decide there.") % {"id": target.pk if target else row.merged_into_id}
        )
    return row


def _create(
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
    waits = _needs_approval(field, editor) and not at_once
    row = Correction(event=event, field=field, value=value, editor=editor, reason=reason, other=other, waits=waits)
    row.basis = _basis(event, field)
    row._history_user = editor  # type: ignore[attr-defined]
    row.save()
    linking.name_claims(row, sides)
    error_reports.settle(row)
    return row


def needs_two_pairs(editor: User) -> bool:
    """Tell whether a second editor has to approve what this one decides: everywhere, or as a group of theirs asks."""
    return bool(settings.TWO_PAIRS) or (not editor.is_superuser and editor.has_perm(MUST_WAIT))


def _needs_approval(field: str, editor: User) -> bool:
    return field in NEEDS_APPROVAL and needs_two_pairs(editor)


def _basis(event: Event, field: str) -> Any:
    """Return what the machine says of a field now; of a locked one the proposal, or else the basis of the lock."""
    if field not in LOCKS:
        return None
    lock = locks(event).get(field)
    return values_of(event)[field] if lock is None else event.proposals.get(field, lock.basis)


def create_split_event(like: Event, pk: str) -> Event:
    """Create the row of an event that is about to be split off, retracted until its claims are resolved."""
    copied = ("key", "kind", "type", "stage", "place_id", "day", "start", "end", "status", "believed_since")
    values = {name: getattr(like, name) for name in (*copied, "first_reported")}
    return Event.objects.create(pk=pk, retracted=True, **values)


def create_event(pk: str, claim: Claim) -> Event:
    """Create the row of an event for a claim, retracted until the claim is resolved."""
    values = {name: getattr(claim, name) for name in ("key", "kind", "type", "stage", "start", "end", "status")}
    values |= {"day": claim.when.day, "believed_since": claim.reported, "first_reported": claim.reported}
    return Event.objects.create(pk=pk, retracted=True, **values)


def _require_permission(editor: User, permission: str) -> None:
    if not editor.has_perm(permission):
        raise PermissionDenied(_("You do not have permission to do this."))
