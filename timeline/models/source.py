"""Where articles come from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

SAMPLE_PREFIX = "sample-"  # of the slugs of the invented newsrooms of `samples/`


class Source(models.Model):
    """A newsroom. Its zone turns a timestamp into the day that relative dates count from."""

    class Trust(models.TextChoices):
        FULL = "full", _("trusted alone")
        CAREFUL = "careful", _("needs confirmation")

    class NumericOrder(models.TextChoices):
        DAY_MONTH_YEAR = "dmy", _("day, month, year")
        MONTH_DAY_YEAR = "mdy", _("month, day, year")
        YEAR_MONTH_DAY = "ymd", _("year, month, day")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        help_text=_("The day of an article is the day there."),
    )
    language = models.CharField(_("language"), max_length=16, blank=True)
    numeric_order = models.CharField(
        _("order of dates in figures"),
        max_length=3,
        choices=NumericOrder.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "How this newsroom writes 5/6/2024; left empty, as its language usually does. Applies to new articles; "
            "run `manage.py reread` for the rest."
        ),
    )
    trust = models.CharField(
        _("trust"),
        max_length=8,
        choices=Trust.choices,
        default=Trust.FULL,
        help_text=_(
            "Reports that need confirmation are not shown until another newsroom says the same "
            "plainly, or three newsrooms agree. Applies to new articles; run `manage.py reread` for "
            "the rest."
        ),
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    # Since then its articles are tombstones, and new ones are refused.
    removed = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name

    @property
    def is_sample(self) -> bool:
        """Whether it is an invented newsroom of the sample articles."""
        return self.slug.startswith(SAMPLE_PREFIX)

    @classmethod
    def samples(cls) -> models.QuerySet[Source]:
        """Return the invented newsrooms of the sample articles that are not removed."""
        return cls.objects.filter(slug__startswith=SAMPLE_PREFIX, removed=None).order_by("slug")
