"""Sentences that a translation service translated, so that none is asked for twice."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Translation(models.Model):
    """One sentence in another language. `digest`: SHA-256 of both languages and the sentence; it may be deleted."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField(_("text"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")

    def __str__(self) -> str:
        return self.text[:80]
