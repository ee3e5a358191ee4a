"""What editors decided. The machine reads this and never writes it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.event import Event


class Correction(models.Model):
    """An editor's decision about one field of one event; it stands above every claim until undone.

    `field` names what is locked: `dates` (value: {"start", "end", "granularity"}), `status`, `type`,
    `participants` (value: list of codes) or `rejected` (value: true, not an event).
    """

    class Field(models.TextChoices):
        DATES = "dates", _("dates")
        STATUS = "status", _("status")
        TYPE = "type", _("type")
        PARTICIPANTS = "participants", _("participants")
        REJECTED = "rejected", _("not an event")

    event = models.ForeignKey(Event, models.PROTECT, related_name="corrections", verbose_name=_("event"))
    field = models.CharField(_("field"), max_length=16, choices=Field.choices)
    value = models.JSONField(_("value"))
    reason = models.TextField(_("reason"), blank=True)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections", verbose_name=_("editor")
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")

    def __str__(self) -> str:
        return f"{self.event_id} {self.field}"
