"""The header's account: who is signed in, the inbox, the way out; and that nobody sees another reader's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support import rows
from tests.support.inbox import editor, move
from timeline.curation.inbox import signals

pytestmark = pytest.mark.django_db


def header(client: Client, path: str = "/") -> str:
    page = client.get(path).content.decode()
    return page[page.index("<header") : page.index("</header>")]


def client_of(user: User | None) -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    if user:
        client.force_login(user)
    return client


def test_a_visitor_is_offered_to_sign_in_and_comes_back_where_he_was() -> None:
    shown = header(client_of(None), "/desk/?as_of=2024-05-01")
    assert 'href="/login/?next=%2Fdesk%2F%3Fas_of%3D2024-05-01"' in shown
    assert "Sign out" not in shown and "Inbox" not in shown


def test_an_editor_sees_the_inbox_with_its_count_and_the_way_out() -> None:
    move(rows.event("e1", ["GB"], "2031-05-01"))
    signals.update_events(["e1"])
    shown = header(client_of(editor("mei")))
    assert "mei" in shown and 'action="/logout/"' in shown and "/admin/timeline/attention/" in shown
    assert '<span class="count">1</span>' in shown
    assert "Inbox" not in header(client_of(User.objects.create_user("reader")))


def test_links_to_the_review_are_for_those_who_may_decide_only() -> None:
    rows.event("e1", ["GB"], "2031-05-01")
    path = "/?from=2031-01-01&to=2031-12-31"
    reader, staff = User.objects.create_user("reader"), User.objects.create_user("staff", is_staff=True)
    for other in (None, reader, staff):
        assert "data-review" not in client_of(other).get(path).content.decode()
        assert "data-review" not in client_of(other).get("/events/e1/").content.decode()
    answer = client_of(editor()).get("/events/e1/")
    assert b"data-review" in answer.content and answer["Cache-Control"].startswith("private")


def test_what_an_editor_was_shown_reaches_no_visitor_through_the_cache() -> None:
    rows.event("e1", ["GB"], "2031-05-01")
    visitor = client_of(None)
    before = visitor.get("/events/e1/")
    assert before["Cache-Control"].startswith("public")
    assert b"mei" in client_of(editor("mei")).get("/events/e1/").content
    after = visitor.get("/events/e1/")
    assert b"mei" not in after.content and b"data-review" not in after.content
    assert after["ETag"] == before["ETag"]
    assert b"mei" not in client_of(editor("other")).get("/events/e1/").content


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_the_way_back_stays_on_this_site(back: str) -> None:
    row = rows.event("e1", ["GB"], "2031-05-01")
    client = client_of(editor())
    answer = client.post(f"/admin/timeline/attention/event/{row.pk}/?back={back}", {"action": "later"})
    assert answer.status_code == 302 and answer["Location"].startswith("/admin/timeline/attention/")
