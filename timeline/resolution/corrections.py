"""What editors decided of events: what of each is locked, and what the machine would say. Reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from timeline.resolution.arrangement import Arranged, Decision
from timeline.resolution.resolve import Belief, Happening

# Fields of a decision; `timeline.models.Correction` says what the value of each is.
LOCKS = DATES, STATUS, TYPE, PARTICIPANTS = "dates", "status", "type", "participants"
ARRANGING = MERGED, SPLIT = "merged", "split"
SEES = (DATES, STATUS)  # what is believed, and so has a day from which on


# --- what of them is decided --------------------------------------------------------------------


@dataclass(slots=True)
class Decided:
    """What editors decided about one event, the newest decision of each field; `basis`: what the machine said then.

    `since`: the day of the newest decision about dates or status.
    """

    values: dict[str, Any] = field(default_factory=dict)
    basis: dict[str, Any] = field(default_factory=dict)
    since: date | None = None

    def take(self, decision: Decision) -> None:
        self.values[decision.field] = decision.value
        self.basis[decision.field] = decision.basis
        if decision.field in SEES:
            self.since = decision.made

    @property
    def curated(self) -> bool:
        return bool(self.values)

    def beliefs(self, said: Sequence[Belief]) -> list[Belief]:
        """An editor's dates and status stand above every claim, from the day of the decision on."""
        dates, status = self.values.get(DATES), self.values.get(STATUS)
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


def decided(decisions: Sequence[Decision], arranged: Arranged) -> dict[str, Decided]:
    """By event; `decisions` (`awake`) in the order in which they were made.

    What was decided about an event goes along with its claims; of two that become one, that of the remaining stands
    above.
    """
    out: dict[str, Decided] = {}
    rows = [(d, pk) for d in decisions if d.field not in ARRANGING and (pk := arranged.holder(d.claims, d.event))]
    for own in (False, True):
        for decision, pk in rows:
            if arranged.native(decision.claims, pk) is own:
                out.setdefault(pk, Decided()).take(decision)
    for decision in decisions:  # told apart or merged by hand: decided about as well
        if decision.field in ARRANGING:
            both = arranged.holder(decision.claims, decision.event), arranged.holder(decision.others, decision.other)
            for pk in filter(None, both):
                out.setdefault(pk, Decided()).values.setdefault(decision.field, True)
    return out


def said_by(happening: Happening) -> dict[str, Any]:
    """What the machine says of the fields that can be locked, as in `Correction.value`."""
    now = happening.now
    return {
        DATES: {
            "start": now.start.isoformat() if now.start else None,
            "end": now.end.isoformat() if now.end else None,
            "granularity": now.granularity,
        },
        STATUS: now.status,
        TYPE: happening.type,
        PARTICIPANTS: list(happening.participants),
    }


def same(name: str, value: Any, *others: Any) -> bool:
    """Whether one of the others is the same decision; the grain of the same days is none, nor the order of codes."""
    return any(_plain(name, value) == _plain(name, other) for other in others if other is not None)


def _plain(name: str, value: Any) -> Any:
    if name == DATES and isinstance(value, dict):
        return value.get("start"), value.get("end")
    if name == PARTICIPANTS and isinstance(value, list):
        return frozenset(value)
    return value
