"""English dates however they are written: blanks and unseen characters change no reading."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.date_examples import days, examples
from timeline.extraction.dates import find

ANCHOR = date(2024, 3, 20)
TEXTS = [e.text for e in examples("en")]
BESIDE_NUMBER = re.compile(r"(?<=\d) (?=[A-Za-z])|(?<=[A-Za-z]) (?=\d)")
BLANKS = ["  ", "   ", "\u00a0", "\u2009", "\u202f"]
UNSEEN = ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u200e"]
BOUNDED = settings(max_examples=150)


def meant(text: str) -> list[str]:
    return [days(e) for e in find(text, ANCHOR, language="en")]


@BOUNDED
@given(st.sampled_from(TEXTS), st.sampled_from(BLANKS))
def test_blanks_beside_a_number_change_no_reading(text: str, blank: str) -> None:
    assert meant(BESIDE_NUMBER.sub(blank, text)) == meant(text)


@BOUNDED
@given(st.sampled_from(TEXTS), st.sampled_from(UNSEEN), st.data())
def test_an_unseen_character_changes_no_reading(text: str, unseen: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    assert meant(text[:at] + unseen + text[at:]) == meant(text)


@BOUNDED
@given(st.sampled_from(TEXTS), st.sampled_from(UNSEEN + BLANKS[:2]))
def test_offsets_point_into_the_text_as_given(text: str, between: str) -> None:
    given_text = text.replace(" ", f" {between}")
    for e in find(given_text, ANCHOR, language="en"):
        assert given_text[e.start_char : e.end_char] == e.text
        assert not e.text.startswith(between) and not e.text.endswith(between)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10\ndays ago", "2024-03-10/2024-03-10"),
        ("in the next 14\nmonths", "2024-03-20/2025-05-20"),
        ("12 May\n2025", "2025-05-12/2025-05-12"),
    ],
)
def test_a_line_may_break_inside_a_date(text: str, wanted: str) -> None:
    assert meant(text) == [wanted]
