"""What decided an unsure reading is told; and which readings are doubtful at all."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction.events.learnt.deciding import LEAST, MOST, deciding_signs
from timeline.extraction.events.learnt.doubts import BY_RULES, LONE, LONE_VOTE, doubts_of
from timeline.extraction.events.learnt.examples import read_pairs
from timeline.extraction.events.learnt.network import network
from timeline.extraction.reason import Doubt, Sign, SignCode

DAY = date(2026, 3, 2)
TEXTS = [
    ("", "据悉两国总统3月曾就此事交换意见，欧盟方面则在4月12日于布鲁塞尔见面。", "zh"),
    ("总理访问首尔", "日本首相将于5月4日访问首尔，讨论下周的会议。", "zh"),
    ("", "The prime minister of Japan is due in Seoul for talks on 4 May.", "en"),
]
UPPER = 0.7


def signs(title: str, text: str, language: str) -> list[tuple[Sign, ...]]:
    _, pairs = read_pairs(title, text, DAY, language)
    assert pairs
    return deciding_signs(pairs, network())


@pytest.mark.parametrize(("title", "text", "language"), TEXTS)
def test_words_that_decided_stand_in_the_text(title: str, text: str, language: str) -> None:
    found = signs(title, text, language)
    assert all(len(of_pair) <= MOST for of_pair in found) and any(found)
    assert all(word in text.lower() for of_pair in found for sign in of_pair for word in sign.args)


@pytest.mark.parametrize(("title", "text", "language"), TEXTS)
def test_a_pair_is_judged_the_same_alone_and_among_others(title: str, text: str, language: str) -> None:
    _, pairs = read_pairs(title, text, DAY, language)
    together = deciding_signs(pairs, network())
    assert [deciding_signs([pair], network())[0] for pair in pairs] == together


def test_a_sign_weighs_as_much_as_the_probability_moves_without_it() -> None:
    title, text, language = TEXTS[1]
    _, pairs = read_pairs(title, text, DAY, language)
    pair = next(p for p in pairs if p.rule is not None)
    told = {s.code: s.speaks_for for s in deciding_signs([pair], network())[0]}
    before = network().judge([pair]).event[0]
    pair.signs = [sign for sign in pair.signs if not sign.startswith("rule")]
    assert before - network().judge([pair]).event[0] > LEAST
    assert told[SignCode.RULES_TOO] is True


@pytest.mark.parametrize(
    ("codes", "probability", "by_rules", "doubts"),
    [
        (("US", "TW"), LONE, False, ()),
        (("US", "TW"), LONE - 0.01, False, (Doubt.LIKELY,)),
        (("US", "TW"), UPPER - 0.01, False, (Doubt.UNSURE,)),
        (("US", "TW"), BY_RULES, True, ()),
        (("US", "TW"), BY_RULES - 0.01, True, (Doubt.LIKELY,)),
        (("US",), 0.99, False, (Doubt.WHO_UNSURE,)),
        (("US",), 0.99, True, ()),
        (("nato",), 0.99, False, ()),
        (("US", "TW", "CN"), 0.99, True, (Doubt.WHO_UNSURE,)),
        (("quad", "US", "AU", "IN", "JP"), 0.99, False, ()),
        (("asean", "US", "CN"), 0.99, False, (Doubt.WHO_UNSURE,)),
        (("eu", "CN", "wto"), 0.99, True, (Doubt.WHO_UNSURE,)),
        (("un", "US", "CN"), 0.99, False, ()),
        (("un", "US", "JP", "IN", "AU"), 0.99, False, (Doubt.WHO_UNSURE,)),
    ],
)
def test_who_is_unclear_and_what_is_only_likely_is_doubtful(
    codes: tuple[str, ...], probability: float, by_rules: bool, doubts: tuple[Doubt, ...]
) -> None:
    assert doubts_of("meeting", "", codes, probability, UPPER, by_rules=by_rules) == doubts


def test_where_rules_and_weights_agree_on_who_takes_part_it_is_clear_and_where_they_do_not_it_is_doubtful() -> None:
    def told(codes: tuple[str, ...], *, agrees: bool | None) -> tuple[Doubt, ...]:
        return doubts_of("meeting", "", codes, 0.99, UPPER, by_rules=True, who_agrees=agrees)

    assert told(("RU", "IN", "CN"), agrees=True) == ()
    assert told(("RU", "IN", "CN"), agrees=None) == (Doubt.WHO_UNSURE,)
    assert told(("RU", "IN"), agrees=False) == (Doubt.WHO_UNSURE,)


def test_a_vote_needs_less_than_its_steps_and_than_what_governments_do() -> None:
    assert doubts_of("local", "vote", ("FR",), LONE_VOTE, UPPER, by_rules=False) == ()
    assert doubts_of("local", "vote", ("FR",), LONE_VOTE - 0.01, UPPER, by_rules=False) == (Doubt.LIKELY,)
    assert doubts_of("local", "result", ("FR",), LONE_VOTE, UPPER, by_rules=False) == (Doubt.LIKELY,)
    assert doubts_of("meeting", "", ("FR", "PL"), LONE_VOTE, UPPER, by_rules=False) == (Doubt.LIKELY,)


def test_many_join_and_leave_together() -> None:
    assert doubts_of("accession", "", ("JP", "CA", "aukus"), 0.99, UPPER, by_rules=True) == ()
    assert doubts_of("legislative", "vote", ("FR",), 0.99, UPPER, by_rules=False) == ()
