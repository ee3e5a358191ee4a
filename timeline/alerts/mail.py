"""Send a delivery by e-mail, as text and as HTML, and let its reader stop it with one click."""

from __future__ import annotations

from email.utils import formatdate
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from timeline.alerts.message import Message, absolute
from timeline.alerts.webhook import Outcome
from timeline.models import Watch

STOP, CONFIRM = "timeline.alerts.stop", "timeline.alerts.confirm"  # what a signed token is for
CONFIRM_SECONDS = 7 * 24 * 3600
PERMANENT = 500  # SMTP answers from here on will be the same next time


def send(message: Message, connection: BaseEmailBackend) -> Outcome:
    """Send one e-mail over an open connection. Never raises on what the server does."""
    stop = absolute(reverse("alert-stop", args=[token_of(message.watch, STOP)]))
    context = {"message": message, "stop": stop}
    mail = _mail(message.watch.target, message.subject, "message", context, connection)
    mail.extra_headers |= {
        "Message-ID": f"<{message.delivery.id_of_message}@{_host()}>",
        "Date": formatdate(message.delivery.made_at.timestamp()),
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    return _sent(mail)


def send_confirmation(watch: Watch, connection: BaseEmailBackend | None = None) -> Outcome:
    """Ask the owner of an address whether the alerts are wanted; the link holds for CONFIRM_SECONDS."""
    link = absolute(reverse("alert-confirm", args=[token_of(watch, CONFIRM)]))
    subject = gettext("Confirm your alert “%(name)s”") % {"name": watch.name}
    return _sent(_mail(watch.target, subject, "confirm", {"watch": watch, "link": link}, connection))


def token_of(watch: Watch, purpose: str) -> str:
    """Return a signed token for one watch and purpose; another address of the watch makes it void."""
    return signing.dumps([watch.pk, watch.target], salt=purpose)


def watch_of(token: str, purpose: str, seconds: int | None = None) -> Watch | None:
    """Return the watch of a token; None for one that is forged, void or older than `seconds`."""
    try:
        pk, target = signing.loads(token, salt=purpose, max_age=seconds)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Watch.objects.filter(pk=pk, target=target).first()


def _mail(
    to: str, subject: str, template: str, context: dict[str, object], connection: BaseEmailBackend | None
) -> EmailMultiAlternatives:
    text = render_to_string(f"mail/{template}.txt", context)
    one_line = " ".join(subject.split())
    mail = EmailMultiAlternatives(one_line, text, settings.DEFAULT_FROM_EMAIL, [to], connection=connection)
    mail.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return mail


def _sent(mail: EmailMultiAlternatives) -> Outcome:
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Outcome(f"The mail server refuses the address ({codes}).", for_good=min(codes) >= PERMANENT)
    except SMTPSenderRefused as error:
        return Outcome(f"The mail server refuses the sender ({error.smtp_code}).")
    except (SMTPException, OSError) as error:
        return Outcome(f"The mail server does not take it: {str(error) or type(error).__name__}")
    return Outcome()


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"
