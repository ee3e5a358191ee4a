"""Decisions about many items at once, doubtful readings of the same sign, and what editors ask of one another."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.support.articles import raw, read_all
from tests.support.inbox import INBOX, editor
from tests.support.review import alice, signed_in
from timeline.curation import assignments, decide
from timeline.curation.alike import alike
from timeline.curation.inbox import signals
from timeline.curation.inbox.queue import InboxFilter, items
from timeline.curation.roles import sync_roles
from timeline.models import Assignment, Claim, Comment, Correction, Event
from timeline.pipeline import actors

__all__ = ["alice"]
pytestmark = pytest.mark.django_db
COUNTRIES = "英国 法国 德国 西班牙 波兰 葡萄牙 希腊 荷兰 比利时 瑞典 挪威 芬兰".split()


def votes(count: int) -> list[Event]:
    actors.load_gazetteer()
    read_all([raw(f"v{n}", "2024-03-20", f"{COUNTRIES[n]}大选将于2031年3月{n + 1}日举行。") for n in range(count)])
    signals.refresh()
    return list(Event.objects.filter(merged_into=None).order_by("day"))


def doubted(count: int) -> list[Claim]:
    """Doubtful readings of one sign, and one of another."""
    actors.load_gazetteer()
    texts = [f"{COUNTRIES[n]}首相表示支持，而选举将于7月{n + 1}日举行。" for n in range(count)]
    read_all([raw(f"d{n}", "2024-03-20", text) for n, text in enumerate(texts)])
    signals.refresh()
    return list(Claim.objects.filter(event=None).order_by("pk"))


def bulk(client: Client, action: str, keys: list[str], **more: str) -> str:
    answer = client.post(f"{INBOX}bulk/", {"action": action, "item": keys, **more}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("action", "field"), [("occurred", "status"), ("reject", "rejected"), ("accept", "accepted")])
def test_ticked_items_are_decided_together_undone_and_redone_by_one_act(alice: Client, action: str, field: str) -> None:
    keys = [f"event/{row.pk}" for row in votes(3)]
    bulk(alice, action, keys[:2])
    assert list(Correction.objects.values_list("field", flat=True)) == [field] * 2
    bulk(alice, "undo", [])
    assert not Correction.objects.filter(undone_at=None).exists()
    bulk(alice, "redo", [])
    assert Correction.objects.filter(undone_at=None).count() == 2


def test_what_cannot_be_decided_is_named_and_the_rest_is_decided(alice: Client) -> None:
    first, second, third = votes(3)
    decide.merge_events(first, second, editor("other"))
    known = Correction.objects.count()
    page = bulk(
        alice, "occurred", [f"event/{first.pk}", f"event/{third.pk}", "event/none", "claim/9", "x/1", "claim/x"]
    )
    assert "1 item: Took place." in page
    assert Correction.objects.count() == known + 1


def test_nothing_ticked_too_many_and_no_such_action_decide_nothing(alice: Client) -> None:
    keys = [f"event/{row.pk}" for row in votes(1)]
    assert "Tick the items first" in bulk(alice, "occurred", [])
    assert "At most 200" in bulk(alice, "occurred", [*keys, *(f"claim/{n}" for n in range(1, 202))])
    assert "Unknown action" in bulk(alice, "destroy", keys)
    assert not Correction.objects.exists()
    assert alice.get(f"{INBOX}bulk/").status_code == 405


def test_later_hides_the_ticked_items(alice: Client) -> None:
    keys = [f"claim/{row.pk}" for row in doubted(3)]
    bulk(alice, "later", keys[:2])
    page = alice.get(INBOX).content.decode()
    assert [key for key in keys if f'value="{key}"' in page] == keys[2:]


def test_doubtful_readings_of_the_same_sign_are_shown_and_decided_together(alice: Client) -> None:
    claims = doubted(12)
    assert {row.pk for row in alike(claims[0])} == {row.pk for row in claims}
    page = alice.get(f"{INBOX}claim/{claims[0].pk}/").content.decode()
    assert "All 12 of this kind" in page
    page = alice.get(f"{INBOX}claim/{claims[0].pk}/alike/").content.decode()
    assert page.count('class="quote"') == 10 and page.count('name="item"') == 12 and "and 2 more" in page
    bulk(alice, "reject", [f"claim/{row.pk}" for row in claims])
    assert Correction.objects.filter(field="rejected").count() == 12
    bulk(alice, "undo", [])
    assert not Correction.objects.filter(undone_at=None).exists()


def test_those_who_may_not_decide_learn_and_do_nothing() -> None:
    keys = [f"event/{row.pk}" for row in votes(1)]
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.post(f"{INBOX}bulk/", {"action": "reject", "item": keys}).status_code == 403
    assert not Correction.objects.exists()


# --- among editors ------------------------------------------------------------------------------


def test_an_item_is_assigned_listed_by_person_and_done_by_their_decision(alice: Client) -> None:
    (event,) = votes(1)
    bob = editor("bob")
    bulk(alice, "assign", [f"event/{event.pk}"], to=str(bob.pk))
    row = Assignment.objects.get()
    assert (row.to, row.by.username, row.done_at) == (bob, "alice", None)
    assert [item.event for item in items(InboxFilter(person=str(bob.pk)), event.day)] == [event.pk]
    mine = Client()
    mine.force_login(bob)
    assert event.pk in mine.get(f"{INBOX}?person={bob.pk}").content.decode()
    alice.post(f"{INBOX}event/{event.pk}/", {"action": "accept"})  # somebody else's decision does not end it
    assert Assignment.objects.get().done_at is None
    mine.post(f"{INBOX}event/{event.pk}/", {"action": "accept"})
    assert Assignment.objects.get().done_at is not None
    assert items(InboxFilter(person=str(bob.pk)), event.day) == []


def test_a_doubtful_reading_is_assigned_and_its_comments_stay_with_its_event(alice: Client) -> None:
    (claim,) = doubted(1)
    bob = editor("bob")
    more = {"comment": "Is this <b>the</b> king?", "to": str(bob.pk), "second": "1", "action": "comment"}
    assert alice.post(f"{INBOX}claim/{claim.pk}/", more).status_code == 302
    assert [item.claim for item in items(InboxFilter(person=str(bob.pk)), claim.reported)] == [claim.pk]
    page = alice.get(f"{INBOX}claim/{claim.pk}/").content.decode()
    assert "Is this &lt;b&gt;the&lt;/b&gt; king?" in page and "alice asks bob for a second look" in page
    event = decide.accept_claim(claim, editor("carol"))
    assert "Is this &lt;b&gt;the" in alice.get(f"{INBOX}event/{event.pk}/").content.decode()
    assert not Comment.objects.exclude(claim=claim).exists()


def test_a_comment_typed_beside_a_decision_is_kept_and_readers_never_see_it(alice: Client) -> None:
    (event,) = votes(1)
    alice.post(f"{INBOX}event/{event.pk}/", {"action": "accept", "comment": "checked with the embassy"})
    assert Comment.objects.get().text == "checked with the embassy"
    assert "embassy" not in Client().get(f"/events/{event.pk}/").content.decode()


def test_nobody_is_their_own_second_pair_of_eyes_or_asked_without_the_right(alice: Client) -> None:
    (event,) = votes(1)
    me = User.objects.get(username="alice")
    answer = alice.post(f"{INBOX}event/{event.pk}/", {"action": "comment", "to": str(me.pk), "second": "1"})
    assert answer.status_code == 400 and not Assignment.objects.exists()
    outsider = User.objects.create_user("outsider", is_staff=True)
    assert alice.post(f"{INBOX}event/{event.pk}/", {"action": "comment", "to": str(outsider.pk)}).status_code == 400
    assert outsider not in assignments.editors()


def test_decisions_of_trainees_wait_for_a_second_editor_and_those_of_others_do_not() -> None:
    sync_roles()
    event, other = votes(2)
    trainee = User.objects.create_user("trainee", is_staff=True)
    trainee.groups.add(Group.objects.get(name="trainee"))
    client = Client()
    client.force_login(trainee)
    client.post(f"{INBOX}event/{event.pk}/", {"action": "cancelled"})
    event.refresh_from_db()
    row = Correction.objects.get()
    assert row.waits and event.status == "scheduled"
    decide.approve_correction(row, editor("chief", "approve_correction"))
    event.refresh_from_db()
    assert event.status == "cancelled"
    signed_in("alice").post(f"{INBOX}event/{other.pk}/", {"action": "cancelled"})
    other.refresh_from_db()
    assert other.status == "cancelled"
    assert not decide.needs_two_pairs(User.objects.create_superuser("root"))
