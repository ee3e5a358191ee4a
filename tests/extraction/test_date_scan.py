"""The scan for places where a date may begin misses none, and what is kept to be looked up again stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.support.date_examples import LANGUAGES, examples
from timeline.extraction.dates import find
from timeline.extraction.dates.finder import longest
from timeline.extraction.dates.grammar import grammar
from timeline.extraction.dates.index import CHUNK, MOST_KNOWN
from timeline.extraction.dates.patterns import NUMERALS
from timeline.extraction.dates.writing import lowered
from timeline.extraction.script import SHORT, fold

ANCHOR = date(2024, 3, 20)


def folded(text: str, language: str) -> str:
    return lowered(fold(text), grammar(language).capitals) if language == "en" else fold(text)


def beginnings(text: str, language: str) -> Iterator[int]:
    """Where a word or a number begins: no rule begins inside of one."""
    for place, character in enumerate(text):
        before = text[place - 1 : place] or "。"
        in_number = character in NUMERALS and (before in NUMERALS or before in ".,:/")
        if not (in_number or (language == "en" and before.isalnum())):
            yield place


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scan_gives_every_place_at_which_a_rule_matches(language: str) -> None:
    rules = grammar(language)
    alone = [rule for rule in rules.rules if rule.alone]
    for example in examples(language):
        text = folded(example.text, language)
        places = {place for place, _ in rules.places(text)}
        expected = (place for place in beginnings(text, language) if longest(text, place, alone))
        missed = [place for place in expected if place not in places]
        assert missed == [], (text, missed)


def test_a_date_across_two_pieces_of_the_scan_is_found() -> None:
    for before in range(CHUNK - 12, CHUNK + 2):
        [found] = find("的" * before + "2025年5月3日举行", ANCHOR)
        assert (found.start, found.text) == (date(2025, 5, 3), "2025年5月3日")


def test_half_a_character_hides_no_date() -> None:
    [found] = find("\ud83d2025年5月3日\udc00", ANCHOR)
    assert (found.start, found.start_char) == (date(2025, 5, 3), 1)


def test_no_reading_changes_the_next_one() -> None:
    """Fields that are named by the same words are looked up, and reading fills in what a text leaves out."""
    text = "选举于5月3日至5日举行。"
    first = [(e.start, e.end) for e in find(text, date(2024, 3, 20))]
    find("2019年的谈判中，" + text, date(2021, 9, 1))
    assert [(e.start, e.end) for e in find(text, date(2024, 3, 20))] == first
    one, other = (find("今天", ANCHOR)[0].timex3 for _ in range(2))
    one["value"] = "changed"
    assert other["value"] == "2024-03-20"


def test_endlessly_many_numbers_are_not_kept() -> None:
    rules = grammar("zh")
    find("，".join(f"{number}年" for number in range(1000, 1000 + 2 * MOST_KNOWN)), ANCHOR)
    assert len(rules.alone.known) <= MOST_KNOWN
    assert max(len(rule.known) for rule in rules.rules) <= MOST_KNOWN


@pytest.mark.parametrize(
    "phrase", ["in two\nand a half months", "in two  \nand a half months", "in two and\na half months"]
)
def test_a_line_broken_inside_an_amount_changes_nothing(phrase: str) -> None:
    [broken] = find(f"The vote is {phrase}.", ANCHOR, language="en")
    [plain] = find("The vote is in two and a half months.", ANCHOR, language="en")
    assert (broken.start, broken.end, broken.text) == (plain.start, plain.end, phrase)


def test_long_and_short_texts_fold_alike() -> None:
    pieces = ["２０２５年將於週三舉行（臺北）", "\ud800", "\U0001f5f3", "，", "plain "]
    for piece in pieces:
        assert fold(piece * SHORT) == "".join(fold(piece) for _ in range(SHORT))
