"""The review screen: a decision by each button; nothing typed is lost, and nobody decides about what he did not see."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.articles import CAST, raw, read_all
from tests.support.inbox import INBOX, contradict, editor, fill
from tests.support.review import alice, signed_in
from tests.support.rows import article, claim, event
from timeline.curation import decide
from timeline.curation.inbox import signals
from timeline.models import Attention, Correction, Event
from timeline.pipeline import actors

__all__ = ["alice"]
pytestmark = pytest.mark.django_db

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')

TWINS = [
    raw("m1", "2024-06-01", "日本和加拿大将于2024年7月10日举行首脑会谈。"),
    raw("m2", "2024-06-03", "日本和加拿大将于2024年7月10日举行联合军演。", "two.example"),
]


@pytest.fixture
def vote() -> Event:
    actors.load_gazetteer()
    read_all(CAST[:1])
    signals.refresh()
    return Event.objects.get()


def form(client: Client, pk: str) -> dict[str, str]:
    """What the browser would send of the untouched page."""
    page = client.get(f"{INBOX}event/{pk}/").content.decode()
    fields = dict(HIDDEN.findall(page))
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def press(client: Client, pk: str, action: str, **typed: Any) -> Any:
    return client.post(f"{INBOX}event/{pk}/", {**form(client, pk), "action": action, **typed})


# --- deciding -----------------------------------------------------------------------------------


def test_the_page_shows_the_text_with_what_was_read_and_what_stands(alice: Client, vote: Event) -> None:
    page = alice.get(f"{INBOX}event/{vote.pk}/").content.decode()
    assert '<mark class="evidence date"' in page or '<mark class="date evidence"' in page
    assert '<mark class="evidence actor">英国</mark>' in page or '<mark class="actor evidence">英国</mark>' in page
    assert 'value="2024-07-01/2024-12-31"' in page and 'value="GB"' in page
    assert not re.search(r"<script(?! src)|<style| style=| on\w+=", page)


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("reject", "rejected", True),
        ("occurred", "status", "occurred"),
        ("cancelled", "status", "cancelled"),
    ],
)
def test_one_button_decides(alice: Client, vote: Event, action: str, field: str, value: Any) -> None:
    assert press(alice, vote.pk, action).status_code == 302
    made = Correction.objects.get()
    assert (made.field, made.value, made.editor.username) == (field, value, "alice")
    assert LogEntry.objects.get().object_id == vote.pk


def test_accepting_locks_nothing_and_the_next_item_follows(alice: Client, vote: Event) -> None:
    fill(20, 22)
    signals.refresh()
    answer = press(alice, vote.pk, "accept", reason="checked")
    made = Correction.objects.get()
    assert (made.field, made.reason) == ("accepted", "checked")
    assert re.fullmatch(rf"{INBOX}event/e00\d\d/", answer.headers["Location"])
    after = alice.get(answer.headers["Location"]).content.decode()
    assert "2 of 3" in after


def test_only_what_was_touched_is_decided(alice: Client, vote: Event) -> None:
    answer = press(
        alice, vote.pk, "save", dates="by end of July 2024", participants="英国, 法國", importance="2", note="Why"
    )
    assert answer.status_code == 302, answer.content.decode()
    decided = dict(Correction.objects.values_list("field", "value"))
    assert decided["dates"]["end"] == "2024-07-31"
    assert decided | {"dates": 0} == {"dates": 0, "participants": ["GB", "FR"], "importance": 2, "note": "Why"}
    vote.refresh_from_db()
    assert (str(vote.end), vote.importance, vote.note) == ("2024-07-31", 2, "Why")


def test_an_invalid_value_is_reported_at_its_field_and_the_input_stays(alice: Client, vote: Event) -> None:
    answer = press(alice, vote.pk, "save", dates="soon perhaps", participants="GB, Atlantis", note="kept")
    page = answer.content.decode()
    assert answer.status_code == 400 and not Correction.objects.exists()
    assert "soon perhaps" in page and "“Atlantis” is unknown." in page and ">\nkept</textarea>" in page
    assert press(alice, vote.pk, "save").status_code == 400
    assert press(alice, vote.pk, "dance").status_code == 400


def test_a_preview_stores_nothing(alice: Client, vote: Event) -> None:
    answer = press(alice, vote.pk, "preview", dates="2025年5月")
    assert answer.status_code == 200 and "May 2025 (1 May 2025 – 31 May 2025)" in answer.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025年5月", "2025-05-01", "2025-05-31"),
        ("2025-05..2025-06", "2025-05-01", "2025-06-30"),
        ("by 30 June 2025", None, "2025-06-30"),
        ("2025-05-03", "2025-05-03", "2025-05-03"),
        ("2025", "2025-01-01", "2025-12-31"),
    ],
)
def test_the_window_of_a_typed_date_is_shown_before_it_is_saved(
    alice: Client, text: str, start: str | None, end: str
) -> None:
    told = alice.get(f"{INBOX}days/", {"text": text}).json()
    assert (told["end"], bool(told["words"])) == (end, True)
    assert start is None or told["start"] == start
    wrong = alice.get(f"{INBOX}days/", {"text": "whenever"})
    assert wrong.status_code == 422 and "whenever" in wrong.json()["problem"]


@pytest.mark.parametrize("typed", ["gb", "英国", "英國", "United Kin"])
def test_participants_are_found_by_code_and_name_in_any_script(alice: Client, vote: Event, typed: str) -> None:
    found = alice.get(f"{INBOX}actors/", {"q": typed}).json()["actors"]
    assert found[0]["code"] == "GB"


def test_locks_show_who_and_when_and_can_be_taken_away(alice: Client, vote: Event) -> None:
    press(alice, vote.pk, "save", dates="2024-07-04", reason="told by the palace")
    page = alice.get(f"{INBOX}event/{vote.pk}/").content.decode()
    lock = Correction.objects.get()
    assert "by alice, " in page and f"unlock:{lock.pk}" in page
    press(alice, vote.pk, f"unlock:{lock.pk}")
    vote.refresh_from_db()
    assert (str(vote.start), str(vote.end)) == ("2024-07-01", "2024-12-31")
    assert press(alice, vote.pk, "unlock:999999").status_code == 400


@pytest.mark.parametrize(("action", "end"), [("take", "2024-11-14"), ("leave", "2024-07-31")])
def test_a_proposal_is_taken_or_left_and_is_gone(alice: Client, vote: Event, action: str, end: str) -> None:
    press(alice, vote.pk, "save", dates="2024-07")
    read_all([raw("x", "2024-03-01", "英国大选将于11月14日举行。")])
    vote.refresh_from_db()
    assert "dates" in vote.proposals
    signals.refresh()
    assert Attention.objects.get(event=vote).reasons == ["proposal"]
    page = alice.get(f"{INBOX}event/{vote.pk}/").content.decode()
    assert "14 November 2024" in page
    assert press(alice, vote.pk, f"{action}:dates").status_code == 302
    vote.refresh_from_db()
    assert (str(vote.end), vote.proposals) == (end, {})
    assert Attention.objects.get(event=vote).reasons == []


def test_merging_into_a_ranked_candidate_and_undoing_it(alice: Client) -> None:
    actors.load_gazetteer()
    read_all(TWINS)
    one, two = Event.objects.filter(merged_into=None).order_by("pk")
    page = alice.get(f"{INBOX}event/{one.pk}/").content.decode()
    assert f'value="merge:{two.pk}"' in page and "same participants" in page and "same days" in page
    assert press(alice, one.pk, f"merge:{two.pk}").status_code == 302
    one.refresh_from_db()
    assert one.merged_into_id == two.pk
    assert alice.get(f"{INBOX}event/{one.pk}/").headers["Location"] == f"{INBOX}event/{two.pk}/"
    alice.post(f"{INBOX}event/{two.pk}/", {"action": "undo"})
    one.refresh_from_db()
    assert one.merged_into_id is None
    alice.post(f"{INBOX}event/{two.pk}/", {"action": "redo"})
    one.refresh_from_db()
    assert one.merged_into_id == two.pk
    assert press(alice, two.pk, "merge", into="https://desk.example/events/nothing/").status_code == 400


def test_selected_claims_are_split_off(alice: Client) -> None:
    read_all(CAST[:2])
    vote = Event.objects.get(merged_into=None)
    claims = list(vote.claims.order_by("pk").values_list("pk", flat=True))
    assert press(alice, vote.pk, "split").status_code == 400
    assert press(alice, vote.pk, "split", claim=claims).status_code == 400
    assert press(alice, vote.pk, "split", claim=claims[:1]).status_code == 302
    assert Event.objects.filter(merged_into=None, retracted=False).count() == 2


def test_later_hides_an_item_from_oneself_until_it_is_brought_back(alice: Client) -> None:
    fill(24, 26)
    signals.refresh()
    answer = press(alice, "e0024", "later")
    assert answer.headers["Location"].endswith("/event/e0025/")
    assert "e0024" not in alice.get(INBOX).content.decode()
    assert "e0024" in signed_in("bob").get(INBOX).content.decode()
    alice.post(f"{INBOX}back/")
    assert "e0024" in alice.get(INBOX).content.decode()
    assert not Correction.objects.exists()


# --- two at once --------------------------------------------------------------------------------


def test_the_second_editor_sees_who_did_what_and_loses_no_input(alice: Client, vote: Event) -> None:
    bob = signed_in("bob")
    seen = form(bob, vote.pk)
    press(alice, vote.pk, "save", status="expected", reason="heard it")
    answer = bob.post(
        f"{INBOX}event/{vote.pk}/",
        {**seen, "action": "save", "dates": "2024-07-04", "note": "my words", "status": "scheduled", "reason": "mine"},
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "alice" in page and "status: expected" in page and "heard it" in page
    assert 'value="2024-07-04"' in page and "my words" in page and 'value="mine"' in page
    assert Correction.objects.count() == 1
    again = dict(HIDDEN.findall(page))
    assert '<option value="expected" selected>' in page  # what bob did not touch is what stands now
    saved = bob.post(
        f"{INBOX}event/{vote.pk}/",
        {**again, "action": "save", "dates": "2024-07-04", "note": "my words", "status": "expected"},
    )
    assert saved.status_code == 302
    vote.refresh_from_db()
    assert (vote.status, str(vote.start), vote.note) == ("expected", "2024-07-04", "my words")


def test_resolution_may_change_the_event_meanwhile(alice: Client, vote: Event) -> None:
    seen = form(alice, vote.pk)
    read_all(CAST[1:2])
    answer = alice.post(f"{INBOX}event/{vote.pk}/", {**seen, "action": "accept"})
    assert answer.status_code == 409 and "newsdesk" in answer.content.decode()
    assert not Correction.objects.exists()


def test_what_was_merged_meanwhile_leads_to_where_it_went(alice: Client) -> None:
    actors.load_gazetteer()
    read_all(TWINS)
    one, two = Event.objects.filter(merged_into=None).order_by("pk")
    seen = form(alice, one.pk)
    decide.merge_events(one, two, editor("bob"))
    answer = alice.post(f"{INBOX}event/{one.pk}/", {**seen, "action": "accept"})
    assert answer.status_code == 400 and two.pk in answer.content.decode()


# --- two pairs of eyes --------------------------------------------------------------------------


def test_a_second_editor_approves_on_the_same_screen(alice: Client, vote: Event, settings: Any) -> None:
    settings.TWO_PAIRS = True
    press(alice, vote.pk, "save", status="expected")
    vote.refresh_from_db()
    made = Correction.objects.get()
    assert (vote.status, made.waits) == ("scheduled", True)
    assert "approve:" not in alice.get(f"{INBOX}event/{vote.pk}/").content.decode()
    chief = signed_in("chief", "approve_correction")
    assert f"approve:{made.pk}" in chief.get(f"{INBOX}event/{vote.pk}/").content.decode()
    assert press(alice, vote.pk, f"approve:{made.pk}").status_code == 403
    press(chief, vote.pk, f"approve:{made.pk}")
    vote.refresh_from_db()
    assert vote.status == "expected"
    assert press(alice, vote.pk, f"unlock:{made.pk}").status_code == 403


# --- by hand ------------------------------------------------------------------------------------
BY_HAND = {
    "type": "summit",
    "participants": "NATO, 法国",
    "dates": "2031年5月",
    "status": "scheduled",
    "source_note": "told to us by the ministry",
    "why": "first since the war",
    "importance": "3",
}


def test_an_event_is_written_by_hand_after_its_window_was_shown(alice: Client, vote: Event) -> None:
    shown = alice.post(f"{INBOX}write/", {**BY_HAND, "action": "preview"})
    assert shown.status_code == 200 and "May 2031" in shown.content.decode()
    assert Event.objects.count() == 1
    answer = alice.post(f"{INBOX}write/", {**BY_HAND, "action": "write"})
    made = Event.objects.exclude(pk=vote.pk).get()
    assert answer.headers["Location"] == f"{INBOX}event/{made.pk}/"
    assert (str(made.start), str(made.end), made.note) == ("2031-05-01", "2031-05-31", "first since the war")
    assert (made.importance, made.kind) == (3, "alliance")
    assert "told to us by the ministry" in alice.get(answer.headers["Location"]).content.decode()
    assert LogEntry.objects.get().object_id == made.pk


def test_all_missing_fields_are_reported_at_once_and_the_input_stays(alice: Client, vote: Event) -> None:
    answer = alice.post(f"{INBOX}write/", {"participants": "Atlantis", "dates": "x", "why": "kept", "action": "write"})
    page = answer.content.decode()
    assert answer.status_code == 400 and page.count('class="problem"') == 4 and "kept" in page
    assert Event.objects.count() == 1


# --- who may, and what it costs -----------------------------------------------------------------


def test_a_post_without_its_token_is_refused(vote: Event) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor("strict"))
    for path in (f"event/{vote.pk}/", "write/", "back/", "views/"):
        assert strict.post(INBOX + path, {"action": "reject"}).status_code == 403
    assert not Correction.objects.exists()


def test_who_may_only_look_decides_nothing(vote: Event) -> None:
    onlooker = User.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(onlooker)
    for path in (f"event/{vote.pk}/", "event/nothing/", "claim/1/", "write/", "back/"):
        assert client.post(INBOX + path, {"action": "reject", **BY_HAND}).status_code == 403
    assert not Correction.objects.exists()


@pytest.mark.parametrize("claims", [1, 25])
def test_the_page_costs_the_same_for_one_claim_and_many(alice: Client, claims: int) -> None:
    row = event("much", ["GB"], "2024-10-01")
    contradict(row)
    for n in range(claims):
        claim(row, said := article(f"英国将于10月1日举行第{n}次大选。", of=f"n{n}"), said.text)
    with CaptureQueriesContext(connection) as context:
        assert alice.get(f"{INBOX}event/much/").status_code == 200
    assert len(context) <= 45


def test_hostile_words_stay_words(alice: Client, vote: Event) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = press(alice, vote.pk, "preview", dates=hostile, note=hostile, participants=hostile, reason=hostile)
    assert "<script>alert" not in answer.content.decode()
    press(alice, vote.pk, "save", note=hostile)
    assert "<script>alert" not in alice.get(f"{INBOX}event/{vote.pk}/").content.decode()
    assert alice.get(INBOX, {"country": hostile, "reason": hostile, "page": "x"}).status_code == 200
    assert press(alice, vote.pk, "merge", into="\x00").status_code == 400
    assert press(alice, vote.pk, "split", claim="9" * 40).status_code == 400


def test_the_reason_why_it_matters_is_on_the_page_in_the_formats_and_in_the_api(alice: Client, vote: Event) -> None:
    press(alice, vote.pk, "save", note="First since the war <b>")
    reader = Client()
    assert "First since the war &lt;b&gt;" in reader.get(f"/events/{vote.pk}/").content.decode()
    assert reader.get(f"/api/v1/events/{vote.pk}").json()["event"]["note"] == "First since the war <b>"
    (item,) = reader.get("/feed.json?window=all").json()["items"]
    assert item["_newsdesk"]["note"] == "First since the war <b>"
    assert b"First since the war <b>" in b"".join(reader.get("/export.csv?window=all"))
    before = reader.get(f"/api/v1/events/{vote.pk}", {"as_of": "2024-03-01"}).json()["event"]
    assert before["note"] == ""  # nobody had said so then
