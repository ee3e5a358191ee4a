"""Send deliveries; the outbox says which and keeps what came of each."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.conf import settings
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone, translation

from timeline.alerts import mail, outbox, webhook
from timeline.alerts.message import Message, message_of
from timeline.alerts.webhook import Outcome
from timeline.models import Delivery, Watch


def deliver(ids: Iterable[int], seconds: float) -> dict[str, int]:
    """Send what is still due of these deliveries and return how many were sent and how many failed.

    After `seconds` the rest is left for another task. All e-mails go over one connection.
    """
    counted, end = {"sent": 0, "failed": 0}, time.monotonic() + seconds
    with _Mailer() as mailer:
        for pk in ids:
            if time.monotonic() > end:
                break
            delivery = outbox.claim(pk, timezone.now())
            if delivery is None:
                continue
            with translation.override(delivery.watch.language):
                outcome = _send(delivery, mailer)
            if outcome.error:
                outbox.failed(delivery, outcome.error, timezone.now(), for_good=outcome.for_good)
            else:
                outbox.sent(delivery, timezone.now())
            counted["failed" if outcome.error else "sent"] += 1
    return counted


class _Mailer:
    """A connection to the mail server that is opened with the first e-mail."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None

    def send(self, message: Message) -> Outcome:
        if not settings.CAN_MAIL:
            return Outcome("This newsdesk has no mail server (NEWSDESK_MAIL_URL).")
        try:
            if self._connection is None:
                self._connection = django_mail.get_connection()
                self._connection.open()
        except OSError as error:  # SMTPException is one
            self._connection = None
            return Outcome(f"The mail server cannot be reached: {error}")
        outcome = mail.send(message, self._connection)
        if outcome.error:
            self.close()  # its state is unknown
        return outcome

    def close(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            except OSError:
                pass
        self._connection = None

    def __enter__(self) -> _Mailer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _send(delivery: Delivery, mailer: _Mailer) -> Outcome:
    message = message_of(delivery)
    if delivery.watch.channel == Watch.Channel.EMAIL:
        return mailer.send(message)
    return webhook.send(message, timezone.now(), settings.WEBHOOK_REACH)
