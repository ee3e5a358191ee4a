"""The columns that say when something is, shared by claims, events and beliefs."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


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


LONGEST = {Precision.DAY: 1, Precision.WEEK: 7, Precision.MONTH: 31, Precision.QUARTER: 92, Precision.YEAR: 366}


def precision_of(start: date | None, end: date | None) -> Precision:
    """Return the class of an interval (both ends inclusive, None is open)."""
    if start is None or end is None:
        return Precision.OPEN
    days = (end - start).days + 1
    return next((p for p, longest in LONGEST.items() if days <= longest), Precision.LONGER)


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


class Dated(models.Model):
    """Days (`start`, `end`, both inclusive, null open), their grain, and how sure they are.

    `alternatives` keeps the spans of which the interval is the hull: [[start, end], …] in ISO 8601.
    """

    start = models.DateField(_("first day"), null=True, blank=True)
    end = models.DateField(_("last day"), null=True, blank=True)
    granularity = models.CharField(_("precision"), max_length=12, default="day")
    modifier = models.CharField(_("modifier"), max_length=8, blank=True)
    extent = models.CharField(_("extent"), max_length=10, choices=Extent.choices, default=Extent.WITHIN)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    alternatives = models.JSONField(_("alternatives"), default=list, blank=True)

    class Meta:
        abstract = True
