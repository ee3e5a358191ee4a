"""`make prove` takes away every kind of entry, one at a time, and knows which of them something needs."""

from __future__ import annotations

import multiprocessing

import pytest

from tests.support import prove

LEXICON = {"words": ["大选", "选举"], "row": [{"name": "a", "not_before": "(?:团|权)x"}], "table": {"去年": -1}}


def test_each_entry_is_taken_away_alone() -> None:
    changed = {str(entry): prove.without(LEXICON, entry) for entry in prove.entries(LEXICON)}
    assert changed["words.0: 大选"] == {**LEXICON, "words": ["选举"]}
    assert changed["row.0: = a"] == {**LEXICON, "row": []}
    assert changed["row.0.not_before: not_before"] == {**LEXICON, "row": [{"name": "a"}]}
    assert changed["row.0.not_before: 权"] == {**LEXICON, "row": [{"name": "a", "not_before": "(?:团)x"}]}
    assert changed["table.去年: 去年"] == {**LEXICON, "table": {}}
    assert LEXICON["words"] == ["大选", "选举"], "the data themselves stay whole"


@pytest.mark.parametrize(
    ("pattern", "shorter"),
    [
        ("a|b", {"a", "b"}),
        ("(?:a|b(?:c|d))e", {"(?:b(?:c|d))e", "(?:a)e", "(?:a|b(?:d))e", "(?:a|b(?:c))e"}),
        ("[上下]周", {"[上]周", "[下]周"}),
        ("[^上下]周", set()),
        ("甲 乙 丙", {"乙 丙", "甲 丙", "甲 乙 "}),
        (r"\(a|b\)", {r"\(a", r"b\)"}),
        ("(?<!再)选", set()),
    ],
)
def test_alternatives_and_characters_of_a_pattern(pattern: str, shorter: set[str]) -> None:
    assert {pattern[:a] + pattern[b:] for a, b in prove.alternatives(pattern)} == shorter


def proved(word: str) -> bool | None:
    """Whether an example needs a word of the first trigger, to which it is added where it is not there."""
    part = prove._parts()["events-zh"]
    data = part.data()
    words = [*dict.fromkeys([*data["trigger"][0]["words"], word])]
    data = {**data, "trigger": [{**data["trigger"][0], "words": words}, *data["trigger"][1:]]}
    (entry,) = [e for e in prove.entries(data) if e.path[:3] == ("trigger", 0, "words") and e.text == word]
    return prove.needed(part, entry, data, part.examples())


def test_a_needed_word_is_told_from_one_that_no_example_needs() -> None:
    assert proved("总统大选") is True
    assert proved("总统大大选") is False


def test_what_the_format_needs_is_not_counted() -> None:
    part = prove._parts()["events-en"]
    kind = next(e for e in prove.entries(part.data()) if e.path == ("trigger", 0, "kind"))
    assert prove.needed(part, kind, part.data(), part.examples()) is None


def test_a_file_that_modules_read_at_import_is_proved_in_a_process_of_its_own() -> None:
    path = prove.IMPORTED["phrases-gazetteer"]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        states = prove.Entry(("finder", "great"), "美", (0, 1))
        assert pool.apply(prove.needed_by_import, (str(path), states)) is True
