"""What readers report as wrong about an event, without an account."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.correction import Correction
from timeline.models.event import Event


class ErrorReport(models.Model):
    """A reader says what is wrong about an event; it is open until an editor settles it or decides about the event.

    `contact`: where the reader may be asked back, in the reader's own words, "" for nowhere. `language`: of the page.
    `settled_with`: the decision that settled it, if any; undone, it opens the report again.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="error_reports", verbose_name=_("event"))
    text = models.CharField(_("what is wrong"), max_length=2000)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    settled_with = models.ForeignKey(
        Correction, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("error report")
        verbose_name_plural = _("error reports")
        indexes = [models.Index(fields=["event", "settled_at"], name="error_report_open")]

    def __str__(self) -> str:
        return self.text[:80]
