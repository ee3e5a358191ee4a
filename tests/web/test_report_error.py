"""A reader reports an error without an account; an editor sees it in the admin and settles it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support import rows
from tests.support.reading import english, reader
from tests.support.readings import one, page
from timeline.curation.roles import sync_roles
from timeline.models import ErrorReport, Event
from timeline.web import report_error

__all__ = ["english", "reader"]
pytestmark = pytest.mark.django_db
FORM = "/events/vote/report/"


@pytest.fixture
def vote() -> Event:
    return rows.event("vote", ["GB"], "2024-07-04")


@pytest.fixture
def editor() -> User:
    sync_roles()
    user = User.objects.create_user("editor", is_staff=True)
    user.groups.add(Group.objects.get(name="editor"))
    return user


def test_a_report_is_stored_for_the_editors(english: Client, vote: Event, editor: User) -> None:
    link = one(page(english, "/events/vote/"), f'a[href="{FORM}"]')
    assert link.text() == "Report an error" and link.attributes["rel"] == "nofollow"
    form = one(page(english, FORM), "form.trial")
    answer = english.post(form.attributes["action"] or "", {"text": " It was on 5 July. <b>", "contact": "a@b.example"})
    assert answer.headers["Location"] == "/events/vote/report/sent/"
    assert "An editor will look at it." in english.get(answer.headers["Location"]).content.decode()
    report = ErrorReport.objects.get()
    assert (report.event, report.text, report.contact) == (vote, "It was on 5 July. <b>", "a@b.example")
    assert report.language == "en"

    english.force_login(editor)
    listed = english.get("/admin/timeline/errorreport/").content.decode()
    assert "It was on 5 July. &lt;b&gt;" in listed
    english.post("/admin/timeline/errorreport/", {"action": "settle", "_selected_action": [report.pk]})
    report.refresh_from_db()
    assert report.settled_by == editor and report.settled_at
    assert "It was on 5 July" not in english.get("/admin/timeline/errorreport/").content.decode()
    assert "It was on 5 July" in english.get("/admin/timeline/errorreport/?state=settled").content.decode()


def test_the_list_of_reports_asks_no_more_for_more_events(english: Client, vote: Event, editor: User) -> None:
    english.force_login(editor)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert english.get("/admin/timeline/errorreport/").status_code == 200
        return len(asked)

    ErrorReport.objects.create(event=vote, text="one")
    queries()  # the first request also reads what the process then remembers
    of_one = queries()
    for number in range(3):
        other = rows.event(f"other{number}", ["FR", "DE"], "2024-07-04")
        ErrorReport.objects.create(event=other, text="more")
    assert queries() == of_one


def test_reports_are_for_editors_alone(english: Client, vote: Event) -> None:
    sync_roles()
    user = User.objects.create_user("guest", is_staff=True)
    user.groups.add(Group.objects.get(name="reader"))
    english.force_login(user)
    assert english.get("/admin/timeline/errorreport/").status_code == 403


@pytest.mark.parametrize("fields", [{}, {"text": "  "}, {"text": "x" * 2001}, {"text": "x", "contact": "y" * 201}])
def test_what_cannot_be_stored_is_refused_and_kept_in_the_form(
    english: Client, vote: Event, fields: dict[str, str]
) -> None:
    answer = english.post(FORM, fields)
    assert answer.status_code == 400 and not ErrorReport.objects.exists()
    assert fields.get("text", "").strip() in answer.content.decode()


def test_one_client_may_send_a_few_in_an_hour(english: Client, vote: Event) -> None:
    answers = [english.post(FORM, {"text": f"error {n}"}) for n in range(report_error.MAX_REPORTS + 1)]
    assert [answer.status_code for answer in answers] == [302] * report_error.MAX_REPORTS + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 3600
    assert "error 5" in answers[-1].content.decode()  # nothing that was typed is lost


def test_an_event_takes_only_so_many_open_reports(
    english: Client, vote: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_error, "MAX_OPEN", 1)
    assert english.post(FORM, {"text": "one"}).status_code == 302
    assert english.post(FORM, {"text": "two"}).status_code == 503
    ErrorReport.objects.update(settled_at="2024-01-01T00:00Z")
    assert english.post(FORM, {"text": "three"}).status_code == 302


def test_a_report_of_a_merged_event_is_one_of_the_other(english: Client, vote: Event) -> None:
    rows.event("twin", ["GB"], "2024-07-04")
    Event.objects.filter(pk="twin").update(merged_into=vote)
    english.post("/events/twin/report/", {"text": "wrong"})
    assert ErrorReport.objects.get().event == vote
    assert english.get("/events/nothing/report/").status_code == 404
