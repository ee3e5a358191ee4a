"""The inbox: what needs review is noticed with its reason, settled by a decision, and costs the same however much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.articles import CAST, raw, read_all
from tests.support.inbox import INBOX, contradict, editor, fill, move
from tests.support.rows import event
from timeline.curation import decide
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter, items, reasons_of
from timeline.models import Attention, AttentionMark, Claim, Correction, Event, EventBelief, InboxView

pytestmark = pytest.mark.django_db
TODAY = date(2024, 9, 1)


@pytest.fixture
def editor_client(client: Client) -> Client:
    client.force_login(editor())
    return client


def noticed() -> dict[str, list[str]]:
    """The open reasons by event or claim."""
    signals.refresh()
    return {str(a.event_id or a.claim_id): a.reasons for a in Attention.objects.all() if a.reasons}


# --- reasons ------------------------------------------------------------------------------------


def test_a_plain_event_needs_nobody() -> None:
    event("plain", ["GB"], "2024-10-01")
    assert noticed() == {}


def test_each_reason_is_noticed() -> None:
    contradict(event("contra", ["GB"], "2024-10-01"))
    moved = event("moved", ["FR"], "2024-10-01")
    EventBelief.objects.create(
        event=moved, since=date(2024, 4, 1), start=moved.start, status="expected", change="moved"
    )
    event("bloc", ["aukus", "JP"], "2024-10-01", kind="alliance", type="accession")
    event("second", ["aukus", "CA"], "2024-12-01", kind="alliance", type="agreement", since="2024-04-01")
    proposed = event("proposed", ["DE"], "2024-10-01")
    proposed.proposals = {"status": "cancelled"}
    proposed.save()
    assert noticed() == {
        "contra": ["contradiction"],
        "moved": ["moved"],
        "bloc": ["bloc"],
        "proposed": ["proposal"],
    }


def test_events_of_the_same_participants_and_days_are_asked_about_until_they_are_split() -> None:
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    one = event("one", ["GB", "FR"], day, kind="alliance", type="summit")
    event("two", ["FR", "GB"], day, kind="alliance", type="summit", key="other")
    assert noticed() == {"one": ["merge"], "two": ["merge"]}
    who = User.objects.create_user("who")
    Correction.objects.create(event=one, field="split", value=[], other_id="two", editor=who)
    assert noticed() == {}


def test_what_passed_without_news_is_found_on_the_day_it_is_asked() -> None:
    row = event("past", ["GB"], "2024-08-20")
    event("done", ["FR"], "2024-08-20", status="occurred")
    event("old", ["DE"], "2023-08-20")
    assert [item.event for item in items(InboxFilter(), TODAY)] == ["past"]
    assert reasons_of("past", TODAY) == ["lapsed"]
    assert items(InboxFilter(), date(2024, 8, 20)) == []
    Correction.objects.create(event=row, field="accepted", value={}, editor=User.objects.create_user("who"))
    assert items(InboxFilter(), TODAY) == []  # decided since: it was made today, and its day passed before


def test_a_doubtful_claim_waits_until_a_plain_one_comes() -> None:
    read_all([raw("h", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。")])
    doubted = Claim.objects.get()
    assert noticed() == {str(doubted.pk): ["doubtful"]}
    read_all([raw("i", "2024-03-22", "英国大选将于7月4日举行。", "two.example")])
    assert noticed() == {}


def test_a_decision_settles_what_was_seen_and_only_something_new_brings_it_back() -> None:
    read_all(CAST[5:7])
    vote = Event.objects.get(merged_into=None)
    assert "moved" in noticed()[vote.pk]
    made = decide.accept_event(vote, editor())
    assert noticed() == {}
    read_all([raw("again", "2024-11-20", "德国联邦议院选举提前到2025年2月23日举行。", "three.example")])
    assert noticed() == {}
    read_all([raw("later", "2024-12-20", "德国联邦议院选举推迟到2025年3月30日举行。", "four.example")])
    assert "moved" in noticed()[vote.pk]
    decide.undo_correction(made, made.editor)
    assert "moved" in noticed()[vote.pk]


def test_taking_a_decision_back_brings_the_event_back() -> None:
    read_all(CAST[5:7])
    vote = Event.objects.get(merged_into=None)
    made = decide.accept_event(vote, editor())
    assert noticed() == {}
    decide.undo_correction(made, made.editor)
    assert "moved" in noticed()[vote.pk]


def test_what_waits_for_a_second_editor_is_noticed_until_it_is_approved(settings: object) -> None:
    settings.TWO_PAIRS = True  # type: ignore[attr-defined]
    read_all(CAST[:1])
    vote = Event.objects.get()
    made = decide.correct_field(vote, "status", "expected", editor())
    assert noticed() == {vote.pk: ["waits"]}
    decide.approve_correction(made, editor("second", "approve_correction"))
    assert noticed() == {}


def test_a_rejected_or_merged_event_leaves_the_inbox() -> None:
    read_all(CAST[5:7])
    vote = Event.objects.get(merged_into=None)
    assert noticed()
    decide.correct_field(vote, "rejected", True, editor())
    assert noticed() == {}
    assert not AttentionMark.objects.exists()


def test_the_follower_loses_nothing_that_becomes_visible_late() -> None:
    event("first", ["GB"], "2024-10-01")
    signals.refresh()
    late = event("late", ["GB"], "2024-10-01")
    move(late)
    Event.objects.filter(pk="late").update(changed_at=timezone.now() - timedelta(minutes=2))
    assert noticed() == {"late": ["moved"]}


def test_the_follower_goes_on_in_batches_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "BATCH_SIZE", 7)
    fill(0, 30)
    Event.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    assert signals.refresh() == 30
    assert Attention.objects.count() == 30
    assert signals.refresh() == 0


# --- the list -----------------------------------------------------------------------------------


def test_soon_important_and_unsure_come_first() -> None:
    for pk, days, weight in (("soon", 2, 1), ("far", 200, 1), ("weighty", 200, 900), ("past", -80, 1)):
        row = event(pk, ["GB"], (TODAY + timedelta(days=days)).isoformat(), key=pk, weight=weight, status="occurred")
        EventBelief.objects.create(
            event=row, since=date(2024, 4, 1), start=row.start, status="expected", change="moved"
        )
    signals.refresh()
    assert [item.event for item in items(InboxFilter(), TODAY)] == ["soon", "weighty", "far", "past"]


def test_filters_ask_together() -> None:
    fill(0, 4)
    row = event("summit", ["FR", "eu"], timezone.localdate().isoformat(), kind="alliance", type="summit")
    signals.refresh()
    today = timezone.localdate()

    def found(query: str) -> list[str]:
        return [item.event for item in items(InboxFilter.parse(QueryDict(query)), today)]

    assert found("kind=alliance") == found("type=summit&country=FR") == found("reason=bloc") == [row.pk]
    assert found("kind=alliance&country=GB") == []
    assert "summit" not in found("reason=moved") and len(found("reason=moved")) == 4
    assert len(found("kind=nothing&country=GB")) == 4


@pytest.mark.any_database
def test_the_inbox_asks_as_much_for_180_events_as_for_sixty(editor_client: Client) -> None:
    asked = ["", "?reason=moved", "?kind=election&country=GB", "?reason=lapsed", "?page=2"]

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert editor_client.get(INBOX + query).status_code == 200
        return len(context)

    fill(0, 60)
    signals.refresh()
    few = [queries(query) for query in asked]
    fill(60, 180)
    signals.refresh(seconds=110)  # a busy machine sees fewer in the usual time, and the rest next time
    assert Attention.objects.count() == 180
    assert [queries(query) for query in asked] == few
    assert max(few) <= 32


def test_the_page_says_why_and_the_index_counts(editor_client: Client) -> None:
    fill(0, 3)
    read_all([raw("h", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。")])
    signals.refresh()
    editor_client.cookies["django_language"] = "en"
    page = editor_client.get(INBOX).content.decode()
    assert "date moved, not reviewed yet" in page and "a participant is named in a different clause" in page
    index = editor_client.get("/admin/").content.decode()
    assert "reason=moved" in index and "reason=doubtful" in index
    assert "<script>" not in page and " style=" not in page and "onclick" not in page


def test_an_empty_inbox_says_so(editor_client: Client) -> None:
    editor_client.cookies["django_language"] = "en"
    assert "Nothing to review" in editor_client.get(INBOX).content.decode()
    assert editor_client.get(f"{INBOX}next/").headers["Location"] == INBOX


def test_each_editor_saves_views_of_his_own(editor_client: Client, client: Client) -> None:
    editor_client.post(f"{INBOX}views/?kind=alliance", {"name": "mine"})
    row = InboxView.objects.get()
    assert (row.name, row.query) == ("mine", "kind=alliance")
    assert "mine" in editor_client.get(INBOX).content.decode()
    other = Client()
    other.force_login(editor("other"))
    assert "mine" not in other.get(INBOX).content.decode()
    assert other.post(f"{INBOX}views/{row.pk}/delete/").status_code == 404
    assert editor_client.post(f"{INBOX}views/{row.pk}/delete/").status_code == 302
    assert not InboxView.objects.exists()


# --- who may ------------------------------------------------------------------------------------

GUESSED = ["", "next/", "days/?text=2025", "actors/?q=g", "write/", "event/e0001/", "event/nothing/", "claim/1/"]


@pytest.mark.parametrize("path", GUESSED)
def test_without_the_permission_to_decide_nothing_is_shown(path: str) -> None:
    fill(1, 2)
    signals.refresh()
    onlooker = User.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.set(Permission.objects.filter(codename__in=["view_event", "view_attention"]))
    staff, reader = Client(), Client()
    staff.force_login(onlooker)
    reader.force_login(User.objects.create_user("reader"))
    assert staff.get(INBOX + path).status_code == 403
    for client in (reader, Client()):
        answer = client.get(INBOX + path)
        assert answer.status_code == 302 and "/login/" in answer.headers["Location"]
    assert "reason=" not in staff.get("/admin/").content.decode()


@pytest.mark.parametrize("path", ["back/", "views/"])
def test_what_changes_something_is_no_get(editor_client: Client, path: str) -> None:
    assert editor_client.get(INBOX + path).status_code == 405


def test_no_get_changes_anything(editor_client: Client, django_assert_num_queries: Callable[..., object]) -> None:
    fill(1, 3)
    signals.refresh()
    with CaptureQueriesContext(connection) as context:
        for path in [*GUESSED[:6], "days/?text=nonsense"]:
            editor_client.get(INBOX + path)
    wrote = [q["sql"] for q in context.captured_queries if q["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert wrote == []
