"""The columns that say when something is, shared by claims, events and beliefs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.extraction.when import LONGEST as LONGEST_DAYS
from timeline.extraction.when import When, day_of, spans_of


class Kind(models.TextChoices):
    """The two kinds of events."""

    ELECTION = "election", _("election")
    ALLIANCE = "alliance", _("alliance")


class Type(models.TextChoices):
    """What kind of election or step of an alliance an event is."""

    PRESIDENTIAL = "presidential", _("presidential election")
    LEGISLATIVE = "legislative", _("legislative election")
    GENERAL = "general", _("general election")
    LOCAL = "local", _("local elections")
    SUPRANATIONAL = "supranational", _("supranational election")
    REFERENDUM = "referendum", _("referendum")
    LEADERSHIP = "leadership", _("party leadership election")
    BY_ELECTION = "by_election", _("by-election")
    ACCESSION = "accession", _("accession")
    WITHDRAWAL = "withdrawal", _("withdrawal")
    AGREEMENT = "agreement", _("agreement")
    SUMMIT = "summit", _("summit")
    MEETING = "meeting", _("meeting")
    EXERCISE = "exercise", _("joint exercise")


ELECTION_TYPES = frozenset(
    (
        Type.PRESIDENTIAL,
        Type.LEGISLATIVE,
        Type.GENERAL,
        Type.LOCAL,
        Type.SUPRANATIONAL,
        Type.REFERENDUM,
        Type.LEADERSHIP,
        Type.BY_ELECTION,
    )
)


def kind_of(type: str) -> str:
    """Return the kind of an event of a type: `election` or `alliance`."""
    return Kind.ELECTION.value if type in ELECTION_TYPES else Kind.ALLIANCE.value


class Stage(models.TextChoices):
    """Which part of an election an event is: the vote itself, or something around it."""

    VOTE = "vote", _("vote")
    RUNOFF = "runoff", _("runoff")
    CALL = "call", _("call")
    RESULT = "result", _("result")
    POSTPONEMENT = "postponement", _("postponement")


class Status(models.TextChoices):
    """How sure it is that an event takes place, or what became of it."""

    SCHEDULED = "scheduled", _("scheduled")
    EXPECTED = "expected", _("expected")
    CONDITIONAL = "conditional", _("conditional")
    OCCURRED = "occurred", _("occurred")
    POSTPONED = "postponed", _("postponed")
    CANCELLED = "cancelled", _("cancelled")


class Extent(models.TextChoices):
    """Whether an event takes place on some day within its days, or lasts throughout."""

    WITHIN = "within", _("exact day not known")
    THROUGHOUT = "throughout", _("whole period")


class Precision(models.TextChoices):
    """How narrow an interval is: the first of these that holds it; `open` lacks an end."""

    DAY = "day", _("one day")
    WEEK = "week", _("up to a week")
    MONTH = "month", _("up to a month")
    QUARTER = "quarter", _("up to a quarter")
    YEAR = "year", _("up to a year")
    LONGER = "longer", _("longer than a year")
    OPEN = "open", _("open")


LONGEST = {Precision(name): days for name, days in LONGEST_DAYS.items()}


def precision_of(start: date | None, end: date | None) -> Precision:
    """Return the class of an interval (both ends inclusive, None is open)."""
    return Precision(When(start, end).precision)


class Reach(models.IntegerChoices):
    """How far before and behind an event's `day` a window may lie that it meets."""

    MONTH = 0, "a month behind"
    YEAR = 1, "a year behind"
    LONGER = 2, "more than a year behind"
    NO_END = 3, "without end behind"
    NO_START = 4, "without end before"


SPAN = {Reach.MONTH: LONGEST[Precision.MONTH] - 1, Reach.YEAR: LONGEST[Precision.YEAR] - 1}  # days behind


def reach_of(start: date | None, end: date | None) -> Reach:
    """Return the reach of an interval: both ends inclusive, None open; at least one is given."""
    if start is None:
        return Reach.NO_START
    if end is None:
        return Reach.NO_END
    return next((reach for reach, days in SPAN.items() if (end - start).days <= days), Reach.LONGER)


# The columns of a `When`, in the order of its fields; `by_law` follows them where a model has it.
WHEN_COLUMNS = ("start", "end", "granularity", "modifier", "extent", "alternatives")


def when_of_columns(*columns: Any) -> When:
    """Return the value of the columns WHEN_COLUMNS, given in their order, and of `by_law` where it follows."""
    start, end, grain, modifier, extent, alternatives, *by_law = columns
    spans = tuple((day_of(first), day_of(last)) for first, last in alternatives) if alternatives else ()
    return When(start, end, grain, modifier, extent, spans, any(by_law))


def when_in(row: Any) -> When:
    """Return the value of a row that has the columns as attributes, and `by_law` too."""
    return when_of_columns(*(getattr(row, name) for name in (*WHEN_COLUMNS, "by_law")))


def columns_of(when: When) -> dict[str, Any]:
    """Return the columns of a value by name, without `by_law`, which not every model has."""
    values = (when.start, when.end, when.grain, when.modifier, when.extent, spans_of(when))
    return dict(zip(WHEN_COLUMNS, values, strict=True))


class Dated(models.Model):
    """Days (`start`, `end`, both inclusive, null open), their grain, and how sure they are.

    `alternatives` keeps the spans of which the interval is the hull: [[start, end], …] in ISO 8601.
    Code reads and sets them together, as `when`.
    """

    start = models.DateField(_("first day"), null=True, blank=True)
    end = models.DateField(_("last day"), null=True, blank=True)
    granularity = models.CharField(_("precision"), max_length=12, default="day")
    modifier = models.CharField(_("modifier"), max_length=8, blank=True)
    extent = models.CharField(_("extent"), max_length=10, choices=Extent.choices, default=Extent.WITHIN)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    alternatives = models.JSONField(_("alternatives"), default=list, blank=True)
    by_law: Any = False  # a column of those that are computed from claims

    class Meta:
        abstract = True

    @property
    def when(self) -> When:
        return when_in(self)

    @when.setter
    def when(self, value: When) -> None:
        for name, column in (columns_of(value) | {"by_law": value.by_law}).items():
            setattr(self, name, column)
