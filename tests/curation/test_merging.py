"""Editors merge and tell apart: it outlives every re-read and every new article, and ids lead on for ever."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.test import Client

from tests.support.articles import picture, raw, read_all
from tests.support.merging import BOTH, SUMMIT, TALKS, VOTE, live
from tests.support.users import with_permissions
from timeline.curation import decide
from timeline.models import Article, Claim, Correction, Event
from timeline.operations import doctor
from timeline.pipeline.corrections import unmatched
from timeline.pipeline.locks import lock_keys
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue
from timeline.pipeline.reread import compare
from timeline.pipeline.resolve import resolve_key, resolve_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor() -> User:
    return with_permissions("editor", "add_correction")


@pytest.fixture
def two() -> tuple[Event, Event]:
    """Two events of different keys."""
    read_all([TALKS, SUMMIT])
    talks, pact = Event.objects.get(type="meeting"), Event.objects.get(type="agreement")
    assert talks.key != pact.key
    return talks, pact


def again() -> None:
    ids = list(Article.objects.values_list("pk", flat=True))
    requeue(ids)
    process(ids)


def test_a_merged_event_leads_to_the_other_which_has_its_claims(
    two: tuple[Event, Event], editor: User, client: Client
) -> None:
    talks, pact = two
    decide.merge_events(talks, pact, editor, "the same visit")
    talks.refresh_from_db()
    pact.refresh_from_db()
    assert (talks.merged_into, pact.claim_count, pact.curated) == (pact, 2, True)
    assert set(Claim.objects.values_list("event", flat=True)) == {pact.pk}
    for ending in ("/", ".json", ".ics", ".jsonld"):
        moved = client.get(f"/events/{talks.pk}{ending}")
        assert (moved.status_code, pact.pk in moved.headers["Location"]) == (301, True), ending
    moved = client.get(f"/api/v1/events/{talks.pk}")
    assert moved.status_code in (301, 308) and pact.pk in moved.headers["Location"]
    merged = [c for c in client.get("/changes.json").json()["changes"] if c["what"] == "merged"]
    assert [(c["event"], c["merged_into"]) for c in merged] == [(talks.pk, pact.pk)]


def test_a_merge_outlives_reading_again_new_articles_and_an_earlier_one(two: tuple[Event, Event], editor: User) -> None:
    talks, pact = two
    decide.merge_events(talks, pact, editor)
    before = picture()
    again()
    assert picture() == before
    read_all([raw("u", "2024-05-03", "日本和加拿大将于6月3日举行外长会谈，讨论防务。", "three.example")])
    read_all([raw("v", "2024-04-20", "日本和加拿大将于6月3日举行外长会谈，双方已经确认。", "four.example")])
    read_all([raw("w", "2024-04-19", "日本与加拿大将于6月10日签署防卫协议，文本已经定稿。", "five.example")])
    alive = Event.objects.filter(merged_into=None, retracted=False)
    assert [event.claim_count for event in alive] == [5]
    assert not Event.objects.filter(retracted=True).exists()
    again()
    assert alive.count() == 1


def test_undoing_a_merge_brings_both_back_and_doing_it_again_merges_them(
    two: tuple[Event, Event], editor: User
) -> None:
    talks, pact = two
    before = picture()
    made = decide.merge_events(talks, pact, editor)
    merged = picture()
    decide.undo_correction(made, editor, "two visits after all")
    assert picture() == before
    decide.redo_correction(made, editor, "one after all")
    assert picture() == merged
    decide.undo_correction(made, editor)
    assert picture() == before
    assert [row.history_change_reason for row in made.history.order_by("history_id")] == [
        *(None, "two visits after all", "one after all", None),
    ]


def test_what_was_decided_about_either_goes_into_the_merged_and_that_of_the_target_stands(
    two: tuple[Event, Event], editor: User
) -> None:
    talks, pact = two
    decide.correct_field(pact, "status", "expected", editor)
    decide.correct_field(talks, "status", "cancelled", editor)
    decide.correct_field(talks, "note", "the first in ten years", editor)
    decide.merge_events(talks, pact, editor)
    pact.refresh_from_db()
    assert (pact.status, pact.note) == ("expected", "the first in ten years")


def test_what_cannot_be_merged_is_refused(two: tuple[Event, Event], editor: User) -> None:
    talks, pact = two
    read_all(VOTE)
    vote = Event.objects.get(kind="election")
    for one, other in ((talks, talks), (talks, vote)):
        with pytest.raises(ValidationError):
            decide.merge_events(one, other, editor)
    decide.merge_events(talks, pact, editor)
    with pytest.raises(ValidationError, match=pact.pk):
        decide.correct_field(talks, "status", "cancelled", editor)
    with pytest.raises(PermissionDenied):
        decide.merge_events(pact, talks, User.objects.create_user("onlooker"))
    assert Correction.objects.count() == 1


def test_merges_in_a_row_lead_to_the_last(two: tuple[Event, Event], editor: User) -> None:
    talks, pact = two
    read_all([raw("x", "2024-05-04", "日本与加拿大将于8月20日举行联合军演。", "six.example")])
    exercise = Event.objects.get(type="exercise")
    decide.merge_events(talks, pact, editor)
    decide.merge_events(pact, exercise, editor)
    again()
    exercise.refresh_from_db()
    talks.refresh_from_db()
    pact.refresh_from_db()
    assert exercise.claim_count == 3 and {talks.merged_into, pact.merged_into} <= {pact, exercise}
    assert Event.objects.filter(merged_into=None, retracted=False).get() == exercise


def test_claims_are_split_off_and_stay_so(editor: User) -> None:
    read_all(VOTE)
    vote = Event.objects.get()
    before = picture()
    first = vote.claims.order_by("reported")[0]
    made = decide.split_event(vote, [first.pk], editor, "a by-election")
    vote.refresh_from_db()
    assert made.other is not None
    made.other.refresh_from_db()
    assert (vote.claim_count, made.other.retracted, made.other.claim_count) == (1, False, 1)
    decide.correct_field(made.other, "type", "by_election", editor)
    apart = picture()
    again()
    assert picture() == apart
    read_all([raw("c", "2024-05-25", "英国大选将于7月4日举行，各党公布名单。", "three.example")])
    vote.refresh_from_db()
    assert vote.claim_count == 2
    Article.objects.filter(url__contains="three.example").delete()
    resolve_key(vote.key)
    decide.undo_correction(made, editor)
    assert picture()[0] == [(*row[:6], 2) for row in before[0]]  # type: ignore[index]
    made.other.refresh_from_db()
    assert made.other.merged_into == vote
    decide.redo_correction(made, editor)
    made.other.refresh_from_db()
    assert made.other.merged_into is None and made.other.type == "by_election"


def test_some_claims_have_to_be_chosen_and_some_left(editor: User) -> None:
    read_all(VOTE)
    vote = Event.objects.get()
    for chosen in ([], list(vote.claims.values_list("pk", flat=True)), [10**9]):
        with pytest.raises(ValidationError):
            decide.split_event(vote, chosen, editor)
    assert Event.objects.count() == 1


def test_the_preview_of_rereading_shows_the_merges(two: tuple[Event, Event], editor: User) -> None:
    decide.merge_events(*two, editor)
    diff = compare(Article.objects.select_related("source"))
    assert not diff.failed and diff.articles == 2


# --- what exactly a decision names --------------------------------------------------------------

TALKS_AND_PACT = raw("v", "2024-05-01", "日本和加拿大将于6月3日举行外长会谈，并将于6月10日签署防卫协议。")


def test_of_two_votes_in_one_sentence_one_is_merged_and_the_other_stays(editor: User) -> None:
    read_all([BOTH, raw("o", "2024-05-02", "澳大利亚大选将于2026年9月8日举行。", "two.example")])
    votes = live()
    assert len(votes) == 3
    decide.merge_events(votes["general 2025"], votes["general 2026"], editor)
    assert {words: event.claim_count for words, event in live().items() if words != "general 2028"} in (
        {"general 2025": 2},
        {"general 2026": 2},
    )
    assert live()["general 2028"] == votes["general 2028"]
    again()
    assert live()["general 2028"] == votes["general 2028"] and len(live()) == 2


@pytest.mark.parametrize("together", [False, True])
def test_what_a_sentence_tells_beside_a_merged_event_stays_whatever_is_resolved_together(
    editor: User, together: bool
) -> None:
    read_all([TALKS_AND_PACT, SUMMIT, raw("t", "2024-05-02", "日本和加拿大将于9月3日举行外长会谈。", "two.example")])
    talks = Event.objects.filter(type="meeting", merged_into=None).order_by("day")
    pact = Event.objects.get(type="agreement", merged_into=None)
    decide.merge_events(talks[0], talks[1], editor)
    keys = sorted(set(Claim.objects.values_list("key", flat=True)))
    for some in [keys] if together else [[key] for key in keys]:
        assert resolve_keys(some) == {}
    pact.refresh_from_db()
    assert (pact.merged_into, pact.retracted, pact.claim_count) == (None, False, 2)


def test_a_lock_on_the_remaining_stays_there_when_the_merge_is_undone(two: tuple[Event, Event], editor: User) -> None:
    talks, pact = two
    read_all([raw("t2", "2024-05-02", "日本和加拿大将于6月3日举行外长会谈，地点已定。", "three.example")])
    made = decide.merge_events(talks, pact, editor)
    decide.correct_field(pact, "status", "cancelled", editor)
    decide.undo_correction(made, editor)
    talks.refresh_from_db()
    pact.refresh_from_db()
    assert (talks.merged_into, talks.status, pact.status) == (None, "scheduled", "cancelled")


def test_decisions_about_an_event_that_is_no_longer_split_off_rest_with_it(editor: User) -> None:
    read_all([*VOTE, raw("o", "2024-05-25", "英国大选定于2026年9月8日举行。", "three.example")])
    vote, later = live()["general 2024"], live()["general 2026"]
    apart = decide.split_event(vote, [vote.claims.order_by("reported")[0].pk], editor)
    assert apart.other is not None
    decide.merge_events(apart.other, later, editor)
    later.refresh_from_db()
    assert later.claim_count == 2
    decide.undo_correction(apart, editor)
    assert {words: event.claim_count for words, event in live().items()} == {"general 2024": 2, "general 2026": 1}
    decide.redo_correction(apart, editor)
    assert {event.pk: event.claim_count for event in Event.objects.filter(merged_into=None)} == {
        vote.pk: 1,
        later.pk: 2,
    }


def test_an_event_into_which_another_was_merged_keeps_its_id_when_nothing_else_speaks_of_it(
    two: tuple[Event, Event], editor: User
) -> None:
    talks, pact = two
    decide.merge_events(talks, pact, editor)
    decide.correct_field(pact, "note", "the first in ten years", editor)
    keys = lock_keys([pact.key])
    Article.objects.filter(claims__event=pact, claims__type="agreement").delete()
    resolve_keys(keys)
    pact.refresh_from_db()
    talks.refresh_from_db()
    assert (pact.claim_count, pact.note, talks.merged_into) == (1, "the first in ten years", pact)
    assert {row.field for row in unmatched()} == {"merged", "note"}


def test_a_decision_that_finds_its_event_no_more_is_listed_until_it_finds_it_again(
    two: tuple[Event, Event], editor: User, admin_client: Client
) -> None:
    talks, _ = two
    made = decide.correct_field(talks, "status", "cancelled", editor, "the embassy says so")
    assert not unmatched().exists()
    address = "/admin/timeline/correction/?state=unfound"
    assert "the embassy says so" not in admin_client.get(address).content.decode()
    read_all([raw("t", "2024-05-01", "会谈的消息有误，本报致歉。")])
    assert list(unmatched()) == [made]
    for page in (address, "/admin/", "/admin/timeline/attention/"):
        said = admin_client.get(page).content.decode()
        assert ("the embassy says so" if page == address else "state=unfound") in said, page
    out = io.StringIO()
    call_command("reread", "--apply", stdout=out)
    assert f"unfound {talks.pk} status by editor" in out.getvalue() and "the embassy says so" in out.getvalue()
    (finding,) = doctor.check_corrections()
    assert finding.state == doctor.ODD and talks.pk in finding.what
    read_all([TALKS])
    assert not unmatched().exists() and [f.state for f in doctor.check_corrections()] == [doctor.GOOD]
    talks.refresh_from_db()
    assert talks.status == "cancelled"
