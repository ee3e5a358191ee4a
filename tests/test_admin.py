"""The admin: useful lists at a constant price, decisions through curation, and nothing for those without permission."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rows import article, claim, event
from test_pipeline import CAST, read_all

from timeline.models import Article, Correction, Event

pytestmark = pytest.mark.django_db
MODELS = ["source", "article", "articleversion", "claim", "event", "correction", "actor", "membership", "eventbelief"]


@pytest.fixture
def chief(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    return client


def reader(*permissions: str) -> Client:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def fill(first: int, last: int) -> None:
    for n in range(first, last):
        text = f"英国将于{n}日举行大选。"
        claim(event(f"e{n:03}", ["GB"], "2024-07-04"), article(text), text)


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_search_opens(chief: Client, model: str) -> None:
    fill(1, 3)
    assert chief.get(f"/admin/timeline/{model}/").status_code == 200
    assert chief.get(f"/admin/timeline/{model}/?q=英国").status_code == 200


@pytest.mark.parametrize("model", ["article", "claim", "event", "eventbelief"])
def test_a_list_asks_as_much_for_fifty_rows_as_for_five(chief: Client, model: str) -> None:
    def queries(ask: Callable[[str], object]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            ask(f"/admin/timeline/{model}/")
        return len(context)

    fill(1, 6)
    few = queries(chief.get)
    fill(6, 51)
    assert queries(chief.get) == few


def test_pages_of_rows_open_and_hold_no_form_for_what_the_machine_wrote(chief: Client) -> None:
    fill(1, 2)
    page = chief.get("/admin/timeline/event/e001/change/")
    assert page.status_code == 200 and "英国将于1日举行大选" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    assert chief.get(f"/admin/timeline/article/{Article.objects.get().pk}/change/").status_code == 200
    assert chief.post("/admin/timeline/event/add/").status_code == 403


def test_a_correction_made_in_the_admin_locks_the_field(chief: Client) -> None:
    read_all(CAST[:1])
    vote = Event.objects.get()
    data = {"event": vote.pk, "field": "status", "value": '"cancelled"', "reason": "called off"}
    assert chief.post("/admin/timeline/correction/add/", data).status_code == 302
    vote.refresh_from_db()
    made = Correction.objects.get()
    assert (vote.status, made.editor.username, made.reason) == ("cancelled", "chief", "called off")
    chief.post("/admin/timeline/correction/", {"action": "undo", "_selected_action": [made.pk]})
    vote.refresh_from_db()
    assert vote.status == "scheduled"


def test_a_wrong_value_is_told_and_nothing_is_stored(chief: Client) -> None:
    read_all(CAST[:1])
    data = {"event": Event.objects.get().pk, "field": "status", "value": '"maybe"', "reason": ""}
    page = chief.post("/admin/timeline/correction/add/", data)
    assert page.status_code == 200 and "cancelled" in page.content.decode()
    assert not Correction.objects.exists()


def test_read_again_sets_articles_back(chief: Client, broker: object) -> None:
    read_all(CAST[:1])
    article_id = Article.objects.get().pk
    chief.post("/admin/timeline/article/", {"action": "read_again", "_selected_action": [article_id]})
    assert Article.objects.get().state == Article.State.NEW


def test_a_reader_sees_and_changes_nothing(client: Client) -> None:
    read_all(CAST[:1])
    vote = Event.objects.get()
    onlooker = reader("view_event", "view_correction")
    assert onlooker.get("/admin/timeline/event/").status_code == 200
    assert onlooker.get("/admin/timeline/article/").status_code == 403
    data = {"event": vote.pk, "field": "status", "value": '"cancelled"', "reason": ""}
    assert onlooker.post("/admin/timeline/correction/add/", data).status_code == 403
    onlooker.post("/admin/timeline/event/", {"action": "reject", "_selected_action": [vote.pk]})
    assert not Correction.objects.exists()
    assert client.get("/admin/timeline/event/").status_code == 302


def test_corrections_are_never_deleted(chief: Client) -> None:
    read_all(CAST[:1])
    data = {"event": Event.objects.get().pk, "field": "status", "value": '"cancelled"', "reason": ""}
    chief.post("/admin/timeline/correction/add/", data)
    made = Correction.objects.get()
    assert chief.post(f"/admin/timeline/correction/{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Correction.objects.count() == 1
