"""Decisions as lines of a file, so that they survive a new database and can be read in a version control.

One decision is one line of JSON with its keys in order; lines are in the order in which they were decided. A line
names its events by their ids and by the claims that the decision names (`NamedClaim`), so that they are found again
where their ids differ. Format 1, in which a claim was named by its article and sentence alone, is read as well.
Reading a file into a database is the other hand of `curation`: it stores what was decided, and decides nothing anew.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from timeline.curation import decide, manual, values
from timeline.curation.transfer_claims import (
    FIRST_FORMAT,
    FORMAT,
    claim_row,
    claims_named,
    in_file,
    name_claims,
    of_side,
)
from timeline.ingest.store import digest
from timeline.models import Article, Claim, Correction, Event
from timeline.pipeline import corrections
from timeline.pipeline.corrections import Side
from timeline.pipeline.locks import locked
from timeline.pipeline.resolve import resolve_locked
from timeline.resolution.claim_matching import Ref, match
from timeline.resolution.corrections import ARRANGING
from timeline.validation.characters import JSONError, read_json
from timeline.validation.columns import max_chars

Field = Correction.Field

TOGETHER = 200  # lines that are stored in one transaction
KEYS = {
    "decision": frozenset(
        "format is id event other field value basis reason editor made waits approved undone claims".split()
    ),
    "written by hand": frozenset(
        "format is address written note kind type stage participants start end granularity extent status".split()
    ),
}
DECISION, HAND = "decision", "written by hand"


class BadFile(ValueError):
    """A file that this version does not understand; the message names the line."""


@dataclass(slots=True)
class Report:
    """What reading a file did, or would do."""

    taken: int = 0
    known: int = 0
    written: int = 0  # events written by hand that were made
    people: list[str] = field(default_factory=list)  # made, without a password and inactive
    unmatched: list[tuple[int, str, str]] = field(default_factory=list)  # line, what it is about, why


# --- out ----------------------------------------------------------------------------------------


def lines() -> Iterator[str]:
    """All events written by hand, then all decisions, each as a line without its end."""
    hand = Claim.objects.filter(article__state=Article.State.HAND).select_related("article__source")
    for claim in hand.order_by("article__published", "article__url").iterator(chunk_size=500):
        yield _line(_hand_row(claim))
    rows = Correction.objects.select_related("event", "other", "editor", "approved_by", "undone_by")
    rows = rows.prefetch_related("named")
    for row in rows.order_by("made_at", "identity").iterator(chunk_size=500):
        yield _line(_decision_row(row))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))


def _hand_row(claim: Claim) -> dict[str, Any]:
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
        "start": claim.start.isoformat() if claim.start else None,
        "end": claim.end.isoformat() if claim.end else None,
        "granularity": claim.granularity,
        "extent": claim.extent,
        "status": claim.status,
    }


def _decision_row(row: Correction) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "is": DECISION,
        "id": str(row.identity),
        "event": {"id": row.event_id, "key": row.event.key},
        "other": {"id": row.other_id, "key": row.other.key} if row.other else None,
        "claims": [claim_row(named) for named in sorted(row.named.all(), key=in_file)],
        "field": row.field,
        "value": row.value,
        "basis": row.basis,
        "reason": row.reason,
        "editor": row.editor.username,
        "made": row.made_at.isoformat(),
        "waits": row.waits,
        "approved": _act(row.approved_at, row.approved_by),
        "undone": _act(row.undone_at, row.undone_by),
    }


def _act(at: datetime | None, by: Any) -> dict[str, str] | None:
    return {"at": at.isoformat(), "by": by.username if by else ""} if at else None


# --- in -----------------------------------------------------------------------------------------


def bring(file: Iterable[str], *, dry: bool = False, progress: Callable[[], object] = lambda: None) -> Report:
    """Store what a file holds and is not here yet, and resolve what it is about. Twice is once.

    What cannot be matched is left out and told; `dry`: nothing is stored, and the report says what would be. Raises
    BadFile before anything is stored.
    """
    rows = list(_rows(file))
    report = Report()
    with transaction.atomic() if dry else nullcontext():
        for start in range(0, len(rows), TOGETHER):
            _together(rows[start : start + TOGETHER], report, progress)
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
            raise BadFile(f"line {number}: this {e}") from e
        if not isinstance(row, dict) or row.get("format") not in (FIRST_FORMAT, FORMAT) or row.get("is") not in KEYS:
            formats = f"{FIRST_FORMAT} or {FORMAT}"
            raise BadFile(f"line {number}: neither a decision nor an event written by hand, in format {formats}")
        if wrong := set(row) ^ (KEYS[row["is"]] - ({"claims"} if row["format"] == FIRST_FORMAT else set())):
            raise BadFile(f"line {number}: unknown or absent: {', '.join(sorted(wrong))}")
        yield number, row


def _together(rows: Sequence[tuple[int, dict[str, Any]]], report: Report, progress: Callable[[], object]) -> None:
    """One transaction; each line in a savepoint of its own, so that a wrong one takes no other along."""
    with transaction.atomic():
        held = locked(set[str]().union(*(_keys(row) for _, row in rows)), _decisions_beside(rows))
        for number, row in rows:
            progress()
            try:
                with transaction.atomic():
                    _hand(row, report, held) if row["is"] == HAND else _decision(row, report)
            except _Unmatched as e:
                report.unmatched.append((number, e.about, str(e)))
            except ValidationError as e:
                report.unmatched.append((number, str(row.get("id") or row.get("address")), " ".join(e.messages)))
            except (AttributeError, KeyError, TypeError, ValueError) as e:
                about = str(row.get("id") or row.get("address"))
                report.unmatched.append((number, about, f"a value that cannot be: {type(e).__name__}: {e}"))
        resolve_locked(held)


def _decisions_beside(rows: Sequence[tuple[int, dict[str, Any]]]) -> set[int]:
    """The decisions that are here about the events of these lines."""
    named = [row[side] for _, row in rows for side in ("event", "other") if isinstance(row.get(side), dict)]
    return corrections.decisions_about([pk for event in named if isinstance(pk := event.get("id"), str)])


def _keys(row: dict[str, Any]) -> set[str]:
    """The keys that a line touches, as far as it can be read; all are locked before the first line is taken."""
    try:
        if row["is"] == HAND:
            return {manual.key_of_written(_written(row))}
        claims = claims_named(row)
        there = corrections.present_in({ref.article for _, ref in claims})
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


class _Unmatched(Exception):
    def __init__(self, about: str, why: str) -> None:
        super().__init__(why)
        self.about = about


def _written(row: dict[str, Any]) -> manual.Written:
    start, end = (date.fromisoformat(text) if (text := row[name]) else None for name in ("start", "end"))
    return manual.Written(
        kind=row["kind"],
        type=row["type"],
        participants=tuple(row["participants"]),
        start=start,
        end=end,
        grain=row["granularity"],
        status=row["status"],
        source_note=row["note"],
        stage=row["stage"],
        extent=row["extent"],
    )


def _hand(row: dict[str, Any], report: Report, held: set[str]) -> None:
    """Write an event by hand, unless it is here."""
    if not str(row["address"]).startswith(manual.SCHEME):
        raise _Unmatched(str(row["address"]), "this is no address of an event written by hand")
    if len(row["address"]) > max_chars(Article, "url"):
        raise ValueError("its address is too long")
    if Article.objects.filter(url_digest=digest(row["address"])).exists():
        report.known += 1
        return
    manual.store(_written(row), url=row["address"], at=_moment(row["written"]))
    resolve_locked(held)  # the decisions behind it are about its event
    report.written += 1


def _decision(row: dict[str, Any], report: Report) -> None:
    """Take a decision, unless it is here."""
    identity, field_name = UUID(row["id"]), str(row["field"])
    if Correction.objects.filter(identity=identity).exists():
        report.known += 1
        return
    if field_name not in Field.values:
        raise _Unmatched(row["id"], f"there is no field {field_name!r}")
    about = f"{row['event']['id']} {field_name}"
    claims = claims_named(row)
    event = _found(row["event"], of_side(Side.EVENT, claims))
    if event is None:
        raise _Unmatched(about, "no event has this id, and none of its claims is here: import its articles first")
    other = None
    if row["other"] is not None:
        other = _other(row, event, of_side(Side.OTHER, claims), about)
        if other.pk == event.pk:
            raise _Unmatched(about, f"here both are one event already, {event.pk}")
    made = Correction(
        identity=identity,
        event=event,
        other=other,
        field=field_name,
        value=_value(field_name, row["value"], event, old=row["format"] == FIRST_FORMAT),
        basis=row["basis"],
        reason=str(row["reason"]),
        editor=_person(row["editor"], report),
        waits=bool(row["waits"] or row["approved"]),
    )
    _store(made, row, report)
    name_claims(made, claims, old=row["format"] == FIRST_FORMAT)
    report.taken += 1


def _store(made: Correction, row: dict[str, Any], report: Report) -> None:
    """A decision with its moments: made, approved, undone."""
    moment = _moment(row["made"])
    _noted(made, made.editor, moment)
    Correction.objects.filter(pk=made.pk).update(made_at=moment)
    made.made_at = moment
    if row["approved"]:
        made.approved_at, made.approved_by = _moment(row["approved"]["at"]), _person(row["approved"]["by"], report)
        made.waits = bool(row["waits"])
        _noted(made, made.approved_by, made.approved_at)
    if row["undone"]:
        made.undone_at, made.undone_by = _moment(row["undone"]["at"]), _person(row["undone"]["by"], report)
        _noted(made, made.undone_by, made.undone_at)


# --- what a line is about -----------------------------------------------------------------------


def _value(name: str, value: Any, event: Event, *, old: bool) -> Any:
    """A value as it may stand in a decision. Raises ValidationError."""
    if name in ARRANGING:
        if not old and value is not True:
            raise ValueError("the value of a merge or a split is true")
        return True
    if name == Field.ACCEPTED:
        return dict(value)
    return values.CHECKS[name](value, event)


def _noted(row: Correction, by: Any, at: datetime) -> None:
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]
    row.save()


def _other(row: dict[str, Any], event: Event, refs: Sequence[Ref], about: str) -> Event:
    """The second event of a decision; what was told apart is made, under the id that it has for ever."""
    named = row["other"]
    found = Event.objects.filter(pk=named["id"]).first()
    if found is None and row["field"] == Field.SPLIT:
        return decide.told_apart(event, str(named["id"]))
    found = found or _found(named, refs)
    if found is None:
        raise _Unmatched(about, f"the other event, {named['id']}, is not here: import its articles first")
    return found


def _found(named: dict[str, Any], refs: Sequence[Ref]) -> Event | None:
    """The event of this id, or that of most of these claims; where they have none yet, it is made of them."""
    if len(str(named["id"])) > max_chars(Event, "id"):
        raise ValueError("an id of an event is shorter")
    if (event := Event.objects.filter(pk=named["id"]).first()) is not None:
        return event
    present = corrections.present_in({ref.article for ref in refs})
    there = {pk: ref for found in present.values() for pk, ref in found.items()}
    pks = [pk for pk in match(refs, there) if pk is not None]
    claims = list(Claim.objects.filter(pk__in=pks).order_by("reported", "pk"))
    led = Counter(claim.event_id for claim in claims if claim.event_id)
    if led:
        return Event.objects.get(pk=max(sorted(led), key=lambda pk: led[pk]))
    waiting = [claim for claim in claims if claim.key == named["key"]]
    return decide.event_of(str(named["id"]), waiting[0]) if waiting else None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text}: a moment with its zone is needed")
    return moment


def _person(name: str, report: Report) -> User:
    """The user of this name; one who is not known is made, without a password and inactive."""
    if not name or len(name) > max_chars(User, "username"):
        raise ValueError("the name of an editor is needed")
    found, made = User.objects.get_or_create(username=name, defaults={"is_active": False})
    if made:
        found.set_unusable_password()
        found.save(update_fields=["password"])
        report.people.append(name)
    return found
