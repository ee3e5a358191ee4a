"""Apply the corrections of fields to resolved events: locked values, and what the machine would say instead. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from timeline.extraction.when import dates_of, when_of
from timeline.resolution.arrangement import Arrangement, CorrectionValue
from timeline.resolution.beliefs import Belief
from timeline.resolution.resolve import ResolvedEvent

# Fields of a correction; `timeline.models.Correction` documents the value of each.
READ_FIELDS = DATES, STATUS, TYPE, PARTICIPANTS = "dates", "status", "type", "participants"  # which reports tell
PLACE = "place"
LOCKS = (*READ_FIELDS, PLACE)
ARRANGING = MERGED, SPLIT = "merged", "split"
BELIEVED = (DATES, STATUS)  # fields of a belief: a correction of them holds from its day on


@dataclass(slots=True)
class CorrectedFields:
    """The newest correction of each field of one event.

    `values`: the corrected values; `basis`: what the machine said when they were corrected. `since`: the day of the
    newest correction of dates or status.
    """

    values: dict[str, Any] = field(default_factory=dict)
    basis: dict[str, Any] = field(default_factory=dict)
    since: date | None = None

    def add(self, correction: CorrectionValue) -> None:
        """Let this correction of its field replace earlier ones."""
        self.values[correction.field] = correction.value
        self.basis[correction.field] = correction.basis
        if correction.field in BELIEVED:
            self.since = correction.made_on

    @property
    def curated(self) -> bool:
        """Whether there is any correction."""
        return bool(self.values)

    def beliefs(self, resolved: Sequence[Belief]) -> list[Belief]:
        """Return the beliefs with corrected dates and status, which override every claim from `since` on."""
        dates, status = self.values.get(DATES), self.values.get(STATUS)
        if self.since is None or not (dates or status):
            return list(resolved)
        now = replace(resolved[-1], claim=None, change="corrected")
        if dates:
            now = replace(now, when=replace(when_of(dates), extent=now.when.extent))
        if status:
            now = replace(now, status=status)
        since = max(self.since, resolved[0].since)
        kept = [b for b in resolved if b.since < since]
        if kept:
            kept[-1] = replace(kept[-1], until=since)
        return [*kept, replace(now, since=since, until=None)]

    def proposals(self, machine: Mapping[str, Any]) -> dict[str, Any]:
        """Return the machine's values of corrected fields that equal neither the correction nor its basis."""
        return {
            name: value
            for name, value in machine.items()
            if name in self.values and not same_value(name, value, self.values[name], self.basis[name])
        }


def corrected_fields(corrections: Sequence[CorrectionValue], arrangement: Arrangement) -> dict[str, CorrectedFields]:
    """Return the corrected fields by event. `corrections`: `effective`, in the order in which they were made.

    A correction follows its claims. Of two events that were merged, the corrections of the remaining one override the
    others.
    """
    out: dict[str, CorrectedFields] = {}
    rows = [
        (one, pk)
        for one in corrections
        if one.field not in ARRANGING and (pk := arrangement.holder(one.claims, one.event))
    ]
    for own in (False, True):
        for correction, pk in rows:
            if arrangement.owns(correction.claims, pk) is own:
                out.setdefault(pk, CorrectedFields()).add(correction)
    for correction in corrections:  # a merge or split counts as a correction of both events
        if correction.field in ARRANGING:
            event = arrangement.holder(correction.claims, correction.event)
            other = arrangement.holder(correction.others, correction.other)
            for pk in filter(None, (event, other)):
                out.setdefault(pk, CorrectedFields()).values.setdefault(correction.field, True)
    return out


def machine_values(event: ResolvedEvent) -> dict[str, Any]:
    """Return what the machine says of the fields that can be locked, as in `Correction.value`."""
    return {
        DATES: dates_of(event.current.when),
        STATUS: event.current.status,
        TYPE: event.type,
        PARTICIPANTS: list(event.participants),
        PLACE: event.place,
    }


def same_value(name: str, value: Any, *others: Any) -> bool:
    """Return whether the value equals one of the others that is not None.

    The granularity of equal dates and the order of participants do not matter.
    """
    return any(_comparable(name, value) == _comparable(name, other) for other in others if other is not None)


def _comparable(name: str, value: Any) -> Any:
    if name == DATES and isinstance(value, dict):
        return value.get("start"), value.get("end")
    if name == PARTICIPANTS and isinstance(value, list):
        return frozenset(value)
    return value
