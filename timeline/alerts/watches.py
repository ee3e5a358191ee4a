"""What readers enter for an alert, checked and stored; and the confirmation of addresses that are not their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import available_timezones

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import get_language, gettext

from timeline.alerts import mail
from timeline.alerts.matching import filter_of
from timeline.alerts.webhook import checked_url
from timeline.models import Delivery, Event, Watch
from timeline.query.changes import last_change
from timeline.query.parser import FilterError
from timeline.query.values import CONTROL

MAX_WATCHES = 100  # of one reader
MAX_NAME_CHARS = 120
MAX_TARGET_CHARS = 500


class WatchError(ValueError):
    """What was entered makes no alert: `problems` holds what is wrong, by field, for the reader."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


@dataclass(slots=True)
class WatchInput:
    """An alert as it is entered. `event`: the id of the watched event, "" where the filter `query` is watched."""

    name: str = ""
    query: str = ""
    event: str = ""
    channel: str = Watch.Channel.EMAIL
    target: str = ""
    pace: str = Watch.Pace.AT_ONCE
    zone: str = "UTC"
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, posted: Mapping[str, str]) -> WatchInput:
        """Take the fields from a form; single blanks, none at the ends."""
        fields = ("name", "query", "event", "channel", "target", "pace", "zone")
        found = cls()
        for name in fields:
            if value := " ".join(posted.get(name, "").split()):
                setattr(found, name, value)
        return found


def channels() -> list[str]:
    """Return the channels that this newsdesk can use."""
    return [c for c in Watch.Channel.values if c != Watch.Channel.EMAIL or settings.CAN_MAIL]


def create(user: User, given: WatchInput) -> Watch:
    """Store an alert; one to an address that is not the reader's own waits until that is confirmed.

    Raises WatchError.
    """
    problems = _problems(given)
    if Watch.objects.filter(user=user).count() >= MAX_WATCHES:
        text = gettext("You already have %(count)s alerts; delete one first.")
        problems["name"] = text % {"count": MAX_WATCHES}
    event = Event.objects.filter(pk=given.event, retracted=False, merged_into=None).first() if given.event else None
    if given.event and event is None:
        problems["event"] = gettext("This event is not on the calendar any more.")
    if problems:
        raise WatchError(problems)
    own = given.channel == Watch.Channel.WEBHOOK or given.target.casefold() == user.email.casefold()
    watch = Watch.objects.create(
        user=user,
        name=given.name,
        query="" if event else filter_of(given.query).to_query(),
        event=event,
        channel=given.channel,
        target=given.target,
        pace=given.pace,
        language=get_language() or settings.LANGUAGE_CODE,
        zone=given.zone,
        since=last_change(),
        paused="" if own else Watch.Paused.UNCONFIRMED,
    )
    return watch


def _problems(given: WatchInput) -> dict[str, str]:
    found: dict[str, str] = {}
    if not given.name or len(given.name) > MAX_NAME_CHARS or CONTROL.search(given.name):
        found["name"] = gettext("Enter a name of at most %(count)s characters.") % {"count": MAX_NAME_CHARS}
    if given.channel not in channels():
        found["channel"] = gettext("This newsdesk cannot send that way.")
    elif problem := _problem_of_target(given):
        found["target"] = problem
    if given.pace not in Watch.Pace.values:
        found["pace"] = gettext("Choose how often.")
    if given.zone not in available_timezones():
        found["zone"] = gettext("Choose a time zone of the list.")
    try:
        filter_of(given.query)
    except FilterError as error:
        found["query"] = gettext("The filter is not valid: %(why)s") % {"why": error}
    return found


def _problem_of_target(given: WatchInput) -> str:
    if len(given.target) > MAX_TARGET_CHARS:
        return gettext("At most %(count)s characters.") % {"count": MAX_TARGET_CHARS}
    if given.channel == Watch.Channel.EMAIL:
        try:
            validate_email(given.target)
        except ValidationError:
            return gettext("Enter an e-mail address, such as name@example.org.")
        return ""
    try:
        checked_url(given.target)
    except (ValueError, httpx.InvalidURL):
        return gettext("Enter an address that begins with https:// or http://, without a password.")
    return ""


def ask_to_confirm(watch: Watch) -> str:
    """Send the e-mail that asks to confirm the address of a watch; return why it failed, "" where it was sent."""
    return mail.send_confirmation(watch).error


def confirm(token: str) -> Watch | None:
    """Start the watch of a token of `mail.send_confirmation`; None for one that is not valid any more."""
    watch = mail.watch_of(token, mail.CONFIRM, mail.CONFIRM_SECONDS)
    if watch is not None and watch.paused == Watch.Paused.UNCONFIRMED:
        watch.paused, watch.since = "", last_change()
        watch.save(update_fields=["paused", "since"])
    return watch


def stop(token: str) -> Watch | None:
    """Pause the watch of the link in an e-mail; None where it was deleted."""
    watch = mail.watch_of(token, mail.STOP)
    if watch is not None:
        pause(watch)
    return watch


def pause(watch: Watch) -> None:
    """Tell nothing any more; what still waits to be sent is dropped."""
    Watch.objects.filter(pk=watch.pk).exclude(paused=Watch.Paused.UNCONFIRMED).update(paused=Watch.Paused.BY_READER)
    Delivery.objects.filter(watch=watch, sent_at=None).delete()


def request_test(watch: Watch, now: datetime | None = None) -> Delivery:
    """Order a message without changes, to be sent now."""
    return Delivery.objects.create(watch=watch, due=now or timezone.now(), test=True)
