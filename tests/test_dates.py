"""The date rules do what their examples say; each rule is needed; and the promises that hold for any text."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.extraction.dates import find
from timeline.extraction.dates.grammar import BadGrammar, grammar, load
from timeline.extraction.dates.pattern import BadPattern, compile_pattern

DATES = files("timeline.extraction.dates")
ZH = tomllib.loads(DATES.joinpath("zh.toml").read_text("utf-8"))
EXAMPLES = tomllib.loads(DATES.joinpath("zh_examples.toml").read_text("utf-8"))
ANCHOR: date = EXAMPLES["anchor"]
POSITIVES = [(row["rule"], text, wanted) for row in EXAMPLES["example"] for text, wanted in row["is"].items()]
NEGATIVES = [(row["rule"], text) for row in EXAMPLES["example"] for text in row["not"]]


def read(text: str, anchor: date = ANCHOR) -> list[str]:
    return [f"{e.text} = {e.start or ''}/{e.end or ''}" for e in find(text, anchor)]


@pytest.mark.parametrize(("rule", "text", "wanted"), POSITIVES)
def test_example_gives_exactly_its_reading(rule: str, text: str, wanted: list[str]) -> None:
    assert read(text) == wanted


@pytest.mark.parametrize(("rule", "text"), NEGATIVES)
def test_near_miss_is_not_taken_by_the_rule(rule: str, text: str) -> None:
    assert [e.text for e in find(text, ANCHOR) if rule in e.rule.split(" + ")] == []


def test_every_rule_and_modifier_has_an_example() -> None:
    rows = ZH["rule"] + ZH["before"] + ZH["after"]
    assert {row["name"] for row in rows} == {row["rule"] for row in EXAMPLES["example"]}


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    check_spans(text)


@given(
    st.lists(
        st.sampled_from([*"0123456789年月日号周一二三十廿上下本今明去前后至到底初-（），。第个", "以来", "2024"])
    ).map("".join)
)
def test_text_made_of_the_rules_own_words_is_read_without_an_error(text: str) -> None:
    check_spans(text)


def check_spans(text: str) -> None:
    end = 0
    for e in find(text, ANCHOR):
        assert end <= e.start_char < e.end_char <= len(text)
        assert text[e.start_char : e.end_char] == e.text
        assert e.start is None or e.end is None or e.start <= e.end
        end = e.end_char


@given(
    st.sampled_from(["明天", "下周二", "本周末", "三天后", "昨晚", "上周五", "未来两周", "周三"]),
    st.integers(-3000, 3000),
)
def test_moving_the_anchor_by_weeks_moves_a_relative_day_by_as_many(word: str, weeks: int) -> None:
    moved = timedelta(weeks=weeks)
    before, after = find(word, ANCHOR)[0], find(word, ANCHOR + moved)[0]
    assert before.start and before.end and after.start and after.end
    assert (before.start + moved, before.end + moved) == (after.start, after.end)


def test_a_reason_can_be_checked_in_three_seconds() -> None:
    expression = find("未来14个月", date(2024, 3, 20), anchor_word="published")[0]
    assert expression.why == "published 2024-03-20 + 14个月 → until 2025-05-20"


def broken(**changes: Any) -> dict[str, Any]:
    return {**ZH, "rule": [{**ZH["rule"][0], **changes}]}


@pytest.mark.parametrize(
    "data",
    [
        broken(meening="year"),
        broken(meaning="no such meaning"),
        {**ZH, "rules": []},
        {**ZH, "rule": [ZH["rule"][0], ZH["rule"][0]]},
    ],
)
def test_a_language_file_with_a_mistake_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(BadGrammar):
        load(data)


@pytest.mark.parametrize("pattern", ["{nothing}年", "(a|b", "a]"])
def test_a_pattern_with_a_mistake_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(pattern, {})


def test_rules_of_both_languages_load() -> None:
    assert grammar("zh").rules and grammar("en").rules


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("an election by the end of the year", ["by the end of the year = 2024-03-20/2024-12-31"]),
        ("in the next 14 months", ["in the next 14 months = 2024-03-20/2025-05-20"]),
        ("It met last Friday.", ["last Friday = 2024-03-15/2024-03-15"]),
        ("due in May 2025", ["May 2025 = 2025-05-01/2025-05-31"]),
        ("early 2025", ["early 2025 = 2025-01-01/2025-03-31"]),
        ("Q3 growth", ["Q3 = 2024-07-01/2024-09-30"]),
        ("the summit on July 9-11, 2024", ["July 9-11, 2024 = 2024-07-09/2024-07-11"]),
        ("he may march in", []),
    ],
)
def test_english_is_read_by_the_same_engine(text: str, wanted: list[str]) -> None:
    assert [f"{e.text} = {e.start or ''}/{e.end or ''}" for e in find(text, ANCHOR, language="en")] == wanted


def test_other_languages_give_spans_that_name_their_year() -> None:
    found = find("Les élections auront lieu le 12 mai 2025, puis en juin 2026.", ANCHOR, language="fr")
    assert [(e.text, e.start, e.end) for e in found] == [
        ("12 mai 2025", date(2025, 5, 12), date(2025, 5, 12)),
        ("juin 2026", date(2026, 6, 1), date(2026, 6, 30)),
    ]
