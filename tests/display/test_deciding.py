"""Where a report is doubtful, pages say what decided it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.support import rows
from tests.support.reading import english, reader
from timeline.display import deciding
from timeline.display.deciding import MAX_CHARS, MAX_SHOWN, doubts_in_words
from timeline.models import Claim, Event

__all__ = ["english", "reader"]
pytestmark = pytest.mark.django_db
SENTENCE = "澳大利亚将于2025年5月举行大选。"


def doubtful(text: str = SENTENCE, number: int = 1, **more: Any) -> Claim:
    event = Event.objects.first() or rows.event("australia1", ["AU"], "2025-05-01", "2025-05-31", granularity="month")
    expression = rows.expression(text, "2025年5月", "2025-05-01", "2025-05-31", [["stated", []]])
    article = rows.article(text, title=f"标题{number}", expressions=[expression])
    said = {"doubts": ["unsure"], "probability": 0.6, **more}
    return rows.claim(event, article, SENTENCE, trigger="大选", mentions={"澳大利亚": "AU"}, expressions=[0], **said)


def test_the_page_of_an_event_says_why_the_reader_is_not_sure(english: Client, reader: Client) -> None:
    claim = doubtful()
    (words, why) = doubts_in_words([claim])[claim.pk]
    assert "60" in words and why
    for client, told in ((english, "for it: "), (reader, "支持：")):
        assert told in client.get("/events/australia1/").content.decode()


def test_plain_reports_and_other_doubts_are_not_explained() -> None:
    claim = doubtful(doubts=["one_party"])
    assert len(doubts_in_words([claim])[claim.pk]) == 1
    assert doubts_in_words([doubtful(number=2, doubts=[])]).popitem()[1] == []


def test_a_page_reads_few_and_short_articles_again(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = [doubtful(number=n) for n in range(MAX_SHOWN + 2)]
    assert sum(len(words) == 2 for words in doubts_in_words(claims).values()) == MAX_SHOWN
    long = doubtful(SENTENCE + "而" * MAX_CHARS, number=9)
    assert len(doubts_in_words([long])[long.pk]) == 1
    monkeypatch.setattr(deciding, "read_pairs", lambda *_: pytest.fail("it was read again"))
    assert len(doubts_in_words(claims[:1])[claims[0].pk]) == 2


def test_what_is_read_otherwise_by_now_is_not_explained() -> None:
    claim = doubtful()
    Claim.objects.filter(pk=claim.pk).update(trigger=[900, 902])
    assert len(doubts_in_words([claim])[claim.pk]) == 1
