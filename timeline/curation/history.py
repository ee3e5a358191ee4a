"""The history of one event in words: corrections made, undone and approved, and what the pipeline changed.

Newest first, one page at a time, with cursors. Nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext, pgettext

from timeline.display.changes import entry_of, names_of, type_words
from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.extraction.when import when_of
from timeline.models import Actor, Change, Correction, Event, NamedClaim
from timeline.query import cursors
from timeline.resolution.corrections import ARRANGING, LOCKS

Field = Correction.Field

PAGE_SIZE = 40
MACHINE_RANK, EDITOR_RANK = 0, 1  # at the same moment entries of editors come first
Position = tuple[datetime, int, int]  # of an entry: moment, rank, pk


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry: when, who ("" is the machine), what was done, the values before and after, and why.

    `correction`: the correction that it is about. `newest`: whether it is the newest entry of that correction.
    """

    position: Position
    who: str
    act: str
    what: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    reason: str = ""
    correction: Correction | None = None
    newest: bool = False
    other: str = ""

    @property
    def at(self) -> datetime:
        return self.position[0]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of entries, and the cursor of the next page ("" at the end)."""

    entries: list[HistoryEntry]
    next_cursor: str


def history_page(event: Event, cursor: str = "", *, corrections: bool = True) -> HistoryPage:
    """Return the page of an event's history after a cursor. `corrections`: whether to include the acts of editors.

    Raises CursorError. At most six queries.
    """
    family = f"chronicle {event.pk}"
    behind = _parse_position(cursors.unseal(family, cursor, 3)) if cursor else None
    changes = list(
        _after(event.changes.select_related("merged_into"), "at", "pk", MACHINE_RANK, behind)[: PAGE_SIZE + 1]
    )
    log = (
        Correction.history.filter(id__in=_corrections_of(event).values("pk"))
        if corrections
        else Correction.history.none()
    )
    acts = list(
        _after(log.select_related("history_user"), "history_date", "history_id", EDITOR_RANK, behind)[: PAGE_SIZE + 1]
    )
    codes = {code for row in changes for state in (row.before, row.after) for code in state.get("participants", ())}
    made = {
        row.pk: row for row in _corrections_of(event).filter(pk__in={act.id for act in acts}).select_related("editor")
    }
    actors = Actor.objects.in_bulk(codes | _codes(made.values()))
    entries = [*(_machine_entry(row, actors) for row in changes), *_editor_entries(acts, made, actors)]
    entries.sort(key=lambda entry: entry.position, reverse=True)
    shown = entries[:PAGE_SIZE]
    more = len(entries) > PAGE_SIZE
    return HistoryPage(shown, cursors.seal(family, *_cursor_parts(shown[-1].position)) if more else "")


def _corrections_of(event: Event) -> QuerySet[Correction]:
    return Correction.objects.filter(Q(event=event) | Q(other=event)).order_by()


def _after(rows: Any, at: str, number: str, rank: int, position: Position | None) -> Any:
    rows = rows.order_by(f"-{at}", f"-{number}")
    if position is None:
        return rows
    moment, other, last = position
    same = Q(**{at: moment})
    if rank == other:
        same &= Q(**{f"{number}__lt": last})
    return rows.filter(Q(**{f"{at}__lt": moment}) | same) if rank <= other else rows.filter(**{f"{at}__lt": moment})


def _cursor_parts(position: Position) -> tuple[str, str, str]:
    return position[0].isoformat(), str(position[1]), str(position[2])


def _parse_position(words: Sequence[str]) -> Position:
    return datetime.fromisoformat(words[0]), int(words[1]), int(words[2])


# --- changes by the pipeline -----------------------------------------------------------------------


def _machine_entry(row: Change, actors: dict[str, Actor]) -> HistoryEntry:
    entry = entry_of(row, actors)
    return HistoryEntry(
        (row.at, MACHINE_RANK, row.pk),
        "",
        entry.what,
        "",
        entry.before,
        entry.after,
        other=str(row.merged_into_id or ""),
    )


# --- acts of editors --------------------------------------------------------------------------


def _editor_entries(
    acts: Sequence[Any], made: dict[int, Correction], actors: dict[str, Actor]
) -> Iterable[HistoryEntry]:
    before: dict[int, Any] = {}
    newest: dict[int, int] = {}
    rows = defaultdict[int, list[Any]](list)
    for row in Correction.history.filter(id__in=list(made)).order_by("history_id"):
        rows[row.id].append(row)
    for pk, states in rows.items():
        before |= {later.history_id: earlier for earlier, later in pairwise(states)}
        newest[pk] = states[-1].history_id
    for row in acts:
        correction = made.get(row.id)
        if correction is not None:
            earlier = before.get(row.history_id)
            yield _editor_entry(row, earlier, correction, actors, newest=newest[row.id] == row.history_id)


def _editor_entry(
    row: Any, earlier: Any, correction: Correction, actors: dict[str, Actor], *, newest: bool
) -> HistoryEntry:
    first = earlier is None
    was, value = (value_words(correction.field, v, actors) for v in (correction.basis, correction.value))
    value = _claims_words(correction) if correction.field in ARRANGING else value
    return HistoryEntry(
        (row.history_date, EDITOR_RANK, row.history_id),
        who=str(row.history_user or correction.editor),
        act=act_words(row, earlier),
        what=str(Field(correction.field).label),
        before=was if first and correction.field in LOCKS else [],
        after=value,
        reason=correction.reason if first else row.history_change_reason or "",
        correction=correction,
        newest=newest,
        other=correction.other_id or "",
    )


def act_words(row: Any, earlier: Any) -> str:
    """Say what was done with a correction, from its row of the history and the one before."""
    if earlier is None:
        return pgettext("decision", "decided, and waits") if row.waits else pgettext("decision", "decided")
    if row.undone_at and not earlier.undone_at:
        return pgettext("decision", "undone")
    if earlier.undone_at and not row.undone_at:
        return pgettext("decision", "redone, awaiting approval") if row.waits else pgettext("decision", "redone")
    if earlier.waits and not row.waits:
        return pgettext("decision", "approved")
    return pgettext("decision", "changed")


def _codes(corrections: Iterable[Correction]) -> set[str]:
    return {code for row in corrections for value in (row.value, row.basis) for code in _codes_of(row.field, value)}


def _codes_of(name: str, value: Any) -> list[str]:
    """Return the codes of actors in the value of a field."""
    if name == Field.PLACE:
        return [value] if isinstance(value, str) and value else []
    if name == Field.ACCEPTED and isinstance(value, dict):
        return [*_codes_of(Field.PARTICIPANTS, value.get("participants")), *_codes_of(Field.PLACE, value.get("place"))]
    if name != Field.PARTICIPANTS or not isinstance(value, list):
        return []
    return [code for code in value if isinstance(code, str)]


def _claims_words(correction: Correction) -> list[str]:
    """Say how many claims were merged or split off."""
    side = NamedClaim.Side.EVENT if correction.field == Field.MERGED else NamedClaim.Side.OTHER
    n = correction.named.filter(side=side).count()
    return [ngettext("%(n)d report", "%(n)d reports", n) % {"n": n}]


def actors_of_value(name: str, value: Any) -> dict[str, Actor]:
    """Return the actors that the value of a correction names, by code; no query where the field names none."""
    codes = _codes_of(name, value)
    return Actor.objects.in_bulk(codes) if codes else {}


def value_words(name: str, value: Any, actors: dict[str, Actor]) -> list[str]:
    """Return the value of a correction, or its basis, in words; nothing where the field alone says it."""
    if name == Field.ACCEPTED and isinstance(value, dict):
        parts = [part for part in LOCKS if part != Field.PLACE or value.get(part)]
        return [words for part in parts for words in value_words(part, value.get(part), actors)]
    if name == Field.DATES and isinstance(value, dict):
        return [span_words(when_of(value))]
    if name == Field.PARTICIPANTS and isinstance(value, list):
        return [names_of(value, actors)]
    if name == Field.PLACE and isinstance(value, str):
        return [actors[value].name if value in actors else value or pgettext("place", "none")]
    if name == Field.STATUS and value:
        return [state_words(str(value))]
    if name == Field.TYPE and value:
        return [type_words(str(value))]
    return [str(value)] if name in (Field.NOTE, Field.IMPORTANCE) and value not in (None, "") else []
