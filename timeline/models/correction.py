"""What editors decided. The machine reads this and never writes it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from timeline.models.claim import Claim
from timeline.models.event import Event


def in_force() -> models.Q:
    """Return the condition of corrections that stand: neither undone nor waiting for a second editor."""
    return models.Q(undone_at=None, waits=False)


class Correction(models.Model):
    """An editor's decision about one thing of one event; it stands above every claim until it is undone.

    `field` names what is decided, and the newest decision of a field stands:

    - `dates` (value: {"start", "end", "granularity"}, with a "modifier" as in `When` where there is one), `status`,
      `type` (one of the other kind changes the kind, too), `participants` (value: list of codes), `place` (value: a
      code, or ""): locked;
    - `accepted` (value: those five as they stood): read rightly, and nothing is locked;
    - `rejected` (true): not an event; `note`: why it matters (text); `importance`: 1 to 3;
    - `merged` (true): the same as the event `other`, to which its id leads;
    - `split` (true): some of its claims tell of another event, whose id is that of `other`.

    What it is about are the claims that it names (`NamedClaim`), not the rows of events: `event` and `other` are the
    ids under which the editor saw them.
    `basis`: what the machine said when it was decided; what it says anew since then is a proposal. With two pairs
    of eyes a decision `waits` until somebody else approves it. `identity` is the same in every database into which a
    decision is brought.
    """

    class Field(models.TextChoices):
        DATES = "dates", _("dates")
        STATUS = "status", _("status")
        TYPE = "type", _("type")
        PARTICIPANTS = "participants", _("participants")
        PLACE = "place", _("place")
        REJECTED = "rejected", _("not an event")
        ACCEPTED = "accepted", _("read correctly")
        NOTE = "note", _("why it matters")
        IMPORTANCE = "importance", _("importance")
        MERGED = "merged", _("merged into")
        SPLIT = "split", _("split")

    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.PROTECT, related_name="corrections", verbose_name=_("event"))
    field = models.CharField(_("field"), max_length=16, choices=Field.choices)
    value = models.JSONField(_("value"))
    basis = models.JSONField(_("machine value at that time"), null=True, blank=True)
    other = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("the other event")
    )
    reason = models.TextField(_("reason"), blank=True)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections", verbose_name=_("editor")
    )
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    waits = models.BooleanField(_("awaiting a second editor"), default=False, db_index=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    history = HistoricalRecords(
        excluded_fields=["identity", "event", "field", "value", "basis", "other", "editor", "made_at"],
        history_change_reason_field=models.TextField(null=True),
    )

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["-made_at", "-id"], name="correction_made")]
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        permissions = [
            ("approve_correction", "Can approve the corrections of others"),
            ("undo_any_correction", "Can undo the corrections of others"),
            ("await_approval", "Decisions wait for a second editor"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.get_field_display()}"

    @property
    def in_force(self) -> bool:
        return self.undone_at is None and not self.waits


class NamedClaim(models.Model):
    """A claim that a decision names, as it was when it was decided; docs/curation.md says how it is found again.

    `side`: whether it is about the event that was decided about or of the `other` one; what stands `beside` it in its
    article, of the same sentence or the same key, is named so that it is not taken for it.
    `article` and `words` are digests: of the article's address (its first 16 digits where that is all that is known)
    and of the sentence. `at`: where in the sentence its trigger stands. A claim whose `key` is empty is known by its
    sentence alone. `claim`: the one that was found for it when its key was last resolved, for lists and filters.
    """

    class Side(models.TextChoices):
        EVENT = "event", _("event")
        OTHER = "other", _("the other event")
        BESIDE = "beside", _("beside it")

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="named", verbose_name=_("correction"))
    side = models.CharField(max_length=8, choices=Side.choices)
    article = models.CharField(max_length=64, db_index=True)
    words = models.CharField(max_length=16)
    key = models.CharField(max_length=160, blank=True, db_index=True)
    type = models.CharField(max_length=16, blank=True)
    stage = models.CharField(max_length=12, blank=True)
    place = models.CharField(max_length=32, blank=True)
    participants = models.JSONField(default=list, blank=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    at = models.IntegerField(null=True)
    claim = models.ForeignKey(Claim, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["correction", "pk"]
        verbose_name = _("named report")
        verbose_name_plural = _("named reports")

    def __str__(self) -> str:
        return f"{self.correction_id} {self.side} {self.article[:8]}"
