"""The admin: useful lists at a constant price, decisions through curation, and nothing for those without permission."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.articles import CAST, read_all
from tests.support.rows import article, claim, event
from timeline.admin import lists
from timeline.admin.events import EventAdmin
from timeline.models import Article, ArticleVersion, Change, Claim, Correction, Event

pytestmark = pytest.mark.django_db
MODELS = "source article articleversion claim event correction actor membership eventbelief eventparticipant change"


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


@pytest.mark.parametrize("model", MODELS.split())
def test_every_list_and_search_opens(chief: Client, model: str) -> None:
    fill(1, 3)
    assert chief.get(f"/admin/timeline/{model}/").status_code == 200
    assert chief.get(f"/admin/timeline/{model}/?q=英国").status_code == 200


QUERIES = {  # of each list: the reader, his session, the count, the rows, what stands beside them, and who takes part
    "article": 7,
    "articleversion": 6,
    "claim": 8,
    "event": 8,
    "eventbelief": 8,
    "eventparticipant": 8,
    "change": 8,
    "correction": 9,
}


def test_a_list_asks_as_much_for_fifty_rows_as_for_five(chief: Client) -> None:
    most = {f"{model}/": n for model, n in QUERIES.items()}
    most |= {f"{model}/?q=英国": n + 5 for model, n in QUERIES.items()}

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert chief.get(f"/admin/timeline/{path}").status_code == 200
        return len(context)

    def grow(first: int, last: int) -> None:
        fill(first, last)
        for row in Event.objects.filter(pk__gte=f"e{first:03}"):
            Correction.objects.create(event=row, field="note", value="英国", reason="英国", editor=User.objects.get())
            Change.objects.create(event=row, what="added")
        for one in Article.objects.filter(versions=None):
            ArticleVersion.objects.create(article=one, version=1, title="英国", published=one.published)

    grow(1, 6)
    few = {path: queries(path) for path in most}
    grow(6, 51)
    assert {path: queries(path) for path in most} == few
    assert {path: n for path, n in few.items() if n > most[path]} == {}


@pytest.mark.parametrize("model", QUERIES)
def test_no_list_counts_all_rows_or_looks_for_values_in_them(chief: Client, model: str) -> None:
    fill(1, 3)
    for query in ("", "?q=英国", "?p=1&o=-1"):
        with CaptureQueriesContext(connection) as context:
            chief.get(f"/admin/timeline/{model}/{query}")
        for asked in context.captured_queries:
            sql = asked["sql"]
            assert "DISTINCT" not in sql, sql
            assert "COUNT(" not in sql or "LIMIT" in sql, sql


def test_pages_of_rows_open_and_have_no_form_for_computed_rows(chief: Client) -> None:
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


def test_a_wrong_value_is_reported_and_nothing_is_stored(chief: Client) -> None:
    read_all(CAST[:1])
    data = {"event": Event.objects.get().pk, "field": "status", "value": '"maybe"', "reason": ""}
    page = chief.post("/admin/timeline/correction/add/", data)
    assert page.status_code == 200 and "cancelled" in page.content.decode()
    assert not Correction.objects.exists()


# --- reading again ------------------------------------------------------------------------------


def test_read_again_shows_first_what_would_change_and_then_sets_articles_back(chief: Client, broker: object) -> None:
    read_all(CAST[:1])
    article_id = Article.objects.get().pk
    Claim.objects.update(start="2024-08-01", status="occurred")
    page = chief.post("/admin/timeline/article/", {"action": "read_again", "_selected_action": [article_id]})
    said = page.content.decode()
    assert page.status_code == 200 and "United Kingdom" in said and page.context["counts"]["changed"] == 1
    assert Article.objects.get().state == Article.State.DONE and Claim.objects.get().status == "occurred"
    answer = chief.post("/admin/timeline/article/read-again/", {"id": [article_id]})
    assert answer.status_code == 302 and Article.objects.get().state == Article.State.NEW


def test_a_source_is_compared_up_to_a_bound_and_what_editors_wrote_is_left_out(chief: Client) -> None:
    read_all(CAST[:2])
    page = chief.get("/admin/timeline/article/read-again/?source=one-example")
    slug = Article.objects.order_by("pk")[0].source.slug
    page = chief.get(f"/admin/timeline/article/read-again/?source={slug}")
    assert page.status_code == 200 and len(page.context["articles"]) == 1
    assert page.context["counts"] == {"gained": 0, "lost": 0, "changed": 0, "failed": 0}
    Article.objects.update(state=Article.State.HAND)
    assert chief.get(f"/admin/timeline/article/read-again/?source={slug}").context["articles"] == []
    assert chief.get("/admin/timeline/article/read-again/?source=nobody").status_code == 404


def test_without_the_permission_nothing_is_reread(broker: object) -> None:
    read_all(CAST[:1])
    onlooker = reader("view_article")
    article_id = Article.objects.get().pk
    assert onlooker.get(f"/admin/timeline/article/read-again/?id={article_id}").status_code == 403
    assert onlooker.post("/admin/timeline/article/read-again/", {"id": [article_id]}).status_code == 403
    assert Article.objects.get().state == Article.State.DONE


# --- lists of any length ------------------------------------------------------------------------


def test_a_long_list_is_counted_up_to_a_bound(chief: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(1, 21)
    monkeypatch.setattr(lists, "MAX_COUNTED", 7)
    monkeypatch.setattr(EventAdmin, "list_per_page", 5)
    page = chief.get("/admin/timeline/event/")
    assert "7+" in page.content.decode() and len(page.context["cl"].result_list) == 5
    assert chief.get("/admin/timeline/event/?p=2").status_code == 200
    assert chief.get("/admin/timeline/event/?p=4").status_code == 400


def test_words_are_looked_for_in_the_first_rows_and_the_page_leads_on(
    chief: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_SCANNED_ROWS", 3)
    for n, since in enumerate(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]):
        row = event(f"e{n:03}", ["GB"], "2024-07-04", since=since)
        text = f"英国将于{n}日举行大选。"
        claim(row, article(text), text)
    page = chief.get("/admin/timeline/event/?q=英国")
    assert [e.pk for e in page.context["cl"].result_list] == ["e004", "e003", "e002"]
    further = page.context["cl"].further
    assert "believed_since__lte=2024-03-01" in further and "Look further" not in further
    page = chief.get(f"/admin/timeline/event/{further}")
    assert [e.pk for e in page.context["cl"].result_list] == ["e002", "e001", "e000"]


def test_a_row_is_named_exactly_wherever_it_stands(chief: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_SCANNED_ROWS", 1)
    fill(1, 6)
    for pk in ("e001", "e005"):
        assert [e.pk for e in chief.get(f"/admin/timeline/event/?q={pk}").context["cl"].result_list] == [pk]
    url = Article.objects.order_by("pk")[0].url
    found = chief.get("/admin/timeline/article/", {"q": url}).context["cl"].result_list
    assert [a.url for a in found] == [url]


def test_days_are_chosen_by_typing_them_and_what_is_no_day_is_refused_in_words(chief: Client) -> None:
    event("old", ["GB"], "2020-07-04")
    event("new", ["GB"], "2024-07-04")
    ask = "/admin/timeline/event/?day__gte={}&day__lte={}"
    assert [e.pk for e in chief.get(ask.format("2024-01-01", "")).context["cl"].result_list] == ["new"]
    assert [e.pk for e in chief.get(ask.format("", "2020-07-04")).context["cl"].result_list] == ["old"]
    refused = chief.get(ask.format("yesterday", ""))
    assert refused.status_code == 400 and "day__gte" in refused.content.decode()
    for model, column in [("article", "published"), ("correction", "made_at"), ("change", "at")]:
        page = chief.get(f"/admin/timeline/{model}/?{column}__gte=2024-01-01&{column}__lte=9999-12-31")
        assert page.status_code == 200, model


def test_an_action_is_done_for_a_bounded_number_of_rows(chief: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_ACTION_ROWS", 2)
    fill(1, 5)
    data = {"action": "reject", "_selected_action": ["e001", "e002", "e003"]}
    assert chief.post("/admin/timeline/event/", data).status_code == 302
    assert not Correction.objects.exists()


def test_a_field_that_completes_itself_looks_through_the_first_events(chief: Client) -> None:
    fill(1, 4)
    ask = {"app_label": "timeline", "model_name": "correction", "field_name": "event", "term": "2日"}
    found = chief.get("/admin/autocomplete/", ask).json()["results"]
    assert [row["id"] for row in found] == ["e002"]


# --- readers ------------------------------------------------------------------------------------


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
