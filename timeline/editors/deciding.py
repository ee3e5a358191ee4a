"""What editors decided, laid over what the claims say: which happenings are one, and what of them is locked.

Reads rows of corrections and writes nothing. Part of `storing`, which stores what comes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from timeline.machine.claiming import ref_of_said
from timeline.models import Correction
from timeline.resolving import Belief, Happening, Said, told_as_one

Field = Correction.Field
LOCKS = (Field.DATES, Field.STATUS, Field.TYPE, Field.PARTICIPANTS)
ARRANGING = (Field.MERGED, Field.SPLIT)
SEES = (Field.DATES, Field.STATUS)  # what is believed, and so has a day from which on


def in_force() -> Q:
    """Corrections that stand: neither undone nor waiting for a second editor."""
    return Q(undone_at=None, waits=False)


def linked(keys: Iterable[str]) -> set[str]:
    """These keys and those that editors' merges tie to them: they are resolved together."""
    found, fresh = set(keys), set(keys)
    merges = Correction.objects.filter(in_force(), field=Field.MERGED)
    while fresh:
        rows = merges.filter(Q(event__key__in=fresh) | Q(other__key__in=fresh))
        both = {key for pair in rows.values_list("event__key", "other__key") for key in pair}
        fresh = both - found
        found |= fresh
    return found


def decisions_about(keys: Iterable[str]) -> tuple[list[Correction], set[str]]:
    """The decisions in force about events of these keys, oldest first; and the events whose telling apart is not.

    What was decided about one of those sleeps: it must not become a decision about the event that it was told from.
    """
    rows = Correction.objects.filter(event__key__in=list(keys)).order_by("made_at", "pk")
    made = list(rows.filter(in_force() | Q(field=Field.SPLIT)))
    asleep = {str(row.other_id) for row in made if not row.in_force}
    return [row for row in made if row.in_force], asleep


# --- which happenings are one -------------------------------------------------------------------


@dataclass(slots=True)
class Arranged:
    """The events of some keys as editors arranged them.

    `ids`: each event's key and happening; `heirs`: where an id leads that has none.
    """

    ids: dict[str, tuple[str, Happening]]
    heirs: dict[str, str]

    def follow(self, pk: str) -> str:
        """The event that this id leads to, itself where it stands (or leads nowhere)."""
        seen: set[str] = set()
        while pk not in self.ids and pk in self.heirs and pk not in seen:
            seen.add(pk)
            pk = self.heirs[pk]
        return pk

    def arrange(self, decisions: Iterable[Correction]) -> None:
        """Tell apart and merge, in the order in which it was decided."""
        for decision in decisions:
            if decision.field == Field.SPLIT:
                self._split(decision)
            elif decision.field == Field.MERGED:
                self._merge(decision)

    def _split(self, decision: Correction) -> None:
        one, new, refs = self.follow(decision.event_id), str(decision.other_id), frozenset(decision.value)
        if one not in self.ids:
            return
        key, happening = self.ids[one]
        group = [c for c in happening.claims if ref_of_said(c) in refs]
        rest = [c for c in happening.claims if ref_of_said(c) not in refs]
        if not group:
            return
        self.ids[new] = (key, told_as_one(group))
        if rest:
            self.ids[one] = (key, told_as_one(rest))
        else:
            del self.ids[one]
            self.heirs[one] = new

    def _merge(self, decision: Correction) -> None:
        target, refs = self.follow(str(decision.other_id)), frozenset(decision.value)
        mine = [pk for pk, (_, h) in self.ids.items() if any(ref_of_said(c) in refs for c in h.claims)]
        sources = sorted({*mine, self.follow(decision.event_id)} & self.ids.keys() - {target})
        if not sources:
            return
        if target not in self.ids:  # nothing speaks of it any more but what was merged into it
            target = str(decision.other_id)
            self.heirs.pop(target, None)
        claims: list[Said] = [c for pk in (target, *sources) if pk in self.ids for c in self.ids[pk][1].claims]
        key = self.ids[target][0] if target in self.ids else self.ids[sources[0]][0]
        self.ids[target] = (key, told_as_one(claims))
        for pk in sources:
            del self.ids[pk]
            self.heirs[pk] = target


def merged_away(decisions: Iterable[Correction], claims: Iterable[Said]) -> frozenset[int]:
    """Claims that belong to an event only because an editor merged theirs into it."""
    refs = {ref for d in decisions if d.field == Field.MERGED for ref in d.value}
    return frozenset(c.pk for c in claims if ref_of_said(c) in refs) if refs else frozenset()


# --- what of them is decided --------------------------------------------------------------------


@dataclass(slots=True)
class Decided:
    """What editors decided about one event, the newest decision of each field; `basis`: what the machine said then.

    `since`: the day of the newest decision about dates or status.
    """

    values: dict[str, Any] = field(default_factory=dict)
    basis: dict[str, Any] = field(default_factory=dict)
    since: date | None = None

    def take(self, decision: Correction) -> None:
        self.values[decision.field] = decision.value
        self.basis[decision.field] = decision.basis
        if decision.field in SEES:
            self.since = timezone.localdate(decision.made_at)

    @property
    def curated(self) -> bool:
        return bool(self.values)

    def beliefs(self, said: Sequence[Belief]) -> list[Belief]:
        """An editor's dates and status stand above every claim, from the day of the decision on."""
        dates, status = self.values.get(Field.DATES), self.values.get(Field.STATUS)
        if self.since is None or not (dates or status):
            return list(said)
        now = replace(said[-1], claim=None, change="corrected")
        if dates:
            start, end = (date.fromisoformat(d) if (d := dates.get(k)) else None for k in ("start", "end"))
            grain = dates.get("granularity") or "day"
            now = replace(now, start=start, end=end, granularity=grain, modifier="", alternatives=(), by_law=False)
        if status:
            now = replace(now, status=status)
        since = max(self.since, said[0].since)
        kept = [b for b in said if b.since < since]
        if kept:
            kept[-1] = replace(kept[-1], until=since)
        return [*kept, replace(now, since=since, until=None)]

    def proposals(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Of what is locked, what the machine says now and neither says the editor nor did the machine before."""
        return {
            name: value
            for name, value in said.items()
            if name in self.values and not same(name, value, self.values[name], self.basis[name])
        }


def decided(decisions: Sequence[Correction], arranged: Arranged, asleep: Collection[str] = ()) -> dict[str, Decided]:
    """By event; `decisions` in the order in which they were made.

    What was decided about an event goes along with it; where two become one, that of the remaining stands above.
    """
    out: dict[str, Decided] = {}
    rows = [d for d in decisions if d.field not in ARRANGING and d.event_id not in asleep]
    for own in (False, True):
        for decision in rows:
            pk = arranged.follow(decision.event_id)
            if (pk == decision.event_id) is own:
                out.setdefault(pk, Decided()).take(decision)
    for decision in decisions:  # told apart or merged by hand: decided about as well
        if decision.field in ARRANGING and decision.other_id:
            for pk in (decision.event_id, decision.other_id):
                out.setdefault(arranged.follow(pk), Decided()).values.setdefault(decision.field, True)
    return out


def said_by(happening: Happening) -> dict[str, Any]:
    """What the machine says of the fields that can be locked, as in `Correction.value`."""
    now = happening.now
    return {
        Field.DATES.value: {
            "start": now.start.isoformat() if now.start else None,
            "end": now.end.isoformat() if now.end else None,
            "granularity": now.granularity,
        },
        Field.STATUS.value: now.status,
        Field.TYPE.value: happening.type,
        Field.PARTICIPANTS.value: list(happening.participants),
    }


def same(name: str, value: Any, *others: Any) -> bool:
    """Whether one of the others is the same decision; the grain of the same days is none, nor the order of codes."""
    return any(_plain(name, value) == _plain(name, other) for other in others if other is not None)


def _plain(name: str, value: Any) -> Any:
    if name == Field.DATES and isinstance(value, dict):
        return value.get("start"), value.get("end")
    if name == Field.PARTICIPANTS and isinstance(value, list):
        return frozenset(value)
    return value
