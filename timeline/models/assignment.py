"""What editors ask of one another: who should look at an item of the inbox, and what they say about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.claim import Claim
from timeline.models.event import Event


class OfItem(models.Model):
    """What belongs to an item of the inbox: an event, or a doubtful claim (also once it is part of an event).

    A claim that is read again in other words goes; `words` keep what it said.
    """

    event = models.ForeignKey(Event, models.CASCADE, null=True, related_name="+", verbose_name=_("event"))
    claim = models.ForeignKey(Claim, models.SET_NULL, null=True, related_name="+", verbose_name=_("claim"))
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class Assignment(OfItem):
    """An item that somebody is asked to look at; `second`: as a second pair of eyes, after `by` decided.

    It is done when that person decides about the item, or says so.
    """

    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments", verbose_name=_("assigned to")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("assigned by"))
    second = models.BooleanField(_("second pair of eyes"), default=False)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["to", "done_at"], name="assignment_open")]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")

    def __str__(self) -> str:
        return f"{self.event or self.words}: {self.to}"


class Comment(OfItem):
    """What an editor says to the others about an item. Never shown to readers."""

    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("editor"))
    text = models.TextField(_("comment"))
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return self.text[:80]
