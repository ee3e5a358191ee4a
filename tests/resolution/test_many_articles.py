"""What many articles make of one event: days by their support, reprints, talks, visits, laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.support.claims import said, words_of_its_own
from timeline.extraction.when import When
from timeline.resolution.claim import ClaimValue
from timeline.resolution.keys import event_id, key_of
from timeline.resolution.resolve import resolve

# --- what many articles make of one happening ------------------------------------------------------


def votes(day: str, reported: str, count_of: int, source: int = 1) -> list[ClaimValue]:
    return [said(reported, day, day, evidence=words_of_its_own(), source=source) for _ in range(count_of)]


def test_the_day_that_most_say_stands_against_one_that_errs() -> None:
    (vote,) = resolve([*votes("2020-11-03", "2020-09-01", 5), *votes("2020-11-04", "2020-10-01", 1)])
    assert str(vote.current.when.start) == "2020-11-03"
    assert len(vote.claims) == 6


def test_a_vote_called_for_another_day_moves_and_keeps_its_id() -> None:
    old = votes("2025-09-28", "2024-06-01", 4)
    (vote,) = resolve([*old, *votes("2025-02-23", "2024-11-12", 3)])
    assert [(str(b.when.start), b.change) for b in vote.beliefs] == [("2025-09-28", "first"), ("2025-02-23", "moved")]
    assert event_id(vote.first) == event_id(resolve(old)[0].first)


def test_reprints_count_once() -> None:
    words = "法新社报道说，英国将于7月4日举行大选，首相在唐宁街宣布了这一日期，各党随即开始竞选。"
    agency = said("2024-05-23", "2024-07-04", "2024-07-04", evidence=words, source=1)
    again = [
        said("2024-05-23", "2024-07-04", "2024-07-04", evidence=words.replace("法新社报道说", "法新社"), source=n)
        for n in (2, 3)
    ]
    own = said("2024-05-24", "2024-07-04", "2024-07-04", evidence="苏纳克在雨中说出了日期：七月四日投票。", source=4)
    (vote,) = resolve([agency, *again, own])
    assert len(vote.sources) == 2
    assert [vote.reprints[c.pk] == agency.pk for c in (agency, *again, own)] == [True, True, True, False]


def test_the_outcome_in_the_words_of_the_plan_is_no_reprint() -> None:
    """In Chinese one word tells them apart, and an event of which only such a report came stayed unconfirmed."""
    plan = said("2026-08-19", "2026-09-13", "2026-09-13", evidence="瑞典大选将于9月13日举行。", source=1)
    outcome = said("2026-10-07", "2026-09-13", "2026-09-13", "occurred", evidence="瑞典大选已于9月13日举行。", source=2)
    (vote,) = resolve([plan, outcome])
    assert vote.current.status == "occurred"
    assert vote.reprints[outcome.pk] == outcome.pk


def test_two_newsrooms_that_differ_within_a_week_contradict_one_another() -> None:
    one, other = votes("2020-11-03", "2020-09-01", 1, source=1), votes("2020-11-10", "2020-09-03", 1, source=2)
    late = votes("2020-11-12", "2020-10-20", 1, source=2)
    (vote,) = resolve([*one, *other, *late])
    assert [(c.first, c.second) for c in vote.contradictions] == [(one[0].pk, other[0].pk)]


def talks(day: str, *who: str, type: str = "meeting") -> ClaimValue:
    more = {"kind": "alliance", "type": type, "participants": who, "evidence": words_of_its_own()}
    return said("2020-10-07", day, day, "occurred", **more)


def test_talks_of_the_same_governments_are_one_happening_whoever_else_is_named() -> None:
    keys = {
        key_of("alliance", "meeting", "", "", who) for who in (["CZ", "TW"], ["CN", "CZ", "TW"], ["TW", "CZ", "US"])
    }
    assert len(keys) == 1
    (visit,) = resolve(
        [talks("2020-08-30", "CZ", "TW"), talks("2020-08-30", "CN", "CZ", "TW"), talks("2020-08-31", "TW", "CZ")]
    )
    assert set(visit.participants) == {"CZ", "TW"} and str(visit.current.when.start) == "2020-08-30"


def test_a_format_is_known_by_its_members_and_a_treaty_by_its_parties() -> None:
    assert key_of("alliance", "meeting", "", "", ["US", "JP", "IN", "AU"]) == key_of(
        "alliance", "summit", "", "", ["quad"]
    )
    assert key_of("alliance", "agreement", "", "", ["CN", "eu", "cai"]) == key_of(
        "alliance", "agreement", "", "", ["eu", "CN"]
    )
    assert key_of("alliance", "meeting", "", "", ["DE", "eu", "CN"]) == key_of(
        "alliance", "meeting", "", "", ["CN", "eu"]
    )


def test_meetings_of_other_days_and_other_governments_stay_apart() -> None:
    assert len(resolve([talks("2020-08-30", "US", "TW"), talks("2020-09-17", "US", "TW")])) == 2
    assert len(resolve([talks("2020-08-30", "US", "JP"), talks("2020-08-30", "US", "KR")])) == 2


def test_a_year_alone_joins_the_best_supported_talks_of_that_year_and_makes_none_of_its_own() -> None:
    year = said(
        "2021-01-05", "2020-01-01", "2020-12-31", "occurred", kind="alliance", type="summit", participants=("g20",)
    )
    summit = [talks("2020-11-21", "g20", type="summit") for _ in range(2)]
    assert len(resolve([*summit, year])) == 1
    two = resolve([*summit, talks("2020-03-26", "g20", type="summit"), year])
    assert {str(e.current.when.start): len(e.claims) for e in two} == {"2020-03-26": 1, "2020-11-21": 3}


def test_whoever_says_one_day_of_a_visit_agrees_with_the_whole_of_it() -> None:
    first, later = (talks(day, "CZ", "TW") for day in ("2020-08-30", "2020-09-03"))
    stay = When(date(2020, 8, 30), date(2020, 9, 4), extent="throughout")
    whole = replace(talks("2020-08-30", "CZ", "TW"), when=stay)
    (visit,) = resolve([first, later, whole])
    assert (str(visit.current.when.start), str(visit.current.when.end)) == ("2020-08-30", "2020-09-04")


def test_a_day_stands_above_the_vaguer_window_that_holds_it() -> None:
    day = talks("2020-07-01", "RU", "CN")
    summer = [
        replace(talks("2020-12-01", "RU", "CN"), when=When(date(2020, 6, 1), date(2020, 8, 31), "season"))
        for _ in range(3)
    ]
    (event,) = resolve([day, *summer])
    assert str(event.current.when.start) == str(event.current.when.end) == "2020-07-01"


def test_a_vote_reported_without_its_place_is_that_of_the_place() -> None:
    votes = [
        said("2020-08-10", "2020-08-15", "2020-08-15", type="by_election", participants=("TW",), place=place)
        for place in ("TW-KHH", "", "TW-KHH")
    ]
    (vote,) = resolve(votes)
    assert vote.place == "TW-KHH"
    elsewhere = said("2020-08-10", "2020-08-15", "2020-08-15", type="by_election", participants=("TW",), place="TW-TPE")
    assert sorted(v.place for v in resolve([*votes, elsewhere])) == ["TW-KHH", "TW-TPE"]


def test_a_law_gives_the_day_inside_the_reported_month_and_the_claim_stays_unchanged() -> None:
    month = said("2024-03-20", "2024-11-01", "2024-11-30", type="presidential", participants=("US",))
    (vote,) = resolve([month])
    now = vote.current.when
    assert (str(now.start), str(now.end), now.by_law) == ("2024-11-05", "2024-11-05", True)
    assert str(vote.claims[0].when.end) == "2024-11-30"
    told = said("2024-09-01", "2024-11-05", "2024-11-05", type="presidential", participants=("US",))
    (vote,) = resolve([month, told])
    assert [b.change for b in vote.beliefs] == ["first"] and not resolve([told])[0].current.when.by_law


@pytest.mark.parametrize(
    ("start", "end", "type", "who"),
    [
        ("2023-11-01", "2023-11-30", "presidential", "US"),  # no vote is due
        ("2024-01-01", "2032-12-31", "presidential", "US"),  # two are
        ("2024-05-01", "2024-05-31", "general", "GB"),  # no law fixes it
        ("2024-11-02", "2024-11-04", "presidential", "US"),  # the day lies outside
    ],
)
def test_a_law_never_makes_a_day_that_the_text_does_not_hold(start: str, end: str, type: str, who: str) -> None:
    (vote,) = resolve([said("2023-01-01", start, end, type=type, participants=(who,))])
    assert (str(vote.current.when.start), str(vote.current.when.end), vote.current.when.by_law) == (start, end, False)
