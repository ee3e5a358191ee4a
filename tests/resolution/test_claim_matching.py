"""A decision names claims, not sentences, and finds them again when they are read a little differently."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from timeline.resolution.claim_matching import Ref, match

ONE, TWO = "a" * 64, "b" * 64
VOTE = Ref(
    ONE, "w1", "election:national:vote:AU", "general", "vote", "", ("AU",), date(2025, 5, 3), date(2025, 5, 3), 4
)
NEXT = replace(VOTE, start=date(2028, 5, 1), end=date(2028, 5, 31), at=23)
ALONE = replace(VOTE, words="w2", at=7)


def found(named: list[Ref], *present: Ref) -> list[Ref | None]:
    """What is found, the same in whatever order both are given."""
    answers = set()
    for order in itertools.permutations(range(len(present))):
        for turn in itertools.permutations(range(len(named))):
            numbers = match([named[i] for i in turn], {n: present[n] for n in order})
            back = {i: numbers[place] for place, i in enumerate(turn)}
            answers.add(tuple(back[i] for i in range(len(named))))
    (answer,) = answers
    return [None if n is None else present[n] for n in answer]


def test_two_events_of_one_sentence_are_two() -> None:
    assert found([VOTE], NEXT, VOTE) == [VOTE]
    assert found([NEXT, VOTE], VOTE, NEXT) == [NEXT, VOTE]


def test_what_stood_beside_is_not_taken_for_what_was_meant() -> None:
    assert found([VOTE, NEXT], NEXT) == [None, NEXT]


@pytest.mark.parametrize(
    "now",
    [
        replace(VOTE, start=date(2025, 5, 1), end=date(2025, 5, 31)),
        replace(VOTE, type="legislative"),
        replace(VOTE, key="election:local:vote:AU", type="local"),
        replace(VOTE, participants=("AU", "NZ"), key="election:national:vote:NZ"),
        replace(VOTE, start=date(2025, 5, 10), end=date(2025, 5, 10)),
        replace(VOTE, at=9),
        replace(VOTE, at=9, start=date(2026, 5, 1), end=date(2026, 5, 1)),  # one in the sentence then and now
        replace(VOTE, words="rewritten"),
    ],
)
def test_a_claim_that_is_read_a_little_differently_is_the_same(now: Ref) -> None:
    assert found([VOTE], now) == [now]
    assert found([VOTE], replace(ALONE, article=TWO), now) == [now]


@pytest.mark.parametrize(
    "now",
    [
        replace(VOTE, article=TWO),
        replace(
            VOTE, key="alliance:agreement:AU", type="agreement", at=30, start=date(2026, 1, 1), end=date(2026, 1, 1)
        ),
        replace(VOTE, key="alliance:agreement:AU", type="agreement", at=30),
        replace(VOTE, words="rewritten", key="election:local:vote:AU"),
    ],
)
def test_another_claim_of_the_article_is_another(now: Ref) -> None:
    assert found([VOTE], now) == [None]


def test_both_are_followed_when_the_days_of_both_are_read_differently() -> None:
    early = replace(VOTE, start=date(2025, 5, 1), end=date(2025, 5, 31), at=4)
    late = replace(NEXT, start=date(2028, 5, 20), end=date(2028, 5, 20), at=4)
    assert found([replace(VOTE, at=4), replace(NEXT, at=4)], late, early) == [early, late]


def test_of_two_that_fit_as_well_neither_is_meant() -> None:
    left, right = (replace(VOTE, at=9, place=place) for place in ("x", "y"))
    assert found([VOTE], left, right) == [None]


def test_in_a_rewritten_article_the_only_claim_of_the_key_is_followed() -> None:
    moved = replace(VOTE, words="rewritten", start=date(2025, 9, 1), end=date(2025, 9, 1))
    assert found([VOTE], moved) == [moved]
    assert found([VOTE], moved, replace(moved, words="more", start=date(2027, 9, 1), end=date(2027, 9, 1))) == [None]
    assert found([VOTE, ALONE], ALONE, moved) == [moved, ALONE]


def test_a_sentence_alone_names_its_only_claim() -> None:
    for article in (ONE, ONE[:16]):
        bare = Ref(article, "w1")
        assert found([bare], VOTE, ALONE) == [VOTE]
        assert found([bare], VOTE, NEXT) == [None]
        assert found([bare], ALONE) == [None]
