"""Which status the reports of one event give on a day."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import date, timedelta

from timeline.extraction.when import Days
from timeline.resolution.claim import ClaimValue

PUT_OFF = frozenset({"cancelled", "postponed"})
TAKEN_FOR_GRANTED = frozenset({"scheduled", "occurred"})  # with which a cancellation is in conflict
# The shares of the weight of all reports from which on the status is believed.
MIN_OCCURRED_SHARE, MIN_SCHEDULED_SHARE = 0.15, 0.34
SAME_NEWS = timedelta(days=1)  # before a cancellation, from which on a plan still stands against it
LIGHT = 0.5  # of its own weight, that a mention counts which is doubtful or gives no exact day


class _Line:
    """Weights by day of report, added in the order of the days; asks for the sum from a day on take no time."""

    def __init__(self) -> None:
        self.days: list[date] = []
        self.sums: list[float] = []

    def add(self, day: date, weight: float) -> None:
        """Add the weight of one more report."""
        self.days.append(day)
        self.sums.append(weight + (self.sums[-1] if self.sums else 0.0))

    def since(self, day: date | None) -> float:
        """Return the weight of the reports of this day and later, of all without one."""
        if not self.sums:
            return 0.0
        before = bisect_left(self.days, day) if day is not None else 0
        return self.sums[-1] - (self.sums[before - 1] if before else 0.0)


class Reports:
    """The statuses of the reports of one event."""

    def __init__(self) -> None:
        self.of: dict[str, _Line] = defaultdict(_Line)
        self.all = _Line()
        self.plans = _Line()  # reports that it will be
        self.postponed: dict[Days, _Line] = defaultdict(_Line)  # to these days, or from them to an unknown day
        self.planned: dict[Days, _Line] = defaultdict(_Line)

    def add(self, claim: ClaimValue, weight: float) -> None:
        """Add a report; they come in the order of their days."""
        light = weight * LIGHT if claim.doubtful or not claim.when.is_exact else weight
        self.of[claim.status].add(claim.reported, light if claim.status in PUT_OFF else weight)
        self.all.add(claim.reported, weight)
        if claim.status == "postponed":
            self.postponed[claim.when.days].add(claim.reported, light)
        elif claim.status not in ("occurred", "cancelled"):
            self.plans.add(claim.reported, light)
            self.planned[claim.when.days].add(claim.reported, light)

    def status(self, best: ClaimValue, day: date) -> str:
        """Return the status believed on `day`, where `best` gives the days.

        That it took place counts only from its day on or later. A report that it is off outweighs the plans before it;
        those of its own day and later stand against it.
        """
        begun = best.when.start is None or best.when.start <= day
        occurred = self.of["occurred"].since(best.when.start) if begun else 0.0
        early = self.of["occurred"].since(None) - occurred
        if self._is_cancelled(occurred):
            return "cancelled"
        put_off = self._put_off(best)
        if occurred and occurred >= MIN_OCCURRED_SHARE * (self.all.since(None) - early) and occurred >= put_off:
            return "occurred"
        if put_off:
            return "postponed"
        weights = {name: line.since(None) for name, line in self.of.items()}
        sure = weights.get("scheduled", 0.0) + weights.get("postponed", 0.0)
        hoped, conditional = weights.get("expected", 0.0), weights.get("conditional", 0.0)
        planned = sure + hoped + conditional
        if not planned:
            return "occurred" if occurred else "scheduled"
        if best.status == "postponed":
            return "postponed"
        if sure >= MIN_SCHEDULED_SHARE * planned:
            return "scheduled"
        return "expected" if hoped >= conditional else "conditional"

    def _is_cancelled(self, occurred: float) -> bool:
        cancelled = self.of["cancelled"]
        if not cancelled.days:
            return False
        newest = cancelled.days[-1]
        return cancelled.since(None) >= self.plans.since(newest - SAME_NEWS) + occurred

    def _put_off(self, best: ClaimValue) -> float:
        """Return the weight of the reports that these very days were put off, where no newer plan outweighs them."""
        line = self.postponed.get(best.when.days)
        if line is None:
            return 0.0
        later = self.planned[best.when.days].since(line.days[-1])
        return line.since(None) if line.since(None) >= later else 0.0
