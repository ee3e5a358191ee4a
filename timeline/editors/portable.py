"""Decisions as lines of a file, so that they survive a new database and can be read in a version control.

One decision is one line of JSON with its keys in order; lines are in the order in which they were decided. A line
names its event by id and by its claims (`timeline.machine.claiming.ref_of`), so that it is found again where its id
differs.
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

from timeline import curation, pipeline
from timeline.characters import JSONError, read_json
from timeline.editors import handwriting
from timeline.editors.deciding import ARRANGING, Field
from timeline.heirs import living
from timeline.limits import max_chars
from timeline.machine.claiming import ref_of
from timeline.machine.taking import digest
from timeline.models import Article, Claim, Correction, Event

FORMAT = 1
REFS = 20  # claims by which an event is found again
TOGETHER = 200  # lines that are stored in one transaction
KEYS = {
    "decision": frozenset(
        "format is id event other field value basis reason editor made waits approved undone".split()
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
        "event": _named(row.event),
        "other": _named(row.other) if row.other else None,
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


def _named(event: Event) -> dict[str, Any]:
    """An event by its id, and by some of its claims: where it was merged into another, those that it had before."""
    merge = event.corrections.filter(field=Field.MERGED).order_by("made_at", "pk").last()
    if merge is not None:
        refs = list(merge.value[:REFS])
    else:
        claims = Claim.objects.filter(event=living(event) or event).select_related("article")
        first = claims.order_by("article__published", "article__url_digest", "evidence_start")[:REFS]
        refs = list(dict.fromkeys(map(ref_of, first)))
    return {"id": event.pk, "key": event.key, "claims": refs}


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
        if not isinstance(row, dict) or row.get("format") != FORMAT or row.get("is") not in KEYS:
            raise BadFile(f"line {number}: neither a decision nor an event written by hand, in format {FORMAT}")
        if wrong := set(row) ^ KEYS[row["is"]]:
            raise BadFile(f"line {number}: unknown or absent: {', '.join(sorted(wrong))}")
        yield number, row


def _together(rows: Sequence[tuple[int, dict[str, Any]]], report: Report, progress: Callable[[], object]) -> None:
    """One transaction; each line in a savepoint of its own, so that a wrong one takes no other along."""
    with transaction.atomic():
        keys: set[str] = set()
        for number, row in rows:
            progress()
            try:
                with transaction.atomic():
                    keys |= _hand(row, report) if row["is"] == HAND else _decision(row, report)
            except _Unmatched as e:
                report.unmatched.append((number, e.about, str(e)))
            except ValidationError as e:
                report.unmatched.append((number, str(row.get("id") or row.get("address")), " ".join(e.messages)))
            except (AttributeError, KeyError, TypeError, ValueError) as e:
                about = str(row.get("id") or row.get("address"))
                report.unmatched.append((number, about, f"a value that cannot be: {type(e).__name__}: {e}"))
        pipeline.locked(keys)
        for key in sorted(keys):
            pipeline.resolve_key(key)


class _Unmatched(Exception):
    def __init__(self, about: str, why: str) -> None:
        super().__init__(why)
        self.about = about


def _hand(row: dict[str, Any], report: Report) -> set[str]:
    """The keys to be resolved for an event written by hand; none where it is here."""
    if not str(row["address"]).startswith(handwriting.SCHEME):
        raise _Unmatched(str(row["address"]), "this is no address of an event written by hand")
    if len(row["address"]) > max_chars(Article, "url"):
        raise ValueError("its address is too long")
    if Article.objects.filter(url_digest=digest(row["address"])).exists():
        report.known += 1
        return set()
    start, end = (date.fromisoformat(text) if (text := row[name]) else None for name in ("start", "end"))
    written = handwriting.Written(
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
    claim = handwriting.store(written, url=row["address"], at=_moment(row["written"]))
    pipeline.resolve_key(claim.key)  # the decisions behind it are about its event
    report.written += 1
    return {claim.key}


def _decision(row: dict[str, Any], report: Report) -> set[str]:
    """The keys to be resolved for a decision; none where it is here."""
    identity, field_name = UUID(row["id"]), str(row["field"])
    if Correction.objects.filter(identity=identity).exists():
        report.known += 1
        return set()
    if field_name not in Field.values:
        raise _Unmatched(row["id"], f"there is no field {field_name!r}")
    about = f"{row['event']['id']} {field_name}"
    refs = row["value"] if field_name == Field.MERGED else []
    event = _found(row["event"], [*_texts(refs), *_texts(row["event"]["claims"])])
    if event is None:
        raise _Unmatched(about, "no event has this id, and none of its claims is here: import its articles first")
    other = None
    if row["other"] is not None:
        other = _other(row, event, about)
        if other.pk == event.pk:
            raise _Unmatched(about, f"here both are one event already, {event.pk}")
    value = _value(field_name, row["value"], event)
    made = Correction(
        identity=identity,
        event=event,
        other=other,
        field=field_name,
        value=value,
        basis=row["basis"],
        reason=str(row["reason"]),
        editor=_person(row["editor"], report),
        waits=bool(row["waits"] or row["approved"]),
    )
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
    report.taken += 1
    return {event.key, *([other.key] if other else [])}


def _value(name: str, value: Any, event: Event) -> Any:
    """A value as it may stand in a decision. Raises ValidationError."""
    if name in ARRANGING:
        return _texts(value)
    if name == Field.ACCEPTED:
        return dict(value)
    return curation.CHECKS[name](value, event)


def _noted(row: Correction, by: Any, at: datetime) -> None:
    row._history_user, row._history_date = by, at  # type: ignore[attr-defined]
    row.save()


def _other(row: dict[str, Any], event: Event, about: str) -> Event:
    """The second event of a decision; what was told apart is made, under the id that it has for ever."""
    named = row["other"]
    found = Event.objects.filter(pk=named["id"]).first()
    if found is None and row["field"] == Field.SPLIT:
        return curation.told_apart(event, str(named["id"]))
    found = found or _found(named, _texts(named["claims"]))
    if found is None:
        raise _Unmatched(about, f"the other event, {named['id']}, is not here: import its articles first")
    return found


def _found(named: dict[str, Any], refs: Sequence[str]) -> Event | None:
    """The event of this id, or that of most of these claims; where they have none yet, it is made of them."""
    if len(str(named["id"])) > max_chars(Event, "id"):
        raise ValueError("an id of an event is shorter")
    if (event := Event.objects.filter(pk=named["id"]).first()) is not None:
        return event
    claims = list(_claims(refs))
    led = Counter(claim.event_id for claim in claims if claim.event_id)
    if led:
        return Event.objects.get(pk=max(sorted(led), key=lambda pk: led[pk]))
    waiting = [claim for claim in claims if claim.key == named["key"]]
    if not waiting:
        return None
    event = curation.event_of(str(named["id"]), waiting[0])
    Claim.objects.filter(pk__in=[claim.pk for claim in waiting]).update(event=event)
    return event


def _claims(refs: Sequence[str]) -> Iterator[Claim]:
    for ref in dict.fromkeys(refs[:REFS]):
        head = ref.partition("-")[0]
        rows = Claim.objects.filter(article__url_digest__gte=head, article__url_digest__lt=f"{head}g")
        yield from (claim for claim in rows.select_related("article").order_by("pk") if ref_of(claim) == ref)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) and len(text) <= 64 for text in value):
        raise ValueError("a list of claims is needed")
    return value


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
