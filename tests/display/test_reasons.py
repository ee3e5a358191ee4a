"""Reasons and doubts in words: each code in each language, and what a database may hold besides."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest
from django.utils import translation

from timeline.display import reasons as words
from timeline.display.reasons import ANCHORS, doubt_words, reason_words, stored_reason_words
from timeline.extraction.dates import find
from timeline.extraction.reason import ARGUMENTS, Code, Doubt, Reason, reason

QUOTES = {Code.PHRASE, Code.DAYS, Code.AS_WRITTEN}  # nothing but their arguments
EXAMPLES: dict[str, Any] = {
    "text": "6月",
    "other": "7月",
    "start": "2024-06-01",
    "end": "2024-06-30",
    "anchor": "byline",
    "day": "2024-05-05",
    "period": "2024-05",
    "weekday": 0,
    "count": 2,
    "unit": "week",
    "years": -1,
}


def said(step: Reason, language: str) -> str:
    with translation.override(language):
        return reason_words((step,))


def example(code: Code) -> Reason:
    return Reason(code, tuple(EXAMPLES[name] for name in ARGUMENTS[code]))


@pytest.mark.parametrize("code", Code)
def test_every_step_has_words_in_every_language(code: Code) -> None:
    english, simplified, traditional = (said(example(code), language) for language in ("en", "zh-hans", "zh-hant"))
    assert english and "%" not in english + simplified + traditional
    if code not in QUOTES:
        assert english != simplified and english != traditional


@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_words_in_every_language(doubt: Doubt) -> None:
    found = set()
    for language in ("en", "zh-hans", "zh-hant"):
        with translation.override(language):
            found.add(doubt_words(doubt.value))
    assert doubt.value not in found and len(found) >= 2


@pytest.mark.parametrize(("source", "language"), list(product(ANCHORS, ("zh-hans", "zh-hant"))))
def test_every_anchor_has_words_in_every_language(source: str, language: str) -> None:
    step = reason(Code.COUNTED, source, date(2024, 5, 5))
    assert said(step, language) != said(step, "en") and "2024-05-05" in said(step, language)


@pytest.mark.parametrize(
    ("text", "language", "sentence"),
    [
        ("未来14个月", "en", "未来14个月: 14 months from the byline date 2024-03-20 on → 2024-03-20…2025-05-20"),
        ("11月", "en", "11月: no year; nearest to the byline date 2024-03-20 → 2023-11-01…2023-11-30"),
        ("周一", "en", "周一: last Monday on or before the byline date 2024-03-20 → 2024-03-18"),
        ("周一", "zh-hans", "周一: 署名处日期2024-03-20当天或之前的最近一个星期一 → 2024-03-18"),
        ("最近", "en", "最近: some time before the byline date 2024-03-20 → until 2024-03-20"),
    ],
)
def test_the_steps_make_one_sentence(text: str, language: str, sentence: str) -> None:
    (expression,) = find(text, date(2024, 3, 20), anchor_from="byline")
    with translation.override(language):
        assert reason_words(expression.reasons) == sentence


def test_a_sentence_of_an_earlier_version_stays_as_it_was() -> None:
    assert stored_reason_words([["as_written", ["11月: no year; %(base)s → %"]]]) == "11月: no year; %(base)s → %"
    assert doubt_words("who knows %s") == "who knows %s"


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "x",
        7,
        {},
        [None],
        ["stated"],
        [["no such code", []]],
        [["stated", ["one too many"]]],
        [["after", [[], {}, 1, 2]]],
    ],
)
def test_what_no_reading_stores_has_no_words(stored: Any) -> None:
    assert stored_reason_words(stored) == ""


@pytest.mark.parametrize("odd", ["%s", "%(x)s", "", None, -1, 10**30, "<b>"])
def test_no_argument_is_too_odd_for_words(odd: Any) -> None:
    for code in Code:
        assert isinstance(said(Reason(code, (odd,) * len(ARGUMENTS[code])), "en"), str)


def test_the_words_belong_to_the_codes() -> None:
    assert set(words.WORDS) == set(Code) == set(ARGUMENTS) and set(words.DOUBTS) == set(Doubt)
