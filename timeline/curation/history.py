"""Everything that happened to one event, in words: what editors decided, undid and approved, what the machine changed.

Newest first, a page at a time behind a cursor. Reads only.
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

from timeline.display.changes import entry_of, names_of, stored, type_words
from timeline.display.dates import span_words
from timeline.display.sentences import state_words
from timeline.models import Actor, Change, Correction, Event, NamedClaim
from timeline.query import cursors
from timeline.resolution.corrections import ARRANGING, LOCKS

Field = Correction.Field

PAGE = 40
MACHINE, DESK = 0, 1  # of entries of one moment the desk's stand above the machine's
Place = tuple[datetime, int, int]  # where an entry stands: when, who, its number


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry: when, who ("" is the machine), what was done, from what to what, and why.

    `decision`: the editors' decision it is about, with the newest entry of each only (`newest`) as it stands now.
    """

    place: Place
    who: str
    act: str
    what: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    reason: str = ""
    decision: Correction | None = None
    newest: bool = False
    other: str = ""

    @property
    def at(self) -> datetime:
        return self.place[0]


@dataclass(frozen=True, slots=True)
class Chronicle:
    """A page of deeds, and the cursor behind it ("" at the end)."""

    deeds: list[Deed]
    further: str


def chronicle(event: Event, cursor: str = "", *, decisions: bool = True) -> Chronicle:
    """The deeds of an event behind a cursor. `decisions`: whether those of the desk are shown. Raises CursorError.

    At most six queries.
    """
    family = f"chronicle {event.pk}"
    behind = _place(cursors.unseal(family, cursor, 3)) if cursor else None
    changes = list(_behind(event.changes.select_related("merged_into"), "at", "pk", MACHINE, behind)[: PAGE + 1])
    log = Correction.history.filter(id__in=_about(event).values("pk")) if decisions else Correction.history.none()
    acts = list(_behind(log.select_related("history_user"), "history_date", "history_id", DESK, behind)[: PAGE + 1])
    codes = {code for row in changes for state in (row.before, row.after) for code in state.get("participants", ())}
    made = {row.pk: row for row in _about(event).filter(pk__in={act.id for act in acts}).select_related("editor")}
    actors = Actor.objects.in_bulk(codes | _codes(made.values()))
    deeds = [*(_change(row, actors) for row in changes), *_acts(acts, made, actors)]
    deeds.sort(key=lambda deed: deed.place, reverse=True)
    shown = deeds[:PAGE]
    more = len(deeds) > PAGE
    return Chronicle(shown, cursors.seal(family, *_sealed(shown[-1].place)) if more else "")


def _about(event: Event) -> QuerySet[Correction]:
    return Correction.objects.filter(Q(event=event) | Q(other=event)).order_by()


def _behind(rows: Any, at: str, number: str, rank: int, place: Place | None) -> Any:
    rows = rows.order_by(f"-{at}", f"-{number}")
    if place is None:
        return rows
    moment, other, last = place
    same = Q(**{at: moment})
    if rank == other:
        same &= Q(**{f"{number}__lt": last})
    return rows.filter(Q(**{f"{at}__lt": moment}) | same) if rank <= other else rows.filter(**{f"{at}__lt": moment})


def _sealed(place: Place) -> tuple[str, str, str]:
    return place[0].isoformat(), str(place[1]), str(place[2])


def _place(words: Sequence[str]) -> Place:
    return datetime.fromisoformat(words[0]), int(words[1]), int(words[2])


# --- what the machine did -----------------------------------------------------------------------


def _change(row: Change, actors: dict[str, Actor]) -> Deed:
    entry = entry_of(row, actors)
    return Deed(
        (row.at, MACHINE, row.pk), "", entry.what, "", entry.before, entry.after, other=str(row.merged_into_id or "")
    )


# --- what the desk did --------------------------------------------------------------------------


def _acts(acts: Sequence[Any], made: dict[int, Correction], actors: dict[str, Actor]) -> Iterable[Deed]:
    before: dict[int, Any] = {}
    newest: dict[int, int] = {}
    rows = defaultdict[int, list[Any]](list)
    for row in Correction.history.filter(id__in=list(made)).order_by("history_id"):
        rows[row.id].append(row)
    for pk, of_decision in rows.items():
        before |= {later.history_id: earlier for earlier, later in pairwise(of_decision)}
        newest[pk] = of_decision[-1].history_id
    for row in acts:
        decision = made.get(row.id)
        if decision is not None:
            earlier = before.get(row.history_id)
            yield _act(row, earlier, decision, actors, newest=newest[row.id] == row.history_id)


def _act(row: Any, earlier: Any, decision: Correction, actors: dict[str, Actor], *, newest: bool) -> Deed:
    first = earlier is None
    was, value = (value_words(decision.field, v, actors) for v in (decision.basis, decision.value))
    value = _claims_words(decision) if decision.field in ARRANGING else value
    return Deed(
        (row.history_date, DESK, row.history_id),
        who=str(row.history_user or decision.editor),
        act=act_words(row, earlier),
        what=str(Field(decision.field).label),
        before=was if first and decision.field in LOCKS else [],
        after=value,
        reason=decision.reason if first else row.history_change_reason or "",
        decision=decision,
        newest=newest,
        other=decision.other_id or "",
    )


def act_words(row: Any, earlier: Any) -> str:
    """What somebody did with a decision, from its row of the history and the one before it."""
    if earlier is None:
        return pgettext("decision", "decided, and waits") if row.waits else pgettext("decision", "decided")
    if row.undone_at and not earlier.undone_at:
        return pgettext("decision", "undone")
    if earlier.undone_at and not row.undone_at:
        return pgettext("decision", "done again, and waits") if row.waits else pgettext("decision", "done again")
    if earlier.waits and not row.waits:
        return pgettext("decision", "approved")
    return pgettext("decision", "changed")


def _codes(decisions: Iterable[Correction]) -> set[str]:
    values = [v for d in decisions if d.field in (Field.PARTICIPANTS, Field.ACCEPTED) for v in (d.value, d.basis)]
    lists = [v.get("participants") if isinstance(v, dict) else v for v in values]
    return {code for codes in lists if isinstance(codes, list) for code in codes if isinstance(code, str)}


def _claims_words(decision: Correction) -> list[str]:
    """How many claims were merged or told apart."""
    side = NamedClaim.Side.EVENT if decision.field == Field.MERGED else NamedClaim.Side.OTHER
    n = decision.named.filter(side=side).count()
    return [ngettext("%(n)d claim", "%(n)d claims", n) % {"n": n}]


def value_words(name: str, value: Any, actors: dict[str, Actor]) -> list[str]:
    """The value of a decision (or what the machine said) in words; nothing where the field says all."""
    if name == Field.ACCEPTED and isinstance(value, dict):
        return [words for part in LOCKS for words in value_words(part, value.get(part), actors)]
    if name == Field.DATES and isinstance(value, dict):
        return [span_words(stored(value))]
    if name == Field.PARTICIPANTS and isinstance(value, list):
        return [names_of(value, actors)]
    if name == Field.STATUS and value:
        return [state_words(str(value))]
    if name == Field.TYPE and value:
        return [type_words(str(value))]
    return [str(value)] if name in (Field.NOTE, Field.IMPORTANCE) and value not in (None, "") else []
