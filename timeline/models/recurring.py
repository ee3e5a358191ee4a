"""What recurs at the ends of the articles of a source, and which lines were seen once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.source import Source


class RecurringLine(models.Model):
    """A line that stands at an end of two or more articles of a source, and what was counted of it.

    The counts are those of `timeline.extraction.recurring`. `decision` is an editor's and stands above them. The texts
    as received keep the line in any case.
    """

    class Decision(models.TextChoices):
        COUNTED = "", _("as counted")
        KEEP = "keep", _("always kept")
        LEAVE_OUT = "out", _("always left out")

    source = models.ForeignKey(Source, models.CASCADE, related_name="recurring_lines", verbose_name=_("source"))
    digest = models.CharField(max_length=32, editable=False)
    line = models.CharField(_("line"), max_length=400)
    articles = models.PositiveIntegerField(_("articles"))
    elsewhere = models.PositiveIntegerField(_("amid others"), default=0)
    days = models.BigIntegerField(editable=False)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    decision = models.CharField(_("decision"), max_length=4, choices=Decision.choices, default="", blank=True)

    class Meta:
        ordering = ["source", "-articles", "pk"]
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="recurring_line_once")]
        verbose_name = _("recurring line")
        verbose_name_plural = _("recurring lines")

    def __str__(self) -> str:
        return self.line[:80]


class LineSketch(models.Model):
    """Which lines were seen at the ends of a source's articles, as two Bloom filters of a bounded size.

    A line that `bits` or `before` has (or, rarely, seems to have) is counted from then on; once `bits` is full, it
    becomes `before`.
    """

    source = models.OneToOneField(Source, models.CASCADE, related_name="line_sketch")
    bits = models.BinaryField()
    before = models.BinaryField()
    lines = models.PositiveIntegerField(default=0)  # in `bits`

    def __str__(self) -> str:
        return f"{self.source_id}: {self.lines}"
