"""What a sentence tells of several at once or counts from, and what comes of it; each was misread before."""

from __future__ import annotations

from datetime import date

import pytest

from timeline.extraction import Article, read_article


def told(text: str, day: date = date(2027, 6, 10)) -> set[tuple[str, str, str, str, str]]:
    """Return type, stage, participants, days and status of each event."""
    return {
        (e.type, e.stage, " ".join(sorted(e.participants)), f"{e.when.start}/{e.when.end}", e.status)
        for e in read_article(Article("", text, None, anchor=day)).events
    }


@pytest.mark.parametrize(
    "text",
    [
        "芬兰和瑞典先后于2023年4月和2024年3月加入北约。",
        "芬蘭與瑞典分別在2023年4月和2024年3月加入北約。",
        "Finland and Sweden joined NATO in April 2023 and March 2024, respectively.",
    ],
)
def test_each_of_a_list_has_its_own_day(text: str) -> None:
    read = {(who, days) for _, _, who, days, _ in told(text)}
    assert read
    assert read <= {
        ("FI nato", "2023-04-01/2023-04-30"),
        ("SE nato", "2024-03-01/2024-03-31"),
    }


def test_whoever_is_met_separately_has_a_meeting_of_his_own() -> None:
    met = told("习近平9日分别会见了日本首相高市早苗和加拿大总理卡尼。")
    assert {who for kind, _, who, _, _ in met if kind == "meeting"} == {"CN JP", "CA CN"}


def test_two_days_joined_are_one_stay() -> None:
    summits = told("Leaders of the European Union will hold a summit in Brussels on Oct. 15 and 16.")
    assert [days for *_, days, _ in summits] == ["2027-10-15/2027-10-16"]


@pytest.mark.parametrize(
    "text",
    [
        "It will be Bulgaria's ninth general election since 2021.",
        "这将是保加利亚2021年以来的第九次议会选举。",
        "Bosnia held the ninth such vote since the war ended in 1995.",
        "加拿大众议院选举原本最迟应于10月20日举行。",
    ],
)
def test_the_begin_of_a_count_and_a_former_plan_are_no_day(text: str) -> None:
    assert told(text) == set()


def test_a_word_for_any_vote_means_the_one_named_with_its_day() -> None:
    votes = told("Voters in parts of England will go to the polls on May 4, 2028, for local elections.")
    assert {(kind, days) for kind, _, _, days, _ in votes} == {("local", "2028-05-04/2028-05-04")}


def test_a_second_round_that_hangs_on_the_first_is_conditional() -> None:
    text = "If nobody wins outright in Chile, a second round of the presidential election will be held on Dec. 14."
    assert {(stage, status) for _, stage, _, _, status in told(text)} == {("runoff", "conditional")}


def test_a_meeting_at_which_nothing_is_agreed_took_place() -> None:
    text = "US President Donald Trump and Russian President Vladimir Putin failed to agree at a meeting on June 8."
    assert {(kind, status) for kind, *_, status in told(text)} == {("meeting", "occurred")}
