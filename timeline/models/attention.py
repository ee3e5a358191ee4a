"""What needs a person, and how far the lists of it have followed the events."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from timeline.models.claim import Claim
from timeline.models.event import Event


class Reason(models.TextChoices):
    """Why something needs a person. `lapsed` depends on the day and is asked for, never stored."""

    WAITS = "waits", _("awaiting a second editor")
    PROPOSAL = "proposal", _("the machine now says something else")
    CONTRADICTION = "contradiction", _("sources contradict each other")
    LAPSED = "lapsed", _("date passed, unconfirmed")
    MOVED = "moved", _("date moved, not reviewed yet")
    MERGE = "merge", _("may be the same as another event")
    DOUBTFUL = "doubtful", _("doubtful reading")
    BLOC = "bloc", _("a bloc's first event")
    ASSIGNED = "assigned", _("assigned")
    PUT_OFF = "put_off", _("newest reports say postponed or cancelled")
    REPORTED = "reported", _("reported by a reader")
    OFFICE = "office", _("a vote that this country does not hold")


class Attention(models.Model):
    """An event, or a doubtful claim that stands in no event, and why it needs a person.

    Made from events and claims by `editors.attention`, and can be made anew. `reasons`: what is open now (maybe
    nothing: then it has no marks). `settled`: by reason, what an editor had before him when he last decided;
    `decision` is the newest decision that was seen. `day` and `weight` are those of the event.
    """

    event = models.OneToOneField(Event, models.CASCADE, null=True, related_name="attention", verbose_name=_("event"))
    claim = models.OneToOneField(Claim, models.CASCADE, null=True, related_name="attention", verbose_name=_("claim"))
    reasons: models.JSONField[list[str], list[str]] = models.JSONField(_("reasons"), default=list)
    unsure = models.PositiveSmallIntegerField(default=0)
    weight = models.PositiveSmallIntegerField(default=0)
    day = models.DateField(_("ordering day"))
    settled: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    decision = models.BigIntegerField(default=0)
    noticed_at = models.DateTimeField(_("noticed at"), auto_now=True)

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("Inbox")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(event=None, claim__isnull=False) | models.Q(event__isnull=False, claim=None),
                name="attention_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id or self.claim_id}: {', '.join(self.reasons)}"


class AttentionMark(models.Model):
    """By what an open row can be found: `all`, `reason:moved`, `kind:election`, `type:summit`, `actor:GB`.

    `for:7` is what is assigned to the user 7.
    """

    attention = models.ForeignKey(Attention, models.CASCADE, related_name="marks")
    mark = models.CharField(max_length=48)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attention", "mark"], name="attention_mark_once")]
        indexes = [models.Index(fields=["mark", "day", "attention"], name="attention_mark")]

    def __str__(self) -> str:
        return self.mark


class Followed(models.Model):
    """How far a follower has come: behind `moment` and, of the same moment, behind `place`."""

    name = models.CharField(max_length=32, primary_key=True)
    moment = models.DateTimeField()
    place = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.moment}"


class InboxView(models.Model):
    """A query of the inbox that an editor keeps under a name."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox_views")
    name = models.CharField(_("name"), max_length=80)
    query = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="inbox_view_once")]

    def __str__(self) -> str:
        return self.name
