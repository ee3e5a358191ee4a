"""What the hub of a feed does (WebSub), in words."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from timeline.models import Feed, HubSubscription

State = HubSubscription.State


def hub_words(feed: Feed) -> str:
    """Return whether a hub announces what is new in a feed, until when, when it last did, and what went wrong."""
    row: HubSubscription | None = getattr(feed, "subscription", None)
    if row is None:
        return _("none declared") if settings.PUBLIC_URL else _("off: NEWSDESK_URL is not set")
    parts = [_state(row), _("hub: %(hub)s") % {"hub": row.hub}]
    if row.announced_at is not None:
        parts.append(_("last announcement %(when)s") % {"when": _moment(row.announced_at)})
    if row.failure:
        parts.append(_("last failure: %(reason)s") % {"reason": row.failure})
    if row.next_at is not None:
        parts.append(_("next request %(when)s") % {"when": _moment(row.next_at)})
    return " · ".join(parts)


def _state(row: HubSubscription) -> str:
    if row.state == State.ACTIVE and row.lease_until is not None:
        if row.lease_until <= timezone.now():
            return _("subscription ended %(when)s") % {"when": _moment(row.lease_until)}
        return _("subscribed until %(when)s") % {"when": _moment(row.lease_until)}
    return {
        State.WANTED: _("to be requested"),
        State.REQUESTED: _("requested, not confirmed yet"),
        State.DENIED: _("denied by the hub"),
    }.get(State(row.state), _("to be requested"))


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
