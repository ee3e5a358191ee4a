"""The review screen of a doubtful claim: an event is made of it, or it is set aside."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.support.articles import raw, read_all
from tests.support.inbox import INBOX
from tests.support.review import alice
from timeline.curation.inbox import signals
from timeline.models import Attention, Claim, Correction, Event

__all__ = ["alice"]
pytestmark = pytest.mark.django_db

DOUBTFUL = "英国首相表示支持，而选举将于7月4日举行。"


# --- doubtful claims ----------------------------------------------------------------------------


@pytest.fixture
def doubted() -> Claim:
    read_all([raw("h", "2024-03-20", DOUBTFUL)])
    signals.refresh()
    return Claim.objects.get()


def test_a_doubtful_claim_becomes_an_event(alice: Client, doubted: Claim) -> None:
    assert "a participant is named in a different clause" in alice.get(f"{INBOX}claim/{doubted.pk}/").content.decode()
    alice.post(f"{INBOX}claim/{doubted.pk}/", {"action": "accept"})
    made = Event.objects.get(retracted=False)
    assert (str(made.start), made.curated) == ("2024-07-04", True)
    assert alice.get(f"{INBOX}claim/{doubted.pk}/").headers["Location"] == f"{INBOX}event/{made.pk}/"
    assert not Attention.objects.exclude(reasons=[]).exists()
    alice.post(f"{INBOX}event/{made.pk}/", {"action": "undo"})
    assert not Correction.objects.filter(undone_at=None).exists()


@pytest.mark.parametrize("two_pairs", [False, True])
def test_what_is_no_event_does_not_come_back_with_a_reprint(
    alice: Client, doubted: Claim, two_pairs: bool, settings: Any
) -> None:
    settings.TWO_PAIRS = two_pairs
    alice.post(f"{INBOX}claim/{doubted.pk}/", {"action": "reject"})
    assert not Event.objects.filter(retracted=False).exists()
    read_all([raw("h2", "2024-03-21", DOUBTFUL, "two.example")])
    signals.refresh()
    assert not Event.objects.filter(retracted=False).exists()
    assert not Attention.objects.exclude(reasons=[]).exists()


def test_a_claim_left_doubtful_does_not_ask_again(alice: Client, doubted: Claim) -> None:
    alice.post(f"{INBOX}claim/{doubted.pk}/", {"action": "leave"})
    signals.refresh()
    signals.update_claims([doubted.article_id])
    assert not Attention.objects.exclude(reasons=[]).exists()
    assert not Event.objects.exists()
    assert alice.post(f"{INBOX}claim/{doubted.pk}/", {"action": "dance"}).status_code == 400
