"""What all claims together say, and what was believed when."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from timeline.models.actor import Actor
from timeline.models.dated import Dated, Kind, Precision, Stage, Type
from timeline.models.source import Source

LIVE = ("retracted", "merged_into")  # neither


class Event(Dated):
    """One event as believed now. Its id never dies: a merged one redirects by `merged_into`.

    `by_law`: the claims give a window, and a law the one day in it.
    `id` is made from the key and the earliest claim, so it does not depend on the order of reading.
    `day` orders events: the first day, or the last one where the start is open. A `retracted` event
    has no claim any more and was merged into none.
    `precision` is the class of the interval's length, and `reach` how far from its `day` a window
    may lie that it meets: so windows are found by that day alone. `weight` says how much a mark is worth:
    independent sources, above them what an editor decided about (`curated`), then its `importance` (0 to 3).
    `note`: why it matters, in an editor's words. `proposals`: of the fields that an editor locked those of which the
    machine says something else since then, as in `Correction.value`. `revision` rises whenever days or status change.
    """

    id = models.CharField(_("ID"), max_length=16, primary_key=True)
    key = models.CharField(_("key"), max_length=160, db_index=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, blank=True)
    place = models.ForeignKey(Actor, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place"))
    day = models.DateField(_("ordering day"))
    believed_since = models.DateField(_("current since"))
    first_reported = models.DateField(_("first reported on"))
    claim_count = models.PositiveIntegerField(_("claims"), default=0)
    source_count = models.PositiveIntegerField(_("independent sources"), default=0)
    actors = models.ManyToManyField(
        Actor, through="EventParticipant", related_name="events", verbose_name=_("participants")
    )
    by_law = models.BooleanField(_("day by law"), default=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    retracted = models.BooleanField(_("retracted"), default=False)
    precision = models.CharField(_("length"), max_length=8, choices=Precision.choices, default=Precision.DAY)
    reach = models.PositiveSmallIntegerField(default=0, editable=False)
    curated = models.BooleanField(_("decided by an editor"), default=False)
    weight = models.PositiveSmallIntegerField(default=0, editable=False)
    note = models.TextField(_("why it matters"), blank=True)
    importance = models.PositiveSmallIntegerField(_("importance"), default=0)
    proposals: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        _("machine value now"), default=dict, blank=True
    )
    revision = models.PositiveIntegerField(_("revision"), default=0)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        ordering = ["day", "id"]
        indexes = [
            models.Index(fields=["day", "id"], name="event_keyset"),
            # all that is counted, so that counting reads no row
            models.Index(
                fields=["reach", "day", "id", "end", "kind", "type", "status", "precision", "curated", *LIVE],
                name="event_window",
            ),
            models.Index(fields=["-weight", "day", "id", "end", "reach", "kind", *LIVE], name="event_weight"),
            models.Index(fields=["-believed_since", "id"], name="event_believed"),
            models.Index(fields=["-first_reported", "id"], name="event_reported"),
            models.Index(fields=["end"], name="event_end"),
            models.Index(fields=["changed_at", "id"], name="event_changed"),
        ]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        who = " · ".join(one.actor.name for one in self.participants.all()) if self.pk else ""
        days = self.start if self.start == self.end else f"{self.start or '…'} – {self.end or '…'}"
        words = f"{self.get_type_display()}, {days}"
        return f"{who}: {words}" if who else words

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.pk])


class OfEvent(models.Model):
    """What belongs to a live event, with its kind and days copied beside it so that one index answers."""

    kind = models.CharField(max_length=8, choices=Kind.choices)
    day = models.DateField()
    end = models.DateField(null=True)
    reach = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


class EventParticipant(OfEvent):
    """Who takes part. `position` keeps the order in which the evidence names them."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="participants", verbose_name=_("event"))
    actor = models.ForeignKey(Actor, models.PROTECT, related_name="participations", verbose_name=_("actor"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["event", "position"]
        constraints = [models.UniqueConstraint(fields=["event", "actor"], name="participant_once")]
        indexes = [
            models.Index(fields=["actor", "reach", "day", "event", "end", "kind"], name="participant_window"),
            models.Index(fields=["reach", "day", "end", "actor", "kind"], name="participant_facet"),
        ]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")

    def __str__(self) -> str:
        return self.actor_id


class EventSource(OfEvent):
    """A newsroom that speaks of the event in words of its own."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="event_sources", verbose_name=_("event"))
    source = models.ForeignKey(Source, models.CASCADE, related_name="+", verbose_name=_("source"))

    class Meta:
        ordering = ["event", "source"]
        constraints = [models.UniqueConstraint(fields=["event", "source"], name="source_once")]
        indexes = [
            models.Index(fields=["source", "reach", "day", "event", "end", "kind"], name="source_window"),
            models.Index(fields=["reach", "day", "end", "source", "kind"], name="source_facet"),
        ]
        verbose_name = _("source of an event")
        verbose_name_plural = _("sources of an event")

    def __str__(self) -> str:
        return f"{self.event_id} {self.source_id}"


class EventBelief(Dated):
    """From `since` (inclusive) to `until` (exclusive, null = still) this was believed of the event."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="beliefs", verbose_name=_("event"))
    since = models.DateField(_("current since"))
    until = models.DateField(_("current until"), null=True, blank=True)
    claim = models.ForeignKey(
        "timeline.Claim", models.SET_NULL, null=True, related_name="decided", verbose_name=_("decisive report")
    )
    change = models.CharField(_("change"), max_length=12)
    by_law = models.BooleanField(_("day by law"), default=False)

    class Meta:
        ordering = ["event", "since"]
        constraints = [models.UniqueConstraint(fields=["event", "since"], name="belief_once")]
        indexes = [
            models.Index(fields=["since", "until"], name="belief_known"),
            models.Index(fields=["change", "-since", "event"], name="belief_change"),
            models.Index(fields=["start"], name="belief_start"),
            models.Index(fields=["end"], name="belief_end"),
        ]
        verbose_name = _("accepted date")
        verbose_name_plural = _("date history")

    def __str__(self) -> str:
        return f"{self.since}: {self.start or ''}/{self.end or ''} {self.status}"
