"""What a language model answered about an article, and which articles it is still to read."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.article import Article


class ReaderReliability(models.Model):
    """How often editors accepted what a reader told of a kind of events, when it was last counted.

    `reader`: "" the embedded reader, "second" the model alone, "both". What decides is `share`.
    """

    PRIOR, PRIOR_SHARE = 10, 0.8  # decisions that are assumed before any was made

    reader = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=10)
    accepted = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "kind"], name="reader_reliability_once")]

    def __str__(self) -> str:
        return f"{self.reader or 'newsdesk'} {self.kind}: {self.accepted}/{self.judged}"

    @property
    def share(self) -> float:
        return (self.accepted + self.PRIOR * self.PRIOR_SHARE) / (self.judged + self.PRIOR)


class SecondReading(models.Model):
    """One article's reading by a language model. The answer is checked against the text whenever it is used.

    `digest`: SHA-256 of the title and text that were read; another version of the article makes the answer void.
    `due`: when it is asked next while it is waiting. `leased_until`: until then a worker asks. `error`: why the last
    attempt failed. `dropped`: codes of `timeline.extraction.second.answers.Dropped`. `tokens_in`, `tokens_out`: as the
    server counted them, summed over the attempts.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting for the model")
        READ = "read", _("read by the model")
        FAILED = "failed", _("not read: the model did not answer")

    class Reason(models.TextChoices):
        UNSURE = "unsure", _("the embedded reader is unsure")
        DIFFERS = "differs", _("newsrooms differ")
        NOTHING = "nothing", _("has dates and names, and no claim")
        SAMPLE = "sample", _("drawn at random, to measure")
        ASKED = "asked", _("asked for by a person")

    article = models.OneToOneField(Article, models.CASCADE, related_name="second_reading", verbose_name=_("article"))
    digest = models.CharField(max_length=64, db_index=True, editable=False)
    reason = models.CharField(_("why"), max_length=8, choices=Reason.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    model = models.CharField(_("model"), max_length=120, blank=True)
    prompt = models.CharField(_("version of the prompt"), max_length=16, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    dropped = models.JSONField(_("not believed"), default=list, blank=True)
    proposed = models.JSONField(_("proposed"), default=list, blank=True)
    tokens_in = models.PositiveIntegerField(_("tokens asked"), default=0)
    tokens_out = models.PositiveIntegerField(_("tokens answered"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due = models.DateTimeField(_("due"))
    # The column is called as an older version calls it that runs beside this one during an upgrade.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False, db_column="asking_until")
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True, db_index=True)
    error = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due", "id"], condition=models.Q(state="waiting"), name="second_reading_waiting"),
        ]
        verbose_name = _("second reading")
        verbose_name_plural = _("second readings")

    def __str__(self) -> str:
        return f"{self.article_id} {self.state}"
