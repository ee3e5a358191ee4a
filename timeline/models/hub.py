"""WebSub: the hubs that announce what is new in a feed."""

from __future__ import annotations

from django.db import models

from timeline.models.feed import Feed


class HubSubscription(models.Model):
    """A subscription to a feed's hub. It is renewed before `lease_until`; `next_at`: when the hub is asked again.

    `token` is part of the address that the hub calls, and `secret` the key with which it signs: nobody else knows them.
    """

    class State(models.TextChoices):
        WANTED = "wanted"
        REQUESTED = "requested"
        ACTIVE = "active"
        DENIED = "denied"

    feed = models.OneToOneField(Feed, models.CASCADE, related_name="subscription")
    hub = models.CharField(max_length=2000)
    topic = models.CharField(max_length=2000)
    token = models.CharField(max_length=43, unique=True, editable=False)
    secret = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WANTED)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, db_index=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.feed_id}: {self.hub}"
