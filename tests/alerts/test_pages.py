"""The pages of alerts: each reader sees only his own, and nothing is sent to an address that did not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.support import alert_servers, alerts, rows
from tests.support.alert_servers import Mailbox
from timeline.alerts import watches
from timeline.models import Delivery, Watch
from timeline.pipeline import actors

pytestmark = pytest.mark.django_db

HOOK = {"name": "Japan", "query": "country=JP", "channel": "webhook", "target": "https://hooks.example.org/a"}


@pytest.fixture(autouse=True)
def known() -> None:
    actors.names_of(["JP", "KR", "TG", "eu"])


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with alert_servers.mail_server() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.CAN_MAIL = "127.0.0.1", box.port, True
        settings.SITE_URL = "http://testserver"
        yield box


def client(name: str = "lin") -> Client:
    found = Client(headers={"accept-language": "en"})
    found.force_login(alerts.reader(name, f"{name}@example.org"))
    return found


def text(response: Any) -> str:
    assert response.status_code in (200, 400), response.status_code
    return " ".join(HTMLParser(response.content.decode()).body.text(separator=" ").split())  # type: ignore[union-attr]


def test_from_an_event_to_an_alert() -> None:
    rows.event("japan1", ["JP"], "2024-10-27")
    lin = client()
    page = HTMLParser(lin.get("/events/japan1/").content.decode())
    (link,) = [a.attributes["href"] for a in page.css("a") if "/alerts/new/" in (a.attributes["href"] or "")]
    form = HTMLParser(lin.get(link or "").content.decode())
    fields = {i.attributes["name"]: i.attributes.get("value") for i in form.css("form.sign-in input[name]")}
    assert (fields["name"], fields["event"]) == ("Japan: general election", "japan1")
    posted = HOOK | {"event": "japan1", "query": "", "name": fields["name"]}
    assert lin.post("/alerts/new/", posted)["Location"] == "/alerts/"
    watch = Watch.objects.get()
    assert (watch.event_id, watch.query, watch.paused, watch.language) == ("japan1", "", "", "en")
    assert "one event · webhook: https://hooks.example.org/a · at once" in text(lin.get("/alerts/"))


def test_an_event_that_is_gone_cannot_be_watched() -> None:
    rows.event("japan1", ["JP"], "2024-10-27", retracted=True)
    assert client().get("/alerts/new/?event=japan1").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "a" * 121}, "at most 120"),
        ({"target": "ftp://example.org"}, "begins with https"),
        ({"target": "https://me:secret@example.org"}, "without a password"),
        ({"target": "https://" + "a" * 600}, "At most 500"),
        ({"channel": "pigeon"}, "cannot send that way"),
        ({"channel": "email"}, "cannot send that way"),  # there is no mail server
        ({"pace": "hourly"}, "Choose how often"),
        ({"zone": "Mars/Base"}, "Choose a time zone"),
        ({"query": "contry=JP"}, "The filter is not valid"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(wrong: dict[str, str], said: str) -> None:
    response = client().post("/alerts/new/", HOOK | wrong)
    assert response.status_code == 400
    assert said in text(response)
    assert not Watch.objects.exists()
    kept = HTMLParser(response.content.decode()).css_first('input[name="name"]')
    assert kept is not None and kept.attributes["value"] == (HOOK | wrong)["name"]


def test_nobody_sees_or_changes_the_alerts_of_another_reader() -> None:
    client().post("/alerts/new/", HOOK)
    pk, other = Watch.objects.get().pk, client("wang")
    assert "Japan" not in text(other.get("/alerts/"))
    for act in ("pause", "resume", "test", "delete"):
        assert other.post(f"/alerts/{pk}/{act}/").status_code == 404
        assert Client().post(f"/alerts/{pk}/{act}/")["Location"].startswith("/login/")
        assert client().get(f"/alerts/{pk}/{act}/").status_code == 405
    assert Watch.objects.get().paused == "" and not Delivery.objects.exists()


def test_a_strangers_address_gets_nothing_until_it_is_confirmed(mailbox: Mailbox) -> None:
    event = rows.event("japan1", ["JP"], "2024-10-27")
    lin = client()
    lin.post("/alerts/new/", HOOK | {"channel": "email", "target": "desk@example.net"})
    alerts.moved(event, "JP")
    assert alerts.send_all() == {"sent": 0, "failed": 0}
    ((to, mail),) = mailbox.mails
    body = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = next(word for word in body.split() if word.startswith("http://testserver/alerts/confirm/"))
    assert to == "desk@example.net"
    path = link.removeprefix("http://testserver")
    assert Client().get(path).status_code == 200
    assert Watch.objects.get().paused == "unconfirmed"
    assert Client().post(path).status_code == 200
    alerts.moved(event, "JP")
    assert alerts.send_all() == {"sent": 1, "failed": 0}
    assert len(mailbox.mails) == 2


def test_ones_own_address_needs_no_confirmation(mailbox: Mailbox) -> None:
    client().post("/alerts/new/", HOOK | {"channel": "email", "target": "Lin@example.org"})
    assert Watch.objects.get().paused == ""
    assert mailbox.mails == []


@pytest.mark.parametrize("path", ["/alerts/stop/nonsense/", "/alerts/confirm/1:abc:def/"])
def test_a_forged_link_does_nothing(path: str) -> None:
    alerts.watch()
    assert Client().post(path).status_code == 404
    assert Watch.objects.get().paused == ""


def test_a_test_says_whether_it_arrived(mailbox: Mailbox) -> None:
    lin = client()
    lin.post("/alerts/new/", HOOK | {"channel": "email", "target": "lin@example.org"})
    pk = Watch.objects.get().pk
    lin.post(f"/alerts/{pk}/test/")
    assert "Test · due" in text(lin.get("/alerts/"))
    alerts.send_all()
    assert "Test · sent" in text(lin.get("/alerts/"))
    assert mailbox.mails[0][1]["Subject"] == "Test of “Japan”"


def test_tests_are_few() -> None:
    lin = client()
    lin.post("/alerts/new/", HOOK)
    pk = Watch.objects.get().pk
    for _ in range(8):
        lin.post(f"/alerts/{pk}/test/")
    assert Delivery.objects.count() == 5


def test_paused_nothing_is_told_and_resumed_only_what_comes_after() -> None:
    event = rows.event("japan1", ["JP"], "2024-10-27")
    lin = client()
    lin.post("/alerts/new/", HOOK)
    watch = Watch.objects.get()
    lin.post(f"/alerts/{watch.pk}/pause/")
    alerts.moved(event, "JP")
    alerts.collect_all()
    lin.post(f"/alerts/{watch.pk}/resume/")
    later = alerts.moved(event, "JP")
    alerts.collect_all()
    assert list(watch.delivered.values_list("change", flat=True)) == [later.pk]


def test_a_deleted_alert_can_be_restored() -> None:
    lin = client()
    lin.post("/alerts/new/", HOOK)
    before = Watch.objects.get()
    lin.post(f"/alerts/{before.pk}/delete/")
    assert "“Japan” was deleted." in text(lin.get("/alerts/"))
    lin.post("/alerts/restore/")
    after = Watch.objects.get()
    assert (after.name, after.query, after.secret) == (before.name, before.query, before.secret)
    lin.post("/alerts/restore/")
    assert Watch.objects.count() == 1


def test_a_reader_has_a_limited_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "MAX_WATCHES", 1)
    lin = client()
    lin.post("/alerts/new/", HOOK)
    assert "You already have 1 alerts" in text(lin.post("/alerts/new/", HOOK))
