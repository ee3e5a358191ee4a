"""Editors win: what they decide stands, can be undone, and is never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from tests.support.articles import CAST, raw, read_all
from tests.support.users import with_permissions
from timeline.curation import decide, values
from timeline.curation.day_input import parse_days
from timeline.curation.manual import ManualEvent
from timeline.extraction.when import When, iso
from timeline.models import Article, Change, Claim, Correction, Event
from timeline.pipeline.process import process
from timeline.pipeline.read import requeue

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote() -> Event:
    read_all(CAST[:1])
    return Event.objects.get()


@pytest.fixture
def editor() -> User:
    return with_permissions("editor", "add_correction")


def test_dates_status_type_and_participants_of_an_editor_stand(vote: Event, editor: User) -> None:
    decide.correct_field(vote, "dates", {"start": "2024-07-01", "end": "2024-07-31", "granularity": "month"}, editor)
    decide.correct_field(vote, "status", "expected", editor)
    decide.correct_field(vote, "type", "legislative", editor)
    decide.correct_field(vote, "participants", ["GB"], editor)
    read_all([raw("x", "2024-03-01", "英国大选将于11月14日举行。")])
    vote.refresh_from_db()
    assert (str(vote.start), str(vote.end), vote.granularity) == ("2024-07-01", "2024-07-31", "month")
    assert (vote.status, vote.type) == ("expected", "legislative")
    assert vote.beliefs.get(until=None).change == "corrected"


def test_undo_lets_the_claims_hold_again_and_keeps_the_history(vote: Event, editor: User) -> None:
    before = (vote.start, vote.end, vote.status)
    made = decide.correct_field(
        vote, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, editor, "told by the palace"
    )
    decide.undo_correction(made, editor)
    decide.undo_correction(made, editor)
    vote.refresh_from_db()
    assert (vote.start, vote.end, vote.status) == before
    kept = Correction.objects.get()
    assert (kept.reason, kept.undone_by) == ("told by the palace", editor)


def test_the_later_of_two_corrections_stands_and_undoing_it_brings_back_the_earlier(vote: Event, editor: User) -> None:
    decide.correct_field(vote, "status", "expected", editor)
    later = decide.correct_field(vote, "status", "cancelled", editor)
    vote.refresh_from_db()
    assert vote.status == "cancelled"
    decide.undo_correction(later, editor)
    vote.refresh_from_db()
    assert vote.status == "expected"


def test_a_rejection_can_be_taken_back(vote: Event, editor: User) -> None:
    made = decide.correct_field(vote, "rejected", True, editor)
    vote.refresh_from_db()
    assert vote.retracted
    decide.undo_correction(made, editor)
    vote.refresh_from_db()
    assert not vote.retracted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("dates", "2025-05"),
        ("dates", {"start": None, "end": None}),
        ("dates", {"start": "2025-05-02", "end": "2025-05-01"}),
        ("dates", {"start": "2025-13-01", "end": None}),
        ("dates", {"start": "2025-05-01", "end": None, "granularity": "fortnight"}),
        ("status", "maybe"),
        ("type", "picnic"),
        ("participants", []),
        ("participants", ["ZZ"]),
        ("rejected", "yes"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(
    vote: Event, editor: User, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError):
        decide.correct_field(vote, field, value, editor)
    assert not Correction.objects.exists()


def test_an_event_that_an_editor_decided_about_stays_when_its_claims_become_doubtful(editor: User) -> None:
    read_all([raw("a", "2024-03-20", "英国大选将于7月4日举行。"), raw("b", "2024-03-20", "德国大选将于9月8日举行。")])
    mine, other = Event.objects.get(key__endswith=":GB"), Event.objects.get(key__endswith=":DE")
    decide.correct_field(mine, "status", "expected", editor)
    read_all(
        [
            raw("a", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。"),
            raw("b", "2024-03-20", "德国总理表示支持，而选举将于9月8日举行。"),
        ]
    )
    mine.refresh_from_db()
    other.refresh_from_db()
    now = mine.merged_into or mine
    assert (now.retracted, now.status, str(now.start)) == (False, "expected", "2024-07-04")
    assert other.retracted


def test_a_rejected_event_does_not_come_back_with_the_next_reprint(vote: Event, editor: User) -> None:
    decide.correct_field(vote, "rejected", True, editor, "satire")
    text = CAST[0].markup.removeprefix("<p>").removesuffix("</p>")
    read_all([raw("r", "2024-01-19", text, "three.example"), raw("q", "2024-01-17", text, "four.example")])
    requeue(list(Article.objects.values_list("pk", flat=True)))
    process(list(Article.objects.values_list("pk", flat=True)))
    assert not Event.objects.filter(merged_into=None, retracted=False).exists()


def test_a_new_value_of_a_locked_field_is_a_proposal(vote: Event, editor: User) -> None:
    dates = {"start": "2024-10-01", "end": "2024-12-31", "granularity": "quarter"}
    decide.correct_field(vote, "dates", dates, editor)
    vote.refresh_from_db()
    assert vote.proposals == {}
    read_all(CAST[1:2])
    vote.refresh_from_db()
    assert (str(vote.start), vote.proposals["dates"]["start"]) == ("2024-10-01", "2024-07-04")
    decide.correct_field(vote, "dates", dates, editor, "the palace says autumn")
    vote.refresh_from_db()
    assert vote.proposals == {}, "the editor knows what the machine says, and leaves it"
    read_all([raw("z", "2024-06-20", "英国大选将于7月4日举行，各党准备投票日。", "five.example")])
    vote.refresh_from_db()
    assert vote.proposals == {}
    decide.correct_field(vote, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, editor)
    vote.refresh_from_db()
    assert (str(vote.start), vote.proposals) == ("2024-07-04", {})


def test_accepting_locks_nothing_and_is_remembered(vote: Event, editor: User) -> None:
    before = vote.start
    made = decide.accept_event(vote, editor)
    assert made.value["dates"]["start"] == str(before) and made.value["participants"] == ["GB"]
    read_all(CAST[1:2])
    vote.refresh_from_db()
    assert (str(vote.start), vote.curated) == ("2024-07-04", True)


def test_a_note_and_importance_weigh_and_move_no_date(vote: Event, editor: User) -> None:
    before, since = vote.weight, vote.believed_since
    decide.correct_fields(vote, {"note": " decides the budget ", "importance": 3}, editor)
    vote.refresh_from_db()
    assert (vote.note, vote.importance, vote.believed_since) == ("decides the budget", 3, since)
    assert vote.weight > before + 300
    for field, value in (("note", 5), ("note", "x" * 6000), ("importance", 4), ("importance", True)):
        with pytest.raises(ValidationError):
            decide.correct_field(vote, field, value, editor)


def test_all_or_none_of_several_fields_are_decided(vote: Event, editor: User) -> None:
    with pytest.raises(ValidationError):
        decide.correct_fields(vote, {"status": "expected", "type": "picnic"}, editor)
    assert not Correction.objects.exists()


def test_the_second_of_two_editors_learns_what_happened(vote: Event, editor: User) -> None:
    other = with_permissions("other", "add_correction")
    seen = decide.stamp(vote)
    decide.correct_field(vote, "status", "expected", other, seen=seen)
    with pytest.raises(decide.StaleEventError) as told:
        decide.correct_field(vote, "status", "cancelled", editor, seen=seen)
    assert told.value.event.status == "expected" and Correction.objects.get().editor == other
    seen = decide.stamp(Event.objects.get())
    read_all([raw("z", "2024-01-20", "英国首相说，英国大选将于今年下半年举行，并无变化。", "five.example")])
    decide.correct_field(vote, "status", "cancelled", editor, seen=seen)


def test_an_editor_undoes_what_is_his_and_a_chief_what_is_anybodys(vote: Event, editor: User) -> None:
    other = with_permissions("other", "add_correction")
    chief = with_permissions("chief", "add_correction", "undo_any_correction")
    made = decide.correct_field(vote, "status", "cancelled", editor)
    with pytest.raises(PermissionDenied):
        decide.undo_correction(made, other)
    with pytest.raises(PermissionDenied):
        decide.correct_field(vote, "status", "cancelled", User.objects.create_user("onlooker"))
    decide.undo_correction(made, chief)
    with pytest.raises(PermissionDenied):
        decide.redo_correction(made, other)
    decide.redo_correction(made, editor)
    vote.refresh_from_db()
    assert vote.status == "cancelled"


def test_with_two_pairs_of_eyes_a_decision_waits_for_the_second(vote: Event, editor: User, settings: Any) -> None:
    settings.TWO_PAIRS = True
    second = with_permissions("second", "add_correction", "approve_correction")
    made = decide.correct_field(vote, "status", "cancelled", editor)
    vote.refresh_from_db()
    assert made.waits and vote.status == "scheduled" and not vote.curated
    for who in (editor, User.objects.create_user("onlooker")):
        with pytest.raises(PermissionDenied):
            decide.approve_correction(made, who)
    editor.user_permissions.add(Permission.objects.get(codename="approve_correction"))
    with pytest.raises(PermissionDenied, match="Another editor"):
        decide.approve_correction(made, User.objects.get(pk=editor.pk))
    decide.approve_correction(made, second)
    vote.refresh_from_db()
    assert (vote.status, made.approved_by) == ("cancelled", second)
    with pytest.raises(PermissionDenied):
        decide.undo_correction(made, editor)
    assert not decide.accept_event(vote, editor).waits, "accepting changes nothing"


def test_a_doubtful_claim_can_be_accepted(editor: User) -> None:
    read_all([raw("h", "2024-03-20", "英国首相表示支持，而选举将于7月4日举行。")])
    doubted = Claim.objects.get()
    made = decide.accept_claim(doubted, editor)
    assert (made.retracted, str(made.start), made.status) == (False, "2024-07-04", "scheduled")
    assert [c.what for c in Change.objects.all()] == ["added"]
    requeue([doubted.article_id])
    process([doubted.article_id])
    made.refresh_from_db()
    assert not made.retracted
    with pytest.raises(ValidationError):
        decide.accept_claim(Claim.objects.get(), editor)


def test_an_event_written_by_hand_stands_and_takes_in_what_newsrooms_tell(editor: User, client: Client) -> None:
    day = date(2024, 7, 4)
    written = ManualEvent(
        *("election", "general", ("GB",), When(day, day), "scheduled", "Told by the commission on the phone."),
        why="the first since 2019",
        importance=2,
    )
    made = decide.add_manual_event(written, editor)
    assert (made.start, made.status, made.note, made.importance, made.curated) == (
        *(day, "scheduled", "the first since 2019", 2, True),
    )
    article = Article.objects.get()
    assert article.state == Article.State.HAND and requeue([article.pk]) == 0
    assert client.get(f"/events/{made.pk}/").status_code == client.get(f"/articles/{article.pk}/").status_code == 200
    read_all(CAST[1:2])
    (now,) = Event.objects.filter(retracted=False, merged_into=None)
    made.refresh_from_db()
    assert now.claim_count == 2 and made.merged_into in (None, now)
    read_all([raw("z", "2024-05-30", "英国大选将于7月11日举行。", "five.example")])
    now.refresh_from_db()
    assert (now.start, now.note) == (day, "the first since 2019")


@pytest.mark.parametrize(
    "wrong", [{"participants": ()}, {"source_note": " "}, {"type": "war"}, {"when": When(None, None)}]
)
def test_what_is_missing_in_a_manual_event_is_reported(editor: User, wrong: dict[str, Any]) -> None:
    day = date(2024, 7, 4)
    written = ManualEvent("election", "general", ("GB",), When(day, day), "scheduled", "Told on the phone.")
    with pytest.raises(ValidationError):
        decide.add_manual_event(replace(written, **wrong), editor)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("text", "start", "end", "grain"),
    [
        ("2025年5月", "2025-05-01", "2025-05-31", "month"),
        ("2025年5月3日", "2025-05-03", "2025-05-03", "day"),
        ("明年年初", "2025-01-01", "2025-03-31", None),
        ("by end of June", "2024-03-20", "2024-06-30", None),
        ("2025-05..2025-06", "2025-05-01", "2025-06-30", "span"),
        ("2025-05/2025-06", "2025-05-01", "2025-06-30", "span"),
        ("2025-05", "2025-05-01", "2025-05-31", "month"),
        ("2025-05~", "2025-05-01", "2025-05-31", "month"),
        ("2025", "2025-01-01", "2025-12-31", "year"),
        ("2025-05-03", "2025-05-03", "2025-05-03", "day"),
        ("2025-05/..", "2025-05-01", None, "span"),
        ("next week", "2024-03-25", "2024-03-31", "week"),
    ],
)
def test_days_are_typed_as_an_editor_would(text: str, start: str, end: str | None, grain: str | None) -> None:
    typed = parse_days(text, date(2024, 3, 20))
    assert [iso(day) for day in typed.when.days] == [start, end]
    assert grain in (None, typed.when.grain) and typed.when.grain in values.GRAINS
    values.CHECKS["dates"](typed.value, Event())


@pytest.mark.parametrize("text", ["", "soon", "5月或6月3日和8月", "2025-13", "x" * 200, "../..", "2025-06/2025-05"])
def test_what_is_no_date_is_reported(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_days(text, date(2024, 3, 20))
