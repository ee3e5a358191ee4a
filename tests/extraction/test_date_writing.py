"""What cannot be seen changes no reading of an English date, and what a text leaves out is filled in its own way."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction.dates import find

ANCHOR = date(2025, 10, 22)


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200b", "\u2060", "\ufeff"])
@pytest.mark.parametrize("written", ["Sep{}tember 9, 2026", "September {}9, 2026", "March 3{}, 2027"])
def test_an_unseen_character_changes_no_english_reading(unseen: str, written: str) -> None:
    text = f"The vote is on {written.format(unseen)} in Peru."
    [seen] = find(text, ANCHOR, language="en")
    [plain] = find(f"The vote is on {written.format('')} in Peru.", ANCHOR, language="en")
    assert (seen.start, seen.end) == (plain.start, plain.end)
    assert text[seen.start_char : seen.end_char] == seen.text == written.format(unseen)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "Chile presides from February 1.", date(2026, 2, 1)),
        ("zh", "2月1日的会议谈了此事。", date(2025, 2, 1)),
        ("en", "They met on the 30th.", date(2025, 9, 30)),
        ("zh", "30日的会议地点是利马。", date(2025, 10, 30)),
    ],
)
def test_a_day_of_no_verb_is_of_the_year_that_its_language_means(language: str, text: str, wanted: date) -> None:
    assert [e.start for e in find(text, ANCHOR, language=language)] == [wanted]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("on 8 and 15 September 2026", [date(2026, 9, 8), date(2026, 9, 15)]),
        ("the 8th, 9th or 11th of May 2026", [date(2026, 5, 8), date(2026, 5, 9), date(2026, 5, 11)]),
        ("a house of 8 and 15 seats", []),
        ("20260915", [date(2026, 9, 15)]),
    ],
)
def test_a_mere_number_is_a_day_where_a_month_follows_its_list(text: str, wanted: list[date]) -> None:
    assert [e.start for e in find(text, ANCHOR, language="en")] == wanted
