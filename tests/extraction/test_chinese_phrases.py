"""Chinese dates as people type them: phrases written from knowledge of the language, and what changes no reading."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.date_examples import days, examples
from timeline.extraction.dates import find
from timeline.extraction.dates.writing import written

FILE = tomllib.loads(Path(__file__).with_name("zh_phrases.toml").read_text("utf-8"))
ANCHOR: date = FILE["anchor"]


def phrases() -> Iterator[tuple[str, list[str]]]:
    for kind in FILE["kind"]:
        for script in ("simplified", "traditional"):
            for text, wanted in kind[script].items():
                yield text, [f"{text} = {wanted}"] if isinstance(wanted, str) else wanted


def read(text: str) -> list[str]:
    return [f"{e.text} = {days(e)}" for e in find(text, ANCHOR) if not e.vague]


def meant(text: str) -> list[str]:
    return [days(e) for e in find(text, ANCHOR)]


def test_a_phrase_is_read_as_people_mean_it() -> None:
    wanted = dict(phrases())
    assert {text: found for text in wanted if (found := read(text)) != wanted[text]} == {}


def test_half_of_the_phrases_are_in_each_script() -> None:
    simplified, traditional = (sum(len(kind[s]) for kind in FILE["kind"]) for s in ("simplified", "traditional"))
    assert simplified == traditional >= 200


# --- how it is written never matters -----------------------------------------------------------------------

TEXTS = [e.text for e in examples("zh") if e.kind != "not"]
NUMBER_AND_UNIT = re.compile(r"(?<=\d)(?=[年月日号天周]|个月)")
BLANKS = [" ", "\u00a0", "\u3000", "\u2009", "  "]
UNSEEN = ["\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u200e"]
BOUNDED = settings(max_examples=150)


@BOUNDED
@given(st.sampled_from(TEXTS), st.sampled_from(BLANKS))
def test_blanks_between_number_and_unit_change_no_reading(text: str, blank: str) -> None:
    assert meant(NUMBER_AND_UNIT.sub(blank, text)) == meant(text)


@BOUNDED
@given(st.sampled_from(TEXTS), st.sampled_from(UNSEEN), st.data())
def test_an_unseen_character_changes_no_reading(text: str, unseen: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    assert meant(text[:at] + unseen + text[at:]) == meant(text)


@given(st.sampled_from(TEXTS), st.sampled_from(UNSEEN + BLANKS[:3]))
def test_offsets_point_into_the_text_as_given(text: str, between: str) -> None:
    given_text = between.join(text)
    for e in find(given_text, ANCHOR):
        assert given_text[e.start_char : e.end_char] == e.text
        assert e.text[0] != between != e.text[-1]


@given(st.text("1年 \u00ad月", max_size=40))
def test_what_is_read_has_its_place_in_what_was_given(text: str) -> None:
    seen = written(text, "zh")
    for position, character in enumerate(seen.text):
        start, end = seen.given(position, position + 1)
        assert text[start:end] == character
        assert seen.read(start, end)[0] == position


# --- days that exist ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("anchor", "text", "wanted"),
    [
        ("2024-02-29", "去年今天", "2023-02-28/2023-02-28"),
        ("2024-02-29", "四年前的今天", "2020-02-29/2020-02-29"),
        ("2024-02-29", "过去一年", "2023-02-28/2024-02-29"),
        ("2024-03-31", "近一个月", "2024-02-29/2024-03-31"),
        ("2024-01-31", "未来一个月", "2024-01-31/2024-02-29"),
        ("2023-02-28", "明年2月29日", "2024-02-29/2024-02-29"),
        ("2024-03-01", "2月29日举行了投票", "2024-02-29/2024-02-29"),
        ("2025-01-05", "上季度", "2024-10-01/2024-12-31"),
    ],
)
def test_years_and_months_are_moved_to_days_that_exist(anchor: str, text: str, wanted: str) -> None:
    assert [days(e) for e in find(text, date.fromisoformat(anchor))] == [wanted]
