"""What one article says."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.article import Article
from timeline.models.dated import Dated, Kind, Stage, Type
from timeline.models.event import Event


class Claim(Dated):
    """One article says that something happened, or will, on these days. Rewritten when it is read again.

    `reported` is the article's anchor date: the day on which this was said. `key` is the lock under
    which claims of possibly the same event are resolved (see `timeline.resolution.resolve.key_of`).
    `reprint_of`: the first claim of the event in (nearly) the same words; it counts once for all of them.
    `reasons`: the steps from the words to the days, [[code, [argument, …]], …]. `doubts`: codes of what the reading
    itself found uncertain; an event needs a claim without any, or three newsrooms. `probability`: that the text says
    so, 0 to 1, null where rules decided.
    `reader`: who read it: "" the embedded reader, `second` a language model, `both`.
    `participants`: actor codes. `mentions`: [[start, end, code], …] offsets into the article's text.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="claims", verbose_name=_("article"))
    event = models.ForeignKey(
        Event, models.SET_NULL, null=True, blank=True, related_name="claims", verbose_name=_("event")
    )
    reprint_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reprints", verbose_name=_("reprint of")
    )
    key = models.CharField(_("key"), max_length=160, db_index=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, blank=True)
    place = models.CharField(_("place"), max_length=32, blank=True)
    participants = models.JSONField(_("participants"), default=list)
    reported = models.DateField(_("reported on"), db_index=True)
    evidence = models.TextField(_("evidence"))
    evidence_start = models.PositiveIntegerField()
    evidence_end = models.PositiveIntegerField()
    expressions = models.JSONField(_("date expressions"), default=list)
    trigger = models.JSONField(_("trigger"), default=list)
    mentions = models.JSONField(_("mentions"), default=list)
    said_by = models.CharField(_("said by"), max_length=120, blank=True)
    reasons = models.JSONField(_("why this date"), default=list, db_default=[], blank=True)
    doubts = models.JSONField(_("doubts"), default=list, blank=True)
    reader = models.CharField(_("read by"), max_length=8, blank=True, default="", db_default="", editable=False)
    probability = models.FloatField(_("probability"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-reported", "-id"]
        indexes = [models.Index(fields=["start", "end"], name="claim_days")]
        verbose_name = _("claim")
        verbose_name_plural = _("claims")

    def __str__(self) -> str:
        return self.evidence[:80]


class Contradiction(models.Model):
    """Two newsrooms gave disjoint days for one event within the same week. Recomputed with the event."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="contradictions", verbose_name=_("event"))
    first = models.ForeignKey(Claim, models.CASCADE, related_name="+", verbose_name=_("one report"))
    second = models.ForeignKey(Claim, models.CASCADE, related_name="+", verbose_name=_("the other report"))

    class Meta:
        ordering = ["event", "pk"]
        verbose_name = _("contradiction")
        verbose_name_plural = _("contradictions")

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"
