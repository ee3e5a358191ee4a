"""Everyday sentences of English agencies give their events, and nothing else: the whole reader, rules and weights."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from timeline.extraction import Article, read_article

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)


def events(text: str) -> list[tuple[str, str, str]]:
    reading = read_article(Article("News", text, MONDAY, language="en"))
    return [(" ".join(e.participants), str(e.when.start), str(e.when.end)) for e in reading.events]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bulgarians go to the polls on Sunday.", ("BG", "2026-06-07", "2026-06-07")),
        ("Slovenes vote on Sunday for a new president.", ("SI", "2026-06-07", "2026-06-07")),
        ("Bulgarians go to the polls on Sunday, their fifth vote in two years.", ("BG", "2026-06-07", "2026-06-07")),
        (
            "Turkey's election board said on Friday that the election would be held on Sunday, May 9, 2027.",
            ("TR", "2027-05-09", "2027-05-09"),
        ),
        (
            "The next British general election must be held no later than 15 August 2029.",
            ("GB", "2026-06-01", "2029-08-15"),
        ),
        (
            "The prime minister of Britain has until June 2028 to call the next vote.",
            ("GB", "2026-06-01", "2028-06-30"),
        ),
        ("Leaders of the Group of 20 will meet in Miami next month.", ("g20", "2026-07-01", "2026-07-31")),
    ],
)
def test_an_everyday_sentence_gives_its_event(text: str, wanted: tuple[str, str, str]) -> None:
    assert events(text) == [wanted]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Scotland votes on May 7, 2027 to elect its parliament.", "GB-SCT"),
        ("Bavaria will hold a state election in autumn 2028.", "DE-BY"),
        ("New York City elects a mayor on November 6, 2029.", "US-NYC"),
        ("Tokyo elects a governor in July 2028.", "JP-13"),
    ],
)
def test_a_part_of_a_country_votes_for_itself(text: str, place: str) -> None:
    reading = read_article(Article("News", text, MONDAY, language="en"))
    assert [(e.type, e.place) for e in reading.events] == [("local", place)]


def test_what_lies_behind_and_was_not_put_off_has_occurred() -> None:
    text = "Mali and Burkina Faso left ECOWAS on January 29."
    reading = read_article(Article("News", text, datetime(2025, 11, 24, 12, tzinfo=UTC), language="en"))
    assert [(str(e.when.start), e.status) for e in reading.events] == [("2025-01-29", "occurred")]
