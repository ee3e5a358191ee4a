"""Export corrections and manual events as lines of a file, and import them into another database.

A line is a JSON object with sorted keys; lines are in the order in which corrections were made. A line names its
events by id and by the claims that the correction names (`NamedClaim`), so that they are found where ids differ. Format
1, in which a claim was named by its article and sentence alone, is imported as well. In the file, as in the interface,
a correction is called a decision. Importing replays stored decisions; it makes none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from timeline.curation import decide, manual, values
from timeline.curation.transfer_claims import (
    FIRST_FORMAT,
    FORMAT,
    file_order,
    named_claim_row,
    parse_claims,
    refs_of_side,
    store_named_claims,
)
from timeline.extraction.when import When, dates_of, day_of
from timeline.ingest.store import digest
from timeline.models import Article, Claim, Correction, Event, NamedClaim
from timeline.models.source import SAMPLE_PREFIX
from timeline.pipeline import corrections
from timeline.pipeline.corrections import Side
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.resolve import resolve_locked
from timeline.resolution.claim_matching import Ref, match
from timeline.resolution.corrections import ARRANGING
from timeline.validation.characters import JSONError, read_json
from timeline.validation.columns import max_chars

Field = Correction.Field

LINE_BATCH_SIZE = 200  # lines that are imported in one transaction
KEYS = {
    "decision": frozenset(
        "format is id event other field value basis reason editor made waits approved undone claims".split()
    ),
    "written by hand": frozenset(
        "format is address written note kind type stage participants start end granularity extent status".split()
    ),
}
DECISION, HAND = "decision", "written by hand"


class BadDecisionFileError(ValueError):
    """The file is not in a known format; the message names the line."""


@dataclass(slots=True)
class ImportReport:
    """What an import stored, or would store."""

    taken: int = 0
    known: int = 0
    written: int = 0  # manual events that were added
    people: list[str] = field(default_factory=list)  # users that were created, inactive and without a password
    unmatched: list[tuple[int, str, str]] = field(default_factory=list)  # line, subject, reason


# --- export ----------------------------------------------------------------------------------------


def export_lines() -> Iterator[str]:
    """Yield all manual events, then all corrections, each as a line without its end."""
    hand = Claim.objects.filter(article__state=Article.State.HAND).select_related("article__source")
    for claim in hand.order_by("article__published", "article__url").iterator(chunk_size=500):
        yield _line(_manual_row(claim))
    rows = Correction.objects.select_related("event", "other", "editor", "approved_by", "undone_by")
    rows = rows.exclude(about_samples()).prefetch_related("named")
    for row in rows.order_by("made_at", "identity").iterator(chunk_size=500):
        yield _line(_correction_row(row))


def about_samples() -> Q:
    """Return the condition of corrections that are about reports of invented newsrooms alone: these stay at home."""
    named = NamedClaim.objects.filter(correction=OuterRef("pk")).exclude(side=NamedClaim.Side.BESIDE)
    invented = Q(claim__article__source__slug__startswith=SAMPLE_PREFIX)
    return Q(Exists(named.filter(invented))) & ~Q(Exists(named.exclude(invented)))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))


def _manual_row(claim: Claim) -> dict[str, Any]:
    article = claim.article
    return {
        "format": FORMAT,
        "is": HAND,
        "address": article.url,
        "written": article.published.isoformat(),
        "note": article.text,
        "kind": claim.kind,
        "type": claim.type,
        "stage": claim.stage,
        "participants": claim.participants,
        **dates_of(claim.when),
        "extent": claim.extent,
        "status": claim.status,
    }


def _correction_row(row: Correction) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "is": DECISION,
        "id": str(row.identity),
        "event": {"id": row.event_id, "key": row.event.key},
        "other": {"id": row.other_id, "key": row.other.key} if row.other else None,
        "claims": [named_claim_row(named) for named in sorted(row.named.all(), key=file_order)],
        "field": row.field,
        "value": row.value,
        "basis": row.basis,
        "reason": row.reason,
        "editor": row.editor.username,
        "made": row.made_at.isoformat(),
        "waits": row.waits,
        "approved": _moment_and_user(row.approved_at, row.approved_by),
        "undone": _moment_and_user(row.undone_at, row.undone_by),
    }


def _moment_and_user(at: datetime | None, by: Any) -> dict[str, str] | None:
    return {"at": at.isoformat(), "by": by.username if by else ""} if at else None


# --- import -----------------------------------------------------------------------------------------


def import_decisions(
    file: Iterable[str], *, dry: bool = False, progress: Callable[[], object] = lambda: None
) -> ImportReport:
    """Store the decisions of a file that the database lacks, and resolve their events. Idempotent.

    Lines that cannot be matched are left out and reported. `dry`: store nothing and report what would be stored.
    `progress` is called for each line. Raises BadDecisionFileError before anything is stored.
    """
    rows = list(_rows(file))
    report = ImportReport()
    with transaction.atomic() if dry else nullcontext():
        for start in range(0, len(rows), LINE_BATCH_SIZE):
            _import_batch(rows[start : start + LINE_BATCH_SIZE], report, progress)
        if dry:
            transaction.set_rollback(True)
    return report


def _rows(file: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = read_json(text)
        except JSONError as e:
            raise BadDecisionFileError(f"line {number}: this {e}") from e
        if not isinstance(row, dict) or row.get("format") not in (FIRST_FORMAT, FORMAT) or row.get("is") not in KEYS:
            formats = f"{FIRST_FORMAT} or {FORMAT}"
            raise BadDecisionFileError(
                f"line {number}: neither a decision nor an event written by hand, in format {formats}"
            )
        if wrong := set(row) ^ (KEYS[row["is"]] - ({"claims"} if row["format"] == FIRST_FORMAT else set())):
            raise BadDecisionFileError(f"line {number}: unknown or absent: {', '.join(sorted(wrong))}")
        yield number, row


def _import_batch(
    rows: Sequence[tuple[int, dict[str, Any]]], report: ImportReport, progress: Callable[[], object]
) -> None:
    """Import lines in one transaction, each in its own savepoint, so that one that fails affects no other."""
    with transaction.atomic():
        held = lock_keys(set[str]().union(*(_keys_of(row) for _, row in rows)), _corrections_of(rows))
        for number, row in rows:
            progress()
            try:
                with transaction.atomic():
                    _import_manual(row, report, held) if row["is"] == HAND else _import_correction(row, report)
            except _UnmatchedError as e:
                report.unmatched.append((number, e.about, str(e)))
            except ValidationError as e:
                report.unmatched.append((number, str(row.get("id") or row.get("address")), " ".join(e.messages)))
            except (AttributeError, KeyError, TypeError, ValueError) as e:
                about = str(row.get("id") or row.get("address"))
                report.unmatched.append((number, about, f"a value that cannot be: {type(e).__name__}: {e}"))
        resolve_locked(held)


def _corrections_of(rows: Sequence[tuple[int, dict[str, Any]]]) -> set[int]:
    """Return the stored corrections of the events of these lines."""
    named = [row[side] for _, row in rows for side in ("event", "other") if isinstance(row.get(side), dict)]
    return corrections.corrections_about([pk for event in named if isinstance(pk := event.get("id"), str)])


def _keys_of(row: dict[str, Any]) -> set[str]:
    """Return the keys that a line touches, none if it is invalid; all are locked before the first line is imported."""
    try:
        if row["is"] == HAND:
            return {manual.key_of_manual(_manual_event(row))}
        claims = parse_claims(row)
        there = corrections.refs_in_articles({ref.article for _, ref in claims})
        ids = [named["id"] for named in (row["event"], row["other"]) if named]
        events = Event.objects.filter(pk__in=ids)
        return {
            *(ref.key for _, ref in claims if ref.key),
            *(ref.key for refs in there.values() for ref in refs.values()),
            *events.values_list("key", flat=True),
            *Claim.objects.filter(event__in=events).order_by().values_list("key", flat=True).distinct(),
        }
    except (AttributeError, KeyError, TypeError, ValueError, ValidationError):
        return set()


class _UnmatchedError(Exception):
    def __init__(self, about: str, why: str) -> None:
        super().__init__(why)
        self.about = about


def _manual_event(row: dict[str, Any]) -> manual.ManualEvent:
    return manual.ManualEvent(
        kind=row["kind"],
        type=row["type"],
        participants=tuple(row["participants"]),
        when=When(day_of(row["start"]), day_of(row["end"]), row["granularity"], extent=row["extent"]),
        status=row["status"],
        source_note=row["note"],
        stage=row["stage"],
    )


def _import_manual(row: dict[str, Any], report: ImportReport, held: set[str]) -> None:
    """Add a manual event, unless it is known."""
    if not str(row["address"]).startswith(manual.SCHEME):
        raise _UnmatchedError(str(row["address"]), "this is no address of an event written by hand")
    if len(row["address"]) > max_chars(Article, "url"):
        raise ValueError("its address is too long")
    if Article.objects.filter(url_digest=digest(row["address"])).exists():
        report.known += 1
        return
    manual.store(_manual_event(row), url=row["address"], at=_parse_moment(row["written"]))
    resolve_locked(held)  # later lines correct its event
    report.written += 1


def _import_correction(row: dict[str, Any], report: ImportReport) -> None:
    """Store a correction, unless it is known."""
    identity, field_name = UUID(row["id"]), str(row["field"])
    if Correction.objects.filter(identity=identity).exists():
        report.known += 1
        return
    if field_name not in Field.values:
        raise _UnmatchedError(row["id"], f"there is no field {field_name!r}")
    about = f"{row['event']['id']} {field_name}"
    claims = parse_claims(row)
    event = _find_event(row["event"], refs_of_side(Side.EVENT, claims))
    if event is None:
        raise _UnmatchedError(about, "no event has this id, and none of its claims is here: import its articles first")
    other = None
    if row["other"] is not None:
        other = _other_event(row, event, refs_of_side(Side.OTHER, claims), about)
        if other.pk == event.pk:
            raise _UnmatchedError(about, f"here both are one event already, {event.pk}")
    made = Correction(
        identity=identity,
        event=event,
        other=other,
        field=field_name,
        value=_checked_value(field_name, row["value"], event, old=row["format"] == FIRST_FORMAT),
        basis=row["basis"],
        reason=str(row["reason"]),
        editor=_user(row["editor"], report),
        waits=bool(row["waits"] or row["approved"]),
    )
    _store(made, row, report)
    store_named_claims(made, claims, old=row["format"] == FIRST_FORMAT)
    report.taken += 1


def _store(made: Correction, row: dict[str, Any], report: ImportReport) -> None:
    """Set when and by whom a correction was made, approved and undone."""
    moment = _parse_moment(row["made"])
    _save_with_history(made, made.editor, moment)
    Correction.objects.filter(pk=made.pk).update(made_at=moment)
    made.made_at = moment
    if row["approved"]:
        made.approved_at, made.approved_by = _parse_moment(row["approved"]["at"]), _user(row["approved"]["by"], report)
        made.waits = bool(row["waits"])
        _save_with_history(made, made.approved_by, made.approved_at)
    if row["undone"]:
        made.undone_at, made.undone_by = _parse_moment(row["undone"]["at"]), _user(row["undone"]["by"], report)
        _save_with_history(made, made.undone_by, made.undone_at)


# --- the fields of a line -----------------------------------------------------------------------


def _checked_value(name: str, value: Any, event: Event, *, old: bool) -> Any:
    """Check the value of a correction. Raises ValidationError and ValueError."""
    if name in ARRANGING:
        if not old and value is not True:
            raise ValueError("the value of a merge or a split is true")
        return True
    if name == Field.ACCEPTED:
        return dict(value)
    return values.CHECKS[name](value, event)


def _save_with_history(row: Correction, by: Any, at: datetime) -> None:
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]
    row.save()


def _other_event(row: dict[str, Any], event: Event, refs: Sequence[Ref], about: str) -> Event:
    """Return the other event of a merge or split; an event that was split off is created under its id."""
    named = row["other"]
    found = Event.objects.filter(pk=named["id"]).first()
    if found is None and row["field"] == Field.SPLIT:
        return decide.create_split_event(event, str(named["id"]))
    found = found or _find_event(named, refs)
    if found is None:
        raise _UnmatchedError(about, f"the other event, {named['id']}, is not here: import its articles first")
    return found


def _find_event(named: dict[str, Any], refs: Sequence[Ref]) -> Event | None:
    """Return the event with this id, else that of most of these claims, else one that is created for them."""
    if len(str(named["id"])) > max_chars(Event, "id"):
        raise ValueError("an id of an event is shorter")
    if (event := Event.objects.filter(pk=named["id"]).first()) is not None:
        return event
    present = corrections.refs_in_articles({ref.article for ref in refs})
    there = {pk: ref for found in present.values() for pk, ref in found.items()}
    pks = [pk for pk in match(refs, there) if pk is not None]
    claims = list(Claim.objects.filter(pk__in=pks).order_by("reported", "pk"))
    led = Counter(claim.event_id for claim in claims if claim.event_id)
    if led:
        return Event.objects.get(pk=max(sorted(led), key=lambda pk: led[pk]))
    waiting = [claim for claim in claims if claim.key == named["key"]]
    return decide.create_event(str(named["id"]), waiting[0]) if waiting else None


def _parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: a moment with its zone is needed")
    return moment


def _user(name: str, report: ImportReport) -> User:
    """Return the user with this name; an unknown one is created, inactive and without a password."""
    if not name or len(name) > max_chars(User, "username"):
        raise ValueError("the name of an editor is needed")
    found, made = User.objects.get_or_create(username=name, defaults={"is_active": False})
    if made:
        found.set_unusable_password()
        found.save(update_fields=["password"])
        report.people.append(name)
    return found
