"""What the days of an expression are resolved from, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from timeline.extraction.reason import Code, Reason, reason


@dataclass(slots=True)
class Resolved:
    """An interval, its grain, and how it came about. `year_named`: the text itself gave the year."""

    start: date | None
    end: date | None
    grain: str
    how: Reason
    year_named: bool = False


class Tense(NamedTuple):
    """Where a clause looks from the anchor: `ahead`, `behind`, `near` (of what was once planned) or "".

    `governed`: the word that tells it stands right beside the date.
    """

    direction: str = ""
    governed: bool = False


@dataclass(slots=True)
class Context:
    """What resolving may look at: the anchor, the clause's tense, and what the text named before.

    `near` was named with its year in the same sentence or the one before; `last` anywhere before. The tense
    is read from the clause only when a meaning asks for it.
    """

    anchor: date
    anchor_from: str
    read_tense: Callable[[Any], Tense]
    near: Resolved | None = None
    last: Resolved | None = None
    last_past: Resolved | None = None  # the last one that is not ahead of the anchor
    found: Any = None
    known_tense: Tense | None = None
    suggested: str = ""
    order: str = "mdy"  # of day and month in figures: dmy, mdy or ymd
    leaning: str = ""
    cues_stray: bool = False  # in this language a word of the future often belongs to another verb of the clause
    alone: bool = False  # the expression is all of the text: no clause tells anything

    def ask_about(self, found: Any, tense: str, *, bare: bool) -> None:
        """Set the expression whose tense is read; `tense`: what its own words say.

        `ahead?` is what they suggest: of a bare day (`26日前`) it decides, the month of a deadline (`11月前`) it
        only keeps from lying long behind.
        """
        self.found = found
        self.leaning = tense.rstrip("?") if found.modifier == "by" else ""
        self.suggested = tense.rstrip("?") if bare else ""
        self.known_tense = Tense(tense, True) if tense in ("ahead", "behind") else None

    @property
    def tense(self) -> Tense:
        if self.known_tense is None:
            tense = self.read_tense(self.found)
            self.known_tense = tense if tense.direction else tense._replace(direction=self.suggested)
        return self.known_tense

    def because(self, code: Code, *args: str | int) -> Reason:
        """Return a reason that counts from the anchor."""
        return reason(code, *args, self.anchor_from, self.anchor)


class Impossible(ValueError):
    """The fields name no day of the calendar (`2月30日`)."""
