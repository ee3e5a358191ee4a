"""The history of an event in the admin: who did what, when and why, and every decision can be taken back from there."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext as _

from tests.support.articles import CAST, raw, read_all
from tests.support.users import content, logged_in, member
from timeline.curation import decide as curation
from timeline.curation import history
from timeline.models import Claim, Correction, Event
from timeline.query.cursors import CursorError

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote() -> Event:
    read_all(CAST[:1])
    return Event.objects.get()


@pytest.fixture
def one() -> User:
    return member("one", "editor")


@pytest.fixture
def two() -> User:
    return member("two", "editor")


def page(client: Client, event: Event, query: str = "") -> str:
    answer = client.get(f"/admin/timeline/event/{event.pk}/history/{query}", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def decide(client: Client, decision: Correction, act: str, reason: str = "") -> int:
    data = {"decision": decision.pk, "act": act, "reason": reason}
    return client.post(f"/admin/timeline/event/{decision.event_id}/history/decide/", data).status_code


def acts(event: Event) -> list[tuple[str, str, str]]:
    """Who did what and why, oldest first, without computed changes."""
    return [(d.who, d.act, d.reason) for d in reversed(history.history_page(event).entries) if d.who]


# --- what is told -------------------------------------------------------------------------------


def test_the_history_lists_decisions_and_computed_changes_with_their_reasons(vote: Event, one: User) -> None:
    curation.correct_field(vote, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, one, "told by the palace")
    read_all([raw("x", "2024-09-01", "英国大选已于7月4日举行。")])
    told = history.history_page(vote).entries
    assert told == sorted(told, key=lambda entry: entry.position, reverse=True)
    decided = next(entry for entry in told if entry.who)
    assert (decided.who, decided.what, decided.reason) == ("one", str(_("dates")), "told by the palace")
    assert decided.before and decided.after and decided.before != decided.after
    assert [entry.act for entry in told if not entry.who]
    html = page(logged_in(one), vote)
    assert "told by the palace" in html and "<del>" in html and "<ins>" in html


def test_the_history_says_who_decided_undid_redid_and_approved(
    vote: Event, one: User, two: User, settings: Any
) -> None:
    settings.TWO_PAIRS = True
    settings.LANGUAGE_CODE = "en"
    made = curation.correct_field(vote, "status", "expected", one, "maybe")
    curation.approve_correction(made, two, "so it is")
    curation.undo_correction(made, member("chief", "chief"), "no")
    curation.redo_correction(made, one, "yes")
    assert [(who, reason) for who, _act, reason in acts(vote)] == [
        ("one", "maybe"),
        ("two", "so it is"),
        ("chief", "no"),
        ("one", "yes"),
    ]
    assert len({act for _who, act, _why in acts(vote)}) == 4


def test_what_is_typed_by_others_is_shown_as_text(vote: Event, one: User) -> None:
    curation.correct_field(vote, "note", "<script>alert(1)</script>", one, "<img src=x onerror=alert(1)>")
    html = page(logged_in(one), vote)
    assert "<script>alert" not in html and "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_a_merge_is_in_the_history_of_both_events(one: User) -> None:
    read_all([CAST[0], CAST[5]])
    gb, de = Event.objects.get(key__endswith=":GB"), Event.objects.get(key__endswith=":DE")
    curation.merge_events(gb, de, one, "the same vote")
    for event, other in ((gb, de), (de, gb)):
        html = page(logged_in(one), event)
        assert "the same vote" in html and f"/admin/timeline/event/{other.pk}/history/" in html


def test_pages_of_the_history_repeat_and_omit_nothing(vote: Event, one: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_SIZE", 3)
    for n in range(4):
        curation.correct_field(vote, "status", ("expected", "scheduled")[n % 2], one, f"reason {n}")
    monkeypatch.setattr(history, "PAGE_SIZE", 100)
    everything = [entry.position for entry in history.history_page(vote).entries]
    monkeypatch.setattr(history, "PAGE_SIZE", 3)
    found, cursor = [], ""
    while True:
        told = history.history_page(vote, cursor)
        found += [entry.position for entry in told.entries]
        if not told.next_cursor:
            break
        cursor = told.next_cursor
    assert found == everything and len(found) > 6
    with pytest.raises(CursorError):
        history.history_page(vote, "bm9uc2Vuc2U")
    assert logged_in(one).get(f"/admin/timeline/event/{vote.pk}/history/?after=x").status_code == 404


def test_the_page_asks_as_much_for_many_decisions_as_for_few(vote: Event, one: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            history.history_page(vote)
        return len(context)

    curation.correct_field(vote, "status", "expected", one)
    few = queries()
    for _n in range(12):
        curation.correct_field(vote, "type", "legislative", one)
        curation.correct_field(vote, "status", "scheduled", one)
    assert queries() == few <= 7


# --- what can be done from there ----------------------------------------------------------------


def test_a_decision_is_undone_and_done_again_with_a_reason_and_the_admin_logs_it(vote: Event, one: User) -> None:
    made, client = curation.correct_field(vote, "status", "cancelled", one), logged_in(one)
    assert decide(client, made, "undo", "a rumour") == 302
    vote.refresh_from_db()
    assert vote.status != "cancelled"
    assert decide(client, made, "redo", "no rumour") == 302
    vote.refresh_from_db()
    assert vote.status == "cancelled"
    assert [reason for _who, _act, reason in acts(vote)] == ["", "a rumour", "no rumour"]
    logged = LogEntry.objects.filter(object_id=str(made.pk)).order_by("pk")
    assert [entry.user for entry in logged] == [one, one] and "a rumour" in logged[0].change_message


def test_the_page_offers_what_may_be_done_and_refuses_what_may_not(vote: Event, one: User, two: User) -> None:
    made = curation.correct_field(vote, "status", "cancelled", one)
    assert 'value="undo"' in page(logged_in(one), vote)
    assert 'value="undo"' not in page(logged_in(two), vote)
    assert decide(logged_in(two), made, "undo") == 302
    made.refresh_from_db()
    assert made.in_force and not LogEntry.objects.exists()
    assert decide(logged_in(member("chief", "chief")), made, "undo") == 302
    made.refresh_from_db()
    assert not made.in_force


def test_a_reader_who_guesses_addresses_learns_and_changes_nothing(vote: Event, one: User) -> None:
    made = curation.correct_field(vote, "status", "cancelled", one, "told by the palace")
    before = content()
    nobody, reader = logged_in(member("nobody", "machine")), logged_in(member("reader", "reader"))
    assert nobody.get(f"/admin/timeline/event/{vote.pk}/history/").status_code == 403
    assert decide(nobody, made, "undo") == 403
    assert 'name="act"' not in page(reader, vote)
    assert decide(reader, made, "undo") == 302
    assert decide(reader, made, "delete") == 404
    assert reader.get(f"/admin/timeline/event/{vote.pk}/history/decide/").status_code == 405
    assert content() == before


def test_a_decision_about_another_event_is_not_found(one: User) -> None:
    read_all([CAST[0], CAST[5]])
    gb, de = Event.objects.get(key__endswith=":GB"), Event.objects.get(key__endswith=":DE")
    made = curation.correct_field(gb, "status", "cancelled", one)
    data = {"decision": made.pk, "act": "undo"}
    assert logged_in(one).post(f"/admin/timeline/event/{de.pk}/history/decide/", data).status_code == 404
    made.refresh_from_db()
    assert made.in_force


def test_the_history_of_a_correction_leads_to_that_of_its_event(vote: Event, one: User) -> None:
    made = curation.correct_field(vote, "status", "cancelled", one)
    answer = logged_in(one).get(f"/admin/timeline/correction/{made.pk}/history/")
    assert answer.headers["Location"] == f"/admin/timeline/event/{vote.pk}/history/"


# --- two pairs of eyes --------------------------------------------------------------------------


def test_what_waits_changes_nothing_until_a_second_editor_approves_it(
    vote: Event, one: User, two: User, settings: Any
) -> None:
    settings.TWO_PAIRS = True
    was = vote.status
    client = logged_in(one)
    data = {"event": vote.pk, "field": "status", "value": '"cancelled"', "reason": "called off"}
    assert client.post("/admin/timeline/correction/add/", data).status_code == 302
    made = Correction.objects.get()
    vote.refresh_from_db()
    assert made.waits and vote.status == was and not vote.curated
    assert [r.pk for r in client.get("/admin/timeline/correction/?state=waiting").context["cl"].result_list] == [
        made.pk
    ]
    act = {"action": "approve", "_selected_action": [made.pk]}
    client.post("/admin/timeline/correction/", act)
    made.refresh_from_db()
    assert made.waits, "nobody approves what he decided"
    logged_in(two).post("/admin/timeline/correction/", act)
    made.refresh_from_db()
    vote.refresh_from_db()
    assert (made.waits, made.approved_by, vote.status) == (False, two, "cancelled")


def test_undoing_an_undoing_waits_again(vote: Event, one: User, two: User, settings: Any) -> None:
    settings.TWO_PAIRS = True
    made = curation.correct_field(vote, "status", "cancelled", one)
    curation.approve_correction(made, two)
    curation.undo_correction(made, member("chief", "chief"))
    curation.redo_correction(made, one)
    vote.refresh_from_db()
    assert made.waits and made.approved_by is None and vote.status != "cancelled"
    curation.approve_correction(made, two)
    vote.refresh_from_db()
    assert vote.status == "cancelled"


def test_the_index_says_how_many_wait_to_those_who_may_see_it(vote: Event, one: User, settings: Any) -> None:
    settings.TWO_PAIRS = True
    link = "/admin/timeline/correction/?state=waiting"
    assert link not in logged_in(one).get("/admin/").content.decode()
    curation.correct_field(vote, "status", "cancelled", one)
    assert link in logged_in(one).get("/admin/").content.decode()
    assert link not in logged_in(member("program", "machine")).get("/admin/").content.decode()


def test_where_one_of_several_may_not_be_undone_the_others_are_and_each_is_reported(
    vote: Event, one: User, two: User
) -> None:
    mine, his = (
        curation.correct_field(vote, "status", "cancelled", one),
        curation.correct_field(vote, "type", "legislative", two),
    )
    data = {"action": "undo", "_selected_action": [mine.pk, his.pk]}
    answer = logged_in(one).post("/admin/timeline/correction/", data, follow=True)
    told = [str(message) for message in answer.context["messages"]]
    mine.refresh_from_db()
    his.refresh_from_db()
    assert (mine.in_force, his.in_force, len(told)) == (False, True, 2)


def test_states_are_distinguished_in_the_list(vote: Event, one: User) -> None:
    kept, gone = (
        curation.correct_field(vote, "status", "cancelled", one),
        curation.correct_field(vote, "type", "legislative", one),
    )
    curation.undo_correction(gone, one)
    client = logged_in(one)
    for state, wanted in [("in_force", [kept.pk]), ("undone", [gone.pk]), ("waiting", [])]:
        rows = client.get(f"/admin/timeline/correction/?state={state}").context["cl"].result_list
        assert [row.pk for row in rows] == wanted
    assert client.get("/admin/timeline/correction/?by=one").context["cl"].result_count == 2
    assert client.get("/admin/timeline/correction/?by=two").context["cl"].result_count == 0
    assert Claim.objects.exists()
