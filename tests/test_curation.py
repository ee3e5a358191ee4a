"""Editors win: what they decide stands, can be undone, and is never lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from test_pipeline import CAST, raw, read_all

from timeline import curation
from timeline.models import Correction, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote() -> Event:
    read_all(CAST[:1])
    return Event.objects.get()


@pytest.fixture
def editor() -> User:
    return with_permissions("editor", "add_correction")


def with_permissions(name: str, *codenames: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def test_dates_status_type_and_participants_of_an_editor_stand(vote: Event, editor: User) -> None:
    curation.correct(vote, "dates", {"start": "2024-07-01", "end": "2024-07-31", "granularity": "month"}, editor)
    curation.correct(vote, "status", "expected", editor)
    curation.correct(vote, "type", "legislative", editor)
    curation.correct(vote, "participants", ["GB"], editor)
    read_all([raw("x", "2024-03-01", "英国大选将于11月14日举行。")])
    vote.refresh_from_db()
    assert (str(vote.start), str(vote.end), vote.granularity) == ("2024-07-01", "2024-07-31", "month")
    assert (vote.status, vote.type) == ("expected", "legislative")
    assert vote.beliefs.get(until=None).change == "corrected"


def test_undo_lets_the_claims_hold_again_and_keeps_the_history(vote: Event, editor: User) -> None:
    before = (vote.start, vote.end, vote.status)
    made = curation.correct(vote, "dates", {"start": "2024-07-04", "end": "2024-07-04"}, editor, "told by the palace")
    curation.undo(made, editor)
    curation.undo(made, editor)
    vote.refresh_from_db()
    assert (vote.start, vote.end, vote.status) == before
    kept = Correction.objects.get()
    assert (kept.reason, kept.undone_by) == ("told by the palace", editor)


def test_the_later_of_two_corrections_stands_and_undoing_it_brings_back_the_earlier(vote: Event, editor: User) -> None:
    curation.correct(vote, "status", "expected", editor)
    later = curation.correct(vote, "status", "cancelled", editor)
    vote.refresh_from_db()
    assert vote.status == "cancelled"
    curation.undo(later, editor)
    vote.refresh_from_db()
    assert vote.status == "expected"


def test_a_rejection_can_be_taken_back(vote: Event, editor: User) -> None:
    made = curation.correct(vote, "rejected", True, editor)
    vote.refresh_from_db()
    assert vote.retracted
    curation.undo(made, editor)
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
        ("type", "summit"),
        ("participants", []),
        ("participants", ["ZZ"]),
        ("rejected", "yes"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(
    vote: Event, editor: User, field: str, value: Any
) -> None:
    with pytest.raises(ValidationError):
        curation.correct(vote, field, value, editor)
    assert not Correction.objects.exists()


def test_an_event_that_an_editor_decided_about_stays_when_its_claims_become_doubtful(editor: User) -> None:
    read_all([raw("a", "2024-03-20", "英国大选将于7月4日举行。"), raw("b", "2024-03-20", "德国大选将于9月8日举行。")])
    mine, other = Event.objects.get(key__endswith=":GB"), Event.objects.get(key__endswith=":DE")
    curation.correct(mine, "status", "expected", editor)
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
