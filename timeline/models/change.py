"""What happened to events, in order: a log that only grows, for those who follow without loss."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.event import Event


class Change(models.Model):
    """One change of one event, as newsdesk stored it.

    Ids rise in the order in which changes can be seen: who has read up to an id misses nothing before it. `before` and
    `after` hold start, end, granularity, modifier, extent, status, type and participants ({}: not on the calendar);
    they are equal where all that changed is that the sources contradict each other now.
    """

    class What(models.TextChoices):
        ADDED = "added", _("added")
        MOVED = "moved", _("date moved")
        CANCELLED = "cancelled", _("cancelled")
        STATUS = "status", _("status changed")
        REVISED = "revised", _("type or participants changed")
        MERGED = "merged", _("merged")
        RETRACTED = "retracted", _("retracted")
        RESTORED = "restored", _("restored")
        CONTRADICTED = "contradicted", _("sources contradict each other")

    event = models.ForeignKey(Event, models.CASCADE, related_name="changes", verbose_name=_("event"))
    what = models.CharField(_("what"), max_length=12, choices=What.choices)
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    before: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("before"), default=dict)
    after: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("after"), default=dict)
    merged_into = models.ForeignKey(
        Event, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("change of an event")
        verbose_name_plural = _("changes of events")

    def __str__(self) -> str:
        return f"{self.event}: {self.get_what_display()}"
