"""Lists of feeds are added by command and in the administration, and given out again."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from kombu.exceptions import OperationalError

from tests.support.feed_server import Server, item, rss, server
from tests.support.polling import feed, loopback
from timeline.fetching.outlines import parse_list
from timeline.ingest import poll as polling
from timeline.models import Feed, Source

__all__ = ["loopback", "server"]
pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
PAGE = "/admin/timeline/feed/add-list/"


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    return client


def test_a_list_is_added_by_command_and_what_fails_is_named(server: Server, tmp_path: Path, broker: object) -> None:
    one, two = server.serve("/one", rss(item(1))), server.serve("/two", rss(item(2)))
    file = tmp_path / "feeds.txt"
    file.write_text(f"{one}\n{two}\n{server.url}/nothing\nftp://x/y\n")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="could not be added"):
        call_command("add_sources", str(file), stdout=out, stderr=err)
    assert sorted(Feed.objects.values_list("url", flat=True)) == [one, two]
    assert "2 feeds added, 0 known before, 2 not added" in out.getvalue()
    assert "/nothing" in err.getvalue() and "ftp://x/y" in err.getvalue()
    file.write_text(f"{one}\n{two}\n")
    call_command("add_sources", str(file), stdout=out)
    assert "0 feeds added, 2 known before" in out.getvalue() and Feed.objects.count() == 2


def test_a_look_at_a_list_adds_nothing(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "feeds.txt"
    file.write_text(server.serve("/one", rss(item(1))))
    out = StringIO()
    call_command("add_sources", str(file), "--look", stdout=out)
    assert "1 entries" in out.getvalue() and not Feed.objects.exists()


def test_without_a_queue_the_feeds_are_due_at_once(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(claims: object) -> None:
        raise OperationalError("no queue")

    monkeypatch.setattr("timeline.tasks.send_polls", refuse)
    file = tmp_path / "feeds.txt"
    file.write_text(server.serve("/one", rss(item(1))))
    call_command("add_sources", str(file), stdout=StringIO(), stderr=StringIO())
    assert [pk for pk, _ in polling.claim_due()] == [Feed.objects.get().pk]


def test_all_feeds_are_given_as_opml() -> None:
    feed("https://one.example/feed", title="一 & 二")
    out = StringIO()
    call_command("opml", stdout=out)
    (listed,) = parse_list(out.getvalue().encode()).feeds
    assert (listed.url, listed.title) == ("https://one.example/feed", "一 & 二")


def test_an_editor_adds_a_list_and_exports_it(chief: Client, broker: object) -> None:
    assert chief.get(PAGE).status_code == 200
    text = "https://www.rfi.fr/cn/rss\nhttps://one.example/feed\nnot an address at all\n"
    shown = chief.post(PAGE, {"addresses": text}, follow=True, headers=ENGLISH).content.decode()
    assert "2 feeds are being looked at" in shown and "Left out" in shown
    assert Source.objects.get(slug="rfi").zone == "Europe/Paris"
    again = chief.post(PAGE, {"addresses": text}, follow=True, headers=ENGLISH).content.decode()
    assert "2 feeds were there before" in again and Feed.objects.count() == 2
    chosen = {"action": "export_opml", "_selected_action": list(Feed.objects.values_list("pk", flat=True))}
    answer = chief.post("/admin/timeline/feed/", chosen)
    assert "attachment" in answer["Content-Disposition"]
    assert len(parse_list(answer.content).feeds) == 2


@pytest.mark.parametrize("sent", [{}, {"addresses": "# nothing"}, {"addresses": "<opml></opml>"}])
def test_a_list_that_cannot_be_read_says_why(chief: Client, sent: dict[str, str]) -> None:
    answer = chief.post(PAGE, sent)
    assert answer.status_code == 200 and "errorlist" in answer.content.decode() and not Feed.objects.exists()


def test_who_may_not_add_feeds_adds_no_list(client: Client) -> None:
    client.force_login(User.objects.create_user("reader", is_staff=True))
    assert client.post(PAGE, {"addresses": "https://one.example/feed"}).status_code == 403
