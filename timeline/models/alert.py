"""Who wants to be told of changes, and what was told: the outbox of e-mails and webhooks."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from timeline.models.change import Change
from timeline.models.event import Event

SECRET_BYTES = 24  # of a webhook; the Standard Webhooks specification wants 24 to 64


def new_secret() -> str:
    """Return a random secret, in URL-safe base64."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_message_id() -> str:
    """Return a random id of 32 characters."""
    return secrets.token_hex(16)


class Watch(models.Model):
    """A reader's wish to be told of every change of an event, or of the events of a filter.

    `event`: the one watched; without it the events of `query` are, a canonical query string without `?` ("": all).
    `target`: an e-mail address or the URL of a webhook. `secret` signs what a webhook is sent. `since`: the id of the
    newest change when the watch began; only later ones are told. `paused`: why nothing is told now, "" where it is.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("webhook")

    class Pace(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        DAILY = "daily", _("daily digest")
        WEEKLY = "weekly", _("weekly digest, on Monday")

    class Paused(models.TextChoices):
        BY_READER = "reader", _("paused by you")
        UNCONFIRMED = "unconfirmed", _("waiting until the address is confirmed")
        FAILING = "failing", _("paused: what was sent did not arrive")
        FILTER = "filter", _("paused: the filter is not valid any more")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches", verbose_name=_("reader"))
    name = models.CharField(_("name"), max_length=120)
    query = models.TextField(_("query"), blank=True)
    event = models.ForeignKey(
        Event, models.CASCADE, null=True, blank=True, related_name="watches", verbose_name=_("event")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    target = models.CharField(_("address"), max_length=500)
    pace = models.CharField(_("how often"), max_length=8, choices=Pace.choices, default=Pace.AT_ONCE)
    language = models.CharField(_("language"), max_length=10)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    since = models.BigIntegerField(default=0, editable=False)
    paused = models.CharField(_("paused"), max_length=12, choices=Paused.choices, blank=True)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One e-mail or one request to a webhook, with the changes that it tells: a row of the outbox.

    It is waiting from `due` on until it is sent. `sending_until`: until then a worker has it. After too many
    `attempts` its watch is paused, and it waits for the reader. `error`: why the last attempt failed. `test`: sent
    by a reader's request, without any change.
    """

    watch = models.ForeignKey(Watch, models.CASCADE, related_name="deliveries", verbose_name=_("alert"))
    id_of_message = models.CharField(_("ID"), max_length=40, unique=True, default=new_message_id, editable=False)
    changes: models.ManyToManyField[Change, DeliveredChange] = models.ManyToManyField(Change, through="DeliveredChange")
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    due = models.DateTimeField(_("due"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sending_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("why it failed"), max_length=300, blank=True)
    test = models.BooleanField(_("test"), default=False)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due", "id"], condition=Q(sent_at=None), name="delivery_waiting"),
            models.Index(fields=["watch", "id"], condition=Q(sent_at=None), name="delivery_in_order"),
            models.Index(fields=["sent_at"], name="delivery_sent"),
        ]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return self.id_of_message


class DeliveredChange(models.Model):
    """A change that a watch was sent, with its delivery. Each is sent once: the database holds to it."""

    watch = models.ForeignKey(Watch, models.CASCADE, related_name="delivered")
    change = models.ForeignKey(Change, models.CASCADE, related_name="+")
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="delivered")

    class Meta:
        db_table = "timeline_toldchange"  # as an older version calls it that runs beside this one during an upgrade
        constraints = [models.UniqueConstraint(fields=["watch", "change"], name="change_told_once")]

    def __str__(self) -> str:
        return f"{self.watch_id} {self.change_id}"
