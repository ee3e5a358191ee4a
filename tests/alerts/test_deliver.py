"""What is told arrives: at a mail server and at a receiver of webhooks, signed, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from tests.support import alert_servers, alerts, rows
from tests.support.alert_servers import Mailbox, Webhook
from timeline.alerts import outbox
from timeline.alerts.webhook import shown_secret
from timeline.fetching.reach import Reach
from timeline.models import Delivery, Event, Watch

pytestmark = pytest.mark.django_db

LOOPBACK = Reach(also=(ip_network("127.0.0.0/8"),), public=False)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with alert_servers.mail_server() as box:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", box.port
        settings.CAN_MAIL, settings.SITE_URL = True, "https://news.example.org"
        yield box


@pytest.fixture
def hook(settings: Any) -> Iterator[Webhook]:
    settings.WEBHOOK_REACH = LOOPBACK
    with alert_servers.webhook() as receiver:
        yield receiver


@pytest.fixture
def japan() -> Event:
    event = rows.event("japan1", ["JP"], "2024-11-03")
    article = rows.article("日本将于11月3日举行大选。", on="2024-08-30")
    claim = rows.claim(event, article, "日本将于11月3日举行大选。")
    event.beliefs.update(claim=claim)
    return event


def watching(hook: Webhook, **more: Any) -> Watch:
    return alerts.watch(channel="webhook", target=hook.url, **more)


def test_an_email_says_what_moved_from_when_to_when_and_why(mailbox: Mailbox, japan: Event) -> None:
    alerts.watch(query="country=JP")
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 1, "failed": 0}
    ((to, mail),) = mailbox.mails
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert (to, mail["Subject"]) == ("lin@example.org", "Japan: general election: date moved")
    for words in ("27 October 2024", "3 November 2024", "日本将于11月3日举行大选。", "Newsroom one"):
        assert words in text and words in html
    assert "https://news.example.org/events/japan1/" in text
    assert mail["Message-ID"].strip().startswith(f"<{Delivery.objects.get().id_of_message}@")


def test_an_email_speaks_the_language_of_its_reader(mailbox: Mailbox, japan: Event) -> None:
    alerts.watch(query="country=JP", language="zh-hant")
    alerts.moved(japan, "JP")
    alerts.send_all()
    assert "日本" in mailbox.mails[0][1]["Subject"]
    assert "2024年10月27日" in mailbox.mails[0][1].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_email_is_stopped_by_one_click_of_a_mail_program(mailbox: Mailbox, japan: Event) -> None:
    mine = alerts.watch(query="country=JP")
    alerts.moved(japan, "JP")
    alerts.send_all()
    mail = mailbox.mails[0][1]
    path = mail["List-Unsubscribe"].strip(" <>").removeprefix("https://news.example.org")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    strict = Client(enforce_csrf_checks=True)
    assert strict.get(path).status_code == 200
    mine.refresh_from_db()
    assert mine.paused == ""  # a scanner that opens the link stops nothing
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 0}
    assert len(mailbox.mails) == 1


def test_an_address_that_does_not_exist_pauses_its_alert_and_delays_no_other(mailbox: Mailbox, japan: Event) -> None:
    mailbox.refused.add("nobody@example.org")
    wrong, right = alerts.watch(target="nobody@example.org"), alerts.watch()
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 1, "failed": 1}
    wrong.refresh_from_db()
    assert (wrong.paused, [to for to, _ in mailbox.mails]) == ("failing", [right.target])


def test_while_the_mail_server_is_away_mails_wait(mailbox: Mailbox, japan: Event, settings: Any) -> None:
    alerts.watch()
    alerts.moved(japan, "JP")
    settings.EMAIL_PORT = 1  # nobody listens there
    assert alerts.send_all() == {"sent": 0, "failed": 1}
    assert "cannot be reached" in Delivery.objects.get().error
    settings.EMAIL_PORT = mailbox.port
    assert alerts.send_all() == {"sent": 0, "failed": 0}  # it is not due again yet
    Delivery.objects.update(due=timezone.now())
    assert alerts.send_all() == {"sent": 1, "failed": 0}
    assert Delivery.objects.get().error == ""


def test_a_webhook_gets_the_changes_signed_as_the_specification_says(hook: Webhook, japan: Event) -> None:
    mine = watching(hook, query="country=JP")
    change = alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 1, "failed": 0}
    (got,) = hook.received
    verified = Verifier(shown_secret(mine.secret)).verify(got.body, got.headers)
    assert verified["type"] == "events.changed"
    (told,) = verified["data"]["changes"]
    assert (told["id"], told["what"], told["event"]) == (change.pk, "moved", "japan1")
    assert (told["before"]["start"], told["after"]["start"]) == ("2024-10-27", "2024-11-03")
    assert told["evidence"]["text"] == "日本将于11月3日举行大选。"


@pytest.mark.parametrize(("status", "paused"), [(500, ""), (404, ""), (410, "failing")])
def test_a_webhook_that_refuses_is_asked_again_and_one_that_is_gone_is_not(
    status: int, paused: str, hook: Webhook, japan: Event
) -> None:
    hook.status = status
    mine = watching(hook)
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 1}
    mine.refresh_from_db()
    assert mine.paused == paused
    hook.status = 200
    Delivery.objects.update(due=timezone.now())
    assert alerts.send_all()["sent"] == (0 if paused else 1)
    ids = {got.headers["webhook-id"] for got in hook.received}
    assert len(ids) == 1  # by which the receiver knows that it is the same


def test_a_webhook_is_not_followed_elsewhere(hook: Webhook, japan: Event) -> None:
    hook.status, hook.location = 302, hook.url.replace("/hook", "/other")
    watching(hook)
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 1}
    assert [got.path for got in hook.received] == ["/hook"]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/",
        "http://10.0.0.1/",
        "http://[::1]:8000/",
        "http://localhost:8000/",
    ],
)
def test_a_webhook_never_reaches_what_is_not_public(target: str, japan: Event) -> None:
    alerts.watch(channel="webhook", target=target)
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 1}
    assert "leads to" in Delivery.objects.get().error


def test_a_slow_webhook_is_given_up(hook: Webhook, japan: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timeline.alerts.webhook.SECONDS", 0.2)
    hook.delay = 1.5
    watching(hook)
    alerts.moved(japan, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 1}


def test_of_many_changes_a_message_tells_the_first_and_the_number(hook: Webhook, japan: Event) -> None:
    watching(hook)
    for _ in range(60):
        alerts.moved(japan, "JP")
    alerts.send_all()
    (got,) = hook.received
    assert (len(got.json["data"]["changes"]), got.json["data"]["more"]) == (50, 10)


def test_many_watchers_are_told_once_each(hook: Webhook, japan: Event) -> None:
    korea = rows.event("korea1", ["KR"], "2024-11-03")
    for n in range(30):
        watching(hook, query="country=JP" if n % 2 else "country=KR", name=f"watch {n}")
    for n in range(10):
        alerts.moved(japan if n % 2 else korea, "JP" if n % 2 else "KR")
    alerts.send_all()
    told = [(got.json["data"]["alert"], c["id"]) for got in hook.received for c in got.json["data"]["changes"]]
    assert len(told) == len(set(told)) == 30 * 5
    assert outbox.due_deliveries(timezone.now(), 10) == []
